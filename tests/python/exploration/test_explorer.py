"""Exploring a fake engine, which speaks the real protocol: levels, returns, failures, counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rl_training.envs.settings import EnvSettings
from rl_training.errors import ConfigError
from rl_training.exploration.confirm import Stage
from rl_training.exploration.explorer import explore
from rl_training.exploration.request import ExplorationRequest
from rl_training.exploration.trail import Trail
from rl_training.exploration.world import World

GROUP = {"shared_policy": {"agents": 1}}

pytestmark = pytest.mark.usefixtures("no_process_left")


@pytest.fixture
def game(fake_game: Callable[..., str]) -> Callable[..., EnvSettings]:
    """Return a maker of fake games: two arenas, one agent each."""

    def make(**behaviour: Any) -> EnvSettings:
        path = fake_game(**{"groups": GROUP, "transport": "binary2", **behaviour})
        return EnvSettings(env_path=path, arenas=2, isolation="worlds", port=0, max_restarts=9)

    return make


def test_a_world_plays_the_levels_that_are_ordered(game: Callable[..., EnvSettings]) -> None:
    with World(game(episode_length=3)) as world:
        assert world.takes_levels
        assert set(world.begin({0: 5, 1: 6})) == {0, 1}
        world.order({0: [7], 1: [8]})
        ends = [world.step(np.zeros((2, world.width))) for _ in range(3)]
        assert [ends[i][0].decision for i in range(3)] == [0, 1, 2]
        assert [ends[i][0].ended for i in range(3)] == [False, False, True]
        assert world.levels == [7, 8]
        moment = world.step(np.zeros((2, world.width)))[0]
        assert (moment.decision, moment.ended) == (0, False)


def test_an_episode_that_is_cut_off_makes_room_for_the_next(
    game: Callable[..., EnvSettings],
) -> None:
    with World(game(episode_length=50)) as world:
        world.begin({0: 5, 1: 6})
        world.order({0: [7]})
        world.step(np.zeros((2, world.width)))
        world.cut([0])
        assert not world.is_playing(0)
        moments = world.step(np.zeros((2, world.width)))
        assert list(moments) == [1], "the decision that ends it counts for nobody"
        assert world.is_playing(0)
        assert world.levels == [7, 6]
        assert world.step(np.zeros((2, world.width)))[0].decision == 0


def test_a_search_returns_and_counts_its_cells(game: Callable[..., EnvSettings]) -> None:
    request = ExplorationRequest(
        game(episode_length=20, cells=4), way="search", decisions=400, levels=1, burst=4, confirm=0
    )
    found = explore(request)
    assert found.decisions >= 400
    assert set(found.archive.first_seen) == {"0", "1", "2", "3", "4", "5"}
    assert found.returns.tried > 5
    # The fake tells the number of its episode, which is another one each time.
    assert found.calibration.repeats is False
    assert not found.calibration.steady[0]
    assert found.returns.exact == found.returns.tried, "what does not repeat is left out"
    assert list(found.episodes) == ["search"]
    assert found.calibration.cells.describe() == "the scene's own (get_cell)"


def test_findings_of_the_game_are_counted(game: Callable[..., EnvSettings]) -> None:
    request = ExplorationRequest(
        game(episode_length=10, find_step=4), way="random", decisions=100, confirm=0
    )
    found = explore(request)
    (finding,) = found.book.in_order()
    assert (finding.kind, finding.first.decision) == ("planted", 3)
    assert finding.step <= 8
    assert finding.episodes == pytest.approx(found.total_episodes, abs=2)
    assert len(finding.trail) == 4
    assert found.calibration.cells.source == "observation"


def test_an_engine_that_crashes_is_a_finding_and_the_exploration_goes_on(
    game: Callable[..., EnvSettings],
) -> None:
    # The calibration plays less than 150 decisions twice; each engine dies in its 320th.
    settings = game(episode_length=200, kill_step=320)
    found = explore(ExplorationRequest(settings, way="random", decisions=500, confirm=0))
    kinds = [finding.kind for finding in found.book.in_order()]
    assert kinds == ["crash"]
    (finding,) = found.book.in_order()
    assert not finding.first.certain, "two arenas share the engine"
    assert len(finding.candidates) == 2
    assert found.decisions >= 500
    assert not found.stopped


def test_a_trail_is_played_alone(game: Callable[..., EnvSettings]) -> None:
    settings = game(episode_length=10, find_step=4)
    with Stage(settings) as stage:
        assert stage.world.arenas == 1
        run = stage.play(Trail(3, np.zeros((6, stage.world.width))))
        assert [seen.kind for seen in run.sightings] == ["planted"]
        assert (run.decisions, run.ended, run.failed) == (6, False, False)
        key = run.sightings[0].key
        shorter = stage.play(Trail(3, np.zeros((3, stage.world.width))))
        assert key not in shorter.keys
        assert stage.play(Trail(3, np.zeros((40, stage.world.width)))).ended


def test_a_stage_opens_its_world_again_after_a_crash(game: Callable[..., EnvSettings]) -> None:
    with Stage(game(episode_length=50, kill_step=3)) as stage:
        trail = Trail(3, np.zeros((8, stage.world.width)))
        for _ in range(2):
            run = stage.play(trail)
            assert run.failed
            assert [seen.kind for seen in run.sightings] == ["crash"]
            assert run.sightings[0].decision == 2


def test_a_game_without_levels_is_played_at_random(fake_game: Callable[..., str]) -> None:
    settings = EnvSettings(env_path=fake_game(stock=True, agents=1), port=0)
    found = explore(ExplorationRequest(settings, way="search", decisions=30, confirm=0))
    assert list(found.episodes) == ["random"]
    assert found.calibration.repeats is None
    assert any("takes no levels" in note for note in found.notes)


def test_exploring_twice_from_one_seed_does_the_same(game: Callable[..., EnvSettings]) -> None:
    told = []
    for _ in range(2):
        settings = game(episode_length=20, cells=4)
        found = explore(
            ExplorationRequest(settings, way="search", decisions=200, seed=3, confirm=0)
        )
        told.append((found.episodes, found.archive.curve, found.archive.visits))
    assert told[0] == told[1]


def test_wrong_requests_say_what_is_wrong(game: Callable[..., EnvSettings]) -> None:
    settings = game()
    with pytest.raises(ConfigError, match="--way policy needs a policy: give --model PATH"):
        ExplorationRequest(settings, way="policy")
    with pytest.raises(ConfigError, match=r"hold must lie in \[0, 1\)"):
        ExplorationRequest(settings, hold=1.0)
    with pytest.raises(ConfigError, match="decisions and burst must be at least 1"):
        ExplorationRequest(settings, decisions=0)
