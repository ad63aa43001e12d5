"""A replay buffer in a file of its own, beside the checkpoints of its run.

It is large, so a run keeps one: that of its newest checkpoint. It holds plain arrays, no pickles.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3.common.buffers import DictReplayBuffer, ReplayBuffer

from rl_training.errors import ModelError
from rl_training.runs.atomic import atomic_path

_ARRAYS = ("actions", "rewards", "dones", "timeouts")
_OBSERVATIONS = ("observations", "next_observations")


def buffer_path(checkpoint: Path) -> Path:
    """Return where the replay buffer of a checkpoint's run is."""
    experiment = re.sub(r"_(step_\d+|final|best)$", "", checkpoint.stem)
    return checkpoint.with_name(f"{experiment}_replay_buffer.npz")


def save_replay_buffer(path: Path, buffer: ReplayBuffer, timesteps: int) -> None:
    """Write what a buffer holds, whole or not at all.

    Args:
        path: the .npz file.
        buffer: of Stable-Baselines3.
        timesteps: of the run until now.

    Raises:
        StorageError: the folder cannot be written, or the disk is full.
    """
    rows = buffer.size()
    arrays: dict[str, Any] = {
        "timesteps": np.array(timesteps),
        "position": np.array(buffer.pos),
        "full": np.array(buffer.full),
    }
    for name in _ARRAYS:
        arrays[name] = getattr(buffer, name)[:rows]
    for name in _OBSERVATIONS:
        held = getattr(buffer, name)
        for key, array in held.items() if isinstance(held, dict) else [("", held)]:
            arrays[f"{name}/{key}"] = array[:rows]
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, **arrays)


def load_replay_buffer(path: Path, buffer: ReplayBuffer | None) -> int | None:
    """Fill a buffer from a file.

    When it has room for less than the file holds, the newest transitions are kept.

    Returns:
        The timesteps of the run when the file was written; None when there is no file.

    Raises:
        ModelError: the file is damaged or of another scene.
    """
    if buffer is None or not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        rows, position = len(arrays["rewards"]), int(arrays["position"])
        order = np.arange(rows)
        if bool(arrays["full"]):
            order = np.roll(order, -position)
        order = order[-buffer.buffer_size :]
        count = len(order)
        for name in _ARRAYS:
            _fill(getattr(buffer, name), arrays[name][order])
        for name in _OBSERVATIONS:
            held = getattr(buffer, name)
            parts = held.items() if isinstance(buffer, DictReplayBuffer) else [("", held)]
            for key, target in parts:
                _fill(target, arrays[f"{name}/{key}"][order])
        timesteps = int(arrays["timesteps"])
    except (ValueError, KeyError, OSError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"the replay buffer {path} cannot be used: {error}; delete it to go on without it"
        ) from error
    buffer.full = count == buffer.buffer_size
    buffer.pos = count % buffer.buffer_size
    return timesteps


def _fill(target: Any, rows: Any) -> None:
    if target.shape[1:] != rows.shape[1:]:
        raise ValueError(f"it has rows of shape {rows.shape[1:]}, expected {target.shape[1:]}")
    target[: len(rows)] = rows
