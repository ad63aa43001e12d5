"""Rows of empty seats reach no batch, no advantage, no statistic and no episode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sb3_contrib import CrossQ, RecurrentPPO
from stable_baselines3 import A2C, PPO, SAC, TD3
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecNormalize

from rl_training.algorithms.collection import collecting
from rl_training.algorithms.empty_seats import without_empty_seats
from rl_training.algorithms.normalisation import SeatNormalize
from rl_training.envs.seats import SeatMonitor, either, joined_flags
from tests.python.tiny_env import TinyEnv

SEATS = 4
POISON = 1000.0
"""What the row of an empty seat holds: where it is learned from, that shows."""
EPISODE = 5
Space = gym.spaces.Box(-1.0, 1.0, (3,), np.float32)


class Seats(VecEnv):
    """Four seats; an agent ends after five decisions. Some seats are left empty after that.

    Args:
        away: decisions for which a seat stays empty between two episodes, of each seat.
    """

    def __init__(self, away: Sequence[int]) -> None:
        torch.set_num_threads(1)
        self.vacant: NDArray[np.bool_] | None = None
        self._away = np.array(away)
        self._clock = np.zeros(SEATS, np.int64)
        self._random = np.random.default_rng(0)
        super().__init__(SEATS, Space, gym.spaces.Box(-1.0, 1.0, (2,), np.float32))

    def reset(self) -> Any:
        self._clock[:] = 0
        return self._look()

    def step_async(self, actions: NDArray[Any]) -> None:
        self._actions = actions

    def step_wait(self) -> Any:
        acted = self._clock < EPISODE
        rewards = np.where(acted, self._actions[:, 0], POISON).astype(np.float32)
        self._clock += 1
        dones = self._clock == EPISODE
        over = self._clock >= EPISODE + self._away
        self._clock[over] = 0
        obs = self._look()
        infos: list[dict[str, Any]] = [{"TimeLimit.truncated": False} for _ in range(SEATS)]
        for row in np.flatnonzero(dones):
            infos[row]["terminal_observation"] = np.zeros(3, np.float32)
        return obs, rewards, dones, infos

    def _look(self) -> Any:
        empty = self._clock >= EPISODE
        self.vacant = empty if empty.any() else None
        obs = self._random.uniform(-1.0, 1.0, (SEATS, 3)).astype(np.float32)
        obs[empty] = POISON
        return obs

    def close(self) -> None: ...
    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        return [None] * SEATS

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None: ...
    def env_method(self, method_name: str, *args: Any, **kwargs: Any) -> list[Any]:
        return []

    def env_is_wrapped(self, wrapper_class: type, indices: Any = None) -> list[bool]:
        return [False] * SEATS


def learner(kind: Any, env: VecEnv, **options: Any) -> Any:
    policy = "MlpLstmPolicy" if kind is RecurrentPPO else "MlpPolicy"
    sized: dict[str, Any] = {} if kind is A2C else {"batch_size": 20, "n_epochs": 2}
    return collecting(kind)(policy, env, n_steps=30, seed=3, device="cpu", **sized, **options)


@pytest.mark.parametrize("kind", [PPO, A2C, RecurrentPPO])
def test_nothing_of_an_empty_seat_is_learned_from(kind: Any) -> None:
    model = learner(kind, Seats((0, 3, 7, 2)))
    seen: list[torch.Tensor] = []
    real = model.policy.evaluate_actions

    def noted(obs: torch.Tensor, *args: Any) -> Any:
        seen.append(obs)
        return real(obs, *args)

    model.policy.evaluate_actions = noted
    model.learn(30 * SEATS)
    assert seen
    assert all(bool(torch.isfinite(each).all()) for each in model.policy.parameters())
    assert model.logger.name_to_value["train/value_loss"] < POISON
    if kind is RecurrentPPO:
        return  # sequences stay whole, masked: the next test
    assert max(float(obs.abs().max()) for obs in seen) <= 1.0
    # Each epoch gives every row in which somebody acted once.
    acted = sum(_acted(away, 30) for away in (0, 3, 7, 2))
    assert sum(len(obs) for obs in seen) == acted * (2 if kind is PPO else 1)


def test_sequences_of_a_recurrent_learner_hide_empty_seats() -> None:
    model = learner(RecurrentPPO, Seats((0, 3, 7, 2)))
    model._setup_learn(30 * SEATS)
    model._setup_model()
    env = model.get_env()
    callback = model._init_callback(None)
    model._last_obs = env.reset()
    model.collect_rollouts(env, callback, model.rollout_buffer, n_rollout_steps=30)
    acted = 0
    with without_empty_seats(model.rollout_buffer, model._vacant):
        for found in model.rollout_buffer.get(20):
            shown = found.mask > 0.0
            acted += int(shown.sum())
            assert float(found.observations[shown].abs().max()) <= 1.0
    assert acted == sum(_acted(away, 30) for away in (0, 3, 7, 2))


def test_who_takes_an_empty_seat_remembers_nothing_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its state is zeroed, though no `done` was told for the decision before."""
    away = (0, 3, 7, 2)
    env = Seats(away)
    model = learner(RecurrentPPO, env)
    starts: list[NDArray[np.bool_]] = []
    kind = type(model.policy)
    real = kind.forward

    def noted(policy: Any, obs: Any, states: Any, episode_starts: torch.Tensor) -> Any:
        starts.append(episode_starts.numpy() > 0.0)
        return real(policy, obs, states, episode_starts)

    monkeypatch.setattr(kind, "forward", noted)
    model.learn(60 * SEATS)
    assert len(starts) == 60
    for seat, absent in enumerate(away):
        period = EPISODE + absent
        begun = {step for step in range(60) if step % period == 0}
        left = {step for step in range(1, 60) if step % period == EPISODE}
        assert set(np.flatnonzero([row[seat] for row in starts])) == begun | left
    # Sequences that are learned from are cut there too; one row after the other.
    stored = model.rollout_buffer.episode_starts.reshape(SEATS, 30).T > 0.0
    np.testing.assert_array_equal(stored, starts[30:])


