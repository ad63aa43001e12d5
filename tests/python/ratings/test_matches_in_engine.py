"""Matches in the real engine: drivers of both teams, both ways round; the command end to end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rl_training.commands.rate import main
from rl_training.commands.running import run_main
from rl_training.play.places import Places
from rl_training.ratings.contestants import read_contestants
from rl_training.ratings.matches import Result, both_ways
from rl_training.ratings.play_matches import play_matches, take_places
from rl_training.ratings.record import Ratings
from rl_training.scenarios import get_scenario
from tests.python.scenarios.random_play import open_scenario

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]

STARTS = 4


def test_the_chaser_beats_a_car_that_stands_from_either_side() -> None:
    rules = get_scenario("car_ball").match
    assert rules is not None
    assert rules.ground is not None
    players = {each.name: each for each in read_contestants(["chaser", "still"], rules)}
    found: list[Result] = []
    with open_scenario("car_ball", arenas=8, isolation="shared") as env:
        short = {"episode_seconds": 15.0, rules.ground.parameter: 1.0}
        env.set_parameters({**rules.parameters, **short})
        planned = both_ways("chaser", "still", STARTS)
        found += play_matches(env, players, [planned], rules, 1)
    assert {each.match for each in found} == set(planned)
    won = sum(each.of("chaser") == 1.0 for each in found)
    lost = sum(each.of("chaser") == 0.0 for each in found)
    # 3 of 4 matches in 60 s; at least one in 15 s, and none the other way.
    assert won > lost, found
    places = Places()
    for each in found:
        take_places(places, each)
    assert len(places.of("chaser", "touches")) >= STARTS
    # Who attacks the lower z starts at the higher one, whichever side it was; a few are pushed.
    assert np.median(places.of("still", "positions")[:, 1]) > 20.0


def test_more_starts_add_matches_to_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("openskill")
    output = tmp_path / "ratings.json"
    common = ["still", "random", "--scenario", "car_ball", "--num_envs", "1", "--output"]
    common += [str(output), "--parameter", "episode_seconds=1"]

    def rate(*more: str) -> int:
        return run_main(lambda: main([*common, *more]))

    assert rate("--starts", "1") == 0
    first = Ratings.load(output)
    assert len(first.results) == 2
    assert rate("--starts", "2", "--html", str(tmp_path / "page.html")) == 0
    more = Ratings.load(output)
    assert set(more.results) > set(first.results)
    assert len(more.results) == 4
    assert more.player("still").low is not None
    assert "Who met whom" in (tmp_path / "page.html").read_text("utf-8")
    assert rate("--starts", "2", "--seed", "5") == 2
    assert "other settings: seed 5 instead of" in capsys.readouterr().err
