"""An actor that plays jobs on its engines, a stretch after the other.

Called by `jobs`, through Ray. Whoever spreads a play derives from it and says what a job is.
"""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

from rl_training.envs.cluster.engine_actor import ActorTask, EngineActor
from rl_training.envs.cluster.jobs import GO_ON, PLAY, EnginesTold, Stretch
from rl_training.envs.engine_group import EngineGroup
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.envs.group_commands import Answer
from rl_training.envs.settings import EnvSettings
from rl_training.errors import HarnessError


class _Around(GodotVecEnv):
    """Engines that somebody else started and ends, as a `VecEnv`."""

    def __init__(self, settings: EnvSettings, group: EngineGroup) -> None:
        self._given = group
        super().__init__(**settings.as_arguments())

    def _launch(self) -> EngineGroup:
        return self._given


class JobActor(EngineActor):
    """Plays jobs on its engines.

    Attributes:
        stretch_s: seconds after which it tells what it has, with the next item that comes.
    """

    stretch_s = 2.0

    def __init__(self, task: ActorTask) -> None:
        super().__init__(task)
        self._env: GodotVecEnv | None = None
        self._items: Iterator[Any] = iter(())

    @abstractmethod
    def items(self, env: GodotVecEnv, job: Any) -> Iterator[Any]:
        """Play a job; yield what comes of it. Everything in it can be pickled.

        Args:
            env: of the actor's engines; the same for all its jobs.
            job: what is played.
        """

    def answer(self, name: str, data: Any) -> Answer:
        """Do what a command says: those of `jobs`, and those of an `EngineActor`."""
        if name not in (PLAY, GO_ON):
            return super().answer(name, data)
        try:
            if name == PLAY:
                self._begin(data)
            return ("ok", self._stretch(), [])
        except HarnessError as error:
            return ("error", error)

    def close(self) -> None:
        """End the engines."""
        self._items = iter(())
        super().close()

    def _begin(self, job: Any) -> None:
        assert self._group is not None, "start() comes first"
        if self._env is None:
            self._env = _Around(self._task.settings, self._group)
        self._items = iter(self.items(self._env, job))

    def _stretch(self) -> Stretch:
        until = time.monotonic() + self.stretch_s
        found = []
        for item in self._items:
            found.append(item)
            if time.monotonic() >= until:
                return Stretch(tuple(found), None)
        env = self._env
        assert env is not None, "a job comes first"
        told = EnginesTold(env.env_info.engine, env.engine_messages(), tuple(env.groups))
        return Stretch(tuple(found), told)
