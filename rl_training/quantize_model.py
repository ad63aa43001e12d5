#!/usr/bin/env python3
"""Store an ONNX policy's weights in 8 bits, and measure what that changes in the engine."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.cli import Parser, configure_logging, run_main


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, quantise, compare with the float model, print both."""
    from rl_training.evaluation.arguments import add_comparison_flags, comparison_options

    configure_logging()
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add("--model", type=Path, required=True, metavar="PATH", help="the .onnx file")
    add("--output", type=Path, metavar="PATH", help="the file to write (MODEL_int8.onnx)")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--weights_only", action="store_true", help="the default: see --dynamic")
    how.add_argument(
        "--dynamic",
        action="store_true",
        help="integer arithmetic too, slower in the engine; else only the weights are int8 and "
        "become float32 when the game loads the file",
    )
    add("--per_tensor", action="store_true", help="one scale for a weight, not one an output")
    add_comparison_flags(parser, "vr_locomotion")
    values = vars(parser.parse_args(argv))
    model = values["model"]
    output = values["output"] or model.with_name(f"{model.stem}_int8.onnx")
    options = comparison_options(values, model)

    from rl_training.evaluation.model_comparison import compare_models
    from rl_training.policy_export.quantise import DYNAMIC, WEIGHTS, quantise
    from rl_training.reporting.models_table import as_markdown
    from rl_training.scenarios import get_scenario

    get_scenario(options.request.scenario)
    method = DYNAMIC if values["dynamic"] else WEIGHTS
    done = quantise(model, output, method, per_channel=not values["per_tensor"])
    figures = compare_models([model, output], options, ["float32", f"int8 {method}"])
    if options.json:
        rows = [row.to_dict() for row in figures]
        print(json.dumps({**dataclasses.asdict(done), "output": str(output), "models": rows}))
        return 0
    print(f"{output}: {done.layers} weights as int8 ({method})")
    for reason in done.kept:
        print(f"stays float32: {reason}")
    print(as_markdown(figures))
    return 0


if __name__ == "__main__":
    sys.exit(run_main(main))
