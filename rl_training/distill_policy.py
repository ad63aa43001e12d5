#!/usr/bin/env python3
"""Teach a trained policy to a smaller network, and measure both in the engine."""

from __future__ import annotations

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
    options = comparison_options(values, values["model"])

    from rl_training.evaluation.model_comparison import compare_models, table
    from rl_training.training.pipeline import train

    result = train(config)
    assert result.onnx is not None, "export is on by default"
    widths = "-".join(str(width) for width in config.network.net_arch)
    figures = compare_models(
        [values["model"], result.onnx], options, ["teacher", f"student {widths}"]
    )
    if options.json:
        print(json.dumps({**result.to_dict(), "models": [row.to_dict() for row in figures]}))
        return 0
    print(result.summary())
    print(table(figures))
    return 0


if __name__ == "__main__":
    sys.exit(run_main(main))
