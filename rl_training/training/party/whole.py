"""All learners of a run as one model, for callbacks that look at a run as a whole.

Checkpoints, evaluation, progress, control and the engine's figures concern the run, not one of its
learners. They are Stable-Baselines3 callbacks that ask their model for its timesteps, its log and
its last episodes; `Whole` answers for all learners together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback, CallbackList
from stable_baselines3.common.logger import Logger

from rl_training.algorithms.learner import Learner
from rl_training.envs.groups import GroupStep
from rl_training.training.party.lockstep import GroupsView


class Whole:
    """What a callback asks of a model, for all learners together.

    Args:
        learners: of the run.
        views: of each learner.
        logger: the run's.
        env: of all groups.
    """

    policy = None

    def __init__(
        self, learners: Sequence[Learner], views: Sequence[GroupsView], logger: Logger, env: Any
    ) -> None:
        self._learners = tuple(learners)
        self._env = _Rows(env, sum(view.num_envs for view in views))
        self.logger = logger

    @property
    def num_timesteps(self) -> int:
        """Decisions of all learning agents together."""
        return sum(learner.timesteps for learner in self._learners)

    @property
    def ep_info_buffer(self) -> list[dict[str, Any]]:
        """The last episodes of all policies."""
        return [row for each in self._models() for row in each.ep_info_buffer or ()]

    @property
    def ep_success_buffer(self) -> list[float]:
        """Whether those succeeded, where it is known."""
        return [row for each in self._models() for row in each.ep_success_buffer or ()]

    def get_env(self) -> Any:
        """Return the environment of all groups, with the rows of those that learn."""
        return self._env

    def _models(self) -> list[Any]:
        return [learner.actor().model for learner in self._learners]


class _Rows:
    """The environment, with as many agents as learn."""

    def __init__(self, env: Any, num_envs: int) -> None:
        self._env = env
        self.num_envs = num_envs

    def __getattr__(self, name: str) -> Any:
        return getattr(self._env, name)


class WholeRun:
    """Tells callbacks of a run as a whole what happens, as a learner's loop would.

    Args:
        whole: all learners as one model.
        views: whose agents are told of.
        callbacks: what they are told.
    """

    def __init__(
        self, whole: Whole, views: Sequence[GroupsView], callbacks: Sequence[BaseCallback]
    ) -> None:
        self._whole = whole
        self._groups = [group.name for view in views for group in view.groups]
        self._view = views[0]
        self._told: Mapping[str, GroupStep] | None = None
        self._callbacks = CallbackList(list(callbacks))
        self._callbacks.init_callback(cast(BaseAlgorithm, whole))

    def begin(self) -> None:
        """Learning begins: nothing was decided yet."""
        self._callbacks.on_training_start({"self": self._whole}, {})
        self._callbacks.on_rollout_start()

    def decided(self) -> None:
        """Tell of the last decision, once."""
        told = self._view.last
        if told is None or told is self._told:
            return
        self._told = told
        steps = [told[name] for name in self._groups]
        self._callbacks.update_locals(
            {
                "self": self._whole,
                "dones": np.concatenate([step.dones for step in steps]),
                "rewards": np.concatenate([step.rewards for step in steps]),
                "infos": [info for step in steps for info in step.infos],
            }
        )
        self._callbacks.on_step()

    def between(self, write: Callable[[], None]) -> None:
        """A learner has learned and begins anew: log, and do what waits for such a moment.

        Args:
            write: writes the row that the callbacks record to.
        """
        self._callbacks.on_rollout_end()
        write()
        self._callbacks.on_rollout_start()

    def end(self, write: Callable[[], None]) -> None:
        """Learning is over; also after it was stopped."""
        self.decided()
        self._callbacks.on_rollout_end()
        write()
        self._callbacks.on_training_end()
