#!/usr/bin/env python3
"""Compare models for one scene: size, speed in the engine, agreement, success in the engine."""

from __future__ import annotations

import json
import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rl_training.cli import Parser, configure_logging, run_main


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, measure, print a Markdown table or one JSON object."""
    from rl_training.evaluation.arguments import add_comparison_flags, comparison_options

    configure_logging()
    parser = Parser(__doc__ or "")
    parser.add_argument(
        "--models",
        type=Path,
        nargs="+",
        required=True,
        metavar="PATH",
        help=".onnx or .zip; the first is what the others are compared with",
    )
    parser.add_argument("--labels", nargs="+", metavar="TEXT", help="names for the table")
    add_comparison_flags(parser, "vr_locomotion")
    values = vars(parser.parse_args(argv))
    options = comparison_options(values, values["models"][0])

    from rl_training.evaluation.model_comparison import compare_models
    from rl_training.reporting.models_table import as_markdown

    figures = compare_models(values["models"], options, values["labels"])
    if options.json:
        print(json.dumps([row.to_dict() for row in figures]))
    else:
        print(as_markdown(figures))
    return 0


if __name__ == "__main__":
    sys.exit(run_main(main))
