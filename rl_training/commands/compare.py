"""Compare models for one scene: size, speed in the engine, agreement, success in the engine."""

from __future__ import annotations

from pathlib import Path

from rl_training.commands import flags
from rl_training.commands.evaluation_flags import add_comparison_flags, take_comparison
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, measure, print a Markdown table or JSON."""
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
    add_comparison_flags(parser)
    values = vars(parser.parse_args(argv))
    options = take_comparison(values, values["models"][0])

    from rl_training.evaluation.model_comparison import compare_models
    from rl_training.reporting.models_table import as_markdown

    figures = compare_models(values["models"], options, values["labels"])
    flags.emit(values["json"], [row.to_dict() for row in figures], as_markdown(figures))
    return 0
