"""Read a training run's logs and exit 1 when it did not go as it should."""

from __future__ import annotations

from rl_training.commands import flags
from rl_training.commands.next_steps import command, next_steps
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.gate.thresholds import read_thresholds, threshold_names

_HELP = {
    "min_reward": "of the last mean return",
    "min_success_rate": "of the last episodes, in [0, 1]",
    "min_timesteps": "that the run did; those of its settings if absent",
    "max_physics_time": "ms of the longest physics tick, all arenas of an engine together",
    "max_mean_physics_time": "ms of a physics tick, mean of the slowest rollout",
    "min_fps": "decisions a second",
    "max_kl": "of an update (0.1 if absent)",
    "min_kl": "of an update while the learning rate is not near zero (1e-5 if absent)",
    "min_std": "deviation of continuous actions that still explores (0.02 if absent)",
    "min_entropy_share": "of the run's largest, for discrete actions (0.01 if absent)",
    "max_restarts": "engines that failed and were replaced",
}


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, read the logs, print the table."""
    configure_logging()
    parser = Parser(__doc__ or "")
    flags.add(parser, "experiment_name", required=True)
    flags.add(parser, "run_root")
    flags.add(parser, "thresholds", help="TOML or JSON with the names below")
    for name in threshold_names():
        parser.add_argument(f"--{name}", type=float, metavar="X", help=_HELP[name])
    flags.add(parser, "json", "markdown", "junit")
    given = parser.parse_args(argv)

    from rl_training.gate.run_check import RunThresholds, check_run
    from rl_training.reporting import training_table
    from rl_training.runs.atomic import write_text
    from rl_training.runs.paths import RunPaths, default_root
    from rl_training.runs.training_log import read_training_log

    thresholds = RunThresholds()
    if given.thresholds is not None:
        thresholds = thresholds.replace(read_thresholds(given.thresholds))
    limits = {name: getattr(given, name) for name in threshold_names()}
    thresholds = thresholds.replace({n: value for n, value in limits.items() if value is not None})
    paths = RunPaths(given.experiment_name, given.run_root or default_root())
    check = check_run(read_training_log(paths), thresholds)
    if given.markdown is not None:
        write_text(given.markdown, training_table.as_markdown(check))
    if given.junit is not None:
        write_text(given.junit, training_table.as_junit(check))
    if flags.emit(given.json, check.to_dict(), training_table.as_text(check)) and not check.passed:
        root = [] if given.run_root is None else ["--run_root", given.run_root]
        plot = ["--experiment_name", given.experiment_name, *root, "--output", "curves.png"]
        print(next_steps(("see its curves", command("runs", "plot", *plot))))
    return 0 if check.passed else 1
