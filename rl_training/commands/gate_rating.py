"""Compare a place on a ladder with an earlier one; exit 1 when it fell, and not by chance."""

from __future__ import annotations

from pathlib import Path

from rl_training.commands import flags
from rl_training.commands.next_steps import command, next_steps
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.gate.limits import DEFAULT_ALPHA


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, compare or update, print the verdict."""
    configure_logging()
    from rl_training.gate.rating_check import DEFAULT_POINTS, check_rating
    from rl_training.ratings.record import Ratings
    from rl_training.reporting.rating_check_text import as_text

    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add(
        "--current",
        type=Path,
        required=True,
        metavar="JSON",
        help="of `rate --ladder LADDER NAME=MODEL --output JSON`",
    )
    flags.add(parser, "baseline", required=True, help="an earlier one, on the same ladder")
    flags.add(parser, "tolerance", default=DEFAULT_POINTS, help="rating points that may be lost")
    flags.add(parser, "alpha", default=DEFAULT_ALPHA, help="probability of a false alarm")
    add("--player", default="", metavar="NAME", help="whose place, where several were placed")
    add("--update_baseline", action="store_true", help="make the current one the baseline")
    flags.add(parser, "json")
    given = parser.parse_args(argv)

    current = Ratings.load(given.current)
    if given.update_baseline:
        # It is compared with itself first: what cannot be a baseline is refused.
        check_rating(current, current, player=given.player, exchanges=1)
        current.without_paths().save(given.baseline)
        print(f"the baseline is now {given.baseline}")
        check_it = command("gate", "rating", "--current", "JSON", "--baseline", given.baseline)
        print(next_steps(("check a later one", check_it)))
        return 0
    check = check_rating(
        current, Ratings.load(given.baseline), given.tolerance, given.alpha, given.player
    )
    flags.emit(given.json, check.to_dict(), as_text(check))
    return 0 if check.passed else 1
