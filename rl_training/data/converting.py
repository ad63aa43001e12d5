"""From trajectories to files of any format: the one place that knows which writer fits.

Called by `data convert`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rl_training.data.demonstrations import write_demonstrations, write_expert_file
from rl_training.data.lerobot import write_lerobot
from rl_training.data.minari_datasets import write_minari
from rl_training.data.readers import MINARI
from rl_training.data.ros.bags import BagKind, write_bag
from rl_training.data.store import SUFFIX, save_trajectories
from rl_training.data.trajectory import Trajectory
from rl_training.errors import UsageError

FORMATS = ("traj", "demonstrations", "expert", "minari", "lerobot", "ros1", "ros2", "mcap")
_BY_SUFFIX = {
    SUFFIX: "traj",
    ".jsonl": "demonstrations",
    ".json": "expert",
    ".bag": "ros1",
}


def format_of(target: str, wanted: str | None = None) -> str:
    """Return the format of a target, by its name.

    Args:
        target: a path, or `minari:NAME`.
        wanted: one of `FORMATS`, which wins; None: by the name.

    Raises:
        UsageError: the name tells none.
    """
    if wanted is not None:
        return wanted
    if target.startswith(MINARI):
        return "minari"
    found = _BY_SUFFIX.get(Path(target).suffix)
    if found is None:
        raise UsageError(
            f"what {target} is to be is not told by its name: give --format {{{','.join(FORMATS)}}}"
        )
    return found


def write(
    target: str,
    trajectories: Sequence[Trajectory],
    kind: str,
    *,
    fps: float | None = None,
    task: str = "play",
) -> str:
    """Write trajectories; return what was made, in a line.

    Args:
        target: a path, or `minari:NAME`.
        trajectories: at least one.
        kind: one of `FORMATS`.
        fps: of LeRobot's layout; see `write_lerobot`.
        task: likewise.

    Raises:
        HarnessError: the data has no place in the format, or the target is in use.
    """
    path = Path(target)
    if kind == "minari":
        return str(write_minari(target.removeprefix(MINARI), trajectories))
    if path.exists() and kind != "lerobot":
        raise UsageError(f"{path} exists already; choose another name")
    if kind == "traj":
        save_trajectories(path, trajectories)
    elif kind == "demonstrations":
        write_demonstrations(path, trajectories)
    elif kind == "expert":
        write_expert_file(path, trajectories)
    elif kind == "lerobot":
        write_lerobot(path, trajectories, fps=fps, task=task)
    else:
        bag: BagKind = "ros1" if kind == "ros1" else "mcap" if kind == "mcap" else "ros2"
        topics = write_bag(path, trajectories, bag)
        return f"{path} (read it again with --topics {topics})"
    return str(path)
