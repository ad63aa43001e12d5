"""An agent that is paid for finding bugs: what is counted, what is paid, who wanders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
from stable_baselines3.common.vec_env import DummyVecEnv

from rl_training.config.finds import FindSettings
from rl_training.training.finds.callback import details_of, lines_of
from rl_training.training.finds.cells import SAMPLES, Cells
from rl_training.training.finds.paid_env import PaidEnv
from rl_training.training.finds.tally import Tally
from rl_training.training.finds.wanderers import Wanderers

NOTHING = FindSettings(find_bugs=True, finding=0.0, cell=0.0, wandering=0.0)


class Told(gym.Env[Any, Any]):
    """Tells one cell after another; the third decision shows a finding, the fourth ends."""

    observation_space = gym.spaces.Box(-1.0, 1.0, (1,))
    action_space = gym.spaces.Discrete(2)

    def __init__(self) -> None:
        self.at = 0

    def reset(self, **_given: Any) -> tuple[Any, dict[str, Any]]:
        self.at = 0
        return np.zeros(1, np.float32), {}

    def step(self, _action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.at += 1
        info: dict[str, Any] = {"explore": {"cell": f"cell {min(self.at, 2)}"}}
        if self.at == 3:
            info["findings"] = [{"kind": "stuck", "message": "here"}] * 2
        return np.zeros(1, np.float32), 1.0, self.at == 4, False, info


def play(given: FindSettings, decisions: int, copies: int = 1) -> tuple[Tally, list[Any]]:
    env = PaidEnv(DummyVecEnv([Told] * copies), given)
    env.reset()
    earned = [env.step(np.zeros(copies, np.int64))[1].tolist() for _ in range(decisions)]
    return env.tally, earned


def test_episodes_with_a_finding_count_once_each() -> None:
    tally, earned = play(NOTHING, 8)
    assert (tally.decisions, tally.episodes) == (8, 2)
    assert tally.with_kind == {"stuck": 2}
    assert tally.first == {"stuck": 3}
    assert tally.messages == {"stuck": "here"}
    assert tally.visits == {"cell 1": 2, "cell 2": 2}
    assert earned == [[1.0]] * 8, "who only counts pays nothing"


def test_what_is_rare_pays_more() -> None:
    _tally, earned = play(FindSettings(find_bugs=True, finding=20.0, cell=0.5, wandering=0.0), 8)
    known = 0.5 / np.sqrt(2.0)
    expected = [1.5, 1.5, 21.0, 1.0, 1.0 + known, 1.0 + known, 1.0 + 20.0 / np.sqrt(2.0), 1.0]
    np.testing.assert_allclose(np.ravel(earned), expected, rtol=1e-6)


def test_what_all_copies_tell_at_once_is_the_engines() -> None:
    """A slow tick is told by every arena of an engine: each is paid its part of it."""
    given = FindSettings(find_bugs=True, finding=20.0, cell=0.0, wandering=0.0)
    tally, earned = play(given, 3, copies=4)
    assert tally.with_kind == {"stuck": 4}
    np.testing.assert_allclose(earned[2], [1.0 + 20.0 / 4 / np.sqrt(4.0)] * 4, rtol=1e-6)
    env = PaidEnv(DummyVecEnv([Told] * 4), given, engine_rows=2)
    env.reset()
    told = [env.step(np.zeros(4, np.int64))[1] for _ in range(3)][2]
    np.testing.assert_allclose(told, [1.0 + 20.0 / 2 / np.sqrt(4.0)] * 4, rtol=1e-6)


def test_cells_are_the_scenes_or_places_as_wide_as_a_typical_way() -> None:
    cells = Cells()
    assert cells.of(0, {}) == ""
    assert cells.of(0, {"explore": {"cell": "menu/audio", "place": [1.0, 2.0]}}) == "menu/audio"

    def at(x: float) -> str:
        return cells.of(0, {"explore": {"place": [x, 0.0, -1.0]}})

    # One metre a decision: seven within eight decisions, so cells of 3.5 m.
    assert {at(float(number)) for number in range(SAMPLES + 7)} == {""}
    assert cells.side == 3.5
    assert [at(x) for x in (0.0, 3.4, 3.6, -0.1)] == ["0,0,-1", "0,0,-1", "1,0,-1", "-1,0,-1"]


def test_bodies_that_never_move_have_no_cells() -> None:
    cells = Cells()
    still = {"explore": {"place": [1.0, 2.0]}}
    assert {cells.of(row, still) for row in range(8) for _ in range(SAMPLES)} == {""}
    assert cells.side is None


def test_who_is_out_of_the_world_is_a_finding() -> None:
    env = PaidEnv(DummyVecEnv([Outside]), FindSettings(find_bugs=True, wandering=0.0))
    env.reset()
    env.step(np.zeros(1, np.int64))
    assert env.tally.with_kind == {"out_of_world": 1}
    assert env.tally.messages == {"out_of_world": "fell 6 m below the floor"}


def test_a_resumed_run_names_places_as_before() -> None:
    """With a side of its own the cells that were counted would be other places."""
    env = PaidEnv(DummyVecEnv([Walking]), NOTHING)
    env.reset()
    for _ in range(SAMPLES + 12):
        env.step(np.zeros(1, np.int64))
    assert env.tally.visits == {"573,0": 1, "574,0": 1}
    again = PaidEnv(DummyVecEnv([Walking]), NOTHING)
    again.restore(json.loads(json.dumps(env.state())))
    again.reset()
    again.step(np.zeros(1, np.int64))
    assert again.tally.visits == {"573,0": 1, "574,0": 1, "0,0": 1}


class Walking(Told):
    """Walks a metre a decision, for ever."""

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.at += 1
        facts = {"place": [float(self.at), 0.0]}
        return np.zeros(1, np.float32), 0.0, False, False, {"explore": facts}


class Outside(Told):
    """Falls out of the world."""

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        obs, reward, terminated, truncated, _ = super().step(action)
        facts = {"outside": "fell 6 m below the floor"}
        return obs, reward, terminated, truncated, {"explore": facts}


class Asked(Told):
    """Keeps what it was asked to do; its actions are two numbers."""

    action_space = gym.spaces.Box(-1.0, 1.0, (2,))  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Any] = []

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.asked.append(tuple(action))
        return super().step(action)


def test_wanderers_play_at_random_and_are_counted_but_not_learned_from() -> None:
    inner = DummyVecEnv([Asked] * 4)
    inner.vacant = np.array([True, False, False, False])  # type: ignore[attr-defined]
    env = PaidEnv(inner, FindSettings(find_bugs=True, wandering=0.5), seed=1)
    env.reset()
    for _ in range(40):
        inner.vacant = np.array([True, False, False, False])  # type: ignore[attr-defined]
        env.step(np.zeros((4, 2), np.float32))
        assert inner.vacant.tolist() == [True, False, True, True]  # type: ignore[attr-defined]
    played = [each.asked for each in inner.envs]  # type: ignore[attr-defined]
    assert set(played[0]) == set(played[1]) == {(0.0, 0.0)}
    # Held for four decisions on average, and drawn anew in each of ten episodes.
    for asked in played[2:]:
        assert 10 <= len(set(asked)) < 35
    assert played[2] != played[3]
    tally = env.tally
    assert (tally.decisions, tally.episodes, tally.with_kind) == (160, 40, {"stuck": 40})


def test_wanderers_are_fewer_where_chance_finds_less() -> None:
    space = gym.spaces.Discrete(2)
    some = Wanderers(range(4, 8), space, period=80)

    def played(paid: list[float]) -> int:
        for _ in range(10):
            some.found(np.array(paid))
        for row in range(8):
            some.forget(row)
        return len(some.rows)

    agents = [1.0] * 4 + [0.5] * 4
    assert played(agents) == 2
    assert some.rows == (6, 7), "rows leave between two of their episodes"
    assert played(agents) == 2, "half of them always go on trying"
    assert played([1.0 if row in some.rows else 0.0 for row in range(8)]) == 4
    assert played([1.0 if row in some.rows else 0.0 for row in range(8)]) == 4, "never more"


def test_a_row_is_learned_from_as_soon_as_its_last_random_episode_has_ended() -> None:
    inner = DummyVecEnv([Asked] * 4)
    inner.vacant = np.zeros(4, np.bool_)  # type: ignore[attr-defined]
    given = FindSettings(find_bugs=True, wandering=0.5, wandering_period=4)
    env = PaidEnv(inner, given, seed=1)
    env.reset()
    env.wanderers.found(np.array([1.0, 1.0, 0.0, 0.0]))
    for step in range(4):
        inner.vacant = np.zeros(4, np.bool_)  # type: ignore[attr-defined]
        dones = env.step(np.zeros((4, 2), np.float32))[2]
        vacant = inner.vacant.tolist()  # type: ignore[attr-defined]
        assert dones.all() == (step == 3)
        assert vacant == [False, False, step < 3, True]


def test_the_counts_are_told_and_come_back(tmp_path: Path) -> None:
    env = PaidEnv(DummyVecEnv([Told] * 2), FindSettings(find_bugs=True, wandering=0.0))
    env.reset()
    assert lines_of(env) == ["finds: none in 0 episodes; 0 cells entered"]
    for _ in range(8):
        env.step(np.zeros(2, np.int64))
    assert lines_of(env) == [
        "finds: 1 kind in 4 episodes",
        "  stuck: 4 episodes, first after 6 decisions: here",
    ]
    told = details_of(env)["finds"]
    assert told["kinds"] == {"stuck": {"episodes": 4, "first_decision": 6, "message": "here"}}
    assert (told["decisions"], told["episodes"], told["cells"]) == (16, 4, 2)
    again = PaidEnv(DummyVecEnv([Told] * 2), FindSettings(find_bugs=True, wandering=0.0))
    again.restore(json.loads(json.dumps(env.state())))
    assert again.tally == env.tally
    assert lines_of(None) == []
    assert details_of(None) == {}
