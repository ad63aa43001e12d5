"""Compare models for one scene: size, speed in the engine, agreement, success in the engine.

With --wins_of GROUP: how often that group's models win against those of the other groups. Give
--model GROUP=PATH for each model; every combination plays the same episodes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rl_training.commands import flags
from rl_training.commands.evaluation_flags import (
    add_comparison_flags,
    add_model_flag,
    take_comparison,
    take_request,
)
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.errors import UsageError
from rl_training.play.players import split_word


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, measure, print a Markdown table or JSON."""
    configure_logging()
    parser = Parser(__doc__ or "")
    parser.add_argument(
        "--models",
        type=Path,
        nargs="+",
        metavar="PATH",
        help=".onnx or .zip; the first is what the others are compared with",
    )
    parser.add_argument("--labels", nargs="+", metavar="TEXT", help="names for the table")
    parser.add_argument(
        "--wins_of", metavar="GROUP", help="let groups of agents play each other, count its wins"
    )
    add_model_flag(parser, required=False, more="; with --wins_of several for a group")
    parser.add_argument(
        "--in_engine", action="store_true", help="with --wins_of: the engine plays alone"
    )
    add_comparison_flags(parser)
    values = vars(parser.parse_args(argv))
    if values["wins_of"] is not None:
        if values["models"] or values["labels"]:
            parser.error("--wins_of takes --model GROUP=PATH, not --models and --labels")
        return _head_to_head(values)
    if values["model"] or values["in_engine"]:
        parser.error("--model and --in_engine belong to --wins_of GROUP; give --models PATH PATH")
    if not values["models"]:
        parser.error("--models PATH PATH or --wins_of GROUP is required")
    return _compare(values)


def _compare(values: dict[str, Any]) -> int:
    options = take_comparison(values, values["models"][0])

    from rl_training.evaluation.model_comparison import compare_models
    from rl_training.reporting.models_table import as_markdown

    figures = compare_models(values["models"], options, values["labels"])
    flags.emit(values["json"], [row.to_dict() for row in figures], as_markdown(figures))
    return 0


def _head_to_head(values: dict[str, Any]) -> int:
    models = read_sides(values["model"] or [])
    first = {name: files[0] for name, files in models.items()}
    request = take_request(values, first, in_engine=values["in_engine"])

    from rl_training.evaluation.head_to_head import head_to_head
    from rl_training.reporting.matches_table import as_markdown

    found = head_to_head(request, models, values["wins_of"])
    flags.emit(values["json"], found.to_dict(), as_markdown(found))
    return 0


def read_sides(words: list[str]) -> dict[str, list[str]]:
    """Read `--model GROUP=PATH` words: name of a group to its models.

    Raises:
        UsageError: one names no group.
    """
    models: dict[str, list[str]] = {}
    for word in words:
        group, file = split_word(word)
        if not group:
            raise UsageError(f"--wins_of needs the group of each model: --model GROUP={file}")
        models.setdefault(group, []).append(file)
    if not models:
        raise UsageError("--wins_of needs models: --model GROUP=PATH, several for a group")
    return models
