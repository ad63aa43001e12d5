"""The runs as Prometheus reads them (text format 0.0.4), for people who have Grafana.

Called by `rest`. Figures of every run; every scalar of the living ones only, so that a root full of
old runs does not make thousands of series.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rl_training.runs.status import ENDED

_PREFIX = "spacetime_rl"
_RUN_FIGURES: Mapping[str, tuple[str, str]] = {
    "timesteps": ("run_timesteps", "Decisions of all agents done"),
    "total": ("run_timesteps_total", "Decisions at which the run ends"),
    "mean_reward": ("run_mean_reward", "Return of an episode, mean of the last 100"),
    "success_rate": ("run_success_ratio", "Share of successes, last 100 episodes"),
    "rate": ("run_timesteps_per_second", "Decisions a second"),
    "eta_s": ("run_left_seconds", "Seconds that are left"),
    "best": ("run_best_evaluation", "Best value of the evaluations in training"),
    "written": ("run_last_write_timestamp_seconds", "Unix time of the last write"),
}


def exposition(
    rows: Iterable[Mapping[str, Any]],
    scalars: Callable[[str], Mapping[str, Any]],
    server: Mapping[str, float],
) -> str:
    """Return the text.

    Args:
        rows: of `RunIndex.rows`.
        scalars: name of a run to its newest scalars, by tag.
        server: figures of the dashboard itself, by name.
    """
    listed = list(rows)
    lines: list[str] = []
    for field, (name, text) in _RUN_FIGURES.items():
        values = [(row["name"], row.get(field)) for row in listed]
        _add(lines, name, text, [({"run": run}, value) for run, value in values])
    about = [
        ({key: str(row[key]) for key in ("scenario", "algorithm", "stage")} | {"run": row["name"]})
        for row in listed
    ]
    _add(lines, "run_info", "Scenario, learner and stage of a run", [(each, 1) for each in about])
    living = [row["name"] for row in listed if row["stage"] not in (*ENDED, "unknown")]
    _add(lines, "runs_living", "Runs that a process works on", [({}, len(living))])
    newest = [
        ({"run": run, "tag": tag}, value)
        for run in living
        for tag, value in scalars(run).items()
        if tag not in ("timesteps", "time")
    ]
    _add(lines, "scalar", "Newest value of a scalar of a living run", newest)
    for name, value in server.items():
        _add(lines, f"dashboard_{name}", "Of the dashboard itself", [({}, value)])
    return "\n".join(lines) + "\n"


def _add(
    lines: list[str], name: str, text: str, samples: Iterable[tuple[Mapping[str, str], Any]]
) -> None:
    shown = [
        f"{_PREFIX}_{name}{_labels(labels)} {value}"
        for labels, value in samples
        if isinstance(value, (int, float)) and math.isfinite(value)
    ]
    if shown:
        lines += [f"# HELP {_PREFIX}_{name} {text}", f"# TYPE {_PREFIX}_{name} gauge", *shown]


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{key}="{_escaped(value)}"' for key, value in labels.items()) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