def test_while_everybody_is_there_the_learner_is_sb3s() -> None:
    torch.manual_seed(0)
    ours = learner(PPO, Seats((0, 0, 0, 0)))
    ours.learn(60 * SEATS)
    theirs = PPO("MlpPolicy", Seats((0, 0, 0, 0)), n_steps=30, seed=3, device="cpu", batch_size=20,
                 n_epochs=2)  # fmt: skip
    theirs.learn(60 * SEATS)
    for one, other in zip(ours.policy.parameters(), theirs.policy.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)


def test_a_rollout_without_anybody_teaches_nothing() -> None:
    model = learner(PPO, Seats((200, 200, 200, 200)))
    model.learn(30 * SEATS)
    before = [each.clone() for each in model.policy.parameters()]
    model.learn(30 * SEATS, reset_num_timesteps=False)
    after = list(model.policy.parameters())
    assert all(bool((a == b).all()) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("kind", [SAC, TD3, CrossQ])
def test_a_replay_buffer_holds_nothing_of_an_empty_seat(kind: Any) -> None:
    env = Seats((0, 3, 7, 2))
    model = collecting(kind)("MlpPolicy", env, seed=3, device="cpu", learning_starts=8)
    model.learn(30 * SEATS)
    buffer = model.replay_buffer
    assert buffer.pos == 30
    for stored in (buffer.observations, buffer.next_observations, buffer.rewards):
        assert float(np.abs(stored[:30]).max()) <= 1.0
    # Whoever acted is stored in the seat's own column, decision after decision.
    assert np.flatnonzero(buffer.dones[:30, 0]).tolist() == [4, 9, 14, 19, 24, 29]
    assert model.logger.name_to_value["train/critic_loss"] < POISON


def test_where_nobody_acts_nothing_is_stored() -> None:
    model: Any = collecting(SAC)("MlpPolicy", Seats((200, 200, 200, 200)), device="cpu")
    model.learn(30 * SEATS)
    assert model.replay_buffer.pos == EPISODE


def test_a_replay_buffer_is_sb3s_while_everybody_is_there() -> None:
    models: list[Any] = [
        kind("MlpPolicy", Seats((0, 0, 0, 0)), seed=3, device="cpu", learning_starts=200)
        for kind in (SAC, collecting(SAC))
    ]
    for model in models:
        model.learn(30 * SEATS)
    one, other = (model.replay_buffer for model in models)
    np.testing.assert_array_equal(one.observations[:30], other.observations[:30])
    np.testing.assert_array_equal(one.actions[:30], other.actions[:30])


def test_the_normaliser_counts_only_who_is_there() -> None:
    env = SeatNormalize(SeatMonitor(Seats((0, 3, 7, 2))))
    env.reset()
    for _ in range(60):
        env.step(np.full((SEATS, 2), 0.5, np.float32))
    observed: Any = env.obs_rms
    assert np.abs(observed.mean).max() < 0.5
    assert float(env.ret_rms.mean) < 5.0


def test_the_normaliser_is_sb3s_while_everybody_is_there() -> None:
    found = []
    for kind in (VecNormalize, SeatNormalize):
        env = kind(DummyVecEnv([TinyEnv] * 3), norm_obs_keys=["obs"])
        env.seed(1)
        first: Any = env.reset()
        rows = [first["obs"]]
        for _ in range(25):
            obs: Any
            obs, rewards, _, infos = env.step(np.full((3, 4), 0.3, np.float32))
            rows += [obs["obs"], rewards[:, None]]
            rows += [i["terminal_observation"]["obs"] for i in infos if "terminal_observation" in i]
        found.append(rows)
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_flags_of_engines_are_joined() -> None:
    some = np.array([True, False])
    assert joined_flags([None, None], [2, 3]) is None
    assert joined_flags([None, np.zeros(2, np.bool_)], [2, 2]) is None
    joined = joined_flags([some, None], [2, 3])
    assert joined is not None
    assert joined.tolist() == [True, False, False, False, False]
    assert either(None, some) is some
    assert either(some, None) is some
    both = either(some, ~some)
    assert both is not None
    assert both.all()


def _acted(away: int, decisions: int) -> int:
    """How often an agent acts in a seat that is then empty for `away` decisions."""
    return sum(number % (EPISODE + away) < EPISODE for number in range(decisions))
