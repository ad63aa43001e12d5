"""Say whether the game holds its frame budget: 1,000 ticks of 11.11 ms, no warning, under 2 GB."""

from __future__ import annotations

from rl_training.commands import flags
from rl_training.commands.evaluation_flags import add_model_flag
from rl_training.commands.game_flags import add_game_flags, chosen_scenario
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.play.players import read_players


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, play, print the verdict; 1 when the game does not hold its budget."""
    configure_logging()
    parser = Parser(__doc__ or "")
    add_model_flag(parser, required=False, more="; random actions if absent")
    add_game_flags(parser)
    flags.add(parser, "seed", default=0)
    flags.add(parser, "parameter", "port", "godot", "viz", "json")
    flags.add(parser, "timeout_s", default=60.0)
    add = parser.add_argument
    add("--frames", type=int, default=1000, metavar="N", help="physics ticks that are judged")
    add("--warm_up", type=int, default=90, metavar="N", help="ticks before them that are not")
    add("--budget_ms", type=float, default=11.11, metavar="MS", help="of a tick and of a frame")
    add("--late", type=int, default=0, metavar="N", help="late ticks and frames that are let pass")
    add("--memory_mb", type=float, default=2048.0, metavar="MB", help="of the game, at most")
    given = parser.parse_args(argv)

    from rl_training.config.assignments import read_parameters
    from rl_training.evaluation.evaluate import play_settings
    from rl_training.evaluation.frame_budget import Budget, judge_budget
    from rl_training.evaluation.request import EvaluationRequest
    from rl_training.play.players import Players
    from rl_training.runs.progress import Progress
    from rl_training.scenarios import get_scenario

    budget = Budget(given.frames, given.warm_up, given.budget_ms, given.late, given.memory_mb)
    scenario = get_scenario(chosen_scenario(vars(given)))
    players = Players.of(read_players(given.model)) if given.model else None
    request = EvaluationRequest(
        model=players or Players(),
        scenario=scenario.name,
        seed=given.seed,
        viz=given.viz,
        performance=True,
        **{name: getattr(given, name) for name in _SHARED},
    )
    parameters = read_parameters(given.parameter or ())
    progress = Progress(budget.frames, unit="tick")
    settings = play_settings(request, scenario)
    verdict = judge_budget(settings, budget, players, parameters, progress.update)
    progress.close()
    flags.emit(given.json, verdict.to_dict(), verdict.as_text())
    return 0 if verdict.passed else 1


_SHARED = ("env_path", "project_path", "scene_path", "godot", "port", "timeout_s")
