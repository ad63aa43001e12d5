"""Recorded play in text: the addon's demonstrations (JSON lines) and godot-rl's expert files.

Called by `readers` and `converting`. Both formats are written by
`addons/godot_rl/demos/demo_writer.gd`; the second one by godot-rl's own recorder too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rl_training.data.trajectory import DEFAULT_KEY, Array, Trajectory
from rl_training.errors import DataError
from rl_training.runs.atomic import write_text

Found = Iterator[Trajectory | DataError]


def read_demonstrations(path: Path) -> Found:
    """Yield each line's episode, or what is wrong with the line.

    A line is `{"obs": [[float]], "actions": [[float]], "rewards": [float], "terminated": bool,
    "truncated": bool, "info": {}}`, with one observation more than there are actions.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{path}: line {number}"
        try:
            row = json.loads(line)
        except ValueError:
            # The writer ends every line; one without an end was being written.
            cut = " (cut off while it was written)" if number == len(lines) else ""
            yield DataError(f"{where} is no JSON{cut}")
            continue
        try:
            yield _demonstration(row, {"source": path.name, "episode": number - 1})
        except KeyError as error:
            yield DataError(f"{where} has no {error}; expected a demonstration (docs/addon.md)")
        except (DataError, TypeError, ValueError, AttributeError) as error:
            yield DataError(f"{where}: {error}")


def _demonstration(row: Any, meta: dict[str, Any]) -> Trajectory:
    if not isinstance(row, dict):
        raise DataError(f"a demonstration is a JSON object; found {type(row).__name__}")
    actions = _floats(row["actions"], "actions")
    return Trajectory(
        observations={DEFAULT_KEY: _floats(row["obs"], "obs")},
        actions=actions,
        rewards=np.asarray(row["rewards"], np.float64),
        terminated=bool(row.get("terminated", False)),
        truncated=bool(row.get("truncated", False)),
        infos={len(actions) - 1: dict(row.get("info") or {})} if len(actions) else {},
        meta=meta,
    )


def read_expert_file(path: Path) -> Found:
    """Yield the episodes of a godot-rl expert file: a JSON list of `[observations, actions]`.

    It tells neither rewards nor how an episode ended: rewards are 0, and every episode counts as
    terminated, as in godot-rl's own imitation example.
    """
    try:
        rows = json.loads(path.read_bytes())
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from None
    except ValueError as error:
        raise DataError(f"{path} is no JSON ({error}); expected godot-rl's expert file") from None
    if not isinstance(rows, list):
        raise DataError(f"{path} must be a list of [observations, actions]; found something else")
    for number, row in enumerate(rows):
        try:
            if not isinstance(row, list) or len(row) != 2:
                raise DataError("expected [observations, actions]")
            actions = _floats(row[1], "actions")
            yield Trajectory(
                observations={DEFAULT_KEY: _floats(row[0], "observations")},
                actions=actions,
                rewards=np.zeros(len(actions)),
                terminated=True,
                meta={"source": path.name, "episode": number, "rewards": "unknown"},
            )
        except (DataError, TypeError, ValueError) as error:
            yield DataError(f"{path}: episode {number}: {error}")


def write_demonstrations(path: Path, trajectories: Sequence[Trajectory]) -> None:
    """Write the addon's JSON lines; observations are joined into one vector.

    Raises:
        DataError: an observation is no vector.
        StorageError: the file cannot be written.
    """
    lines = [
        json.dumps(
            {
                "obs": joined(one).tolist(),
                "actions": _rows(one.actions).tolist(),
                "rewards": one.rewards.tolist(),
                "terminated": one.terminated,
                "truncated": one.truncated,
                "info": dict(one.last_info),
            }
        )
        for one in trajectories
    ]
    write_text(path, "\n".join(lines) + "\n")


def write_expert_file(path: Path, trajectories: Sequence[Trajectory]) -> None:
    """Write godot-rl's expert file; rewards and ends are lost, since it has no place for them.

    Raises:
        DataError: an observation is no vector.
        StorageError: the file cannot be written.
    """
    rows = [json.dumps([joined(one).tolist(), _rows(one.actions).tolist()]) for one in trajectories]
    write_text(path, "[" + ",\n".join(rows) + "]\n")


def joined(one: Trajectory) -> Array:
    """Return the observations as one vector, (T + 1, size) float32, keys in rising order.

    Raises:
        DataError: an observation is no vector.
    """
    for key, array in one.observations.items():
        if array.ndim != 2:
            raise DataError(
                f"this format holds vectors only; the observation {key!r} is {array.shape[1:]}"
            )
    parts = [array.astype(np.float32) for array in one.observations.values()]
    return np.concatenate(parts, axis=1)


def _rows(actions: Array) -> Array:
    return actions if actions.ndim > 1 else actions[:, None]


def _floats(rows: Any, what: str) -> Any:
    try:
        return np.asarray(rows, np.float32)
    except (TypeError, ValueError):
        pass
    lengths = sorted({len(row) if isinstance(row, list) else 0 for row in rows})
    if len(lengths) > 1:
        raise DataError(f"{what}: rows of {lengths[0]} to {lengths[-1]} numbers; expected one size")
    raise DataError(f"{what} hold something that is no number")
