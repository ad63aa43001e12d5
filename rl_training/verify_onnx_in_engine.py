#!/usr/bin/env python3
"""Compare an ONNX file in the engine's own runner with onnxruntime; exit 0 at <= 1e-5."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.cli import Parser, configure_logging, run_main
from rl_training.errors import UsageError


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, compare, print the figures; 0 when both sides agree, else 1."""
    parser = Parser(__doc__ or "")
    parser.add_argument("--model", type=Path, required=True, help="the .onnx file")
    parser.add_argument("--samples", type=int, default=64, help="random inputs to compare")
    parser.add_argument("--seed", type=int, default=0, help="seed of the random inputs")
    parser.add_argument("--timeout_s", type=float, default=60.0, help="seconds for the engine")
    parser.add_argument("--godot", help="engine to use, instead of the one that is found")
    parser.add_argument("--project", type=Path, help="Godot project with the addon (this one)")
    parser.add_argument(
        "--runner",
        choices=("gdscript", "native", "auto"),
        default="gdscript",
        help="what computes in the engine; native is the optional library of `make native`",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    options = parser.parse_args(argv)
    configure_logging()
    if not 1 <= options.samples <= 100_000:
        raise UsageError(f"--samples must be 1 to 100000, got {options.samples}")
    if not 0.0 < options.timeout_s < math.inf:
        raise UsageError(f"--timeout_s must be positive, got {options.timeout_s}")

    from rl_training.engine import find_engine
    from rl_training.policy_export.in_engine_check import REPOSITORY, TOLERANCE, check_in_engine

    check = check_in_engine(
        options.model,
        find_engine(options.godot).path,
        options.samples,
        options.seed,
        options.timeout_s,
        options.project or REPOSITORY,
        options.runner,
    )
    if options.json:
        report = {**dataclasses.asdict(check), "tolerance": TOLERANCE, "passed": check.passed}
        if not math.isfinite(check.max_abs_diff):
            report["max_abs_diff"] = None
        print(json.dumps(report))
        return 0 if check.passed else 1
    print(f"{options.model}: Godot {check.engine}, {check.samples} random inputs")
    worst = f" in '{check.worst_output}'" if check.worst_output else ""
    verdict = "equal" if check.max_abs_diff <= TOLERANCE else "NOT EQUAL"
    print(
        f"largest absolute difference {check.max_abs_diff:.3g}{worst} "
        f"(outputs reach {check.largest_output:.3g}): {verdict} at {TOLERANCE}"
    )
    how = "forward" if check.fast_path else "run"
    print(
        f"one {how} takes {check.forward_us:.1f} us in the engine, {check.onnxruntime_us:.1f} us "
        f"in onnxruntime from Python; load {check.load_ms:.1f} ms"
    )
    print(f"certificate: {check.certificate}")
    return 0 if check.passed else 1


if __name__ == "__main__":
    sys.exit(run_main(main))
