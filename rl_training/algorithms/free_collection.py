"""Collect a rollout without waiting for the slowest engine at every decision.

Called by `collection`. Rows of a VecEnv belong together, those of a rollout need not: each engine
gets its next actions as soon as its answer is there, so one may be several decisions ahead of
another within a rollout. Observations are normalised by the statistics of the rollout's beginning
and what their own engine has sent since; all is merged at its end, in the order of decisions. So
one seed gives one run, whichever engine answers first, and wherever it is played: engines of this
process are played here, those of a cluster where they are (`WholeRollouts`). Callbacks see whole
decisions of all engines, in their order.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import torch
from gymnasium import spaces
from stable_baselines3.common.buffers import DictRolloutBuffer, RolloutBuffer
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from stable_baselines3.common.vec_env import VecEnv, VecMonitor, VecNormalize

from rl_training.algorithms.acting import ActorCritic
from rl_training.algorithms.drawing import Draws, draws_for
from rl_training.algorithms.late_rollouts import LateRollouts, Staleness, gather, left_out
from rl_training.algorithms.normalisation import SeatNormalize
from rl_training.algorithms.rollout_statistics import ObservationStatistics, scaled_rewards
from rl_training.envs.engine_vec_env import EngineVecEnv
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.envs.playing.layers import Floats, Layers
from rl_training.envs.playing.player import Actor, Player
from rl_training.envs.playing.scales import ScaleStart
from rl_training.envs.playing.sheet import Arrays, Sheet, features
from rl_training.envs.playing.whole_rollout import Played, Score
from rl_training.envs.seats import SeatMonitor, innermost
from rl_training.errors import HarnessError

# Decisions of all agents that the critic and the statistics take at once.
_CHUNK = 8


@runtime_checkable
class WholeRollouts(Protocol):
    """Engines that are played through whole rollouts where they are: on other machines."""

    def play(
        self, score: Score, draws: Draws, before: Arrays
    ) -> Iterator[tuple[slice, list[slice], Played]]:
        """Play all engines through a rollout.

        Args:
            score: what they are played by.
            draws: the random numbers of all agents.
            before: key to (agents, ...), what the engines told last.

        Yields:
            Rows of some engines, the rows of each of them, and their rollout, as they come.
        """

    def discard_answers(self) -> None:
        """Leave no engine that owes an answer; a reset comes next."""


@dataclass(frozen=True)
class Wrapped:
    """Our environment and the wrappers around it that are known here.

    Attributes:
        engines: the environment.
        monitor: SB3's, or None.
        normalise: SB3's, or None.
    """

    engines: GodotVecEnv | WholeRollouts
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
        if isinstance(inner, EngineVecEnv) and isinstance(inner, WholeRollouts):
            return cls(inner, monitor, normalise)
        return cls(inner, monitor, normalise) if type(inner) is GodotVecEnv else None


def plays_whole_rollouts(env: VecEnv) -> bool:
    """Return whether the engines of an environment can play a whole rollout where they are."""
    return isinstance(innermost(env), WholeRollouts)


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


class _Rollout:
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
        self._model, self._env, self._callback, self._buffer = model, env, callback, buffer
        self._wrapped, self._net, self._steps = wrapped, net, steps
        self._normalise, self._age = wrapped.normalise, age
        # (agents,), whose rollouts are not there.
        self._late = np.zeros(env.num_envs, np.bool_)
        self._acting = env.num_envs
        # Of each decision, how many engines have answered.
        self._answers = [0] * steps
        self._complete = 0
        self._valued = 0
        agents = env.num_envs
        # As they are learned from: scaled, where a normaliser scales them.
        self._rewards = np.zeros((steps, agents), np.float32)
        self._values = np.zeros((steps, agents), np.float32)
        self._statistics = _statistics(self._normalise)
        # What comes first is there.
        self._now: Arrays = _by_key(
            model._last_obs if self._normalise is None else self._normalise.old_obs
        )
        self._sheet = Sheet.blank(
            self._now, self._statistics, steps, buffer.action_dim, buffer.actions.dtype
        )
        self._has_absent = False
        # Of each decision, the infos of all agents; empty before it is complete and after it.
        self._infos: list[list[dict[str, Any]]] = [[] for _ in range(steps)]
        # Where episodes were cut off, and what they showed last.
        self._truncated: list[tuple[int, int]] = []
        self._terminal: list[Arrays] = []
        self._draws: Draws | None = None

    @property
    def vacant(self) -> npt.NDArray[np.bool_] | None:
        """See `collect_freely`."""
        return self._sheet.absent[: self._steps] if self._has_absent else None

    def run(self) -> bool:
        """Collect; see `collect_freely`."""
        self._model.policy.set_training_mode(False)
        self._buffer.reset()
        # Callbacks may change the policy (its deviation) before the rollout begins.
        self._callback.on_rollout_start()
        draws = self._draws = draws_for(self._net, self._steps, self._env.num_envs)
        assert draws is not None, "why_waiting looked"
        engines = self._wrapped.engines
        if not self._played(engines, draws):
            return False
        self._look_back(self._steps - self._valued)
        self._fill()
        self._callback.on_rollout_end()
        if self._age is not None and isinstance(engines, LateRollouts):
            self._play_on(engines, self._age)
        return True

    def _played(self, engines: GodotVecEnv | WholeRollouts, draws: Draws) -> bool:
        """Play engines wherever they are; False when a callback ended it."""
        if type(engines) is GodotVecEnv:
            return self._play_here(engines, draws)
        if self._age is not None and isinstance(engines, LateRollouts):
            return self._play_late(engines, draws, self._age)
        return self._play_there(engines, draws)

    def abandon(self) -> None:
        """Leave engines that owe nothing, and a model that resets them before it goes on."""
        self._model._last_obs = None
        with contextlib.suppress(HarnessError):
            self._wrapped.engines.discard_answers()

    def _play_here(self, engines: GodotVecEnv, draws: Draws) -> bool:
        """Play engines of this process; False when a callback ended it."""
        actor, starts, blocks = self._actor(), self._starts(), engines.blocks
        players = [Player(actor, draws, self._sheet, rows, starts) for rows in blocks]
        for engine, player in enumerate(players):
            absent = engines.absent(engine)
            player.begin({key: each[blocks[engine]] for key, each in self._now.items()}, absent)
            self._has_absent |= player.has_absent
            engines.send_block(engine, player.act())
        while self._complete < self._steps:
            for engine, step in engines.receive_blocks():
                player = players[engine]
                player.see(step, engines.absent(engine))
                if not player.is_done:
                    engines.send_block(engine, player.act())
                player.note(step)
                self._has_absent |= player.has_absent
                self._answers[player.at - 1] += 1
            # The engines are busy: time for what can wait.
            while self._complete < self._steps and self._answers[self._complete] == len(players):
                number = self._complete
                for player in players:
                    self._infos[number] += player.infos[number]
                    player.infos[number] = []
                if not self._finish_next():
                    return False
        return True

    def _play_there(self, engines: WholeRollouts, draws: Draws) -> bool:
        """Let engines be played where they are, then tell of it; False when a callback ended it."""
        told: dict[int, Played] = {}
        for rows, own, played in engines.play(self._score(), draws, self._now):
            self._take(rows, own, played)
            told[rows.start] = played
        return self._tell([told[first] for first in sorted(told)])

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
            draws = draws_for(self._net, self._steps, self._env.num_envs)
            assert draws is not None, "run() drew some"
            idle = [a for a in range(len(engines.actor_rows)) if a not in engines.playing]
            last = {key: raw[self._steps] for key, raw in self._sheet.raw.items()}
            self._statistics = _statistics(self._normalise)
            engines.begin(idle, self._score(age.version), draws, last)
        age.version += 1

    def _take(self, rows: slice, engines: list[slice], played: Played) -> None:
        """Write a rollout of some engines down."""
        assert self._draws is not None, "run() drew them"
        played.write(self._sheet, rows, engines, self._starts())
        self._draws.log_probs[:, rows] = played.log_probs
        self._has_absent |= played.absent is not None

    def _stand_still(self, late: npt.NDArray[np.bool_]) -> None:
        """Let agents whose rollouts are not there show what they showed last, and not act."""
        sheet, last = self._sheet, _by_key(self._model._last_obs)
        for key, obs in sheet.obs.items():
            obs[:, late] = last[key][late]
        for key, raw in sheet.raw.items():
            raw[:, late] = self._now[key][late]
        sheet.absent[:, late] = True
        self._has_absent = True

    def _tell(self, in_order: list[Played | int]) -> bool:
        """Tell of rollouts, decision by decision; False when a callback ended it.

        Args:
            in_order: of the rows; a number of agents whose rollouts are not there.
        """
        for number in range(self._steps):
            infos: list[dict[str, Any]] = []
            for each in in_order:
                if isinstance(each, int):
                    infos += [{"TimeLimit.truncated": False} for _ in range(each)]
                else:
                    infos += each.infos_at(number)
            self._infos[number] = infos
            if not self._finish_next():
                return False
        return True

    def _score(self, version: int | None = None) -> Score:
        """Return what engines are played by that play a rollout elsewhere, from now on."""
        actor, dtype = self._actor(), self._sheet.actions.dtype
        if version is not None:
            actor = replace(actor, version=version)
        return Score(actor, self._starts(), self._steps, self._buffer.action_dim, dtype)

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

    def _starts(self) -> dict[str, ScaleStart]:
        return {key: statistics.start for key, statistics in self._statistics.items()}

    def _finish_next(self) -> bool:
        """Tell of the next decision; now and then look back on several."""
        if not self._finish(self._complete):
            return False
        self._complete += 1
        if self._complete - self._valued >= _CHUNK:
            self._look_back(_CHUNK)
        return True

    def _finish(self, number: int) -> bool:
        """Tell monitor and callbacks of a decision that all engines have answered."""
        model, sheet, normalise = self._model, self._sheet, self._normalise
        infos, self._infos[number] = self._infos[number], []
        dones, rewards = sheet.dones[number], sheet.rewards[number]
        ended = np.flatnonzero(dones).tolist()
        for row in ended:
            if infos[row].get("TimeLimit.truncated", False):
                self._truncated.append((number, row))
                self._terminal.append(infos[row]["terminal_observation"])
        if self._wrapped.monitor is not None:
            _note_episodes(self._wrapped.monitor, rewards, ended, infos)
            if isinstance(self._wrapped.monitor, SeatMonitor):
                self._wrapped.monitor.forget(sheet.absent[number + 1] if self._has_absent else None)
        if normalise is not None:
            normalise.old_obs = {key: raw[number + 1] for key, raw in sheet.raw.items()}
            normalise.old_reward = rewards
            if isinstance(normalise, SeatNormalize):
                normalise.idle = sheet.absent[number] if self._has_absent else None
            rewards = scaled_rewards(normalise, rewards, dones)
        self._rewards[number] = rewards
        model.num_timesteps += self._acting
        self._callback.update_locals(
            {
                "self": model,
                "env": self._env,
                "callback": self._callback,
                "rollout_buffer": self._buffer,
                "n_rollout_steps": self._steps,
                "n_steps": number,
                "actions": sheet.actions[number],
                "new_obs": {key: obs[number + 1] for key, obs in sheet.obs.items()},
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

    def _look_back(self, decisions: int) -> None:
        """Value and count the observations of the next so many decisions, which are complete.

        Always of as many: in batches of other sizes the last bits of a product may differ, and
        how far engines are ahead of each other must not show.
        """
        if decisions == 0:
            return
        done, sheet = slice(self._valued, self._valued + decisions), self._sheet
        seen = features(sheet.obs, self._net.keys, done)
        flat = seen.reshape(-1, seen.shape[-1])
        self._values[done] = self._net.critic(flat).reshape(-1, self._env.num_envs)
        for key, statistics in self._statistics.items():
            new = slice(done.start + 1, done.stop + 1)
            statistics.count(sheet.raw[key][new], ~sheet.absent[new] if self._has_absent else None)
        self._valued = done.stop

    def _fill(self) -> None:
        """Hand the rollout to SB3's buffer, and to the normaliser what it adds."""
        model, buffer, sheet, rewards = self._model, self._buffer, self._sheet, self._rewards
        for statistics in self._statistics.values():
            statistics.merge()
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


def _statistics(normalise: VecNormalize | None) -> dict[str, ObservationStatistics]:
    """Return the statistics of each key that is normalised, as they are now."""
    if normalise is None or not normalise.norm_obs:
        return {}
    scaled = _by_key(normalise.obs_rms)
    return {key: ObservationStatistics(rms, normalise) for key, rms in scaled.items()}


def _by_key(values: Any) -> dict[str, Any]:
    return values if isinstance(values, dict) else {"": values}
