"""Compare learners where decisions are dear: success against decisions, seconds and game time."""

from __future__ import annotations

import logging
from pathlib import Path

from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.commands.study_flags import (
    add_study_flags,
    begun_result,
    files_of,
    require_jobs,
    require_known,
)

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
    add_study_flags(parser, "entrants")
    add("--tasks", nargs="+", default=[], metavar="NAME", help="measure only on these tasks")
    add("--show", action="store_true", help="measure nothing: the page from what is there")
    add("--picture", type=Path, metavar="PNG", help="also draw the curves of --only there")
    given = parser.parse_args(argv)
    configure_logging()

    from rl_training.studies.learners.measure import measure_all, missing_runs
    from rl_training.studies.learners.page import summary, write_page
    from rl_training.studies.learners.picture import plot
    from rl_training.studies.learners.plan import read_plan
    from rl_training.studies.learners.result import LearnerRow, LearnersResult

    plan = read_plan(given.plan)
    require_jobs(given.jobs)
    require_known("entrant", given.only, plan.entrants)
    require_known("task", given.tasks, plan.tasks)
    files = files_of(given, "learners")
    result: LearnersResult = begun_result(LearnersResult, given, "learners", plan, argv)
    runs = [] if given.show else missing_runs(plan, result, given.tasks, given.only, given.seeds)

    def done(row: LearnerRow) -> None:
        result.add(row, files.result)
        write_page(plan, result, files.page)
        logger.info(
            "%s on %s, seed %d: %.0f %%", row.entrant, row.task, row.seed, 100 * row.end.success
        )

    measure_all(plan, result, runs, files.runs, done, given.godot)
    write_page(plan, result, files.page)
    if given.picture is not None:
        plot(plan, result, given.picture, given.only)
    print(summary(plan, result))
    logger.info("result: %s; page: %s", files.result, files.page)
    return 0
