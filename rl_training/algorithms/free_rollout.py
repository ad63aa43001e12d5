"""A rollout whose engines do not wait for each other: what learners of both kinds share of it.

Base of `free_collection` (on-policy) and `free_replay` (off-policy). Rows of a VecEnv belong
together, those of a rollout need not: each engine gets its next actions as soon as its answer is
there, so one may be several decisions ahead of another. Observations are normalised by the
statistics of the rollout's beginning and what their own engine has sent since; all is merged at its
end, in the order of decisions. So one seed gives one run, whichever engine answers first, and
wherever it is played: engines of this process are played here, those of a cluster where they are
(`WholeRollouts`). Callbacks see whole decisions of all engines, in their order.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper, VecMonitor, VecNormalize

from rl_training.algorithms.drawing import Draws
from rl_training.algorithms.normalisation import SeatNormalize
from rl_training.algorithms.rollout_statistics import (
    ObservationStatistics,
    note_episodes,
    scaled_rewards,
)
from rl_training.envs.discrete_actions import DiscreteActions
from rl_training.envs.engine_vec_env import EngineVecEnv
from rl_training.envs.flat_observations import FlatObservations, spans
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.envs.playing.layers import Floats
from rl_training.envs.playing.player import Actor, Player
from rl_training.envs.playing.scales import ScaleStart
from rl_training.envs.playing.sheet import Arrays, Sheet
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
        spans: observation to its columns, where a learner sees all of them as one vector; empty:
            it sees them by name.
    """

    engines: GodotVecEnv | WholeRollouts
    monitor: VecMonitor | None
    normalise: VecNormalize | None
    spans: Mapping[str, slice]

    @classmethod
    def of(cls, env: VecEnv, *, adapted: bool = False) -> Wrapped | None:
        """Look inside an environment; None when anything else is there.

        Args:
            env: as it is learned on.
            adapted: whether `FlatObservations` and `DiscreteActions` may be there.
        """
        normalise, monitor = None, None
        columns: Mapping[str, slice] = {}
        inner: VecEnv = env
        # No other subclass: what it would do is not known here.
        if isinstance(inner, VecNormalize) and type(inner) in (VecNormalize, SeatNormalize):
            normalise, inner = inner, inner.venv
        while adapted and isinstance(inner, VecEnvWrapper):
            if type(inner) is FlatObservations and not columns:
                columns = spans(inner.venv.observation_space)
            elif type(inner) is not DiscreteActions:
                break
            inner = inner.venv
        if isinstance(inner, VecMonitor) and type(inner) in (VecMonitor, SeatMonitor):
            monitor, inner = inner, inner.venv
        if type(inner) is GodotVecEnv or (
            isinstance(inner, EngineVecEnv) and isinstance(inner, WholeRollouts)
        ):
            return cls(inner, monitor, normalise, columns)
        return None


def plays_whole_rollouts(env: VecEnv) -> bool:
    """Return whether the engines of an environment can play a whole rollout where they are."""
    return isinstance(innermost(env), WholeRollouts)


