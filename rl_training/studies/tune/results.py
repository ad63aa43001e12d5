"""What a search found: a table, the best settings as a file for `train --config`, and JSON.

Called by the command after each trial. It knows nothing of Optuna.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rl_training.config.files import write_yaml
from rl_training.config.layers import put_path
from rl_training.runs.atomic import write_text
from rl_training.runs.shell import command_line
from rl_training.runs.span import span
from rl_training.runs.text_table import text_table
from rl_training.studies.tune.plan import SearchPlan
from rl_training.studies.tune.space import Scalar
from rl_training.studies.tune.study import TrialRow
from rl_training.training.configuration import default_config

BEST = "best.yaml"
# Of one run or one machine: no part of the settings that were found.
_LEFT_OUT = (
    *("experiment_name", "run_root", "seed", "format", "training.resume", "training.torch_threads"),
    *("environment.num_envs", "environment.port", "environment.viz", "environment.godot"),
)


def best_row(plan: SearchPlan, rows: Sequence[TrialRow]) -> TrialRow | None:
    """Return the best finished trial; None: none was finished."""
    ranked = [row for row in ranking(plan, rows) if row.state == "complete"]
    return ranked[0] if ranked else None


def ranking(plan: SearchPlan, rows: Sequence[TrialRow]) -> list[TrialRow]:
    """Return the trials, finished ones first and the best of them at the top."""
    order = {"complete": 0, "pruned": 1, "running": 2, "failed": 3, "waiting": 4}
    sign = -1.0 if plan.higher_is_better else 1.0

    def key(row: TrialRow) -> tuple[int, float, int]:
        return (order[row.state], 0.0 if row.value is None else sign * row.value, row.number)

    return sorted(rows, key=key)


def table(plan: SearchPlan, rows: Sequence[TrialRow], most: int | None = None) -> str:
    """Return the trials as a table of text, the best at the top.

    Args:
        plan: the search.
        rows: its trials.
        most: rows that are shown; None: all.
    """
    paths = list(plan.space.settings)
    head = ["trial", plan.metric, "state", "steps", "time", *(_short(path) for path in paths)]
    shown = ranking(plan, rows)
    body = [
        [
            f"{row.number}{' (base)' if row.is_base else ''}",
            "" if row.value is None else f"{row.value:.4g}",
            row.state,
            f"{row.timesteps:,}" if row.timesteps else "",
            span(row.seconds) if row.seconds else "",
            *(_shown(row.chosen.get(path)) for path in paths),
        ]
        for row in shown[:most]
        if row.state != "waiting"
    ]
    text = text_table(head, body, left=(0, 2))
    left = len(shown) - len(shown[:most])
    return f"{text}\n... and {left} more" if left > 0 else text


def best_settings(plan: SearchPlan, row: TrialRow, command: str) -> str:
    """Return the best trial's settings as YAML: what differs from the scenario's own.

    Args:
        plan: the search.
        row: the trial.
        command: that searched, for the heading.
    """
    config = plan.best_config(row.chosen)
    changes: dict[str, Any] = {"scenario": config.scenario}
    algorithm = {"algorithm": {"name": config.algorithm.name}}
    default = dict(_whole(default_config(config.scenario, algorithm).to_dict()))
    for path, value in _whole(config.public_dict()):
        wanted = path in (*row.chosen, "algorithm.name") or default.get(path, _NOTHING) != value
        if wanted and path not in _LEFT_OUT:
            put_path(changes, path, value)
    heading = [
        f"The best settings of the study {plan.name}: trial {row.number} of "
        f"{_kinds(plan)}, {plan.metric} {row.value:.4g}.",
        f"Made by: {command}",
        "Use: spacetime-rl train --config THIS_FILE",
    ]
    return "".join(f"# {line}\n" for line in heading) + write_yaml(changes)


def as_data(
    plan: SearchPlan, rows: Sequence[TrialRow], importance: Mapping[str, float]
) -> dict[str, Any]:
    """Return plan, trials and importances as values that JSON can hold."""
    best = best_row(plan, rows)
    return {
        "format": 1,
        "plan": plan.to_dict(),
        "direction": "maximize" if plan.higher_is_better else "minimize",
        "best": None if best is None else best.number,
        "trials": [row.to_dict() for row in rows if row.state != "waiting"],
        "importance": dict(importance),
    }


def write_results(
    plan: SearchPlan,
    rows: Sequence[TrialRow],
    importance: Mapping[str, float],
    folder: Path,
    command: Sequence[str],
) -> list[Path]:
    """Write what is known into the study's folder; return the files.

    Raises:
        StorageError: the folder cannot be written.
    """
    files = [folder / "trials.json", folder / "trials.txt"]
    write_text(files[0], json.dumps(as_data(plan, rows, importance), indent=1) + "\n")
    write_text(files[1], table(plan, rows) + "\n")
    best = best_row(plan, rows)
    if best is not None:
        files.append(folder / BEST)
        write_text(files[-1], best_settings(plan, best, command_line(list(command))))
    return files


def _kinds(plan: SearchPlan) -> str:
    value = {"last": "the last evaluation's", "best": "the best evaluation's", "mean": "the mean"}
    return f"{plan.config.scenario} by {value[plan.value]}"


def _short(path: str) -> str:
    return path.rpartition(".")[2]


def _shown(value: Scalar) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _whole(settings: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield (path, value) of settings; what stands under a free name is one value."""
    for section, inner in settings.items():
        if isinstance(inner, Mapping):
            yield from ((f"{section}.{name}", value) for name, value in inner.items())
        else:
            yield section, inner


_NOTHING = object()
