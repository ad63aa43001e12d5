"""Check everything that training needs, on this machine and in the game; say what to do."""

from __future__ import annotations

from rl_training.commands import flags
from rl_training.commands.game_flags import add_game_flags, chosen_scenario, game_words
from rl_training.commands.next_steps import command, next_steps
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.errors import ConfigError


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, examine, print; return 1 when a check failed."""
    parser = Parser(__doc__ or "")
    add_game_flags(parser)
    flags.add(parser, "num_envs")
    flags.add(parser, "port", default=11008, help="their first port")
    flags.add(parser, "godot", "run_root")
    parser.add_argument(
        "--decisions", type=int, default=1000, metavar="N", help="how many the game is played"
    )
    flags.add(parser, "timeout_s", default=30.0, help="longest wait for an engine")
    flags.add(parser, "experiment_name", help="examine this run too: why is it not learning?")
    flags.add(parser, "json")
    given = parser.parse_args(argv)
    configure_logging(repeat=False)

    from rl_training.config import default_num_envs
    from rl_training.diagnosis.examine import examine
    from rl_training.diagnosis.finding import as_data, exit_code, to_text
    from rl_training.diagnosis.run_checks import examine_run
    from rl_training.diagnosis.subject import Subject
    from rl_training.project_files import project_of
    from rl_training.runs.paths import RunPaths, default_root
    from rl_training.scenarios import get_scenario

    num_envs = default_num_envs() if given.num_envs is None else given.num_envs
    limits = (
        ("num_envs", num_envs, 1),
        ("decisions", given.decisions, 50),
        ("port", given.port, 1),
    )
    for name, value, lowest in limits:
        if value < lowest:
            raise ConfigError(f"{name} must be at least {lowest}; found {value}")
    scenario = get_scenario(chosen_scenario(vars(given)))
    run_root = given.run_root or default_root()
    subject = Subject(
        project_path=project_of(scenario.name, given.project_path, given.env_path),
        scene_path=given.scene_path or (None if given.env_path else scenario.scene_path),
        env_path=given.env_path,
        action_repeat=scenario.action_repeat,
        num_envs=num_envs,
        port=given.port,
        godot=given.godot,
        run_root=run_root,
        decisions=given.decisions,
        timeout_s=given.timeout_s,
        rarely_change=scenario.rarely_change,
        metrics=tuple(metric.name for metric in scenario.metrics),
        reward_terms=scenario.reward_terms,
    )
    findings = list(examine(subject))
    if given.experiment_name is not None:
        findings += examine_run(RunPaths(given.experiment_name, run_root))
    code = exit_code(findings)
    if flags.emit(given.json, as_data(findings), to_text(findings)) and code == 0:
        game = game_words(scenario.name, vars(given))
        print(next_steps(("train", command("train", *game))))
    return code