class FreeRollout(ABC):
    """One rollout in the making.

    Args:
        model: that learns from it.
        env: as it is trained on.
        wrapped: what is in it.
        callback: told of every decision.
        steps: decisions of an agent.
        columns: of an action.
        dtype: of the actions.
    """

    raw_ends = False
    """See `Player`."""

    def __init__(
        self,
        model: Any,
        env: VecEnv,
        wrapped: Wrapped,
        callback: BaseCallback,
        steps: int,
        columns: int,
        dtype: npt.DTypeLike,
    ) -> None:
        self._model, self._env, self._callback = model, env, callback
        self._wrapped, self._normalise, self._steps = wrapped, wrapped.normalise, steps
        # Agents whose decisions count.
        self._acting = env.num_envs
        # Of each decision, how many engines have answered.
        self._answers = [0] * steps
        self._complete = 0
        self._seen = 0
        self._statistics = statistics_of(self._normalise)
        # What comes first is there.
        self._now: Arrays = self._by_name(
            model._last_obs if self._normalise is None else self._normalise.old_obs
        )
        self._sheet = Sheet.blank(self._now, self._starts(), steps, columns, dtype)
        self._has_absent = False
        # Of each decision, the infos of all agents; empty before it is complete and after it.
        self._infos: list[list[dict[str, Any]]] = [[] for _ in range(steps)]
        self._draws: Draws | None = None

    def run(self) -> bool:
        """Collect; False when a callback ended it."""
        self._model.policy.set_training_mode(False)
        # Callbacks may change the policy (its deviation) before the rollout begins.
        self._callback.on_rollout_start()
        draws = self._draws = self._drawn()
        if not self._played(self._wrapped.engines, draws):
            return False
        self._look_back(self._steps - self._seen)
        for statistics in self._statistics.values():
            statistics.merge()
        self._fill()
        self._callback.on_rollout_end()
        return True

    def abandon(self) -> None:
        """Leave engines that owe nothing, and a model that resets them before it goes on."""
        self._model._last_obs = None
        with contextlib.suppress(HarnessError):
            self._wrapped.engines.discard_answers()

    @abstractmethod
    def _drawn(self) -> Draws:
        """Draw the random numbers of all agents."""

    @abstractmethod
    def _actor(self) -> Actor:
        """Return who acts."""

    @abstractmethod
    def _locals(self, number: int) -> dict[str, Any]:
        """Return what else callbacks see of a decision, with its `actions`."""

    @abstractmethod
    def _fill(self) -> None:
        """Hand over what was played, and leave the model where the rollout has ended."""

    @abstractmethod
    def _ended(self, number: int, rows: list[int], infos: list[dict[str, Any]]) -> None:
        """Take what agents showed last whose episodes ended in a decision, before it is told of."""

    @abstractmethod
    def _told(
        self, number: int, rewards: Floats, ended: list[int], infos: list[dict[str, Any]]
    ) -> None:
        """Go on after a decision that all callbacks were told of.

        Args:
            number: of the decision.
            rewards: (agents,), scaled where a normaliser scales them.
            ended: agents whose episodes ended.
            infos: of all agents.
        """

    def _played(self, engines: GodotVecEnv | WholeRollouts, draws: Draws) -> bool:
        """Play engines wherever they are; False when a callback ended it."""
        if type(engines) is GodotVecEnv:
            return self._play_here(engines, draws)
        return self._play_there(engines, draws)

    def _play_here(self, engines: GodotVecEnv, draws: Draws) -> bool:
        """Play engines of this process; False when a callback ended it."""
        actor, starts, blocks = self._actor(), self._starts(), engines.blocks
        players = [
            Player(actor, draws, self._sheet, rows, starts, self.raw_ends) for rows in blocks
        ]
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

    def _take(self, rows: slice, engines: list[slice], played: Played) -> None:
        """Write a rollout of some engines down."""
        assert self._draws is not None, "run() drew them"
        played.write(self._sheet, rows, engines, self._starts())
        self._draws.log_probs[:, rows] = played.log_probs
        self._has_absent |= played.absent is not None

    def _tell(self, in_order: Sequence[Played | int]) -> bool:
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
        actor, actions = self._actor(), self._sheet.actions
        if version is not None:
            actor = replace(actor, version=version)
        return Score(
            actor, self._starts(), self._steps, actions.shape[2], actions.dtype, self.raw_ends
        )

    def _starts(self) -> dict[str, ScaleStart]:
        """Return what is known of each observation of the engines that is normalised."""
        starts = {key: statistics.start for key, statistics in self._statistics.items()}
        if not self._wrapped.spans or not starts:
            return starts
        whole = starts[""]
        return {
            key: replace(whole, mean=whole.mean[columns], var=whole.var[columns])
            for key, columns in self._wrapped.spans.items()
        }

    def _by_name(self, seen: Any) -> Arrays:
        """Return observations as the engines name them."""
        columns = self._wrapped.spans
        if columns:
            return {key: seen[..., own] for key, own in columns.items()}
        return by_key(seen)

    def _learned(self, arrays: Arrays) -> Any:
        """Return observations of the engines as they are learned from: by name, or one vector."""
        columns = self._wrapped.spans
        if not columns:
            return arrays
        return np.concatenate([arrays[key] for key in columns], axis=-1, dtype=np.float32)

    def _finish_next(self) -> bool:
        """Tell of the next decision; now and then look back on several."""
        if not self._finish(self._complete):
            return False
        self._complete += 1
        if self._complete - self._seen >= _CHUNK:
            self._look_back(_CHUNK)
        return True

    def _finish(self, number: int) -> bool:
        """Tell monitor and callbacks of a decision that all engines have answered."""
        model, sheet, normalise = self._model, self._sheet, self._normalise
        infos, self._infos[number] = self._infos[number], []
        dones, rewards = sheet.dones[number], sheet.rewards[number]
        ended = np.flatnonzero(dones).tolist()
        self._ended(number, ended, infos)
        if self._wrapped.monitor is not None:
            note_episodes(self._wrapped.monitor, rewards, ended, infos)
            if isinstance(self._wrapped.monitor, SeatMonitor):
                self._wrapped.monitor.forget(sheet.absent[number + 1] if self._has_absent else None)
        if normalise is not None:
            normalise.old_obs = self._learned(
                {key: raw[number + 1] for key, raw in sheet.raw.items()}
            )
            normalise.old_reward = rewards
            if isinstance(normalise, SeatNormalize):
                normalise.idle = sheet.absent[number] if self._has_absent else None
            rewards = scaled_rewards(normalise, rewards, dones)
        model.num_timesteps += self._acting
        self._callback.update_locals(
            {
                "self": model,
                "env": self._env,
                "callback": self._callback,
                "new_obs": self._learned({key: obs[number + 1] for key, obs in sheet.obs.items()}),
                "rewards": rewards,
                "dones": dones,
                "infos": infos,
                **self._locals(number),
            }
        )
        if not self._callback.on_step():
            return False
        if ended:
            model._update_info_buffer([infos[row] for row in ended], dones[ended])
        self._told(number, rewards, ended, infos)
        return True

    def _look_back(self, decisions: int) -> None:
        """Count the observations of the next so many decisions, which are complete.

        Always of as many: in batches of other sizes the last bits of a sum may differ, and how far
        engines are ahead of each other must not show.
        """
        if decisions == 0:
            return
        new = slice(self._seen + 1, self._seen + 1 + decisions)
        if self._statistics:
            raw = by_key(self._learned({key: each[new] for key, each in self._sheet.raw.items()}))
            there = ~self._sheet.absent[new] if self._has_absent else None
            for key, statistics in self._statistics.items():
                statistics.count(raw[key], there)
        self._seen += decisions


def statistics_of(normalise: VecNormalize | None) -> dict[str, ObservationStatistics]:
    """Return the statistics of each key that is normalised, as they are now."""
    if normalise is None or not normalise.norm_obs:
        return {}
    scaled = by_key(normalise.obs_rms)
    return {key: ObservationStatistics(rms, normalise) for key, rms in scaled.items()}


def by_key(values: Any) -> dict[str, Any]:
    """Return a dictionary as it is, anything else under an empty key."""
    return values if isinstance(values, dict) else {"": values}
