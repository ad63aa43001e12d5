"""Compare ways to choose a run's episodes: plain, lessons, chosen levels, drawn parameters."""

from __future__ import annotations

import logging
import shlex
import sys
from pathlib import Path

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.errors import ConfigError, nearest

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, train and judge every run that is missing, write the files after each."""
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add("--plan", required=True, metavar="FILE", help="a YAML file, or the name of a known plan")
    flags.add(parser, "output", help="folder of the runs, result.json and the page", required=True)
    flags.add(parser, "timesteps", help="decisions of every run, instead of the plan's")
    add("--seeds", type=int, nargs="+", default=[], metavar="N", help="instead of the plan's")
    add("--only", nargs="+", default=[], metavar="KIND", help="measure only these kinds")
    add("--jobs", type=int, default=1, metavar="N", help="runs at a time; seconds suffer")
    flags.add(parser, "markdown", help="write the page there instead, images/ beside it")
    flags.add(parser, "godot")
    given = parser.parse_args(argv)
    configure_logging()

    from rl_training.engine import find_engine
    from rl_training.studies.benchmark.machine import describe_machine
    from rl_training.studies.curricula.measure import measure_all, missing_runs
    from rl_training.studies.curricula.page import summary, write_page
    from rl_training.studies.curricula.plan import read_plan
    from rl_training.studies.curricula.result import CurriculaResult, CurriculaRow

    plan = read_plan(given.plan)
    if given.jobs < 1:
        raise ConfigError(f"--jobs must be at least 1; found {given.jobs}")
    if given.timesteps is not None:
        plan = plan.replace({"timesteps": given.timesteps})
    for kind in given.only:
        if kind not in plan.kinds:
            raise ConfigError(f"the plan has no kind {kind!r}.{nearest(kind, plan.kinds)}")
    output: Path = given.output
    file, page = output / "result.json", given.markdown or output / "curricula.md"
    words = sys.argv[1:] if argv is None else argv
    result = CurriculaResult(
        command=shlex.join(["spacetime-rl", "study", "curricula", *words]),
        machine=describe_machine(find_engine(given.godot)),
        plan=plan.to_dict(),
        jobs=given.jobs,
    )
    result.take_rows(file)
    runs = missing_runs(plan, result, given.only, given.seeds)

    def done(row: CurriculaRow) -> None:
        result.rows.append(row)
        result.save(file)
        write_page(plan, result, page)
        logger.info("%s, seed %d: %.0f %%", row.kind, row.seed, 100 * row.tests["hardest"].success)

    measure_all(plan, runs, output / "runs", given.jobs, done, given.godot)
    write_page(plan, result, page)
    print(summary(plan, result))
    logger.info("result: %s; page: %s", file, page)
    return 0
