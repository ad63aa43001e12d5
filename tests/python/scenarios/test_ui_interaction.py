"""The scenario `ui_interaction` through the wire: numbers, ends, findings.

What every scenario must be is tested in test_conformance.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rl_training.envs import GodotVecEnv
from rl_training.scenarios import get_scenario
from rl_training.training.scene_facts import observation_names
from tests.python.scenarios.random_play import open_scenario, play, uniform

SCENARIO = get_scenario("ui_interaction")
SIZE = 20 + 8 * 11

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


def menus(**changes: Any) -> GodotVecEnv:
    return open_scenario(SCENARIO.name, **changes)


def drawn(decisions: int) -> np.ndarray[Any, Any]:
    """Draw for each of four arenas, so that fewer get the same; small turns, to hit things."""
    actions = uniform(decisions, 4, 4)
    actions[..., :2] *= 0.6
    return actions


def test_a_thousand_random_decisions_are_finite_and_end() -> None:
    with menus(isolation="shared") as env:
        space = env.observation_space
        assert space["obs"].shape == (SIZE,)
        assert env.action_space.shape == (4,)
        assert len(set(observation_names(env)["obs"])) == SIZE
        env.set_parameters({"episode_decisions": 200.0})
        observations, rewards, dones = play(env, drawn(1000))
    assert np.isfinite(observations).all()
    assert np.isfinite(rewards).all()
    assert np.abs(observations).max() <= 1.0
    assert dones.any(axis=0).all(), "every agent ends episodes within 200 decisions"


def test_an_end_reports_what_the_scenario_names() -> None:
    with menus() as env:
        env.set_parameters({"episode_decisions": 60.0})
        env.reset()
        ended: list[dict[str, Any]] = []
        for _ in range(65):
            _seen, _rewards, dones, infos = env.step(np.full((4, 4), -0.01, np.float32))
            ended += [info for info, done in zip(infos, dones, strict=True) if done]
    assert len(ended) == 4
    for info in ended:
        assert info["TimeLimit.truncated"] is True
        assert tuple(info["metrics"]) == tuple(metric.name for metric in SCENARIO.metrics)
        assert tuple(info["reward_terms"]) == SCENARIO.reward_terms
        assert info["metrics"]["episode_time"] == pytest.approx(6.0)


def turn(value: float) -> float:
    """The action that turns by an angle (rad) in a decision of 0.1 s at 120 degrees/s."""
    return float(np.clip(value / 0.1 / np.deg2rad(120.0), -1.0, 1.0))


def next_action(seen: np.ndarray[Any, Any]) -> list[float]:
    """A tester by rule: what is to be done next, by the observation alone."""
    yaw, pitch = (np.sign(v) * v * v * 2.0 for v in seen[20:22])
    half = seen[22:24] / (seen[3] * 5.0)
    is_slider, is_bar, value = seen[27] > 0.5, seen[28] > 0.5, seen[29]
    if seen[13] > 0.5:
        return [0.0, 0.6 if seen[9] < 0.4 else -0.6, -1.0, 1.0 if value < 0.99 else -1.0]
    if seen[12] > 0.5:
        goes_on = is_slider and abs(yaw) < half[0] * 0.7
        return [0.35 if yaw <= 0.0 else -0.35, 0.0, 1.0 if goes_on else -1.0, -1.0]
    if abs(yaw) < half[0] * 0.5 and abs(pitch) < half[1] * 0.5 and seen[25] > 0.5 < seen[30]:
        return [0.0, 0.0, -1.0 if is_bar else 1.0, 1.0 if is_bar else -1.0]
    return [turn(yaw), turn(pitch), -1.0, -1.0]


@pytest.mark.parametrize("bug", ["", "bug_dead_button"])
def test_a_planted_bug_comes_as_a_finding_and_a_clean_menu_has_none(bug: str) -> None:
    kinds: set[str] = set()
    successes: list[float] = []
    with menus(isolation="shared") as env:
        env.set_parameters({"menu_size": 0.3} | ({bug: 1.0} if bug else {}))
        env.seed(5)
        seen = env.reset()
        for _ in range(400):
            assert isinstance(seen, dict)
            actions = np.array([next_action(row) for row in seen["obs"]], np.float32)
            seen, _rewards, dones, infos = env.step(actions)
            for info, done in zip(infos, dones, strict=True):
                kinds |= {finding["kind"] for finding in info.get("findings", [])}
                if done:
                    successes.append(info["metrics"]["success"])
    assert len(successes) >= 4
    if bug:
        assert kinds == {SCENARIO.planted_bugs[bug]}
    else:
        assert kinds == set()
        assert min(successes) == 1.0
