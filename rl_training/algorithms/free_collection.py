"""Collect a rollout of an on-policy learner without waiting for the slowest engine.

Called by `collection`; how it is played and told of is `free_rollout`'s. Here: late rollouts,
values of the critic, and SB3's rollout buffer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from gymnasium import spaces
from stable_baselines3.common.buffers import DictRolloutBuffer, RolloutBuffer
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from rl_training.algorithms.acting import ActorCritic
from rl_training.algorithms.drawing import Draws, draws_for
from rl_training.algorithms.free_rollout import (
    FreeRollout,
    WholeRollouts,
    Wrapped,
    by_key,
    statistics_of,
)
from rl_training.algorithms.late_rollouts import LateRollouts, Staleness, gather, left_out
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.envs.playing.layers import Floats, Layers
from rl_training.envs.playing.player import Actor
from rl_training.envs.playing.sheet import Arrays, features
from rl_training.envs.playing.whole_rollout import Played


def why_waiting(model: OnPolicyAlgorithm, env: VecEnv) -> str:
    """Return why a rollout has to be collected the waiting way; empty: it need not.

    Args:
        model: that learns from it.
        env: as it is trained on.
    """
    if type(model.rollout_buffer) not in (RolloutBuffer, DictRolloutBuffer):
        return "the rollout buffer is not SB3's"
    wrapped, net = Wrapped.of(env), ActorCritic.of(model.policy)
    if wrapped is None:
        return "the environment is not a GodotVecEnv in SB3's monitor and normaliser"
    if (
        net is None
        or not (net.is_gaussian or net.choices or net.hybrid)
        or model.policy.squash_output
    ):
        return "the policy is no plain multilayer perceptron"
    return ""


def collect_freely(
    model: OnPolicyAlgorithm,
    env: VecEnv,
    callback: BaseCallback,
    buffer: RolloutBuffer,
    steps: int,
    age: Staleness | None = None,
) -> tuple[bool, npt.NDArray[np.bool_] | None]:
    """Fill a rollout buffer; `why_waiting` said that it can be done.

    Args:
        model: that learns from it.
        env: as it is trained on.
        callback: told of every decision.
        buffer: to fill.
        steps: decisions of an agent.
        age: how old rollouts of actors may be; None: all are waited for.

    Returns:
        False when a callback ended it: nothing of the rollout counts, and the next one begins with
        a reset. And (steps, agents) bool, True where nobody acted; None: nowhere.
    """
    rollout = _Rollout(model, env, callback, buffer, steps, age)
    whole = False
    try:
        whole = rollout.run()
    finally:
        if not whole:
            rollout.abandon()
    return whole, rollout.vacant


class _Rollout(FreeRollout):
    """One rollout in the making."""

    def __init__(
        self,
        model: OnPolicyAlgorithm,
        env: VecEnv,
        callback: BaseCallback,
        buffer: RolloutBuffer,
        steps: int,
        age: Staleness | None,
    ) -> None:
        wrapped, net = Wrapped.of(env), ActorCritic.of(model.policy)
        assert wrapped is not None, "why_waiting looked"
        assert net is not None, "why_waiting looked"
        columns, dtype = buffer.action_dim, buffer.actions.dtype
        super().__init__(model, env, wrapped, callback, steps, columns, dtype)
        self._buffer, self._net, self._age = buffer, net, age
        # (agents,), whose rollouts are not there.
        self._late = np.zeros(env.num_envs, np.bool_)
        agents = env.num_envs
        # As they are learned from: scaled, where a normaliser scales them.
        self._rewards = np.zeros((steps, agents), np.float32)
        self._values = np.zeros((steps, agents), np.float32)
        # Where episodes were cut off, and what they showed last.
        self._truncated: list[tuple[int, int]] = []
        self._terminal: list[Arrays] = []

    @property
    def vacant(self) -> npt.NDArray[np.bool_] | None:
        """See `collect_freely`."""
        return self._sheet.absent[: self._steps] if self._has_absent else None

    def run(self) -> bool:
        """See `FreeRollout`."""
        self._buffer.reset()
        if not super().run():
            return False
        engines = self._wrapped.engines
        if self._age is not None and isinstance(engines, LateRollouts):
            self._play_on(engines, self._age)
        return True

    def _drawn(self) -> Draws:
        draws = draws_for(self._net, self._steps, self._env.num_envs)
        assert draws is not None, "why_waiting looked"
        return draws

    def _played(self, engines: GodotVecEnv | WholeRollouts, draws: Draws) -> bool:
        if self._age is not None and isinstance(engines, LateRollouts):
            return self._play_late(engines, draws, self._age)
        return super()._played(engines, draws)

    def _play_late(self, engines: LateRollouts, draws: Draws, age: Staleness) -> bool:
        """Take the rollouts that are there and tell of them; False when a callback ended it."""
        score, all_rows = self._score(age.version), engines.actor_rows
        there = gather(engines, age, score, draws, self._now)
        in_order: list[Played | int] = []
        for actor, (rows, own) in enumerate(all_rows):
            if actor in there:
                self._take(rows, own, there[actor])
                in_order.append(there[actor])
            else:
                self._late[rows] = True
                in_order.append(rows.stop - rows.start)
        self._acting = int((~self._late).sum())
        if self._late.any():
            self._stand_still(self._late)
        with left_out(self._late, self._wrapped.monitor, self._normalise):
            whole = self._tell(in_order)
        age.record(self._model.logger)
        return whole

    def _play_on(self, engines: LateRollouts, age: Staleness) -> None:
        """Let actors go on while the learner learns, where their rollouts may be so old."""
        if age.plays_on:
            draws = self._drawn()
            idle = [a for a in range(len(engines.actor_rows)) if a not in engines.playing]
            last = {key: raw[self._steps] for key, raw in self._sheet.raw.items()}
            self._statistics = statistics_of(self._normalise)
            engines.begin(idle, self._score(age.version), draws, last)
        age.version += 1

    def _stand_still(self, late: npt.NDArray[np.bool_]) -> None:
        """Let agents whose rollouts are not there show what they showed last, and not act."""
        sheet, last = self._sheet, by_key(self._model._last_obs)
        for key, obs in sheet.obs.items():
            obs[:, late] = last[key][late]
        for key, raw in sheet.raw.items():
            raw[:, late] = self._now[key][late]
        sheet.absent[:, late] = True
        self._has_absent = True

    def _actor(self) -> Actor:
        net, space = self._net, self._model.action_space
        bounds = (space.low, space.high) if isinstance(space, spaces.Box) else (None, None)
        return Actor(
            keys=net.keys,
            latent=Layers(net.latent.layers),
            action_net=Layers(net.action_net.layers),
            low=bounds[0],
            high=bounds[1],
            version=getattr(self._model, "_n_updates", 0),
        )

    def _ended(self, number: int, rows: list[int], infos: list[dict[str, Any]]) -> None:
        for row in rows:
            if infos[row].get("TimeLimit.truncated", False):
                self._truncated.append((number, row))
                self._terminal.append(infos[row]["terminal_observation"])

    def _told(
        self, number: int, rewards: Floats, ended: list[int], infos: list[dict[str, Any]]
    ) -> None:
        self._rewards[number] = rewards

    def _locals(self, number: int) -> dict[str, Any]:
        return {
            "rollout_buffer": self._buffer,
            "n_rollout_steps": self._steps,
            "n_steps": number,
            "actions": self._sheet.actions[number],
        }

    def _look_back(self, decisions: int) -> None:
        """Value the observations too."""
        if decisions > 0:
            done = slice(self._seen, self._seen + decisions)
            seen = features(self._sheet.obs, self._net.keys, done)
            flat = seen.reshape(-1, seen.shape[-1])
            self._values[done] = self._net.critic(flat).reshape(-1, self._env.num_envs)
        super()._look_back(decisions)

    def _fill(self) -> None:
        """Hand the rollout to SB3's buffer, and to the normaliser what it adds."""
        model, buffer, sheet, rewards = self._model, self._buffer, self._sheet, self._rewards
        if self._truncated:
            keys = self._net.keys or tuple(sheet.obs)
            last = np.stack(
                [np.concatenate([each[key] for key in keys]) for each in self._terminal]
            ).astype(np.float32, copy=False)
            numbers, rows = (list(each) for each in zip(*self._truncated, strict=True))
            rewards[numbers, rows] += np.float32(model.gamma) * self._net.critic(last)[:, 0]
        assert self._draws is not None, "run() drew them"
        begun: Any = {key: obs[: self._steps] for key, obs in sheet.obs.items()}
        buffer.observations = begun
        buffer.actions = sheet.actions
        buffer.rewards = rewards
        buffer.values = self._values
        buffer.log_probs = self._draws.log_probs
        buffer.episode_starts[0] = model._last_episode_starts
        buffer.episode_starts[1:] = sheet.dones[:-1]
        buffer.pos, buffer.full = self._steps, True
        last_values = self._net.critic(features(sheet.obs, self._net.keys, self._steps).copy())
        buffer.compute_returns_and_advantage(torch.from_numpy(last_values), sheet.dones[-1])
        model._last_obs = {key: np.array(obs[self._steps]) for key, obs in sheet.obs.items()}
        begins = sheet.dones[-1].copy()
        if self._late.any():
            begins[self._late] = np.asarray(model._last_episode_starts)[self._late]
        model._last_episode_starts = begins
