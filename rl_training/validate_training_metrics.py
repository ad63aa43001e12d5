#!/usr/bin/env python3
"""Read a training run's logs and exit 1 when it did not go as it should."""

from __future__ import annotations

import json
import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.cli import Parser, configure_logging, run_main

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
    from rl_training.gate.thresholds import Thresholds, read_thresholds, threshold_names
    from rl_training.gate.training_check import check_training
    from rl_training.reporting import training_table
    from rl_training.runs.atomic import write_text
    from rl_training.runs.paths import DEFAULT_ROOT, RunPaths
    from rl_training.runs.training_log import read_training_log

    configure_logging()
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add("--experiment", required=True, metavar="S", help="name of the run")
    add("--run_root", type=Path, default=DEFAULT_ROOT, metavar="DIR", help="holds logs/")
    add("--thresholds", type=Path, metavar="FILE", help="TOML or JSON with the names below")
    for name in threshold_names():
        add(f"--{name}", type=float, metavar="X", help=_HELP[name])
    add("--json", type=Path, metavar="PATH", help="write the result")
    add("--markdown", type=Path, metavar="PATH", help="write the table")
    add("--junit", type=Path, metavar="PATH", help="write JUnit XML")
    given = parser.parse_args(argv)

    thresholds = Thresholds()
    if given.thresholds is not None:
        thresholds = thresholds.replace(read_thresholds(given.thresholds))
    flags = {name: getattr(given, name) for name in threshold_names()}
    thresholds = thresholds.replace({n: value for n, value in flags.items() if value is not None})
    log = read_training_log(RunPaths(given.experiment, given.run_root))
    check = check_training(log, thresholds)
    if given.json is not None:
        write_text(given.json, json.dumps(check.to_dict(), indent=1) + "\n")
    if given.markdown is not None:
        write_text(given.markdown, training_table.as_markdown(check))
    if given.junit is not None:
        write_text(given.junit, training_table.as_junit(check))
    print(training_table.as_text(check))
    return 0 if check.passed else 1


if __name__ == "__main__":
    sys.exit(run_main(main))
