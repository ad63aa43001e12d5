"""Measure the raw engine, this harness and stock godot-rl side by side; write JSON and Markdown."""

from __future__ import annotations

import shlex
import signal
import sys
from dataclasses import replace
from typing import Any

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.studies.benchmark.settings import BenchmarkSettings, chosen_settings


def main(argv: list[str] | None = None, *, only_solve: bool = False) -> int:
    """Parse the flags, measure, write the files, and print the tables.

    Args:
        argv: the flags; None: those of the process.
        only_solve: leave the cells out.
    """
    configure_logging()
    words = sys.argv[1:] if argv is None else argv
    settings = replace(parse(words), only_solve=only_solve)

    from rl_training.studies.benchmark.markdown import render
    from rl_training.studies.benchmark.measure import measure

    signal.signal(signal.SIGTERM, _terminate)
    report = measure(settings, shlex.join(["benchmark_harness.py", *words]))
    print(render(report))
    return 1 if report.failed else 0


def parse(argv: list[str]) -> BenchmarkSettings:
    """Turn flags into the settings of a benchmark.

    Raises:
        ConfigError: a value is out of range.
        SystemExit: wrong flags (code 2) or `--help` (code 0).
    """
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    flags.add(parser, "scenario", default="vr_locomotion", help="whose scene is measured")
    flags.add(parser, "num_envs")
    flags.add(parser, "arenas", help="copies of the scene in each; about 128 in total if absent")
    add("--repeats", type=int, metavar="N", help="rounds through all cells; 5 if absent")
    add("--seconds", type=float, metavar="S", help="about how long a cell measures; 3 if absent")
    add("--only", nargs="+", default=(), metavar="NAME", help="measure only these cells")
    add("--quick", action="store_true", help="one short round of a few cells: does it work?")
    add("--scaling", action="store_true", help="also 1 to 8 engines and 1 to 256 agents")
    add("--time_to_solve", action="store_true", help="also train until 95 %% success")
    add("--resume", action="store_true", help="keep the stages that --json already holds")
    add("--dry_run", action="store_true", help="measure nothing, write empty tables")
    flags.add(parser, "godot")
    flags.add(parser, "seed", default=0, help="of episodes and actions")
    flags.add(parser, "json", help="write the result to FILE", nargs=None, const=None)
    flags.add(parser, "markdown")
    values: dict[str, Any] = vars(parser.parse_args(argv))
    return chosen_settings(values.pop("quick"), values)


def _terminate(_signal: int, _frame: object) -> None:
    """End in good order, so that the running cell and its engines are ended too."""
    sys.exit(128 + signal.SIGTERM)
