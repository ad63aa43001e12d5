"""Trajectories from any file that the harness knows, by what the file is.

Called by commands and by `algorithms/imitation`. What is damaged is told in a line of its own and
the rest is read.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rl_training.data.demonstrations import read_demonstrations, read_expert_file
from rl_training.data.recorded_episodes import read_replay
from rl_training.data.recording import SUFFIX as REPLAY_SUFFIX
from rl_training.data.store import SUFFIX, TrajectoryStore
from rl_training.data.trajectory import Trajectory
from rl_training.errors import DataError

__all__ = ["KINDS", "read_all", "read_trajectories"]

logger = logging.getLogger(__name__)

MINARI = "minari:"
"""Before the name of a Minari dataset, in the place of a path."""
KINDS = (
    f"a {SUFFIX} file, demonstrations (.jsonl), a godot-rl expert file (.json), a recorded episode "
    f"or a folder of them ({REPLAY_SUFFIX}), a Minari dataset ({MINARI}NAME, or its folder)"
)


def read_trajectories(
    path: str | Path, on_problem: Callable[[str], None] | None = None
) -> list[Trajectory]:
    """Read the trajectories of a file or folder.

    Args:
        path: see `KINDS`.
        on_problem: told of everything that cannot be read, a line each; None: warnings are logged.

    Raises:
        DataError: the file is missing, of no known kind, or holds nothing that can be read.
    """
    tell = on_problem or logger.warning
    found: list[Trajectory] = []
    problems = 0
    for one in _read(path):
        if isinstance(one, DataError):
            problems += 1
            tell(str(one))
        else:
            found.append(one)
    if not found:
        more = f"; {problems} could not be read" if problems else ""
        raise DataError(f"{path} holds no trajectory{more}")
    return found


def read_all(
    paths: Sequence[str | Path], on_problem: Callable[[str], None] | None = None
) -> list[Trajectory]:
    """Read several files, one after another; see `read_trajectories`."""
    return [one for path in paths for one in read_trajectories(path, on_problem)]


def _read(given: str | Path) -> Iterator[Trajectory | DataError]:
    if str(given).startswith(MINARI):
        from rl_training.data.minari_datasets import read_minari

        return read_minari(str(given).removeprefix(MINARI))
    path = Path(given)
    if path.is_dir():
        return _read_folder(path)
    if not path.exists():
        raise DataError(f"there is no file at {path}")
    if path.suffix == SUFFIX:
        return _read_store(path)
    if path.suffix == ".jsonl":
        return read_demonstrations(path)
    if path.suffix == ".json":
        return read_expert_file(path)
    if path.suffix in (REPLAY_SUFFIX, ".part"):
        return read_replay(path)
    if path.suffix in (".bag", ".mcap", ".db3"):
        raise DataError(f"{path} is a ROS bag: convert it first with `data convert --topics FILE`")
    raise DataError(f"{path} is of no known kind; expected {KINDS}")


def _read_folder(path: Path) -> Iterator[Trajectory | DataError]:
    if (path / "data" / "main_data.hdf5").exists() or (path / "main_data.hdf5").exists():
        from rl_training.data.minari_datasets import read_minari_folder

        return read_minari_folder(path)
    if (path / "metadata.yaml").exists():
        raise DataError(f"{path} is a ROS bag: convert it first with `data convert --topics FILE`")
    replays = sorted(path.glob(f"*{REPLAY_SUFFIX}"))
    if not replays:
        raise DataError(f"{path} is a folder without recordings; expected {KINDS}")
    return _each(replays)


def _each(replays: list[Path]) -> Iterator[Trajectory | DataError]:
    for replay in replays:
        try:
            yield from read_replay(replay)
        except DataError as error:
            yield error


def _read_store(path: Path) -> Iterator[Trajectory | DataError]:
    with TrajectoryStore(path) as store:
        for problem in store.problems:
            yield DataError(problem)
        for _, one in store.sound():
            yield one
