"""The count of planted bugs: what is counted, what is paid, what the page says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from stable_baselines3.common.vec_env import DummyVecEnv

from rl_training.errors import ConfigError, UsageError
from rl_training.studies.benchmark.machine import Machine
from rl_training.studies.bug_count.finders import training_config
from rl_training.studies.bug_count.page import render, write_page
from rl_training.studies.bug_count.paid_env import FindRewards, PaidEnv, Wanderers
from rl_training.studies.bug_count.plan import BugPlan, Run, parameters_of
from rl_training.studies.bug_count.result import BugResult, BugRow
from rl_training.studies.bug_count.tally import Tally
from rl_training.training.configuration import default_config

MACHINE = Machine("now", "Linux", "cpu", 2, 4.0, "4.6.3", "abc", {}, 0.0)
KINDS = ("missing_ground", "tunnelling", "stuck", "node_leak")


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


def play(rewards: FindRewards | None, decisions: int) -> tuple[Tally, list[float]]:
    tally = Tally()
    env = PaidEnv(DummyVecEnv([Told]), tally, rewards)
    env.reset()
    earned = [float(env.step(np.zeros(1, np.int64))[1][0]) for _ in range(decisions)]
    return tally, earned


def test_episodes_with_a_finding_count_once_each() -> None:
    tally, earned = play(None, 8)
    assert (tally.decisions, tally.episodes) == (8, 2)
    assert tally.with_kind == {"stuck": 2}
    assert tally.first == {"stuck": 3}
    assert tally.cells == {"cell 1", "cell 2"}
    assert earned == [1.0] * 8, "who only counts pays nothing"


def test_what_is_rare_pays_more() -> None:
    _tally, earned = play(FindRewards(finding=20.0, cell=0.5), 8)
    known = 0.5 / np.sqrt(2.0)
    expected = [1.5, 1.5, 21.0, 1.0, 1.0 + known, 1.0 + known, 1.0 + 20.0 / np.sqrt(2.0), 1.0]
    np.testing.assert_allclose(earned, expected, rtol=1e-6)


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
    inner, tally = DummyVecEnv([Asked] * 4), Tally()
    inner.vacant = np.array([True, False, False, False])  # type: ignore[attr-defined]
    env = PaidEnv(inner, tally, FindRewards(), Wanderers((2, 3), inner.action_space, seed=1))
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

    agents, chance = [1.0] * 4 + [0.5] * 4, [0.0] * 8
    assert played(agents) == 2
    assert some.rows == (6, 7), "rows leave between two of their episodes"
    assert played(agents) == 1
    assert played(agents) == 1, "one always goes on trying"
    chance[some.rows[0]] = 1.0
    assert played(chance) == 2
    assert 7 in some.rows
    assert played([1.0 if row in some.rows else 0.0 for row in range(8)]) == 4
    assert played([1.0 if row in some.rows else 0.0 for row in range(8)]) == 4, "never more"


def test_a_row_is_learned_from_as_soon_as_its_last_random_episode_has_ended() -> None:
    inner = DummyVecEnv([Asked] * 4)
    inner.vacant = np.zeros(4, np.bool_)  # type: ignore[attr-defined]
    some = Wanderers((2, 3), inner.action_space, seed=1, period=4)
    env = PaidEnv(inner, Tally(), FindRewards(), some)
    env.reset()
    some.found(np.array([1.0, 1.0, 0.0, 0.0]))
    for step in range(4):
        inner.vacant = np.zeros(4, np.bool_)  # type: ignore[attr-defined]
        dones = env.step(np.zeros((4, 2), np.float32))[2]
        vacant = inner.vacant.tolist()  # type: ignore[attr-defined]
        assert dones.all() == (step == 3)
        assert vacant == [False, False, step < 3, True]


def test_a_plan_refuses_what_cannot_be_counted() -> None:
    with pytest.raises(
        UsageError, match=r"memory plants no bugs; those that do:.*bug_reproduction"
    ):
        BugPlan(("memory",))
    with pytest.raises(ConfigError, match=r"no finder 'serch'.*search"):
        BugPlan(("bug_reproduction",), ("serch",))
    plan = BugPlan(("bug_reproduction",), seeds=(0, 1))
    assert len(list(plan.runs())) == 2 * 4 * 2


def test_agents_are_told_nothing_of_bugs(tmp_path: Path) -> None:
    plan = BugPlan(("bug_reproduction",), decisions=1000)
    for variant, switch in (("bugs", 1.0), ("clean", 0.0)):
        run = Run("bug_reproduction", "agent", variant, 3)
        config = training_config(plan, run, tmp_path, None)
        assert config.parameters.to_dict() == parameters_of("bug_reproduction", variant)
        assert set(config.parameters.to_dict().values()) == {switch}
        assert (config.training.timesteps, config.seed) == (1000, 3)


def row(finder: str, variant: str, seed: int, found: dict[str, int]) -> BugRow:
    first = dict.fromkeys(found, 100 * (seed + 1))
    return BugRow("bug_reproduction", finder, variant, seed, 1000, 50, found, first, 40 + seed, 9.0)


def result() -> BugResult:
    rows = [
        row("agent", "bugs", 0, {"stuck": 5, "node_leak": 10}),
        row("agent", "bugs", 1, {"stuck": 1}),
        row("agent", "clean", 0, {}),
        row("random", "bugs", 0, {}),
        row("random", "clean", 0, {"stuck": 2, "slow_physics": 9}),
    ]
    plan = {"decisions": 1000, "num_envs": 1, "arenas": 8, "seeds": [0, 1]}
    return BugResult("spacetime-rl study bugs", MACHINE, plan, rows)


def test_the_page_says_what_was_measured(tmp_path: Path) -> None:
    text = render(result())
    assert "1.5 (1 to 2) of 4" in text, "found"
    assert "60 (20 to 100)" in text, "episodes with the bug per 1,000"
    assert "150 (2 of 2)" in text, "decisions to the first find"
    assert "never (0 of 1)" in text
    assert "none in 50 episodes" in text
    assert "stuck 2 in 50 episodes" in text, "slow ticks by the clock are the machine's"
    assert "slow_physics" not in text
    page = tmp_path / "bugs.md"
    write_page(result(), page)
    page.write_text(page.read_text("utf-8") + "What I think of it.\n", "utf-8")
    write_page(result(), page)
    assert "What I think of it." in page.read_text("utf-8"), "notes are kept"
    assert (tmp_path / "images/bugs.png").stat().st_size > 1000


def test_a_study_goes_on_where_it_stopped(tmp_path: Path) -> None:
    before = result()
    before.save(tmp_path / "result.json")
    again = BugResult("again", MACHINE, {**before.plan, "seeds": [0, 1, 2]})
    again.take_rows(tmp_path / "result.json")
    assert again.has(Run("bug_reproduction", "agent", "bugs", 1))
    assert not again.has(Run("bug_reproduction", "agent", "bugs", 2))
    assert json.loads((tmp_path / "result.json").read_text("utf-8"))["format"] == 1
    other = BugResult("other", MACHINE, {**before.plan, "decisions": 5})
    with pytest.raises(UsageError, match="another plan \\(other: decisions\\)"):
        other.take_rows(tmp_path / "result.json")


def test_a_training_that_is_counted_looks_for_bugs(tmp_path: Path) -> None:
    assert default_config("spacecraft_landing").to_dict()["parameters"]["watch"] == 0.0
    plan = BugPlan(("spacecraft_landing",), decisions=1000)
    run = Run("spacecraft_landing", "agent", "bugs", 0)
    assert "watch" not in training_config(plan, run, tmp_path, None).parameters.names
