"""Which settings differ between two runs, or between a run and its resumed part: dotted paths.

Called by `listing` and by whoever resumes a run. Pure functions of plain nested dictionaries.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rl_training.config.by_name import holds_values
from rl_training.config.one_call import OF_ONE_CALL

ABSENT = "(not set)"
# By their last part: settings of the older format have no sections.
_OF_ONE_CALL = frozenset(path.rpartition(".")[2] for path in OF_ONE_CALL)


def flatten_settings(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return dotted path to value; an empty dictionary counts as a value.

    A sampler, a schedule or a curriculum is one value, by its text.
    """
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping) and value and holds_values(path):
            flat |= {f"{path}.{own}": _one_value(each) for own, each in value.items()}
        elif isinstance(value, Mapping) and value:
            flat |= flatten_settings(value, f"{path}.")
        else:
            flat[path] = list(value) if isinstance(value, tuple) else value
    return flat


def _one_value(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    from rl_training.config.value_lines import value_line  # pydantic

    return value_line(value)


def settings_that_differ(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Compare the settings of several runs.

    Args:
        settings: name of the run to its settings.

    Returns:
        Dotted path to {name of the run: value} for each setting that is not the same in all;
        `ABSENT` where a run does not have it.
    """
    flat = {name: flatten_settings(each) for name, each in settings.items()}
    paths = dict.fromkeys(path for each in flat.values() for path in each)
    found: dict[str, dict[str, Any]] = {}
    for path in paths:
        row = {name: each.get(path, ABSENT) for name, each in flat.items()}
        values = list(row.values())
        if any(value != values[0] for value in values[1:]):
            found[path] = row
    return found


def resume_changes(saved: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return what a resumed run changes, one line a setting: "algorithm.gamma: 0.99 -> 0.98".

    Args:
        saved: the settings that the run was started with.
        now: the settings that it goes on with. What is of one call (port, token, window) is left
            out.
    """
    return [
        f"{path}: {row['saved']} -> {row['now']}"
        for path, row in settings_that_differ({"saved": saved, "now": now}).items()
        if path.rpartition(".")[2] not in _OF_ONE_CALL
    ]
