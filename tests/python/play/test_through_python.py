from __future__ import annotations

import functools
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import DummyVecEnv

from rl_training.errors import HarnessError
from rl_training.play.episodes import Episode
from rl_training.play.through_python import play
from rl_training.runs.seeds import episode_seed


class _Numbered(gym.Env[NDArray[np.float32], Any]):
    """Agent `number` of `total`; its episodes take 1 + index % 7 steps, each worth the index."""

    observation_space = gym.spaces.Box(-1, 1, (1,), np.float32)
    action_space = gym.spaces.Box(-1, 1, (1,), np.float32)

    def __init__(self, number: int, total: int) -> None:
        self._number, self._total = number, total
        self._count = -1
        self._steps = 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        self._count += 1
        self._steps = 0
        return np.zeros(1, np.float32), {}

    def step(self, action: Any) -> Any:
        index = self._count * self._total + self._number
        self._steps += 1
        over = self._steps > index % 7
        info = {"is_success": index % 2 == 0, "metrics": {"index": index}} if over else {}
        truncated = over and index % 3 == 0
        return np.zeros(1, np.float32), float(index), over and not truncated, truncated, info


class _Still:
    def __init__(self) -> None:
        self.starts: list[list[bool]] = []

    def begin(self, starts: Any) -> None:
        self.starts.append(starts.tolist())

    def act(self, obs: Any) -> NDArray[np.float32]:
        return np.zeros((len(obs), 1), np.float32)


def _play(agents: int, episodes: int, **options: Any) -> list[Episode]:
    env = DummyVecEnv([functools.partial(_Numbered, n, agents) for n in range(agents)])
    return play(env, _Still(), episodes, seed=5, **options)


@pytest.mark.parametrize("agents", [1, 3, 8, 30])
def test_exactly_the_asked_for_episodes_whoever_plays_them(agents: int) -> None:
    episodes = _play(agents, 20)
    assert episodes == _play(1, 20)
    for index, episode in enumerate(episodes):
        assert episode.index == index
        assert episode.metrics == {"index": float(index)}
        assert episode.length == 1 + index % 7
        assert episode.episode_return == index * (1 + index % 7)
        assert episode.truncated == (index % 3 == 0)
        assert episode.terminated != episode.truncated
        assert episode.success == (index % 2 == 0)
        assert episode.seed == episode_seed(5, index)


def test_each_episode_is_told_once() -> None:
    told: list[int] = []
    _play(4, 10, on_episode=lambda episode: told.append(episode.index))
    assert sorted(told) == list(range(10))


def test_an_episode_that_does_not_end_is_an_error() -> None:
    with pytest.raises(HarnessError, match="has not ended after 5 decisions"):
        _play(2, 20, max_decisions=5)
    assert len(_play(2, 20, max_decisions=7)) == 20


def test_a_policy_is_told_whose_episode_begins() -> None:
    policy = _Still()
    env = DummyVecEnv([functools.partial(_Numbered, n, 2) for n in range(2)])
    episodes = play(env, policy, 6, seed=5)
    assert policy.starts[0] == [True, True]
    # Afterwards each start follows an end; the last ends are not told, nothing is decided after.
    begun = sum(map(sum, policy.starts[1:]))
    assert begun >= len(episodes) - 2
    lengths = {episode.index: episode.length for episode in episodes}
    assert policy.starts[lengths[0]][0]
    assert not any(starts[0] for starts in policy.starts[1 : lengths[0]])


class _Gone(_Numbered):
    """Its agent 1 leaves the scene in its first episode."""

    def step(self, action: Any) -> Any:
        if self._number != 1:
            return super().step(action)
        return np.zeros(1, np.float32), 0.0, False, False, {"absent": "Enemy left the tree"}


def test_an_agent_that_left_ends_the_evaluation() -> None:
    env = DummyVecEnv([functools.partial(_Gone, number, 2) for number in range(2)])
    with pytest.raises(HarnessError, match=r"agent 1 has left .*Enemy left.* episode 1 cannot"):
        play(env, _Still(), 6, 0)


class _Finding(_Numbered):
    """Its episodes report something in their first decision, and in the last one again."""

    def step(self, action: Any) -> Any:
        obs, reward, terminated, truncated, info = super().step(action)
        if self._steps == 1 or terminated or truncated:
            found = {"kind": "stuck", "message": f"in step {self._steps}", "decision": self._steps}
            info = {**info, "findings": [found]}
        return obs, reward, terminated, truncated, info


def test_findings_of_all_decisions_belong_to_the_episode() -> None:
    env = DummyVecEnv([functools.partial(_Finding, number, 2) for number in range(2)])
    played = play(env, _Still(), 6, seed=0)
    told = [[each.message for each in episode.findings] for episode in played]
    assert told[0] == ["in step 1"]
    assert told[3] == ["in step 1", "in step 4"]
    assert all(each.kind == "stuck" for episode in played for each in episode.findings)
