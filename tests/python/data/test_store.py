"""The store: what is written is read, also while it is written, cut off or damaged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rl_training.data.store import TrajectoryStore, TrajectoryWriter, save_trajectories
from rl_training.data.trajectory import Trajectory
from rl_training.errors import DataError, StorageError
from tests.python.data.test_trajectory import made

DTYPES = st.sampled_from(["<f4", "<f8", ">f4", "u1", "<i8", "?", "<f2"])


def same(one: Trajectory, other: Trajectory) -> None:
    assert one.form == other.form
    for key, array in one.observations.items():
        np.testing.assert_array_equal(array, other.observations[key])
    np.testing.assert_array_equal(one.actions, other.actions)
    np.testing.assert_array_equal(one.rewards, other.rewards)
    assert (one.times is None) == (other.times is None)
    for name in ("terminated", "truncated", "infos", "seed", "parameters", "meta"):
        assert getattr(one, name) == getattr(other, name)


@given(
    dtype=DTYPES,
    shape=st.tuples(st.integers(1, 40), st.integers(0, 5), st.integers(1, 3)),
    compress=st.booleans(),
    data=st.data(),
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_numbers_come_back(
    dtype: str, shape: tuple[int, ...], compress: bool, data: Any, tmp_path: Path
) -> None:
    path = tmp_path / "any.traj"
    path.unlink(missing_ok=True)
    finite: Any = {"allow_nan": False, "allow_infinity": False} if "f" in dtype else {}
    seen = data.draw(
        arrays.arrays(
            dtype,
            (shape[0] + 1, *shape[1:]),
            elements=arrays.from_dtype(np.dtype(dtype), **finite),
        )
    )
    one = made(shape[0], observations={"a/b": seen}, times=np.linspace(0, 1, shape[0] + 1))
    with TrajectoryWriter(path, compress=compress) as writer:
        writer.append(one)
    with TrajectoryStore(path) as store:
        same(store[0], one)


def test_big_arrays_are_read_in_part(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    images = random.integers(0, 255, (301, 32, 32, 3), np.uint8)
    one = made(300, observations={"camera": images, "obs": random.normal(size=(301, 4))})
    path = tmp_path / "big.traj"
    save_trajectories(path, [made(), one])
    with TrajectoryStore(path) as store:
        assert store.lengths == [4, 300]
        part = store.read(1, 120, 170)
        same(part, one.part(120, 170))
        same(store[1], one)
        assert len(store[0:2]) == 2


def test_what_is_not_compressed_is_a_view_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "raw.traj"
    with TrajectoryWriter(path, compress=False) as writer:
        writer.append(made())
    with TrajectoryStore(path) as store:
        seen = store[0].observations["obs"]
    assert not seen.flags.owndata
    assert not seen.flags.writeable
    assert seen[1, 0] == 3.0


def test_it_is_read_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "live.traj"
    with TrajectoryWriter(path) as writer, TrajectoryStore(path) as store:
        assert len(store) == 0
        for number in range(3):
            writer.append(made(seed=number))
            assert store.refresh() == 1
            assert store[number].seed == number
        assert store.refresh() == 0
        assert store.problems == ()


def test_it_is_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "more.traj"
    save_trajectories(path, [made(seed=0)])
    with TrajectoryWriter(path) as writer:
        assert (writer.count, writer.steps) == (1, 4)
        writer.append(made(7, seed=1))
        assert (writer.count, writer.steps) == (2, 11)
    with TrajectoryStore(path) as store:
        assert [one.seed for one in store] == [0, 1]


def test_a_cut_off_end_costs_its_own_episode_only(tmp_path: Path) -> None:
    path = tmp_path / "cut.traj"
    save_trajectories(path, [made(seed=number) for number in range(3)])
    whole = path.read_bytes()
    with TrajectoryStore(path) as store:
        ends = [record.end for record in store._records]
    for size in (*range(ends[1] + 1, len(whole), 7), ends[1] + 3):
        path.write_bytes(whole[:size])
        with TrajectoryStore(path) as store:
            assert [one.seed for one in store] == [0, 1]
            (problem,) = store.problems
            assert "cut off at byte" in problem
            assert "\n" not in problem
    path.write_bytes(whole[:-5])
    with TrajectoryWriter(path) as writer:
        assert "bytes of an unfinished episode are in" in writer.note
        writer.append(made(seed=9))
    assert (tmp_path / "cut.traj.cut").read_bytes() == whole[ends[1] : -5]
    with TrajectoryStore(path) as store:
        assert [one.seed for one in store] == [0, 1, 9]
        assert store.problems == ()


def test_a_flipped_bit_costs_its_own_episode_only(tmp_path: Path) -> None:
    path = tmp_path / "flipped.traj"
    save_trajectories(path, [made(50, seed=number) for number in range(3)])
    whole = path.read_bytes()
    with TrajectoryStore(path) as store:
        second = store._records[1]
    for at in range(second.at, second.end):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        with TrajectoryStore(path) as store:
            found = [one for _, one in store.sound()]
            assert [one.seed for one in found if isinstance(one, Trajectory)] == [0, 2]
            damaged = [str(one) for one in found if isinstance(one, DataError)]
            assert len([*damaged, *store.problems]) == 1


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.traj"
    with pytest.raises(DataError, match="No such file"):
        TrajectoryStore(path)
    path.write_bytes(b"not ours at all, but long enough")
    with pytest.raises(DataError, match="holds no trajectories of ours"):
        TrajectoryStore(path)
    with pytest.raises(DataError, match="holds no trajectories of ours"):
        TrajectoryWriter(path)
    assert path.read_bytes() == b"not ours at all, but long enough"
    path.write_bytes(b"SPACETRJ" + bytes([9, 0, 0, 0, 0, 0, 0, 0]))
    with pytest.raises(DataError, match="is of version 9, this harness reads 1"):
        TrajectoryStore(path)
    path.write_bytes(b"")
    with TrajectoryStore(path) as store:
        assert len(store) == 0


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "one.traj"
    with TrajectoryWriter(path), pytest.raises(StorageError, match="another process is writing"):
        TrajectoryWriter(path)


def test_infos_must_be_json(tmp_path: Path) -> None:
    path = tmp_path / "infos.traj"
    with TrajectoryWriter(path) as writer:
        with pytest.raises(DataError, match="must be JSON values"):
            writer.append(made(infos={0: {"a": np.zeros(3)}}))
        writer.append(made())
    assert len(TrajectoryStore(path)) == 1


def test_a_killed_writer_leaves_what_it_had_written(tmp_path: Path) -> None:
    path = tmp_path / "killed.traj"
    script = (
        "import os, sys, pathlib\n"
        "from rl_training.data.store import TrajectoryWriter\n"
        "from tests.python.data.test_trajectory import made\n"
        "writer = TrajectoryWriter(pathlib.Path(sys.argv[1]))\n"
        "[writer.append(made(seed=i)) for i in range(5)]\n"
        "os.kill(os.getpid(), 9)\n"
    )
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", script, str(path)], cwd=root, check=False, timeout=60)
    with TrajectoryStore(path) as store:
        assert [one.seed for one in store] == list(range(5))
        assert store.problems == ()
