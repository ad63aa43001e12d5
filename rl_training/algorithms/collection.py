"""Learners that collect with less overhead; what they save is plain Stable-Baselines3's.

Called by whoever makes a learner. Two savings, each where the learner allows it: the policy's
layers run in NumPy (`acting`), and engines do not wait for each other (`free_collection`,
`free_replay`).
"""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Callable, Iterator
from typing import Any, Literal, TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from sb3_contrib import RecurrentPPO
from stable_baselines3 import PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from stable_baselines3.common.utils import explained_variance

from rl_training.algorithms import free_replay
from rl_training.algorithms.acting import Forward, numpy_forward, numpy_predict
from rl_training.algorithms.devices import CPU, updating_on
from rl_training.algorithms.empty_seats import (
    LEAST_BATCH,
    TakenSeats,
    VacancyLog,
    without_empty_seats,
)
from rl_training.algorithms.free_collection import collect_freely, why_waiting
from rl_training.algorithms.free_rollout import plays_whole_rollouts
from rl_training.algorithms.late_rollouts import Staleness
from rl_training.errors import ConfigError

__all__ = ["Collection", "CollectingPPO", "Forward", "collecting", "numpy_forward"]

_log = logging.getLogger(__name__)

Collection = Literal["auto", "waiting", "free"]
Algorithm = TypeVar("Algorithm", bound=BaseAlgorithm)

# What a learner holds that is not SB3's, and no checkpoint's.
_OURS = (*("collection", "stale_rollouts", "learns_on", "_told_why", "_vacant", "_age", "_seats"),)

COLLECTIONS = ("auto", "waiting", "free")


