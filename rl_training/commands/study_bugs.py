"""Count who finds planted bugs: our agent, reward-only RL, random play, a search."""

from __future__ import annotations

import dataclasses
import logging
import shlex
import sys
from pathlib import Path

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging

logger = logging.getLogger(__name__)


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, do every run that is missing, write the files after each."""
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    flags.add(parser, "output", help="folder of the runs, result.json and the page", required=True)
    add("--scenarios", nargs="+", metavar="NAME", help="default: all that plant bugs")
    add("--finders", nargs="+", metavar="NAME", help="agent, reward_only, random, search")
    add("--decisions", type=int, default=200_000, metavar="N", help="of every run, all arenas")
    add("--seeds", type=int, nargs="+", default=[0, 1, 2], metavar="N", help="of the runs")
    flags.add(parser, "num_envs", default=1)
    flags.add(parser, "arenas", default=32)
    flags.add(parser, "markdown", help="write the page there instead, images/ beside it")
    flags.add(parser, "godot")
    given = parser.parse_args(argv)
    configure_logging()

    from rl_training.engine import find_engine
    from rl_training.studies.benchmark.machine import describe_machine
    from rl_training.studies.bug_count.finders import find
    from rl_training.studies.bug_count.page import write_page
    from rl_training.studies.bug_count.plan import FINDERS, BugPlan, planting_scenarios
    from rl_training.studies.bug_count.result import BugResult

    plan = BugPlan(
        scenarios=tuple(given.scenarios or planting_scenarios()),
        finders=tuple(given.finders or FINDERS),
        decisions=given.decisions,
        seeds=tuple(given.seeds),
        num_envs=given.num_envs,
        arenas=given.arenas,
    )
    output: Path = given.output
    file, page = output / "result.json", given.markdown or output / "bugs.md"
    words = sys.argv[1:] if argv is None else argv
    result = BugResult(
        command=shlex.join(["spacetime-rl", "study", "bugs", *words]),
        machine=describe_machine(find_engine(given.godot)),
        plan=dataclasses.asdict(plan),
    )
    result.take_rows(file)
    missing = [run for run in plan.runs() if not result.has(run)]
    for number, run in enumerate(missing, 1):
        logger.info("run %d of %d: %s", number, len(missing), ", ".join(map(str, run)))
        row = find(plan, run, output / "runs", given.godot)
        result.rows.append(row)
        result.save(file)
        write_page(result, page)
        logger.info(
            "%s, %s, seed %d: %d of %d found, %d cells, %.0f s",
            run.finder, run.variant, run.seed, row.found, len(row.kinds), row.cells, row.seconds,
        )  # fmt: skip
    write_page(result, page)
    logger.info("result: %s; page: %s", file, page)
    return 0
