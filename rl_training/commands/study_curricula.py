"""Compare ways to choose a run's episodes: plain, lessons, chosen levels, drawn parameters."""

from __future__ import annotations

import logging

from rl_training.commands import flags
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
    """Parse the flags, train and judge every run that is missing, write the files after each."""
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add("--plan", required=True, metavar="FILE", help="a YAML file, or the name of a known plan")
    add_study_flags(parser, "kinds")
    flags.add(parser, "timesteps", help="decisions of every run, instead of the plan's")
    given = parser.parse_args(argv)
    configure_logging()

    from rl_training.studies.curricula.measure import measure_all, missing_runs
    from rl_training.studies.curricula.page import summary, write_page
    from rl_training.studies.curricula.plan import read_plan
    from rl_training.studies.curricula.result import CurriculaResult, CurriculaRow

    plan = read_plan(given.plan)
    require_jobs(given.jobs)
    if given.timesteps is not None:
        plan = plan.replace({"timesteps": given.timesteps})
    require_known("kind", given.only, plan.kinds)
    files = files_of(given, "curricula")
    result: CurriculaResult = begun_result(CurriculaResult, given, "curricula", plan, argv)
    runs = missing_runs(plan, result, given.only, given.seeds)

    def done(row: CurriculaRow) -> None:
        result.add(row, files.result)
        write_page(plan, result, files.page)
        logger.info("%s, seed %d: %.0f %%", row.kind, row.seed, 100 * row.tests["hardest"].success)

    measure_all(plan, runs, files.runs, given.jobs, done, given.godot)
    write_page(plan, result, files.page)
    print(summary(plan, result))
    logger.info("result: %s; page: %s", files.result, files.page)
    return 0
