"""Converters with the real packages: Minari, LeRobot's layout, ROS 1 and 2 bags."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_training.data.converting import format_of, write
from rl_training.data.readers import read_trajectories
from rl_training.data.ros.bags import BAG_KINDS, BagKind, read_bag, write_bag
from rl_training.data.ros.topics import read_topics, topics_of
from rl_training.data.trajectory import Trajectory
from rl_training.errors import ConfigError, DataError, UsageError

minari = pytest.importorskip("minari")
parquet = pytest.importorskip("pyarrow.parquet")
rosbags = pytest.importorskip("rosbags.highlevel")


def played(count: int = 3, image: bool = True, **changes: Any) -> list[Trajectory]:
    random = np.random.default_rng(0)
    found = []
    for number in range(count):
        steps = 5 + number
        seen: dict[str, Any] = {"obs": random.normal(size=(steps + 1, 4)).astype(np.float32)}
        if image:
            seen["camera"] = random.integers(0, 255, (steps + 1, 8, 6, 3), np.uint8)
        values: dict[str, Any] = {
            "observations": seen,
            "actions": random.uniform(-1, 1, (steps, 2)).astype(np.float32),
            "rewards": random.normal(size=steps),
            "terminated": number % 2 == 0,
            "truncated": number % 2 == 1,
            "infos": {steps - 1: {"is_success": number == 0}},
            "seed": 10 + number,
            "parameters": {"wind": 0.5 * number},
        }
        found.append(Trajectory(**{**values, **changes}))
    return found


def same_numbers(one: Trajectory, other: Trajectory) -> None:
    assert one.observations.keys() == other.observations.keys()
    for key, array in one.observations.items():
        np.testing.assert_array_equal(array, other.observations[key])
        assert array.dtype == other.observations[key].dtype
    np.testing.assert_array_equal(one.actions, other.actions)
    np.testing.assert_allclose(one.rewards, other.rewards, atol=1e-12)
    assert (one.terminated, one.truncated) == (other.terminated, other.truncated)


@pytest.fixture
def minari_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "minari"))
    return tmp_path / "minari"


def test_minari_out_and_in(minari_root: Path) -> None:
    given = played()
    folder = Path(write("minari:spacetime/walk-v0", given, "minari"))
    assert folder == minari_root / "spacetime" / "walk-v0"
    for name in ("minari:spacetime/walk-v0", folder, folder / "data"):
        for one, other in zip(read_trajectories(name), given, strict=True):
            same_numbers(one, other)
            assert (one.seed, one.success) == (other.seed, other.success)
            assert one.parameters == other.parameters
    with pytest.raises(DataError, match=r"Minari refuses spacetime/walk-v0: .*already exists"):
        write("minari:spacetime/walk-v0", given, "minari")
    with pytest.raises(DataError, match="no Minari dataset nothing-v0"):
        read_trajectories("minari:nothing-v0")


def test_minari_is_content_with_a_written_dataset(minari_root: Path) -> None:
    given = played(6)
    write("minari:one-v0", given, "minari")
    write("minari:two-v0", given[:2], "minari")
    dataset = minari.load_dataset("one-v0")
    assert (dataset.total_episodes, dataset.total_steps) == (6, sum(map(len, given)))
    for episode in dataset:
        for row in range(len(episode) + 1):
            seen = {key: array[row] for key, array in episode.observations.items()}
            assert dataset.observation_space.contains(seen)
        assert all(dataset.action_space.contains(action) for action in episode.actions)
        assert episode.terminations[-1] or episode.truncations[-1]
    assert len(dataset.filter_episodes(lambda episode: bool(episode.terminations[-1]))) == 3
    assert len(list(dataset.sample_episodes(2))) == 2
    both = minari.combine_datasets(
        [dataset, minari.load_dataset("two-v0")], new_dataset_id="both-v0"
    )
    assert both.total_episodes == 8
    shown = subprocess.run(
        [sys.executable, "-m", "minari.cli", "show", "one-v0"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={"MINARI_DATASETS_PATH": str(minari_root), "PATH": "/usr/bin"},
    )
    assert shown.returncode == 0, shown.stderr


def test_lerobot_layout(tmp_path: Path) -> None:
    given = played()
    folder = tmp_path / "walk"
    assert write(str(folder), given, "lerobot", task="walk to the goal") == str(folder)
    info = json.loads((folder / "meta" / "info.json").read_text())
    frames = sum(map(len, given))
    assert (info["codebase_version"], info["total_frames"], info["fps"]) == ("v3.0", frames, 10)
    table = parquet.read_table(folder / info["data_path"].format(chunk_index=0, file_index=0))
    assert set(table.column_names) == set(info["features"])
    state = np.array(table["observation.state"].to_pylist(), np.float32)
    np.testing.assert_array_equal(
        state, np.concatenate([one.observations["obs"][:-1] for one in given])
    )
    actions = np.array(table["action"].to_pylist(), np.float32)
    np.testing.assert_array_equal(actions, np.concatenate([one.actions for one in given]))
    assert table["index"].to_pylist() == list(range(frames))
    assert table["next.done"].to_pylist().count(True) == 3
    from PIL import Image

    picture = table["observation.images.camera"][7].as_py()["bytes"]
    shown = np.asarray(Image.open(io.BytesIO(picture)))
    np.testing.assert_array_equal(shown, given[1].observations["camera"][2])
    episodes = parquet.read_table(folder / "meta/episodes/chunk-000/file-000.parquet").to_pylist()
    for row, one in zip(episodes, given, strict=True):
        assert row["dataset_to_index"] - row["dataset_from_index"] == row["length"] == len(one)
        assert row["tasks"] == ["walk to the goal"]
        np.testing.assert_allclose(row["stats/action/mean"], one.actions.mean(axis=0), rtol=1e-5)
    stats = json.loads((folder / "meta" / "stats.json").read_text())
    np.testing.assert_allclose(stats["observation.state"]["min"], state.min(axis=0), rtol=1e-6)
    assert np.shape(stats["observation.images.camera"]["mean"]) == (3, 1, 1)
    tasks = parquet.read_table(folder / "meta" / "tasks.parquet")
    assert json.loads(tasks.schema.metadata[b"pandas"])["index_columns"] == ["task"]
    with pytest.raises(UsageError, match="is not empty"):
        write(str(folder), given, "lerobot")


@pytest.mark.parametrize("kind", BAG_KINDS)
def test_bags_out_and_in(kind: BagKind, tmp_path: Path) -> None:
    given = played()
    path = tmp_path / ("walk.bag" if kind == "ros1" else "walk")
    topics = write_bag(path, given, kind)
    files = {"ros2": "walk.db3", "mcap": "walk.mcap"}
    if kind in files:
        assert (path / files[kind]).exists()
    found, problems = read_bag(path, read_topics(topics))
    assert problems == []
    for one, other in zip(found, given, strict=True):
        same_numbers(one, other)
        assert one.times is not None
        np.testing.assert_allclose(np.diff(one.times), 0.1, atol=1e-6)


def test_a_robots_bag_is_mapped_by_its_topics(tmp_path: Path) -> None:
    from rosbags.rosbag2 import StoragePlugin, Writer
    from rosbags.typesys import Stores, get_typestore

    store = get_typestore(Stores.ROS2_HUMBLE)
    kinds = store.types
    vector = kinds["geometry_msgs/msg/Vector3"]
    path = tmp_path / "robot"
    with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        twist = writer.add_connection("/cmd_vel", "geometry_msgs/msg/Twist", typestore=store)
        joint = writer.add_connection("/joints", "sensor_msgs/msg/JointState", typestore=store)

        def put(connection: Any, kind: str, time: float, message: Any) -> None:
            writer.write(connection, round(time * 1e9), store.serialize_cdr(message, kind))

        for tick in range(60):  # joints at 100 Hz, a command every tenth; then silence; then more
            time = 1.0 + 0.01 * tick + (5.0 if tick >= 40 else 0.0)
            seconds, rest = divmod(round(time * 1e9), 10**9)
            stamp = kinds["builtin_interfaces/msg/Time"](sec=seconds, nanosec=rest)
            state = kinds["sensor_msgs/msg/JointState"](
                header=kinds["std_msgs/msg/Header"](stamp=stamp, frame_id=""),
                name=["a", "b"],
                position=np.array([tick, -tick], np.float64),
                velocity=np.array([np.nan if tick == 7 else 1.0, 2.0]),
                effort=np.array([], np.float64),
            )
            put(joint, "sensor_msgs/msg/JointState", time, state)
            if tick % 10 == 0:
                zero = vector(x=0.0, y=0.0, z=0.0)
                command = kinds["geometry_msgs/msg/Twist"](
                    linear=vector(x=float(tick), y=0.0, z=0.0), angular=zero
                )
                put(twist, "geometry_msgs/msg/Twist", time + 0.001, command)
    topics = {
        "observations": {"joints": {"topic": "/joints", "fields": ["position", "velocity.1"]}},
        "actions": {"topic": "/cmd_vel", "fields": ["linear.x", "angular.z"]},
    }
    found, problems = read_bag(path, topics_of(topics))
    assert problems == []
    assert [len(one) for one in found] == [3, 1]
    np.testing.assert_array_equal(
        found[0].observations["joints"], [[t, -t, 2.0] for t in (0, 10, 20, 30)]
    )
    np.testing.assert_array_equal(found[0].actions, [[t, 0.0] for t in (0, 10, 20)])
    even, _ = read_bag(path, topics_of({**topics, "rate": 50.0, "clock": "header"}))
    assert [len(one) for one in even] == [19, 9]
    with_nan = {**topics, "observations": {"v": {"topic": "/joints", "fields": "velocity"}}}
    found, problems = read_bag(path, topics_of(with_nan))
    assert len(found) == 2
    assert "a message holds NaN or infinity (left out)" in problems[0]


def test_bad_bags_are_told(tmp_path: Path) -> None:
    path = tmp_path / "walk.bag"
    topics = read_topics(write_bag(path, played(1, image=False), "ros1"))
    other = topics_of({"observations": {"scan": "/scan"}, "actions": "/action"})
    with pytest.raises(DataError, match=r"has no topic /scan; it has /action, /episode_end"):
        read_bag(path, other)
    missing = topics_of(
        {"observations": {"o": {"topic": "/observation/obs", "fields": "x"}}, "actions": "/action"}
    )
    with pytest.raises(DataError, match="there is no 'x'; it has layout, data"):
        read_bag(path, missing)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 3])
    with pytest.raises(DataError) as caught:
        read_bag(path, topics)
    assert "\n" not in str(caught.value)
    with pytest.raises(DataError, match="there is no bag at"):
        read_bag(tmp_path / "none.bag", topics)
    with pytest.raises(DataError, match="is a ROS bag: convert it first"):
        read_trajectories(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"actions": "/a"}, "'observations' is missing"),
        ({"observations": {"o": "/o"}}, "'actions' is missing"),
        ({"observations": {"o": "/o"}, "actions": "/a", "rates": 3}, "'rates' is not known"),
        ({"observations": {"o": {"field": "x"}}, "actions": "/a"}, "'field' is not known"),
        ({"observations": {"o": "/o"}, "actions": "/a", "rate": 0}, "rate must be a positive"),
        ({"observations": {"o": "/o"}, "actions": "/a", "clock": "x"}, "clock must be receive"),
        ([1], "topics must be a mapping"),
    ],
)
def test_a_wrong_configuration_is_told(data: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        topics_of(data)


def test_the_name_tells_the_format() -> None:
    names = ("a.traj", "a.jsonl", "a.json", "a.bag", "minari:a-v0")
    wanted = ["traj", "demonstrations", "expert", "ros1", "minari"]
    assert [format_of(name) for name in names] == wanted
    assert format_of("folder", "mcap") == "mcap"
    with pytest.raises(UsageError, match="give --format"):
        format_of("folder")
