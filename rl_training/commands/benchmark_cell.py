"""Measure one cell of the benchmark in this process; `study benchmark` starts it."""

from __future__ import annotations

import faulthandler
from pathlib import Path

from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging


def main(argv: list[str] | None = None) -> int:
    """Measure what the first file says and write the second; end after so many seconds."""
    parser = Parser(__doc__ or "")
    parser.add_argument("task", type=Path, metavar="TASK", help="the task as JSON")
    parser.add_argument("result", type=Path, metavar="RESULT", help="the JSON file to write")
    parser.add_argument("limit_s", type=float, metavar="SECONDS", help="longest life")
    given = parser.parse_args(argv)
    # The stock client can wait for ever, and whoever started this process may be gone by then.
    faulthandler.dump_traceback_later(given.limit_s, exit=True)
    configure_logging()

    from rl_training.studies.benchmark.default_learner import DefaultLearner
    from rl_training.studies.benchmark.worker import run_cell

    return run_cell(given.task, given.result, DefaultLearner)
