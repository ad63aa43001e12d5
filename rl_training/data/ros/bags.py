"""Real ROS bags: version 1 (.bag) and 2 (sqlite3 and MCAP), read and written without ROS.

Called by `converting`; needs the package `rosbags` of the extra `data`. A bag that is written
brings the file that reads it again (`topics.yaml` beside it).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import yaml

from rl_training.data.extras import require
from rl_training.data.ros.streams import Streams
from rl_training.data.ros.topics import Topics
from rl_training.data.spaces import is_image
from rl_training.data.trajectory import Array, Trajectory
from rl_training.errors import DataError, UsageError
from rl_training.runs.atomic import write_text

BagKind = Literal["ros1", "ros2", "mcap"]
BAG_KINDS: tuple[BagKind, ...] = ("ros1", "ros2", "mcap")
DEFAULT_RATE = 10.0
"""Decisions a second of trajectories that tell no times."""
_WHAT = "a ROS bag"
_BETWEEN_S = 5.0
_GAP_S = 2.0
_ROS2_VERSION = 9


def read_bag(path: Path, topics: Topics) -> tuple[list[Trajectory], list[str]]:
    """Read a bag: a .bag file, or the folder of a ROS 2 bag.

    Args:
        path: of the bag.
        topics: what becomes what.

    Returns:
        The episodes, and what could not be used, a line each.

    Raises:
        DataError: the bag is damaged beyond its first message, or lacks a topic.
        UsageError: the package is missing.
    """
    highlevel = require("rosbags.highlevel", _WHAT)
    typesys = require("rosbags.typesys", _WHAT)
    if not path.exists():
        raise DataError(f"there is no bag at {path}")
    streams = Streams(topics)
    lost = ""
    try:
        reader = highlevel.AnyReader(
            [path], default_typestore=typesys.get_typestore(typesys.Stores.ROS2_HUMBLE)
        )
        reader.open()
    except Exception as error:
        # Readers of three formats share no base class.
        raise DataError(f"{path} is no bag that can be read: {_line(error)}") from error
    try:
        missing = [name for name in topics.names if name not in reader.topics]
        if missing:
            raise DataError(
                f"{path} has no topic {', '.join(missing)}; it has "
                f"{', '.join(sorted(reader.topics))}"
            )
        wanted = [each for each in reader.connections if each.topic in topics.names]
        try:
            for connection, nanoseconds, raw in reader.messages(connections=wanted):
                message = reader.deserialize(raw, connection.msgtype)
                streams.add(connection.topic, message, nanoseconds * 1e-9)
        except Exception as error:
            lost = f"{path}: cannot be read beyond {streams.messages} values: {_line(error)}"
    finally:
        reader.close()
    if not streams.messages:
        raise DataError(lost or f"{path} holds no message of {', '.join(topics.names)}")
    found = streams.trajectories({"source": path.name})
    return found, [*([lost] if lost else []), *(f"{path}: {each}" for each in streams.problems)]


def write_bag(path: Path, trajectories: Sequence[Trajectory], kind: BagKind) -> Path:
    """Write a bag: `/observation/KEY`, `/action`, `/reward`, `/episode_end`.

    Vectors are `std_msgs/Float32MultiArray`, pictures `sensor_msgs/Image`, rewards
    `std_msgs/Float64`; `/episode_end` is a `std_msgs/Bool`, true where the episode terminated.
    Episodes without times are written `DEFAULT_RATE` decisions a second.

    Args:
        path: of a .bag file (`ros1`) or a new folder.
        trajectories: at least one.
        kind: see `BAG_KINDS`; `ros2` is sqlite3.

    Returns:
        The file of topics that reads it again.

    Raises:
        DataError: an observation is neither vector nor picture.
        UsageError: the path exists, or the package is missing.
    """
    if path.exists():
        raise UsageError(f"{path} exists already; choose another name")
    typesys = require("rosbags.typesys", _WHAT)
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "ros1":
        store = typesys.get_typestore(typesys.Stores.ROS1_NOETIC)
        writer = require("rosbags.rosbag1", _WHAT).Writer(path)
        pack: Any = store.serialize_ros1
    else:
        store = typesys.get_typestore(typesys.Stores.ROS2_HUMBLE)
        rosbag2 = require("rosbags.rosbag2", _WHAT)
        plugin = rosbag2.StoragePlugin.MCAP if kind == "mcap" else rosbag2.StoragePlugin.SQLITE3
        writer = rosbag2.Writer(path, version=_ROS2_VERSION, storage_plugin=plugin)
        pack = store.serialize_cdr
    with writer:
        out = _Out(writer, store, pack, is_ros1=kind == "ros1")
        at = 1.0
        for one in trajectories:
            times = np.arange(len(one) + 1) / DEFAULT_RATE if one.times is None else one.times
            times = times - times[0] + at
            out.episode(one, times)
            at = float(times[-1]) + _BETWEEN_S
    beside = path.with_name(f"{path.name}.topics.yaml")
    write_text(beside, yaml.safe_dump(_topics(trajectories[0]), sort_keys=False))
    return beside


class _Out:
    """Messages of one bag under way."""

    def __init__(self, writer: Any, store: Any, pack: Any, *, is_ros1: bool) -> None:
        self._writer, self._store, self._pack = writer, store, pack
        self._is_ros1 = is_ros1
        self._connections: dict[str, Any] = {}
        self._count = 0

    def episode(self, one: Trajectory, times: Array) -> None:
        # In the order of their times, as a recorder writes them.
        for row, time in enumerate(times.tolist()):
            for key, array in one.observations.items():
                self._numbers(f"/observation/{key}", array[row], time)
            if row < len(one):
                action = one.actions[row]
                self._numbers("/action", action, time)
            else:
                # The last moment needs an action too, or it would be no decision's end.
                self._numbers("/action", one.actions[-1], time)
            if row:
                self._write(
                    "/reward", "std_msgs/msg/Float64", time, data=float(one.rewards[row - 1])
                )
        last = float(times[-1]) + 1e-3
        self._write("/episode_end", "std_msgs/msg/Bool", last, data=one.terminated)

    def _numbers(self, topic: str, values: Array, time: float) -> None:
        if values.ndim == 3 and is_image(values[None]):
            self._picture(topic, values, time)
            return
        if values.ndim > 1:
            raise DataError(f"{topic} is {values.shape}; a bag holds vectors and pictures of bytes")
        layout = self._store.types["std_msgs/msg/MultiArrayLayout"](dim=[], data_offset=0)
        data = np.atleast_1d(values).astype(np.float32)
        self._write(topic, "std_msgs/msg/Float32MultiArray", time, layout=layout, data=data)

    def _picture(self, topic: str, picture: Array, time: float) -> None:
        height, width, channels = picture.shape
        kinds = self._store.types
        seconds, nanoseconds = divmod(round(time * 1e9), 10**9)
        stamp = kinds["builtin_interfaces/msg/Time"](sec=seconds, nanosec=nanoseconds)
        number = {"seq": self._count} if self._is_ros1 else {}
        header = kinds["std_msgs/msg/Header"](**number, stamp=stamp, frame_id="")
        self._write(
            topic,
            "sensor_msgs/msg/Image",
            time,
            header=header,
            height=height,
            width=width,
            encoding="rgb8" if channels == 3 else "mono8",
            is_bigendian=0,
            step=width * channels,
            data=np.ascontiguousarray(picture).reshape(-1),
        )

    def _write(self, topic: str, kind: str, time: float, **fields: Any) -> None:
        connection = self._connections.get(topic)
        if connection is None:
            connection = self._writer.add_connection(topic, kind, typestore=self._store)
            self._connections[topic] = connection
        message = self._store.types[kind](**fields)
        self._writer.write(connection, round(time * 1e9), self._pack(message, kind))
        self._count += 1


def _topics(one: Trajectory) -> dict[str, Any]:
    """Return the configuration that reads a written bag."""
    return {
        "observations": {
            key: {"topic": f"/observation/{key}", **({"image": True} if is_image(a) else {})}
            for key, a in one.observations.items()
        },
        "actions": "/action",
        "reward": "/reward",
        "end": "/episode_end",
        "gap": _GAP_S,
    }


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
