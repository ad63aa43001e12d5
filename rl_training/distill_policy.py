#!/usr/bin/env python3
"""Teach a trained policy to a smaller network, and measure both in the engine."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.cli import Parser, configure_logging, run_main


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, distil, compare teacher and student, print both."""
    from rl_training.evaluation.arguments import add_comparison_flags, comparison_options
    from rl_training.training.distillation_config import add_distillation_flags, distill_config

    configure_logging()
    parser = Parser(__doc__ or "")
    add_distillation_flags(parser)
    add_comparison_flags(parser, "vr_locomotion")
    values: dict[str, Any] = vars(parser.parse_args(argv))
    config = distill_config(values)
    options = comparison_options(values, config.teacher)

    from rl_training.evaluation.model_comparison import compare_models
    from rl_training.reporting.models_table import as_markdown
    from rl_training.training.distillation import distil

    result = distil(config)
    widths = "-".join(str(width) for width in config.run.ppo.net_arch)
    figures = compare_models(
        [config.teacher, result.onnx], options, ["teacher", f"student {widths}"]
    )
    if options.json:
        rows = [row.to_dict() for row in figures]
        data = {**dataclasses.asdict(result), "models": rows}
        print(json.dumps(data | {"model": str(result.model), "onnx": str(result.onnx)}))
        return 0
    print(result.summary())
    print(as_markdown(figures))
    return 0


if __name__ == "__main__":
    sys.exit(run_main(main))
