"""Milestones on a ladder: what is written of a place, and which ladders are refused."""

from __future__ import annotations

import json
import logging
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from rl_training.config import TrainConfig
from rl_training.errors import ConfigError, UsageError
from rl_training.ratings.record import MatchSettings, Player, Ratings
from rl_training.ratings.tournament import Engines
from rl_training.runs.milestones import (
    META,
    Milestone,
    MilestoneMeta,
    list_milestones,
    milestones_text,
    rewrite_meta,
    write_milestone,
)
from rl_training.runs.paths import RunPaths
from rl_training.training.milestones.rating import MilestoneRater, ladder_of, make_rater
from tests.python.learners import config_of


def ladder(path: Path, scenario: str = "pong", players: int = 1) -> Path:
    """Write a ladder of players who act at random and return its path."""
    rated: dict[str, Any] = {"kind": "random", "mu": 20.0, "sigma": 1.0, "low": 18.0, "high": 22.0}
    match = MatchSettings(scenario=scenario, score="success", action_repeat=6, seed=5)
    people = tuple(Player(name=f"random{i or ''}", **rated) for i in range(players))
    Ratings(match=match, players=people).save(path)
    return path


def config(**training: Any) -> TrainConfig:
    return config_of(scenario="pong", training={"milestone_interval": 128, **training})


def written(root: Path) -> Milestone:
    meta = MilestoneMeta("Phase1-pong/001M", "Phase1-pong", 1_000_000, "2026-01-01", 1.0)
    return write_milestone(
        RunPaths("duel", root), meta, lambda folder: _touch(folder / "policy.onnx")
    )


def _touch(file: Path) -> None:
    file.write_bytes(b"a policy")


def test_nothing_is_rated_unless_games_are_asked_for(tmp_path: Path) -> None:
    assert ladder_of(config()) is None
    assert make_rater(config(), None, 1, lambda: False, nullcontext) is None
    with pytest.raises(ConfigError, match=r"milestone_games needs training\.milestone_interval"):
        config_of(training={"milestone_games": 4})


def test_a_ladder_must_be_there_and_of_the_scenario(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'pong' has none: make one with spacetime-rl rate"):
        ladder_of(config(milestone_games=4))
    other = ladder(tmp_path / "tag.json", "tag")
    with pytest.raises(ConfigError, match="is of the scenario 'tag'; the run trains 'pong'"):
        ladder_of(config(milestone_games=4, milestone_ladder=str(other)))
    with pytest.raises(UsageError, match="no ratings at"):
        ladder_of(config(milestone_games=4, milestone_ladder=str(tmp_path / "none.json")))
    nobody = ladder(tmp_path / "nobody.json", players=0)
    with pytest.raises(ConfigError, match="nobody is rated in"):
        ladder_of(config(milestone_games=4, milestone_ladder=str(nobody)))
    own = ladder(tmp_path / "own.json")
    found = ladder_of(config(milestone_games=4, milestone_ladder=str(own)))
    assert found is not None
    assert list(found[1].fixed()) == ["random"]


def test_the_committed_ladder_is_the_default() -> None:
    given = {"milestone_interval": 128, "milestone_games": 4}
    found = ladder_of(config_of(scenario="car_ball", training=given))
    assert found is not None
    rungs = {"chaser", "kickoff", "still", "random", "phase1", "phase2"}
    assert set(found[1].fixed()) == rungs


def test_one_policy_must_play_both_sides(tmp_path: Path) -> None:
    given = config(milestone_games=4, milestone_ladder=str(ladder(tmp_path / "own.json")))
    with pytest.raises(ConfigError, match="needs one policy that plays both sides; 2 learn"):
        make_rater(given, ladder_of(given), 2, lambda: False, nullcontext)


def test_a_play_that_fails_costs_a_rating_and_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = ladder(tmp_path / "own.json")
    engines = Engines(num_envs=1, godot=str(tmp_path / "no_godot"))
    known = Ratings.load(path).as_fixed()
    rate = MilestoneRater(known, path, 4, engines, lambda: False, nullcontext)
    made = written(tmp_path)
    with caplog.at_level(logging.WARNING):
        assert rate(made) is None
    assert "milestone Phase1-pong/001M is not rated: " in caplog.text
    assert [each.name for each in list_milestones(RunPaths("duel", tmp_path))] == [made.name]


def test_a_place_stands_in_the_meta_and_the_table(tmp_path: Path) -> None:
    made = written(tmp_path)
    rating = {"rating/mu": 27.13, "rating/low": 24.0, "rating/high": 30.26, "rating/games": 8.0}
    meta = MilestoneMeta(**{**vars(made.meta), "rating": rating, "ladder": "abc"})
    rewrite_meta(made, meta)
    [read] = list_milestones(RunPaths("duel", tmp_path))
    assert read.meta == meta
    assert json.loads((read.folder / META).read_text("utf-8"))["ladder"] == "abc"
    assert "27.1 (24.0 to 30.3)" in milestones_text([read])


def test_a_milestone_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    made = written(tmp_path)
    old = {key: value for key, value in vars(made.meta).items() if key != "ladder"}
    (made.folder / META).write_text(json.dumps(old), "utf-8")
    assert list_milestones(RunPaths("duel", tmp_path))[0].meta.ladder == ""
