"""Recordings are read as they are specified, and damaged ones are refused in one line."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import numpy as np
import pytest

from rl_training.data.recording import KINDS, Node, read_recording
from rl_training.errors import RecordingError
from tests.python.data import recordings as make


def test_a_recording_is_read(tmp_path: Path) -> None:
    found = read_recording(make.write(tmp_path / "a.replay", make.episode()))
    assert len(found.decisions) == make.DECISIONS
    assert found.is_complete
    assert found.has_scene
    agent = found.agents[0]
    assert (agent.episode, agent.seed, agent.begins_on_call) == (3, 77, True)
    assert agent.elements == ("camera_2d (an image's hash)", "place", "speed", "obs[2]")
    assert agent.hashed == (True, False, False, False)
    assert agent.actions == ("aim[0]", "aim[1]", "jump")
    second = found.decisions[1]
    assert second.actions.tolist() == [0.1, -0.2, 1.0]
    assert second.rewards.tolist() == [0.5]
    assert list(second.changed) == [Node("Player", "body3d")]
    assert second.changed[Node("Player", "body3d")].tolist() == [1.0] * 15
    assert found.ends[0]["ticks"] == 31


def test_the_widths_of_the_kinds_are_those_of_the_addon() -> None:
    widths = {kind: len(names) for kind, names in KINDS.items()}
    assert widths == {
        **{"node3d": 12, "shape3d": 15, "body3d": 15, "rigid3d": 18},
        **{"node2d": 6, "body2d": 8, "rigid2d": 10},
    }


def test_an_episode_has_the_keys_of_a_demonstration(tmp_path: Path) -> None:
    found = read_recording(make.write(tmp_path / "a.replay", make.episode())).trajectory()
    assert found["obs"].shape == (make.DECISIONS + 1, 4)
    assert found["actions"].shape == (make.DECISIONS, 3)
    assert found["rewards"].tolist() == [0.5] * make.DECISIONS
    assert found["terminated"]
    assert not found["truncated"]


def test_nodes_come_and_go(tmp_path: Path) -> None:
    late = make.nodes([[3, "Bullet", "node3d"]]) + make.decision({3: [9.0] * 12})
    gone = make.nodes([], gone=[3]) + make.decision()
    content = make.episode((1, late), (2, gone))
    found = read_recording(make.write(tmp_path / "a.replay", content))
    bullet = Node("Bullet", "node3d")
    assert found.decisions[1].changed[bullet].tolist() == [9.0] * 12
    assert found.decisions[2].gone == (bullet,)
    assert found.decisions[3].gone == ()


def test_a_part_is_what_came_before_the_cut(tmp_path: Path) -> None:
    content = make.episode(end=b"")[:-5]
    found = read_recording(make.write(tmp_path / "a.part", content))
    assert len(found.decisions) == make.DECISIONS - 1
    assert not found.is_complete
    with pytest.raises(RecordingError, match=r"a.part was cut off"):
        found.trajectory()


def test_a_file_cut_anywhere_is_read_or_refused(tmp_path: Path) -> None:
    whole = make.episode()
    seen = set()
    for length in range(0, len(whole), 7):
        path = make.write(tmp_path / "a.part", whole[:length])
        try:
            seen.add(len(read_recording(path).decisions))
        except RecordingError:
            seen.add(-1)
    assert seen == {-1, 0, 1, 2, 3, 4}
    zipped = make.write(tmp_path / "a.replay", whole)
    zipped.write_bytes(zipped.read_bytes()[:-9])
    with pytest.raises(RecordingError, match=r"a\.replay cannot be read"):
        read_recording(zipped)


@pytest.mark.parametrize("seed", range(40))
def test_damaged_bytes_raise_nothing_else(tmp_path: Path, seed: int) -> None:
    generator = np.random.default_rng(seed)
    content = bytearray(make.episode())
    for at in generator.integers(0, len(content), 3):
        content[at] = generator.integers(0, 256)
    path = make.write(tmp_path / "a.part", bytes(content))
    with contextlib.suppress(RecordingError):
        read_recording(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no recorded episode"),
        (b"not json\n", "is no recorded episode"),
        (b'{"format": "onnx"}\n', "is no recorded episode"),
        (json.dumps(make.header(version=2)).encode() + b"\n", "version 2, this harness reads"),
        (make.episode(agents=[]), "is damaged.*no agents"),
        (make.episode((1, make.decision(obs=(1.0, 2.0)))), "is damaged"),
        (make.episode((1, make.decision({7: [0.0] * 12}))), "is damaged"),
        (make.episode((1, make.nodes([[3, "a", "cube"]]))), "is damaged.*kind cube"),
        (make.episode((1, make.record("?", b""))), "is damaged.*tag 63"),
        (make.episode((1, make.nodes([[1e999, "a", "node3d"]]))), "is damaged"),
        (make.episode((1, make.record("N", b"[]"))), "is damaged"),
        (make.episode(end=make.ending(count=9)), "is damaged.*its end does not fit"),
        (make.episode().replace(b'"action_repeat": 9, ', b""), "is damaged.*action_repeat"),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.part"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=message) as caught:
        read_recording(path)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no recording at"):
        read_recording(tmp_path / "none.replay")


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="cannot be read"):
        read_recording(tmp_path)