class OnPolicyCollecting(OnPolicyAlgorithm):
    """An on-policy learner that collects as its environment and its policy allow.

    Args:
        args: the learner's own.
        collection: "waiting" and "auto": all engines answer before any goes on. "free": each goes
            on as soon as it answered; where that cannot be done it says so once and waits. "auto"
            does not go freely: policies came out slower (docs/studies/benchmarks.md). Engines of a
            cluster always go freely: they are played through whole rollouts where they are.
        kwargs: the learner's own.

    Raises:
        ConfigError: `collection` is none of them.
    """

    collection: Collection = "auto"
    stale_rollouts: int = 0
    """How many versions older than the learner's the policy of a rollout may be; see
    `late_rollouts`."""
    learns_on: torch.device = CPU
    """Where `train` computes; everything else is on the CPU."""

    def __init__(self, *args: Any, collection: Collection = "auto", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if collection not in COLLECTIONS:
            raise ConfigError(f"collection is {collection!r}, expected auto, waiting or free")
        self.collection = collection
        self._told_why = False
        self._age: Staleness | None = None
        # (decisions, agents) of the last rollout, True where nobody acted; None: nowhere.
        self._vacant: NDArray[np.bool_] | None = None

    def collect_rollouts(self, env: Any, callback: Any, *args: Any, **kwargs: Any) -> bool:
        """See `OnPolicyAlgorithm.collect_rollouts`.

        A rollout that is not finished (a stop, an engine that failed for good) is not learned from:
        its decisions are not counted, and a resumed run collects them again.
        """
        before, whole = self.num_timesteps, False
        try:
            if "n_rollout_steps" in kwargs:
                args = (*args, kwargs.pop("n_rollout_steps"))
            if len(args) == 2 and not kwargs and self._may_collect_freely(env):
                whole, self._vacant = collect_freely(self, env, callback, *args, self._stale())
            else:
                log = VacancyLog(env, None if self._vacant is None else self._vacant[-1])
                with _replaced(self.policy, "forward", self._forward(log)), log.noting():
                    whole = super().collect_rollouts(env, callback, *args, **kwargs)
                self._vacant = log.vacant()
        finally:
            if not whole:
                self.num_timesteps = before
        return whole

    def train(self) -> None:
        """See `OnPolicyAlgorithm.train`. Rows of empty seats are left out."""
        with updating_on(self, self.learns_on):
            self._train()

    def _train(self) -> None:
        if self._vacant is None:
            super().train()
            return
        acted = ~self._vacant
        if acted.sum() < LEAST_BATCH:
            return
        values, returns = self.rollout_buffer.values, self.rollout_buffer.returns
        with without_empty_seats(self.rollout_buffer, self._vacant):
            super().train()
        explained = explained_variance(values[acted], returns[acted])
        self.logger.record("train/explained_variance", explained)

    def _forward(self, log: VacancyLog) -> Callable[..., Any] | None:
        """Return what replaces `policy.forward` while collecting; None: nothing does."""
        if not isinstance(self, RecurrentPPO):
            return numpy_forward(self.policy)
        remembering: Callable[..., Any] = self.policy.forward

        def forward(obs: Any, states: Any, episode_starts: torch.Tensor, **kwargs: Any) -> Any:
            # Who takes an empty seat remembers nothing of who sat there; no `done` tells it.
            joined = log.joined()
            if joined is not None:
                begun = np.asarray(self._last_episode_starts, dtype=np.bool_) | joined
                self._last_episode_starts = begun
                episode_starts = torch.as_tensor(begun).to(episode_starts)
            return remembering(obs, states, episode_starts, **kwargs)

        return forward

    def _update_info_buffer(self, infos: Any, dones: Any = None) -> None:
        # SB3 asks every info; only those of agents that ended have something to say.
        if dones is None:
            super()._update_info_buffer(infos)
            return
        rows = np.flatnonzero(dones)
        if len(rows):
            super()._update_info_buffer([infos[row] for row in rows], dones[rows])

    def _stale(self) -> Staleness | None:
        """Return how old rollouts may be; None: all are waited for."""
        if self.stale_rollouts and self._age is None:
            self._age = Staleness(self.stale_rollouts)
        return self._age

    def _may_collect_freely(self, env: Any) -> bool:
        # A step of engines of a cluster never crosses the network where that can be helped.
        if self.collection != "free" and not plays_whole_rollouts(env):
            return False
        reason = why_waiting(self, env)
        if reason and self.stale_rollouts:
            raise ConfigError(
                f"stale_rollouts is {self.stale_rollouts}, but engines wait for each other here: "
                f"{reason}; set it to 0"
            )
        _tell_once(self, reason)
        return not reason

    def _excluded_save_params(self) -> list[str]:
        return [*super()._excluded_save_params(), *_OURS]


class OffPolicyCollecting(OffPolicyAlgorithm):
    """An off-policy learner that collects as its environment and its policy allow.

    It acts through `numpy_predict` while it collects. What empty seats bring is not stored.
    """

    collection: Collection = "auto"
    """As for `OnPolicyCollecting`; `train_freq` decisions are played with one policy."""

    _seats: VacancyLog | None = None
    _told_why = False

    def collect_rollouts(
        self,
        env: Any,
        callback: Any,
        train_freq: Any,
        replay_buffer: Any,
        action_noise: Any = None,
        learning_starts: int = 0,
        log_interval: int | None = None,
    ) -> Any:
        """See `OffPolicyAlgorithm.collect_rollouts`."""
        if self._may_collect_freely(env):
            return free_replay.collect_for_replay(
                *(self, env, callback, replay_buffer, train_freq.frequency),
                *(learning_starts, log_interval),
            )
        self._seats = VacancyLog(env)
        predict = _replaced(self.policy, "predict", numpy_predict(self.policy))
        with predict, self._seats.noting():
            return super().collect_rollouts(
                *(env, callback, train_freq, replay_buffer),
                *(action_noise, learning_starts, log_interval),
            )

    def _may_collect_freely(self, env: Any) -> bool:
        if self.collection != "free" and not plays_whole_rollouts(env):
            return False
        reason = free_replay.why_waiting(self, env)
        _tell_once(self, reason)
        return not reason

    def _store_transition(self, replay_buffer: Any, *args: Any, **kwargs: Any) -> None:
        vacant = None if self._seats is None else self._seats.newest
        if vacant is not None:
            replay_buffer = TakenSeats(replay_buffer, vacant)
        super()._store_transition(replay_buffer, *args, **kwargs)

    def _excluded_save_params(self) -> list[str]:
        return [*super()._excluded_save_params(), *_OURS]


class CollectingPPO(OnPolicyCollecting, PPO):
    """PPO that collects with less overhead; see `OnPolicyCollecting`.

    Collected the waiting way, it takes with one seed the actions that PPO takes, up to float
    rounding, since it draws the same random numbers.
    """


def collecting(algorithm: type[Algorithm]) -> type[Algorithm]:
    """Return a subclass of an SB3 algorithm that collects with less overhead.

    Args:
        algorithm: PPO, A2C, TRPO, MaskablePPO, SAC, TQC, TD3, DDPG, DQN or one like them; one that
            is neither on-policy nor off-policy in SB3's sense is returned as it is.
    """
    made: Any = _collecting(algorithm)
    return cast("type[Algorithm]", made)


@functools.cache
def _collecting(algorithm: type[BaseAlgorithm]) -> type[BaseAlgorithm]:
    if issubclass(algorithm, (OnPolicyCollecting, OffPolicyCollecting)):
        return algorithm
    if algorithm is PPO:
        return CollectingPPO
    for base, mixin in _MIXINS.items():
        if issubclass(algorithm, base):
            return type(f"Collecting{algorithm.__name__}", (mixin, algorithm), {})
    return algorithm


_MIXINS: dict[type[BaseAlgorithm], type[BaseAlgorithm]] = {
    OnPolicyAlgorithm: OnPolicyCollecting,
    OffPolicyAlgorithm: OffPolicyCollecting,
}


def _tell_once(model: OnPolicyCollecting | OffPolicyCollecting, reason: str) -> None:
    """Log why engines wait for each other, at its first occasion; nothing when they do not."""
    if reason and not model._told_why:
        model._told_why = True
        _log.info("engines wait for each other: %s", reason)


@contextlib.contextmanager
def _replaced(policy: Any, name: str, method: Callable[..., Any] | None) -> Iterator[None]:
    """Replace a method of the policy for the time of the block; None: leave it."""
    if method is None:
        yield
        return
    setattr(policy, name, method)
    try:
        yield
    finally:
        delattr(policy, name)
