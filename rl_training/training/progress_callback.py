"""How far a run has come: on the terminal, in its log and in its status.

The figures are held back until every agent has ended an episode: before that only those that ended
early are counted, which look far better (or worse) than they are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.callbacks import BaseCallback

from rl_training.algorithms.sb3_learner import recent_results
from rl_training.runs.progress import Progress
from rl_training.runs.rate import Rate
from rl_training.runs.session import RunSession
from rl_training.training.standing import Standing


class ProgressCallback(BaseCallback):
    """Shows timesteps, rate, time left, mean reward and success rate.

    Args:
        total: timesteps of the whole run.
        session: the run, whose log and status get them as well; None: the terminal alone.
        standings: returns how each of several policies stands; None: there is one.
    """

    def __init__(
        self,
        total: int,
        session: RunSession | None = None,
        standings: Callable[[], Mapping[str, Standing]] | None = None,
    ) -> None:
        super().__init__()
        self._standings = standings
        self._total = total
        self._session = session
        self._progress: Progress | None = None
        self._rate: Rate | None = None
        self._awaited: NDArray[np.bool_] | None = None
        self._just_ended: NDArray[np.bool_] | None = None

    def _on_training_start(self) -> None:
        log = None if self._session is None else self._session.log.say
        self._progress = Progress(self._total, self.num_timesteps, log=log)
        self._rate = Rate(self.num_timesteps)
        self._awaited = np.ones(self.training_env.num_envs, dtype=np.bool_)
        if self._session is not None:
            self._session.writer.update(stage="learning", timesteps=self.num_timesteps)

    def _on_step(self) -> bool:
        if self._awaited is not None:
            self._forget_those_that_ended()
        if self._progress is not None:
            self._progress.update(self.num_timesteps, self._note)
        if self._session is not None and self._session.writer.is_due:
            self._tell_status()
        return True

    @property
    def awaited(self) -> int:
        """Agents that have not ended an episode yet and are in the scene."""
        return 0 if self._awaited is None else int(self._awaited.sum())

    def close(self) -> None:
        """Show the end; also after a run that failed. Calling it twice is safe."""
        if self._progress is not None:
            self._progress.close(self._note())
            self._progress = None
            if self._session is not None:
                self._tell_status()

    def _forget_those_that_ended(self) -> None:
        assert self._awaited is not None
        if self.locals.get("plays") is False:
            self._awaited = None  # it learns from recordings: no episode will end
            return
        # Stable-Baselines3 counts an episode just after it has told its callbacks.
        if self._just_ended is not None:
            self._awaited &= ~self._just_ended
        self._just_ended = np.array(self.locals["dones"], dtype=np.bool_)
        for agent in np.flatnonzero(self._awaited) if self.n_calls % 100 == 0 else ():
            if "absent" in self.locals["infos"][agent]:
                self._awaited[agent] = False
        if not self._awaited.any():
            self._awaited = None  # no cost from now on

    def _note(self) -> str:
        if self.awaited:
            return f"waiting for the first episode of {self.awaited} more agents"
        if self._standings is not None:
            told = [_of_policy(name, at) for name, at in self._standings().items()]
            return "  ".join([*told, *self._lessons()])
        parts = []
        reward, success = recent_results(self.model)
        if reward is not None:
            parts.append(f"reward {reward:.2f}")
        if success is not None:
            parts.append(f"success {100.0 * success:.0f} %")
        return "  ".join([*parts, *self._lessons()])

    def _lessons(self) -> list[str]:
        told = {} if self._session is None else self._session.writer.status.curriculum
        return [f"{name} lesson {one['lesson']}/{one['of']}" for name, one in told.items()]

    def _tell_status(self) -> None:
        assert self._session is not None
        assert self._rate is not None
        self._rate.update(self.num_timesteps)
        reward, success = (None, None) if self.awaited else recent_results(self.model)
        self._session.writer.update(
            timesteps=self.num_timesteps,
            rate=self._rate.per_s,
            eta_s=self._rate.left_s(self._total),
            mean_reward=reward,
            success_rate=success,
            policies={}
            if self._standings is None
            else {name: dataclasses.asdict(at) for name, at in self._standings().items()},
        )


def _of_policy(name: str, standing: Standing) -> str:
    if standing.mean_reward is None:
        return f"{name} -"
    success = standing.success_rate
    rate = "" if success is None else f" ({100.0 * success:.0f} %)"
    return f"{name} {standing.mean_reward:.2f}{rate}"
