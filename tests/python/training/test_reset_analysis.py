"""How episodes begin and end is a table: by start and end, with length and reward."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from rl_training.training.reset_analysis import ResetAnalysis
from tests.python.training.told_episodes import LENGTH, play

INFOS = [
    {"start": "kickoff", "end": "goal"},
    {"start": "kickoff", "end": "time"},
    {"start": "turtled", "end": "time"},
    {"start": "kickoff", "end": "time"},
]


def test_starts_and_ends_are_logged_and_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "resets.json"
    with caplog.at_level(logging.INFO):
        log = play(ResetAnalysis(path), INFOS)
    assert log["resets/start_kickoff_share"] == pytest.approx(0.75)
    assert log["resets/end_time_share"] == pytest.approx(0.75)
    assert log["resets/end_goal_length"] == LENGTH
    assert log["resets/start_turtled_reward"] == pytest.approx(LENGTH)
    rows = json.loads(path.read_text(encoding="utf-8"))["resets"]
    kicked = {"start": "kickoff", "end": "time", "episodes": 2}
    assert {**kicked, "mean_length": 4.0, "mean_reward": 4.0} in rows
    assert sum(row["episodes"] for row in rows) == 4
    assert "how 4 episodes began and ended" in caplog.text
    assert "66.7 %" in caplog.text  # of kickoffs ended by time


def test_a_scene_that_tells_neither_gets_no_table(tmp_path: Path) -> None:
    path = tmp_path / "resets.json"
    assert not [tag for tag in play(ResetAnalysis(path), [{}, {}]) if tag.startswith("resets/")]
    assert not path.exists()


def test_a_scene_that_tells_no_end_gets_how_it_was_cut() -> None:
    found = ResetAnalysis()
    episode = {"r": 1.0, "l": 10}
    found.add({"start": "a", "episode": episode, "TimeLimit.truncated": True})
    found.add({"start": "a", "episode": episode})
    assert set(found.total) == {("a", "truncated"), ("a", "terminated")}


def test_words_without_end_are_put_together() -> None:
    found = ResetAnalysis()
    for number in range(1000):
        found.add({"start": f"seed {number}", "end": "time", "episode": {"r": 1.0, "l": 10}})
    assert len(found.total) <= 41
    assert sum(one.episodes for one in found.total.values()) == 1000
