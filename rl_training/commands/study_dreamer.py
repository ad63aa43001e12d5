"""Measure how fast Dreamer learns on this machine, and the train ratio that it allows."""

from __future__ import annotations

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, measure, and print the figures."""
    configure_logging()
    parser = Parser(__doc__ or "")
    parser.add_argument("--sizes", nargs="+", default=["tiny", "small"], help="of Dreamer")
    parser.add_argument(
        "--observation", type=int, nargs="+", default=[32],
        help="shape: numbers of a vector, or channels, height and width of a picture",
    )  # fmt: skip
    parser.add_argument("--actions", type=int, default=2, help="continuous values")
    parser.add_argument("--batch_size", type=int, default=16, help="sequences per gradient step")
    parser.add_argument("--sequence_length", type=int, default=50, help="observations of each")
    parser.add_argument("--threads", type=int, default=1, help="of torch")
    parser.add_argument("--rounds", type=int, default=5, help="in which all sizes take turns")
    parser.add_argument("--updates", type=int, default=2, help="gradient steps of each turn")
    parser.add_argument(
        "--decisions_per_second", type=float, default=11.25, help="of the real-time game"
    )
    flags.add(parser, "json")
    given = parser.parse_args(argv)

    from rl_training.config.dreamer import SIZES
    from rl_training.errors import UsageError, nearest
    from rl_training.reporting.table import Table, as_text
    from rl_training.studies.dreamer.rate import Plan, measure

    for size in given.sizes:
        if size not in SIZES:
            raise UsageError(f"no size {size!r}.{nearest(size, SIZES)} Known: {', '.join(SIZES)}")
    if len(given.observation) not in (1, 3):
        raise UsageError("--observation takes 1 number, or 3 of a picture")
    plan = Plan(
        tuple(given.sizes), tuple(given.observation), given.actions, given.batch_size,
        given.sequence_length, given.threads, given.rounds, given.updates,
        given.decisions_per_second,
    )  # fmt: skip
    rates = measure(plan)
    head = ("size", "weights", "updates/s", "s of processor", "ms a decision", "train ratio")
    rows = tuple(
        (
            one.size, f"{one.weights:,}", f"{1.0 / one.seconds:.2f}", f"{one.cpu_seconds:.3f}",
            f"{one.decision_ms:.2f}", f"{one.train_ratio:.0f}",
        )
        for one in rates
    )  # fmt: skip
    flags.emit(given.json, [one.to_dict() for one in rates], "\n".join(as_text(Table(head, rows))))
    return 0
