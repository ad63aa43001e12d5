"""A configuration for people: one line a value, and where each came from (`--show_config`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rl_training.config import by_name
from rl_training.config.layers import DEFAULTS, Resolved
from rl_training.config.train_config import TrainConfig
from rl_training.config.value_lines import value_line
from rl_training.redaction import without_secrets


def describe(resolved: Resolved) -> str:
    """Return each value and where it came from; a star marks what is not the default."""
    config = resolved.config
    plain = dict(_lines(TrainConfig().to_dict()))
    for name, one in type(config.algorithm).model_fields.items():
        plain[f"algorithm.{name}"] = one.default
    rows = []
    for path, value in _lines(without_secrets(config.to_dict())):
        origin = resolved.origins.get(path, DEFAULTS)
        mark = "*" if value != plain.get(path) else " "
        rows.append((f"{mark} {path}", _shown(value), origin))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{a:{widths[0]}}  {b:{widths[1]}}  {c}".rstrip() for a, b, c in rows]
    changed = sum(line.startswith("*") for line in lines)
    return "\n".join([*lines, f"* {changed} of {len(lines)} settings differ from the default"])


def _lines(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted path, value) of nested settings; a sampler or a curriculum is one value."""
    for key, value in settings.items():
        path = f"{prefix}{key}"
        if not isinstance(value, Mapping):
            yield path, value
        elif not by_name.holds_values(path):
            yield from _lines(value, f"{path}.")
        else:
            yield from ((f"{path}.{name}", value_line(each)) for name, each in value.items())


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
