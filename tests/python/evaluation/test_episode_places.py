"""Where agents were in an evaluation: whose places are turned, and the maps of a report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_training.errors import ProtocolError, UsageError
from rl_training.evaluation.episode_places import ground_of, take_places
from rl_training.play.episodes import Agent, Episode, make_episode
from rl_training.play.places import Places, beside
from rl_training.reporting.document import save_markdown
from rl_training.reporting.ratings_page import heat_maps
from rl_training.scenarios import get_scenario


def episode(index: int, group: str, number: int, places: Any) -> Episode:
    return make_episode(
        index, 0, 0.0, 10, truncated=True, info={"places": places}, agent=Agent(number, "", group)
    )


def test_the_second_groups_places_are_turned() -> None:
    told = [
        episode(0, "orange", 1, {"touches": [1.0, -20.0]}),
        episode(1, "blue", 0, {"touches": [3.0, 4.0, 5.0, 6.0]}),
        episode(2, "blue", 0, {"touches": [7.0, 8.0]}),
    ]
    for groups in (("blue", "orange"), ()):
        places = Places()
        take_places(places, told, groups)
        assert places.of("blue", "touches").tolist() == [[3, 4], [5, 6], [7, 8]]
        assert places.of("orange", "touches").tolist() == [[-1, 20]]


def test_episodes_without_places_add_nothing() -> None:
    places = Places()
    take_places(places, [episode(0, "blue", 0, None)], ("blue",))
    assert places.players == ()
    with pytest.raises(ProtocolError, match="places that cannot be read"):
        episode(0, "blue", 0, {"touches": ["here"]})


def test_a_scenario_without_a_ground_is_refused() -> None:
    with pytest.raises(UsageError, match="'pong' does not say what its ground is"):
        ground_of(get_scenario("pong"))


def test_the_maps_stand_on_the_page(tmp_path: Path) -> None:
    places = Places()
    spots = np.random.default_rng(0).normal(0.0, 15.0, 200).tolist()
    take_places(places, [episode(0, "blue", 0, {"touches": spots, "positions": spots})], ("blue",))
    places.save(beside(tmp_path / "report.json"))
    read = Places.load(tmp_path / "report.places.json")
    ground = ground_of(get_scenario("car_ball"))
    blocks = heat_maps(read, ground, read.players)
    save_markdown(blocks, tmp_path / "page.md")
    assert "blue: where it touched the ball" in (tmp_path / "page.md").read_text("utf-8")
    assert any(tmp_path.rglob("*heat_blue*"))
    assert heat_maps(read, ground, ["nobody"]) == []
