"""Check data: damaged files, numbers, shapes, clocks, repeats; exit 1 when something is wrong."""

from __future__ import annotations

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, read everything, tell every problem in a line."""
    configure_logging()
    parser = Parser(__doc__ or "")
    flags.add_data(parser)
    flags.add(parser, "json")
    given = parser.parse_args(argv)

    from rl_training.data.readers import read_trajectories
    from rl_training.data.summary import problems_of, remarks_on, summarise
    from rl_training.errors import DataError

    problems: list[str] = []
    found = []
    for path in given.data:
        try:
            found += read_trajectories(path, problems.append)
        except DataError as error:
            problems.append(str(error))
    problems += problems_of(found)
    remarks = remarks_on(summarise(found)) if found else []
    steps = sum(len(one) for one in found)
    lines = [f"problem: {each}" for each in problems] + [f"note: {each}" for each in remarks]
    lines.append(f"{len(found):,} episodes, {steps:,} decisions can be read; "
                 f"{len(problems):,} problem{'' if len(problems) == 1 else 's'}")  # fmt: skip
    data = {
        "episodes": len(found),
        "decisions": steps,
        "problems": problems,
        "notes": remarks,
        "passed": not problems,
    }
    flags.emit(given.json, data, "\n".join(lines))
    return 1 if problems else 0
