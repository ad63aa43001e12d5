"""Formats of the report's JSON, and the one step that reads older files as the newest.

    1   0.1.0: a metric's meaning stands in names (`zero_<metric>_rate`) and in `directions`.
    2   `metric_info`, `run`, `policies`, counts of each engine message; rows tell agent and policy.

Nothing else in the harness takes a name apart.
"""

from __future__ import annotations

from typing import Any

FORMAT = 2
"""The format that is written."""

_PREFIX, _SUFFIX = "zero_", "_rate"
_OF_THE_REPORT = ("mean_reward", "success_rate", "mean_episode_length")


def migrated(data: Any) -> dict[str, Any]:
    """Return a report's JSON in the newest format.

    Raises:
        ValueError: it is no report, or of a format that is not known.
        KeyError: format 1 lacks what it must have.
    """
    if not isinstance(data, dict):
        raise ValueError(f"it holds {type(data).__name__}, no object")
    if "episodes" not in data:
        raise KeyError("episodes")
    if not data["episodes"]:
        raise ValueError("it holds no episodes")
    found = data.get("format", 1)
    if found == FORMAT:
        return data
    if found != 1:
        raise ValueError(f"it has format {found!r}, this harness reads 1 to {FORMAT}; update it")
    return _from_1(data)


def _from_1(data: dict[str, Any]) -> dict[str, Any]:
    directions = dict(data.get("directions", {}))
    metrics = data.get("metrics", {})
    zero_rates = {
        name[len(_PREFIX) : -len(_SUFFIX)]
        for name in metrics
        if name.startswith(_PREFIX) and name.endswith(_SUFFIX) and name not in _row_metrics(data)
    }
    names = [
        name
        for name in dict.fromkeys([*metrics, *_row_metrics(data), *directions])
        if name not in _OF_THE_REPORT and not _is_zero_rate(name, zero_rates, data)
    ]
    changed: dict[str, Any] = {
        "format": FORMAT,
        "length_direction": directions.get("mean_episode_length"),
        "metric_info": [
            {
                "name": name,
                "direction": directions.get(name),
                "zero_rate": name in zero_rates,
                # The metric that is the success rate did not stand at the top level.
                "is_success": name in metrics and name not in data,
            }
            for name in names
        ],
    }
    if isinstance(data.get("engine_errors"), dict):
        changed["engine_errors"] = _messages_from_1(data["engine_errors"])
    return {**data, **changed}


def _is_zero_rate(name: str, zero_rates: set[str], data: dict[str, Any]) -> bool:
    """Whether a name is the zero rate of a metric, be it measured or only declared."""
    if not (name.startswith(_PREFIX) and name.endswith(_SUFFIX)):
        return False
    of = name[len(_PREFIX) : -len(_SUFFIX)]
    return of in zero_rates or (name not in _row_metrics(data) and of in data["directions"])


def _row_metrics(data: dict[str, Any]) -> dict[str, None]:
    return dict.fromkeys(name for row in data["episodes"] for name in row.get("metrics", {}))


def _messages_from_1(told: dict[str, Any]) -> dict[str, Any]:
    pushed: dict[str, Any] = {
        name: {**told[name], "messages": [{"text": text} for text in [told[name]["first"]] if text]}
        for name in ("pushed_errors", "pushed_warnings")
        if name in told
    }
    return {**told, **pushed, "messages": [{"text": text} for text in told.get("texts", ())]}
