"""Collect a rollout without waiting for the slowest engine at every decision.

Called by `collection`. Rows of a VecEnv belong together, those of a rollout need not: each engine
gets its next actions as soon as its answer is there, so one may be several decisions ahead of
another within a rollout. Observations are normalised by the statistics of the rollout's beginning
and what their own engine has sent since; all is merged at its end, in the order of decisions. So
one seed gives one run, whichever engine answers first. Callbacks see whole decisions of all
engines, in their order.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from gymnasium import spaces
from stable_baselines3.common.buffers import DictRolloutBuffer, RolloutBuffer
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from stable_baselines3.common.vec_env import VecEnv, VecMonitor, VecNormalize

from rl_training.algorithms.acting import ActorCritic, Floats
from rl_training.algorithms.drawing import Draws, draws_for
from rl_training.algorithms.normalisation import SeatNormalize
from rl_training.algorithms.rollout_statistics import ObservationStatistics, scaled_rewards
from rl_training.envs.batches import BatchStep
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.envs.seats import SeatMonitor
from rl_training.errors import HarnessError

Arrays = dict[str, npt.NDArray[Any]]

# Decisions of all agents that the critic and the statistics take at once.
_CHUNK = 8


@dataclass(frozen=True)
class Wrapped:
    """Our environment and the wrappers around it that are known here.

    Attributes:
        engines: the environment.
        monitor: SB3's, or None.
        normalise: SB3's, or None.
    """

    engines: GodotVecEnv
    monitor: VecMonitor | None
    normalise: VecNormalize | None

    @classmethod
    def of(cls, env: VecEnv) -> Wrapped | None:
        """Look inside an environment; None when anything else is there."""
        normalise, monitor = None, None
        inner: VecEnv = env
        # No other subclass: what it would do is not known here.
        if isinstance(inner, VecNormalize) and type(inner) in (VecNormalize, SeatNormalize):
            normalise, inner = inner, inner.venv
        if isinstance(inner, VecMonitor) and type(inner) in (VecMonitor, SeatMonitor):
            monitor, inner = inner, inner.venv
        return cls(inner, monitor, normalise) if type(inner) is GodotVecEnv else None


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
) -> tuple[bool, npt.NDArray[np.bool_] | None]:
    """Fill a rollout buffer; `why_waiting` said that it can be done.

    Returns:
        False when a callback ended it: nothing of the rollout counts, and the next one begins with
        a reset. And (steps, agents) bool, True where nobody acted; None: nowhere.
    """
    rollout = _Rollout(model, env, callback, buffer, steps)
    whole = False
    try:
        whole = rollout.run()
    finally:
        if not whole:
            rollout.abandon()
    return whole, rollout.vacant


class _Rollout:
    """One rollout in the making."""

    def __init__(
        self,
        model: OnPolicyAlgorithm,
        env: VecEnv,
        callback: BaseCallback,
        buffer: RolloutBuffer,
        steps: int,
    ) -> None:
        wrapped, net = Wrapped.of(env), ActorCritic.of(model.policy)
        assert wrapped is not None, "why_waiting looked"
        assert net is not None, "why_waiting looked"
        self._model, self._env, self._callback, self._buffer = model, env, callback, buffer
        self._wrapped, self._net, self._steps = wrapped, net, steps
        self._normalise = wrapped.normalise
        agents = env.num_envs
        self._blocks = wrapped.engines.blocks
        # Of each engine, how many decisions it has answered; of each decision, how many engines.
        self._at = [0] * len(self._blocks)
        self._answers = [0] * steps
        self._complete = 0
        self._valued = 0
        self._infos: list[list[list[dict[str, Any]]]] = [
            [[] for _ in self._blocks] for _ in range(steps)
        ]
        # As they are learned from: scaled, where a normaliser scales them.
        self._rewards = np.zeros((steps, agents), np.float32)
        self._raw_rewards = np.zeros((steps, agents), np.float32)
        self._dones = np.zeros((steps, agents), np.bool_)
        self._values = np.zeros((steps, agents), np.float32)
        self._actions = np.zeros((steps, agents, buffer.action_dim), buffer.actions.dtype)
        # (decision, agent, size), the last decision's result included; what comes first is there.
        now = _by_key(model._last_obs if self._normalise is None else self._normalise.old_obs)
        self._raw = {
            key: np.empty((steps + 1, *each.shape), each.dtype) for key, each in now.items()
        }
        self._obs = dict(self._raw)
        self._statistics: dict[str, ObservationStatistics] = {}
        if self._normalise is not None and self._normalise.norm_obs:
            for key, rms in _by_key(self._normalise.obs_rms).items():
                engines = len(self._blocks)
                self._statistics[key] = ObservationStatistics(rms, self._normalise, engines)
                self._obs[key] = np.empty(self._raw[key].shape, np.float32)
        # (decisions + 1, agents): seats without an agent before each, and after the last; None: all
        # have had one.
        self._empty: npt.NDArray[np.bool_] | None = None
        for engine, rows in enumerate(self._blocks):
            self._note_empty(engine, 0)
            for key, each in now.items():
                self._put(key, 0, engine, each[rows])
        self._truncated: list[tuple[int, int]] = []
        self._terminal: list[Arrays] = []
        self._low, self._high = None, None
        if isinstance(model.action_space, spaces.Box):
            self._low, self._high = model.action_space.low, model.action_space.high
        self._draws: Draws | None = None

    @property
    def vacant(self) -> npt.NDArray[np.bool_] | None:
        """See `collect_freely`."""
        return None if self._empty is None else self._empty[: self._steps]

    def run(self) -> bool:
        """Collect; see `collect_freely`."""
        self._model.policy.set_training_mode(False)
        self._buffer.reset()
        # Callbacks may change the policy (its deviation) before the rollout begins.
        self._callback.on_rollout_start()
        self._draws = draws_for(self._net, self._steps, self._env.num_envs)
        engines = self._wrapped.engines
        for engine in range(len(self._blocks)):
            self._act(engine, 0)
        while self._complete < self._steps:
            for engine, step in engines.receive_blocks():
                self._take(engine, step)
            # The engines are busy: time for what can wait.
            while self._complete < self._steps and self._answers[self._complete] == len(self._at):
                if not self._finish(self._complete):
                    return False
                self._complete += 1
            while self._complete - self._valued >= _CHUNK:
                self._look_back(_CHUNK)
        self._look_back(self._steps - self._valued)
        self._fill()
        self._callback.on_rollout_end()
        return True

    def abandon(self) -> None:
        """Leave engines that owe nothing, and a model that resets them before it goes on."""
        self._model._last_obs = None
        with contextlib.suppress(HarnessError):
            self._wrapped.engines.discard_answers()

    def _take(self, engine: int, step: BatchStep) -> None:
        """Note what an engine answered and let it go on."""
        number, rows = self._at[engine], self._blocks[engine]
        self._note_empty(engine, number + 1)
        for key, each in step.obs.items():
            self._put(key, number + 1, engine, each)
        self._at[engine] = number + 1
        if number + 1 < self._steps:
            self._act(engine, number + 1)
        self._raw_rewards[number, rows] = step.rewards
        self._dones[number, rows] = step.dones
        self._infos[number][engine] = step.infos
        # Now, while its statistics are those of this decision.
        for row in np.flatnonzero(step.dones).tolist():
            self._note_terminal(engine, number, rows.start + row, step.infos[row])
        self._answers[number] += 1

    def _note_empty(self, engine: int, number: int) -> None:
        absent = self._wrapped.engines.absent(engine)
        if absent is None or not absent.any():
            return
        if self._empty is None:
            self._empty = np.zeros((self._steps + 1, self._env.num_envs), np.bool_)
        self._empty[number, self._blocks[engine]] = absent

    def _put(self, key: str, number: int, engine: int, values: npt.NDArray[Any]) -> None:
        rows = self._blocks[engine]
        self._raw[key][number, rows] = values
        if key in self._statistics:
            out = self._obs[key][number, rows]
            there = None if self._empty is None else ~self._empty[number, rows]
            self._statistics[key].take(engine, values, out, new=number > 0, there=there)

    def _act(self, engine: int, number: int) -> None:
        rows = self._blocks[engine]
        outputs = self._net.action_net(self._net.latent(self._features(number, rows)))
        assert self._draws is not None, "run() drew them"
        actions = self._draws.draw(outputs, number, rows)
        self._actions[number, rows] = actions
        if self._low is not None:
            actions = np.clip(actions, self._low, self._high)
        self._wrapped.engines.send_block(engine, actions)

    def _features(self, number: int | slice, rows: slice = slice(None)) -> Floats:
        arrays = [self._obs[key][number, rows] for key in self._net.keys or self._obs]
        return arrays[0] if len(arrays) == 1 else np.concatenate(arrays, axis=-1)

    def _finish(self, number: int) -> bool:
        """Tell monitor and callbacks of a decision that all engines have answered."""
        model, dones, normalise = self._model, self._dones[number], self._normalise
        infos = [info for part in self._infos[number] for info in part]
        self._infos[number] = []
        rewards = self._raw_rewards[number]
        ended = np.flatnonzero(dones).tolist()
        if self._wrapped.monitor is not None:
            _note_episodes(self._wrapped.monitor, rewards, ended, infos)
            if isinstance(self._wrapped.monitor, SeatMonitor):
                after = None if self._empty is None else self._empty[number + 1]
                self._wrapped.monitor.forget(after)
        if normalise is not None:
            normalise.old_obs = self._plain({k: raw[number + 1] for k, raw in self._raw.items()})
            normalise.old_reward = rewards
            if isinstance(normalise, SeatNormalize):
                normalise.idle = None if self._empty is None else self._empty[number]
            rewards = scaled_rewards(normalise, rewards, dones)
        self._rewards[number] = rewards
        model.num_timesteps += self._env.num_envs
        self._callback.update_locals(
            {
                "self": model,
                "env": self._env,
                "callback": self._callback,
                "rollout_buffer": self._buffer,
                "n_rollout_steps": self._steps,
                "n_steps": number,
                "actions": self._actions[number],
                "new_obs": self._plain({key: obs[number + 1] for key, obs in self._obs.items()}),
                "rewards": rewards,
                "dones": dones,
                "infos": infos,
            }
        )
        if not self._callback.on_step():
            return False
        if ended:
            model._update_info_buffer([infos[row] for row in ended], dones[ended])
        return True

    def _note_terminal(self, engine: int, number: int, row: int, info: dict[str, Any]) -> None:
        last = _by_key(info["terminal_observation"])
        for key, statistics in self._statistics.items():
            scaled = np.empty(last[key].shape, np.float32)
            statistics.normalise(engine, last[key], scaled)
            last[key] = scaled
        info["terminal_observation"] = self._plain(last)
        if info.get("TimeLimit.truncated", False):
            self._truncated.append((number, row))
            self._terminal.append(last)

    def _look_back(self, decisions: int) -> None:
        """Value and count the observations of the next so many decisions, which are complete.

        Always of as many: in batches of other sizes the last bits of a product may differ, and
        how far engines are ahead of each other must not show.
        """
        if decisions == 0:
            return
        done = slice(self._valued, self._valued + decisions)
        features = self._features(done)
        flat = features.reshape(-1, features.shape[-1])
        self._values[done] = self._net.critic(flat).reshape(-1, self._env.num_envs)
        for key, statistics in self._statistics.items():
            new = slice(done.start + 1, done.stop + 1)
            there = None if self._empty is None else ~self._empty[new]
            statistics.count(self._raw[key][new], there)
        self._valued = done.stop

    def _fill(self) -> None:
        """Hand the rollout to SB3's buffer, and to the normaliser what it adds."""
        model, buffer, rewards = self._model, self._buffer, self._rewards
        for statistics in self._statistics.values():
            statistics.merge()
        if self._truncated:
            keys = self._net.keys or self._obs
            last = np.stack(
                [np.concatenate([each[key] for key in keys]) for each in self._terminal]
            ).astype(np.float32, copy=False)
            numbers, rows = (list(each) for each in zip(*self._truncated, strict=True))
            rewards[numbers, rows] += np.float32(model.gamma) * self._net.critic(last)[:, 0]
        assert self._draws is not None, "run() drew them"
        begun = {key: obs[: self._steps] for key, obs in self._obs.items()}
        buffer.observations = self._plain(begun)
        buffer.actions = self._actions
        buffer.rewards = rewards
        buffer.values = self._values
        buffer.log_probs = self._draws.log_probs
        buffer.episode_starts[0] = model._last_episode_starts
        buffer.episode_starts[1:] = self._dones[:-1]
        buffer.pos, buffer.full = self._steps, True
        last_values = self._net.critic(self._features(self._steps).copy())
        buffer.compute_returns_and_advantage(torch.from_numpy(last_values), self._dones[-1])
        now = {key: np.array(obs[self._steps]) for key, obs in self._obs.items()}
        model._last_obs = self._plain(now)
        model._last_episode_starts = self._dones[-1].copy()

    def _plain(self, arrays: Arrays) -> Any:
        """Return a dictionary where the observation is one, else its only array."""
        return arrays if isinstance(self._env.observation_space, spaces.Dict) else arrays[""]


def _note_episodes(
    monitor: VecMonitor, rewards: Floats, ended: list[int], infos: list[dict[str, Any]]
) -> None:
    """Do what `VecMonitor.step_wait` does with what its environment brought."""
    monitor.episode_returns += rewards
    monitor.episode_lengths += 1
    for row in ended:
        episode = {
            "r": monitor.episode_returns[row],
            "l": monitor.episode_lengths[row],
            "t": round(time.time() - monitor.t_start, 6),
        }
        info = infos[row]
        episode |= {key: info[key] for key in monitor.info_keywords}
        infos[row] = {**info, "episode": episode}
        monitor.episode_count += 1
        monitor.episode_returns[row] = 0
        monitor.episode_lengths[row] = 0
        if monitor.results_writer:
            monitor.results_writer.write_row(episode)


def _by_key(values: Any) -> dict[str, Any]:
    return values if isinstance(values, dict) else {"": values}
