"""The scenario `tag` through the wire: two groups of unlike agents that share each arena."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gymnasium import spaces

from rl_training.envs import GodotVecEnv
from rl_training.envs.groups import GroupStep
from tests.python.scenarios.random_play import open_scenario

pytestmark = [pytest.mark.engine, pytest.mark.timeout(180)]


def tag(**changes: Any) -> GodotVecEnv:
    return open_scenario("tag", **changes)


def actions(env: GodotVecEnv, generator: np.random.Generator) -> dict[str, Any]:
    """Draw for each arena in turn, so that fewer arenas get the same draws."""
    drawn: dict[str, list[Any]] = {name: [] for name in env.groups}
    for _ in range(len(env.groups["runner"].agents)):
        drawn["runner"].append(generator.uniform(-1.0, 1.0, 2).astype(np.float32))
        drawn["chaser"].append(generator.integers(0, 3, 2))
    return {name: np.array(rows) for name, rows in drawn.items()}


def play(env: GodotVecEnv, decisions: int, seed: int = 0) -> list[dict[str, GroupStep]]:
    env.seed(5)
    env.reset_groups()
    generator = np.random.default_rng(seed)
    return [env.step_groups(actions(env, generator)) for _ in range(decisions)]


def test_runner_and_chaser_are_unlike() -> None:
    with tag() as env:
        assert list(env.groups) == ["runner", "chaser"]
        runner, chaser = env.groups["runner"], env.groups["chaser"]
        assert runner.observation_space["obs"].shape == (16,)
        assert chaser.observation_space["obs"].shape == (15,)
        assert isinstance(runner.action_space, spaces.Box)
        assert isinstance(chaser.action_space, spaces.MultiDiscrete)
        assert runner.arenas == chaser.arenas == (0, 1, 2, 3)


def test_what_one_wins_the_other_loses_and_both_end_at_once() -> None:
    ended = 0
    with tag() as env:
        for step in play(env, 400):
            runner, chaser = step["runner"], step["chaser"]
            np.testing.assert_allclose(runner.rewards, -chaser.rewards, atol=1e-5)
            np.testing.assert_array_equal(runner.terminated, chaser.terminated)
            assert not runner.truncated.any()
            for row in np.flatnonzero(runner.dones):
                ended += 1
                won, lost = runner.infos[row]["is_success"], chaser.infos[row]["is_success"]
                assert won != lost
                # Both first observations show the new round: they tell the same distance.
                assert runner.obs["obs"][row, 6] == pytest.approx(chaser.obs["obs"][row, 2])
                assert runner.obs["obs"][row, 15] == chaser.obs["obs"][row, 14] == 1.0
    assert ended > 8


def test_the_same_seed_and_actions_are_the_same_rounds() -> None:
    with tag() as env:
        first = play(env, 200)
        again = play(env, 200)
    for one, other in zip(first, again, strict=True):
        for name in one:
            np.testing.assert_array_equal(one[name].obs["obs"], other[name].obs["obs"])
            np.testing.assert_array_equal(one[name].rewards, other[name].rewards)


def test_parameters_change_the_rounds() -> None:
    with tag(arenas=2) as env:
        env.set_parameters({"round_seconds": 1.0}, arenas=[1])
        env.reset_groups()
        lengths: dict[int, int] = {}
        still: dict[str, Any] = {
            "runner": np.zeros((2, 2), np.float32),
            "chaser": np.ones((2, 2), np.int64),
        }
        for decision in range(1, 130):
            step = env.step_groups(still)
            for row in np.flatnonzero(step["runner"].dones).tolist():
                lengths.setdefault(row, decision)
                info = step["runner"].infos[row]
                if row == 1:
                    assert info["parameters"] == {"round_seconds": 1.0}
        assert lengths == {0: 120, 1: 15}
