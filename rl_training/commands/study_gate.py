"""Count the gate's errors on a policy: false alarms, and worse policies that it lets pass."""

from __future__ import annotations

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.gate.limits import DEFAULT_ALPHA, DEFAULT_TOLERANCE


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, play the pools in the engine, count, print the table."""
    configure_logging()
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    flags.add(parser, "model", required=True, help="a good policy, .onnx")
    flags.add(parser, "scenario", default="vr_locomotion")
    flags.add(parser, "episodes", default=100, help="of one evaluation")
    add("--repeats", type=int, default=200, metavar="N", help="evaluations that are checked")
    add("--pool", type=int, default=2000, metavar="N", help="episodes that they are drawn from")
    add("--drop", type=float, default=0.1, metavar="X", help="loss of mean reward to be caught")
    flags.add(parser, "tolerance", default=DEFAULT_TOLERANCE)
    flags.add(parser, "alpha", default=DEFAULT_ALPHA)
    flags.add(parser, "json")
    values = vars(parser.parse_args(argv))
    json = values.pop("json")

    from rl_training.studies.gate.measure import GateStudy, measure_gate, table

    study = GateStudy(**values)
    good, rows = measure_gate(study)
    flags.emit(json, [row.to_dict() for row in rows], table(study, good, rows))
    return 0 if all(row.passed for row in rows) else 1
