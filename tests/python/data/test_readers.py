"""Readers: demonstrations, godot-rl's expert files, recordings; what is bad in them is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_training.data.demonstrations import write_demonstrations, write_expert_file
from rl_training.data.readers import read_all, read_trajectories
from rl_training.data.store import save_trajectories
from rl_training.data.synthetic import CLOSE, create_synthetic_dataset, expert_matrix
from rl_training.errors import DataError
from tests.python.data import recordings
from tests.python.data.test_trajectory import made

LINE: dict[str, Any] = {
    "obs": [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]],
    "actions": [[0.5], [1]],
    "rewards": [0.25, 1.0],
    "terminated": True,
    "truncated": False,
    "info": {"is_success": True},
}


def test_demonstrations_of_the_addon(tmp_path: Path) -> None:
    path = tmp_path / "demos.jsonl"
    path.write_text(json.dumps(LINE) + "\n" + json.dumps(LINE) + "\n")
    one, _ = read_trajectories(path)
    assert str(one.form) == "obs (2,) float32; actions (1,) float32"
    assert one.rewards.tolist() == [0.25, 1.0]
    assert (one.terminated, one.truncated, one.success) == (True, False, True)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"obs": [[0', "line 2 is no JSON"),
        (json.dumps({**LINE, "rewards": [0.25]}), "line 2: rewards must be (2,)"),
        (json.dumps({**LINE, "obs": [[0.0], [1.0, 2.0], [1.0]]}), "rows of 1 to 2 numbers"),
        (json.dumps({**LINE, "rewards": [0.25, float("nan")]}), "line 2: rewards: nan at 1"),
        (json.dumps({**LINE, "obs": LINE["obs"][:2]}), "must have 3 rows for 2 actions"),
        (json.dumps({"obs": []}), "line 2 has no 'actions'"),
        ("[1, 2]", "line 2: a demonstration is a JSON object; found list"),
    ],
)
def test_a_bad_line_costs_itself_only(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "demos.jsonl"
    path.write_text("\n".join([json.dumps(LINE), line, json.dumps(LINE)]) + "\n")
    problems: list[str] = []
    assert len(read_trajectories(path, problems.append)) == 2
    assert len(problems) == 1
    assert message in problems[0]
    assert "\n" not in problems[0]


def test_a_line_that_was_being_written_is_told(tmp_path: Path) -> None:
    path = tmp_path / "demos.jsonl"
    path.write_text(json.dumps(LINE) + "\n" + json.dumps(LINE)[:40])
    problems: list[str] = []
    read_trajectories(path, problems.append)
    assert "line 2 is no JSON (cut off while it was written)" in problems[0]


def test_expert_files_of_godot_rl(tmp_path: Path) -> None:
    path = tmp_path / "expert.json"
    path.write_text(json.dumps([[LINE["obs"], LINE["actions"]], [[[1.0]], []], "x"]))
    problems: list[str] = []
    (one,) = read_trajectories(path, problems.append)
    assert one.rewards.tolist() == [0.0, 0.0]
    assert one.meta["rewards"] == "unknown"
    assert ["episode 1" in problems[0], "episode 2" in problems[1]] == [True, True]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    given = [made(infos={3: {"is_success": False}}), made(6, terminated=False, truncated=True)]
    write_demonstrations(tmp_path / "a.jsonl", given)
    write_expert_file(tmp_path / "a.json", given)
    save_trajectories(tmp_path / "a.traj", given)
    for name in ("a.jsonl", "a.json", "a.traj"):
        for one, other in zip(read_trajectories(tmp_path / name), given, strict=True):
            np.testing.assert_array_equal(one.observations["obs"], other.observations["obs"])
            np.testing.assert_array_equal(one.actions, other.actions)
    assert [one.truncated for one in read_trajectories(tmp_path / "a.jsonl")] == [False, True]
    assert len(read_all([tmp_path / "a.jsonl", tmp_path / "a.traj"])) == 4


def test_what_holds_nothing_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("no\n")
    with pytest.raises(DataError, match="holds no trajectory; 1 could not be read"):
        read_trajectories(tmp_path / "bad.jsonl", lambda _: None)
    with pytest.raises(DataError, match="there is no file at"):
        read_trajectories(tmp_path / "none.jsonl")
    (tmp_path / "a.pkl").write_bytes(b"x")
    with pytest.raises(DataError, match="is of no known kind"):
        read_trajectories(tmp_path / "a.pkl")
    with pytest.raises(DataError, match="a folder without recordings"):
        read_trajectories(tmp_path)


def test_the_synthetic_expert_is_what_it_says() -> None:
    found = create_synthetic_dataset(20, 6, 3, seed=4, noise=0.0)
    again = create_synthetic_dataset(20, 6, 3, seed=4, noise=0.0)
    assert len(found) == 20
    rule = expert_matrix(6, 3)
    for one, same in zip(found, again, strict=True):
        assert one.form == same.form
        np.testing.assert_array_equal(one.actions, same.actions)
        wanted = np.clip(one.observations["obs"][:-1] @ rule, -1.0, 1.0)
        np.testing.assert_allclose(one.actions, wanted, atol=1e-5)
        assert one.success == one.terminated
    assert sum(bool(one.success) for one in found) >= 15
    best = found[0].observations["obs"][-1] @ rule
    assert np.abs(best).max() < CLOSE
    with pytest.raises(DataError, match="num_episodes must be at least 1; found 0"):
        create_synthetic_dataset(0, 1, 1)


def test_recordings_are_split_by_key_and_agent(tmp_path: Path) -> None:
    path = recordings.write(tmp_path / "one.replay", recordings.episode())
    problems: list[str] = []
    found = read_trajectories(path, problems.append)
    assert problems == []
    assert found[0].seed == 77
    assert "camera_2d" not in found[0].observations  # only its hash was recorded
    assert found[0].observations["obs"].shape[1] == 3
    assert found[0].meta["episode"] == 3
    assert len(read_trajectories(tmp_path)) == len(found)
