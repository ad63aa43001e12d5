"""LeRobot's dataset layout, version 3.0, written without its package (which pins an older torch).

Called by `converting`; needs `pyarrow` of the extra `data`. Vectors of all keys become
`observation.state`, pictures `observation.images.KEY` as PNG inside the tables (its dtype "image",
so that no video codec is needed). The layout is LeRobot's own:
github.com/huggingface/lerobot, `datasets/utils.py`, `CODEBASE_VERSION = "v3.0"`. The last
observation of an episode, which follows no action, has no place in it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rl_training.data.extras import require
from rl_training.data.spaces import is_image
from rl_training.data.trajectory import Array, Trajectory, require_one_form
from rl_training.errors import DataError, UsageError
from rl_training.runs.atomic import write_text

VERSION = "v3.0"
DEFAULT_FPS = 10
_WHAT = "LeRobot's layout"
_FILE_MB = 100
_IMAGES = "observation.images."
_DATA = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
_EPISODES = "meta/episodes/chunk-000/file-000.parquet"


def write_lerobot(
    folder: Path,
    trajectories: Sequence[Trajectory],
    *,
    fps: float | None = None,
    task: str = "play",
    robot: str = "godot",
) -> None:
    """Write a dataset that `LeRobotDataset(repo_id, root=folder)` opens.

    Args:
        folder: must not exist, or be empty.
        trajectories: of one form.
        fps: decisions a second; None: from the times, else `DEFAULT_FPS`.
        task: what is done, in words.
        robot: `robot_type`.

    Raises:
        DataError: trajectories differ or hold what the layout cannot.
        UsageError: the folder is in use, or the package is missing.
    """
    require_one_form(list(trajectories))
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty: choose another folder")
    parquet, arrow = require("pyarrow.parquet", _WHAT), require("pyarrow", _WHAT)
    rate = fps or _rate(trajectories)
    folder.mkdir(parents=True, exist_ok=True)
    columns = _Columns(trajectories, rate)
    rows: list[dict[str, Any]] = []
    file, size, waiting = 0, 0, []
    for number, one in enumerate(trajectories):
        first = sum(row["length"] for row in rows)
        waiting.append(columns.table(arrow, one, number, first))
        rows.append(columns.episode(one, number, first, file, task))
        size += one.nbytes
        if size > _FILE_MB << 20 or number + 1 == len(trajectories):
            path = folder / _DATA.format(chunk_index=file // 1000, file_index=file % 1000)
            path.parent.mkdir(parents=True, exist_ok=True)
            parquet.write_table(arrow.concat_tables(waiting), path)
            file, size, waiting = file + 1, 0, []
    (folder / _EPISODES).parent.mkdir(parents=True)
    parquet.write_table(arrow.Table.from_pylist(rows), folder / _EPISODES)
    parquet.write_table(_tasks(arrow, task), folder / "meta" / "tasks.parquet")
    write_text(folder / "meta" / "stats.json", json.dumps(columns.stats(), indent=4))
    info = {
        "codebase_version": VERSION,
        "robot_type": robot,
        "total_episodes": len(rows),
        "total_frames": sum(row["length"] for row in rows),
        "total_tasks": 1,
        "chunks_size": 1000,
        "data_files_size_in_mb": _FILE_MB,
        "video_files_size_in_mb": 200,
        "fps": round(rate) if float(rate).is_integer() else rate,
        "splits": {"train": f"0:{len(rows)}"},
        "data_path": _DATA,
        "video_path": None,
        "features": columns.features(),
    }
    write_text(folder / "meta" / "info.json", json.dumps(info, indent=4))


class _Columns:
    """What the columns are called, and their values."""

    def __init__(self, trajectories: Sequence[Trajectory], fps: float) -> None:
        first = trajectories[0]
        self._all = trajectories
        self._fps = fps
        self._images = [key for key, a in first.observations.items() if is_image(a)]
        self._vectors = [key for key in first.observations if key not in self._images]
        for key in self._vectors:
            if first.observations[key].ndim > 2:
                raise DataError(
                    f"{_WHAT} holds vectors and pictures of bytes; {key!r} is "
                    f"{first.observations[key].shape[1:]} {first.observations[key].dtype}"
                )

    def values(self, one: Trajectory) -> dict[str, Array]:
        """Return the columns of numbers that stand in `stats.json`, (T, n)."""
        steps = len(one)
        found: dict[str, Array] = {}
        if self._vectors:
            parts = [one.observations[key][:-1].reshape(steps, -1) for key in self._vectors]
            found["observation.state"] = np.concatenate(parts, axis=1).astype(np.float32)
        found["action"] = one.actions.reshape(steps, -1).astype(np.float32)
        found["next.reward"] = one.rewards.astype(np.float32)[:, None]
        return found

    def features(self) -> dict[str, Any]:
        first = self._all[0]
        names = {
            "observation.state": [
                f"{key}_{i}" if size > 1 else key
                for key in self._vectors
                for size in [first.observations[key][0].size]
                for i in range(size)
            ],
            "action": [f"action_{i}" for i in range(first.actions[0].size)],
        }
        found: dict[str, Any] = {}
        for name, array in self.values(first).items():
            shown = names.get(name)
            found[name] = {"dtype": "float32", "shape": [array.shape[1]], "names": shown}
        for key in self._images:
            found[_IMAGES + key] = {
                "dtype": "image",
                "shape": list(first.observations[key].shape[1:]),
                "names": ["height", "width", "channels"],
            }
        found["next.done"] = {"dtype": "bool", "shape": [1], "names": None}
        found["timestamp"] = {"dtype": "float32", "shape": [1], "names": None}
        for name in ("frame_index", "episode_index", "index", "task_index"):
            found[name] = {"dtype": "int64", "shape": [1], "names": None}
        return found

    def table(self, arrow: Any, one: Trajectory, number: int, first: int) -> Any:
        steps = len(one)
        columns: dict[str, Any] = {}
        for name, array in self.values(one).items():
            if array.shape[1] == 1:
                columns[name] = arrow.array(array[:, 0])
                continue
            flat = arrow.array(np.ascontiguousarray(array).reshape(-1))
            columns[name] = arrow.FixedSizeListArray.from_arrays(flat, array.shape[1])
        for key in self._images:
            pictures = [{"bytes": _png(a), "path": None} for a in one.observations[key][:-1]]
            kind = arrow.struct([("bytes", arrow.binary()), ("path", arrow.string())])
            columns[_IMAGES + key] = arrow.array(pictures, kind)
        done = np.zeros(steps, np.bool_)
        done[-1] = True
        columns["next.done"] = arrow.array(done)
        # Even, whatever the clock did: LeRobot refuses other timestamps.
        columns["timestamp"] = arrow.array((np.arange(steps) / self._fps).astype(np.float32))
        columns["frame_index"] = arrow.array(np.arange(steps, dtype=np.int64))
        columns["episode_index"] = arrow.array(np.full(steps, number, np.int64))
        columns["index"] = arrow.array(np.arange(first, first + steps, dtype=np.int64))
        columns["task_index"] = arrow.array(np.zeros(steps, np.int64))
        return arrow.table(columns)

    def episode(
        self, one: Trajectory, number: int, first: int, file: int, task: str
    ) -> dict[str, Any]:
        row: dict[str, Any] = {
            "episode_index": number,
            "tasks": [task],
            "length": len(one),
            "data/chunk_index": file // 1000,
            "data/file_index": file % 1000,
            "dataset_from_index": first,
            "dataset_to_index": first + len(one),
            "meta/episodes/chunk_index": 0,
            "meta/episodes/file_index": 0,
        }
        for name, array in self.values(one).items():
            for kind, value in _stats(array).items():
                row[f"stats/{name}/{kind}"] = value
        return row

    def stats(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in self.values(self._all[0]):
            joined = np.concatenate([self.values(one)[name] for one in self._all])
            found[name] = _stats(joined)
        for key in self._images:
            # By channel, in [0, 1], as LeRobot has them.
            pixels = np.concatenate([one.observations[key][:-1] for one in self._all]) / 255.0
            shape = pixels.shape
            told: dict[str, Any] = _stats(pixels.reshape(-1, shape[-1]))
            by_channel: dict[str, Any] = {
                kind: [[[v]] for v in value] for kind, value in told.items() if kind != "count"
            }
            found[_IMAGES + key] = {**by_channel, "count": [shape[0]]}
        return found


def _stats(array: Array) -> dict[str, list[float]]:
    return {
        "min": array.min(axis=0).tolist(),
        "max": array.max(axis=0).tolist(),
        "mean": array.mean(axis=0, dtype=np.float64).tolist(),
        "std": array.std(axis=0, dtype=np.float64).tolist(),
        "count": [len(array)],
    }


def _tasks(arrow: Any, task: str) -> Any:
    """Return the table of tasks, whose text is pandas' index, as LeRobot looks it up."""
    table = arrow.table({"task_index": arrow.array([0], arrow.int64()), "task": [task]})
    column = {"metadata": None, "field_name": "task_index", "name": "task_index"}
    told = {
        "index_columns": ["task"],
        "column_indexes": [],
        "columns": [
            {**column, "pandas_type": "int64", "numpy_type": "int64"},
            {
                "metadata": None,
                "field_name": "task",
                "name": "task",
                "pandas_type": "unicode",
                "numpy_type": "object",
            },
        ],
        "creator": {"library": "pyarrow", "version": arrow.__version__},
        "pandas_version": "2.0.0",
    }
    return table.replace_schema_metadata({"pandas": json.dumps(told)})


def _png(picture: Array) -> bytes:
    image = require("PIL.Image", _WHAT)
    buffer = io.BytesIO()
    shown = picture[..., 0] if picture.shape[-1] == 1 else picture
    image.fromarray(shown).save(buffer, "PNG")
    return buffer.getvalue()


def _rate(trajectories: Sequence[Trajectory]) -> float:
    gaps = [np.diff(one.times) for one in trajectories if one.times is not None]
    if not gaps:
        return DEFAULT_FPS
    median = float(np.median(np.concatenate(gaps)))
    return DEFAULT_FPS if median <= 0.0 else round(1.0 / median, 3)
