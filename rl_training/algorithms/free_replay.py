"""Collect for a replay buffer without waiting for the slowest engine, here or on other machines.

Called by `collection`. A chunk of `train_freq` decisions is played with one policy
(`free_rollout`), then every decision is told of and stored as Stable-Baselines3 stores it: raw
observations, with what was seen last where an episode ended, and raw rewards. The learner's updates
come between chunks, so within one the policy is up to `train_freq` - 1 decisions old.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.buffers import DictReplayBuffer, ReplayBuffer
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.noise import ActionNoise, NormalActionNoise, VectorizedActionNoise
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from stable_baselines3.common.type_aliases import RolloutReturn, TrainFrequencyUnit
from stable_baselines3.common.vec_env import VecEnv

from rl_training.algorithms.acting import Explorer
from rl_training.algorithms.drawing import Draws, explored
from rl_training.algorithms.empty_seats import TakenSeats
from rl_training.algorithms.free_rollout import FreeRollout, Wrapped
from rl_training.envs.playing.layers import Floats, Layers
from rl_training.envs.playing.player import Actor
from rl_training.envs.playing.sheet import Arrays


def why_waiting(model: OffPolicyAlgorithm, env: VecEnv) -> str:
    """Return why decisions have to be collected the waiting way; empty: they need not.

    Args:
        model: that learns from them.
        env: as it is trained on.
    """
    train_freq: Any = model.train_freq
    if type(model.replay_buffer) not in (ReplayBuffer, DictReplayBuffer):
        return "the replay buffer is not SB3's plain one"
    if train_freq.unit != TrainFrequencyUnit.STEP:
        return "train_freq counts episodes"
    if Wrapped.of(env, adapted=True) is None:
        return "the environment is not a GodotVecEnv in SB3's monitor and normaliser"
    net = Explorer.of(model.policy)
    if net is None:
        return "the policy is no plain multilayer perceptron"
    if model.action_noise is not None and (
        net.kind != "bounded" or _deviation(model.action_noise) is None
    ):
        return "the action noise is another than TD3's"
    return ""


def collect_for_replay(
    model: OffPolicyAlgorithm,
    env: VecEnv,
    callback: BaseCallback,
    buffer: ReplayBuffer,
    steps: int,
    learning_starts: int,
    log_interval: int | None,
) -> RolloutReturn:
    """Play some decisions with one policy and store them; `why_waiting` said that it can be done.

    A callback that ends it, or an error, leaves what was stored; the next decisions begin with a
    reset.

    Args:
        model: that learns from them.
        env: as it is trained on.
        callback: told of every decision.
        buffer: to fill.
        steps: decisions of an agent.
        learning_starts: actions are random before so many timesteps.
        log_interval: episodes between two lines of metrics; None: nothing is written here.
    """
    rollout = _ReplayRollout(model, env, callback, buffer, steps, learning_starts, log_interval)
    whole = False
    try:
        whole = rollout.run()
    finally:
        if not whole:
            rollout.abandon()
    return RolloutReturn(rollout.stored * env.num_envs, rollout.episodes, whole)


class _ReplayRollout(FreeRollout):
    """One chunk in the making.

    Attributes:
        stored: decisions.
        episodes: that ended.
    """

    raw_ends = True

    def __init__(
        self,
        model: OffPolicyAlgorithm,
        env: VecEnv,
        callback: BaseCallback,
        buffer: ReplayBuffer,
        steps: int,
        learning_starts: int,
        log_interval: int | None,
    ) -> None:
        wrapped, net = Wrapped.of(env, adapted=True), Explorer.of(model.policy)
        assert wrapped is not None, "why_waiting looked"
        assert net is not None, "why_waiting looked"
        columns, dtype = buffer.action_dim, buffer.actions.dtype
        super().__init__(model, env, wrapped, callback, steps, columns, dtype)
        self._buffer, self._net = buffer, net
        self._learning_starts, self._log_interval = learning_starts, log_interval
        # Of the decision that is told of: agent to what it saw last.
        self._lasts: dict[int, Arrays] = {}
        self.stored = 0
        self.episodes = 0

    def _drawn(self) -> Draws:
        model, agents, space = self._model, self._env.num_envs, self._model.action_space
        done = [model.num_timesteps + number * agents for number in range(self._steps)]
        rates = [1.0 if each < self._learning_starts else 0.0 for each in done]
        if isinstance(space, spaces.Discrete):
            total = max(1, model._total_timesteps)
            rates = [
                rate or model.exploration_schedule(1.0 - each / total)
                for rate, each in zip(rates, done, strict=True)
            ]
            return explored(self._net, agents, int(space.n), rates, None)
        deviation = _deviation(model.action_noise)
        return explored(self._net, agents, self._buffer.action_dim, rates, deviation)

    def _actor(self) -> Actor:
        net, space = self._net, self._model.action_space
        bounds = (space.low, space.high) if isinstance(space, spaces.Box) else (None, None)
        return Actor(
            keys=net.keys or tuple(self._wrapped.spans),
            latent=Layers(net.layers.layers[:-1]),
            action_net=Layers(net.layers.layers[-1:]),
            low=bounds[0],
            high=bounds[1],
            version=getattr(self._model, "_n_updates", 0),
            stretches=True,
        )

    def _ended(self, number: int, rows: list[int], infos: list[dict[str, Any]]) -> None:
        """Keep what was seen last as it was; callbacks get it normalised, as SB3 gives it."""
        self._lasts = {}
        for row in rows:
            last = infos[row]["terminal_observation"]
            self._lasts[row] = last
            seen = self._learned(last)
            if self._normalise is not None:
                seen = self._normalise.normalize_obs(seen)
            infos[row] = {**infos[row], "terminal_observation": seen}

    def _locals(self, number: int) -> dict[str, Any]:
        drawn, space = self._sheet.actions[number], self._model.action_space
        return {
            "replay_buffer": self._buffer,
            "num_collected_steps": number + 1,
            "actions": self._actor().sent(drawn).reshape(-1, *space.shape),
            "buffer_actions": drawn,
        }

    def _told(
        self, number: int, rewards: Floats, ended: list[int], infos: list[dict[str, Any]]
    ) -> None:
        """Store the decision, and do what SB3 does after each."""
        model = self._model
        self._store(number, infos)
        self.stored += 1
        model._update_current_progress_remaining(model.num_timesteps, model._total_timesteps)
        model._on_step()
        for _ in ended:
            self.episodes += 1
            model._episode_num += 1
            if self._log_interval is not None and model._episode_num % self._log_interval == 0:
                # Stable-Baselines3 2.4 has it under its private name.
                (model.dump_logs if hasattr(model, "dump_logs") else model._dump_logs)()

    def _store(self, number: int, infos: list[dict[str, Any]]) -> None:
        sheet, buffer = self._sheet, self._buffer
        after = {key: raw[number + 1].copy() for key, raw in sheet.raw.items()}
        for row, last in self._lasts.items():
            for key, values in after.items():
                values[row] = last[key]
        if self._has_absent and sheet.absent[number].any():
            kept: Any = TakenSeats(buffer, sheet.absent[number])
        else:
            kept = buffer
        kept.add(
            self._learned({key: raw[number] for key, raw in sheet.raw.items()}),
            self._learned(after),
            sheet.actions[number],
            sheet.rewards[number],
            sheet.dones[number],
            infos,
        )

    def _fill(self) -> None:
        """Leave the model as SB3 leaves it after a step."""
        model, sheet = self._model, self._sheet
        seen = {key: obs[self._steps].copy() for key, obs in sheet.obs.items()}
        raw = {key: obs[self._steps].copy() for key, obs in sheet.raw.items()}
        model._last_obs = self._learned(seen)
        model._last_original_obs = self._learned(raw)
        model._last_episode_starts = sheet.dones[-1].copy()


def _deviation(noise: ActionNoise | None) -> float | None:
    """Return the deviation of noise without a mean that is alike in all actions; None: another."""
    if isinstance(noise, VectorizedActionNoise):
        noise = noise.base_noise
    if type(noise) is not NormalActionNoise or np.any(noise._mu) or np.ptp(noise._sigma):
        return None
    return float(np.ravel(noise._sigma)[0])
