"""`ROSDataCollector` against a server process that speaks rosbridge's protocol."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_training.data.ros.bridge import ROSDataCollector
from rl_training.errors import DataError, UsageError

pytest.importorskip("websockets")
ROUNDS = 8
TOPICS: dict[str, Any] = {
    "observations": {
        "place": {"topic": "/odom", "fields": ["pose.pose.position.x", "ranges.0"]},
        "camera": {"topic": "/camera", "image": True, "type": "sensor_msgs/Image"},
    },
    "actions": {"topic": "/cmd", "fields": ["linear.x", "angular.z"]},
    "clock": "header",
}


@pytest.fixture
def server() -> Iterator[Callable[..., tuple[str, Any]]]:
    started: list[subprocess.Popen[str]] = []

    def start(*words: str) -> tuple[str, Any]:
        script = str(Path(__file__).with_name("rosbridge_server.py"))
        process = subprocess.Popen(
            [sys.executable, script, str(ROUNDS), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        return f"ws://127.0.0.1:{int(process.stdout.readline())}", process.stdout

    yield start
    for process in started:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30.0
    while not condition():
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.005)


def test_what_a_robot_tells_becomes_a_trajectory(server: Callable[..., tuple[str, Any]]) -> None:
    url, out = server()
    collector = ROSDataCollector(TOPICS, url)
    collector.start_recording()
    with pytest.raises(UsageError, match="recording has begun already"):
        collector.start_recording()
    assert out.readline() == "published\n"
    until(lambda: collector.messages == 3 * ROUNDS)
    (one,) = collector.stop_recording()
    # The last command follows no later observation: it is where the episode stops.
    assert len(one) == ROUNDS - 1
    np.testing.assert_array_equal(one.observations["place"][:, 0], np.arange(ROUNDS))
    np.testing.assert_array_equal(one.observations["camera"][5], np.full((4, 3, 3), 5, np.uint8))
    np.testing.assert_array_equal(one.actions[:, 0], 0.5 * np.arange(ROUNDS - 1))
    assert one.times is not None
    np.testing.assert_allclose(np.diff(one.times), 0.05, atol=1e-6)
    assert one.meta["source"] == url
    assert any("no rosbridge message" in line for line in collector.problems)
    with pytest.raises(UsageError, match="nothing is being recorded"):
        collector.stop_recording()


def test_a_message_with_nan_is_left_out(server: Callable[..., tuple[str, Any]]) -> None:
    url, _ = server()
    topics = {
        **TOPICS,
        "observations": {**TOPICS["observations"], "r": {"topic": "/odom", "fields": "ranges"}},
    }
    collector = ROSDataCollector(topics, url)
    collector.start_recording()
    until(lambda: collector.messages == 4 * ROUNDS - 1)
    (one,) = collector.stop_recording()
    assert one.observations["r"].shape == (ROUNDS, 2)
    assert any("/odom: a message holds NaN" in line for line in collector.problems)


def test_what_came_before_the_server_left_is_kept(server: Callable[..., tuple[str, Any]]) -> None:
    url, _ = server("hang_up")
    collector = ROSDataCollector(TOPICS, url)
    collector.start_recording()
    until(lambda: any("closed the connection" in line for line in collector.problems))
    (one,) = collector.stop_recording()
    assert len(one) == ROUNDS - 1


def test_a_missing_topic_is_told(server: Callable[..., tuple[str, Any]]) -> None:
    url, _ = server()
    collector = ROSDataCollector({**TOPICS, "actions": "/nothing"}, url)
    collector.start_recording()
    until(lambda: any("cannot subscribe" in line for line in collector.problems))
    with pytest.raises(DataError, match=r"no message of /.* can be used; the server says: cannot"):
        collector.stop_recording()
    collector.close()


def test_no_server_is_one_line(free_port: int) -> None:
    with (
        ROSDataCollector(TOPICS, f"ws://127.0.0.1:{free_port}") as collector,
        pytest.raises(DataError, match=r"no rosbridge server at .*: start rosbridge_websocket"),
    ):
        collector.start_recording()
