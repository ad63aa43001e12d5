"""Compare an ONNX file in the engine's own runner with onnxruntime; exit 0 at <= 1e-5."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.errors import UsageError

if TYPE_CHECKING:
    from rl_training.policy_export.in_engine_check import InEngineCheck


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, compare, print the figures; 0 when both sides agree, else 1."""
    parser = Parser(__doc__ or "")
    flags.add(parser, "model", required=True, help="the .onnx file")
    flags.add(parser, "samples", default=64, help="random inputs to compare")
    flags.add(parser, "seed", default=0, help="seed of the random inputs")
    flags.add(parser, "timeout_s", default=60.0, help="seconds for the engine")
    flags.add(parser, "godot")
    flags.add(
        parser, "project_path", type=Path, help="Godot project with the addon; ours if absent"
    )
    parser.add_argument(
        "--runner",
        choices=("gdscript", "native", "auto"),
        default="gdscript",
        help="what computes in the engine; native is the optional library of `engine native`",
    )
    flags.add(parser, "json")
    options = parser.parse_args(argv)
    configure_logging()
    if not 1 <= options.samples <= 100_000:
        raise UsageError(f"--samples must be 1 to 100000, got {options.samples}")
    if not 0.0 < options.timeout_s < math.inf:
        raise UsageError(f"--timeout_s must be positive, got {options.timeout_s}")

    from rl_training.engine import find_engine
    from rl_training.policy_export.in_engine_check import TOLERANCE, check_in_engine

    check = check_in_engine(
        options.model,
        find_engine(options.godot).path,
        options.samples,
        options.seed,
        options.timeout_s,
        options.project_path,
        options.runner,
    )
    data = {**dataclasses.asdict(check), "tolerance": TOLERANCE, "passed": check.passed}
    if not math.isfinite(check.max_abs_diff):
        data["max_abs_diff"] = None
    flags.emit(options.json, data, _text(options.model, check, TOLERANCE))
    return 0 if check.passed else 1


def _text(model: Path, check: InEngineCheck, tolerance: float) -> str:
    worst = f" in '{check.worst_output}'" if check.worst_output else ""
    verdict = "equal" if check.max_abs_diff <= tolerance else "NOT EQUAL"
    how = "forward" if check.fast_path else "run"
    return "\n".join(
        [
            f"{model}: Godot {check.engine}, {check.samples} random inputs",
            f"largest absolute difference {check.max_abs_diff:.3g}{worst} "
            f"(outputs reach {check.largest_output:.3g}): {verdict} at {tolerance}",
            f"one {how} takes {check.forward_us:.1f} us in the engine, "
            f"{check.onnxruntime_us:.1f} us in onnxruntime from Python; load "
            f"{check.load_ms:.1f} ms",
            f"certificate: {check.certificate}",
        ]
    )
