"""Compare learners where decisions are dear: success against decisions, seconds and game time."""

from __future__ import annotations

import logging
import shlex
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.errors import ConfigError, nearest

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, train and judge every run that is missing, write the files after each.

    Several calls may share an --output, each with other --only, --tasks or --seeds.
    """
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add(
        "--plan",
        default="two_scenarios",
        metavar="FILE",
        help="a YAML file, or the name of a known plan (two_scenarios)",
    )
    flags.add(parser, "output", help="folder of the runs, result.json and the page", required=True)
    add("--seeds", type=int, nargs="+", default=[], metavar="N", help="instead of the plan's")
    add("--only", nargs="+", default=[], metavar="NAME", help="measure only these entrants")
    add("--tasks", nargs="+", default=[], metavar="NAME", help="measure only on these tasks")
    add("--jobs", type=int, default=1, metavar="N", help="runs at a time; seconds suffer")
    add("--show", action="store_true", help="measure nothing: the page from what is there")
    flags.add(parser, "markdown", help="write the page there instead, images/ beside it")
    add("--picture", type=Path, metavar="PNG", help="also draw the curves of --only there")
    flags.add(parser, "godot")
    given = parser.parse_args(argv)
    configure_logging()

    from rl_training.engine import find_engine
    from rl_training.studies.benchmark.machine import describe_machine
    from rl_training.studies.learners.measure import measure_all, missing_runs
    from rl_training.studies.learners.page import summary, write_page
    from rl_training.studies.learners.picture import plot
    from rl_training.studies.learners.plan import read_plan
    from rl_training.studies.learners.result import LearnerRow, LearnersResult

    plan = read_plan(given.plan)
    if given.jobs < 1:
        raise ConfigError(f"--jobs must be at least 1; found {given.jobs}")
    _known("entrant", given.only, plan.entrants)
    _known("task", given.tasks, plan.tasks)
    output: Path = given.output
    file, page = output / "result.json", given.markdown or output / "learners.md"
    words = sys.argv[1:] if argv is None else argv
    result = LearnersResult(
        command=shlex.join(["spacetime-rl", "study", "learners", *words]),
        machine=describe_machine(find_engine(given.godot)),
        plan=plan.to_dict(),
        jobs=given.jobs,
    )
    result.take_rows(file)
    runs = [] if given.show else missing_runs(plan, result, given.tasks, given.only, given.seeds)

    def done(row: LearnerRow) -> None:
        result.add(row, file)
        write_page(plan, result, page)
        logger.info(
            "%s on %s, seed %d: %.0f %%", row.entrant, row.task, row.seed, 100 * row.end.success
        )

    measure_all(plan, result, runs, output / "runs", done, given.godot)
    write_page(plan, result, page)
    if given.picture is not None:
        plot(plan, result, given.picture, given.only)
    print(summary(plan, result))
    logger.info("result: %s; page: %s", file, page)
    return 0


def _known(what: str, given: Sequence[str], names: Iterable[str]) -> None:
    known = list(names)
    for name in given:
        if name not in known:
            raise ConfigError(f"the plan has no {what} {name!r}.{nearest(name, known)}")
