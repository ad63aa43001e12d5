"""An actor of a cluster: some engines of a run, on whatever node Ray put it.

Called by `ray_vec_env`, through Ray. It imports neither Ray, Stable-Baselines3 nor torch, and its
engines end with it.
"""

from __future__ import annotations

import contextlib
import os
import platform
import socket
from dataclasses import dataclass
from typing import Any

from rl_training.engine import find_engine
from rl_training.envs.cluster.game_files import (
    fingerprint,
    has_game,
    package_fingerprint,
    unpack,
)
from rl_training.envs.engine_group import EngineGroup
from rl_training.envs.group_commands import Answer, answer
from rl_training.envs.launch_plan import make_plan
from rl_training.envs.settings import EnvSettings
from rl_training.errors import HarnessError
from rl_training.protocol import bind_listeners


@dataclass(frozen=True)
class ActorTask:
    """Which engines an actor owns; can be pickled.

    Attributes:
        settings: of the whole run.
        first: number of its first engine in the run.
        count: how many engines it owns.
    """

    settings: EnvSettings
    first: int
    count: int


@dataclass(frozen=True)
class NodeFacts:
    """What an actor finds on its node before any engine is started.

    Attributes:
        node: its name.
        package: fingerprint of this package there.
        pid: the actor's process.
        python: version of Python.
        engine: version of the engine; empty for an exported game.
        game: fingerprint of the game's files; empty where the node has none.
    """

    node: str
    package: str
    pid: int
    python: str
    engine: str
    game: str


class EngineActor:
    """Owns engines and plays them, by command.

    Args:
        task: which.
    """

    def __init__(self, task: ActorTask) -> None:
        self._task = task
        self._group: EngineGroup | None = None
        self._resources = contextlib.ExitStack()

    def look(self) -> Answer:
        """Find the engine, installing one where there is none; answer with `NodeFacts`."""
        settings = self._task.settings
        try:
            engine = ""
            if settings.project_path is not None:
                engine = find_engine(settings.godot or settings.env_path).version_text
            game = fingerprint(settings) if has_game(settings) else ""
        except HarnessError as error:
            return ("error", error)
        facts = NodeFacts(
            node=socket.gethostname(),
            package=package_fingerprint(),
            pid=os.getpid(),
            python=platform.python_version(),
            engine=engine,
            game=game,
        )
        return ("ok", facts, [])

    def start(self, packed: bytes | None, game: str) -> Answer:
        """Launch the engines; answer with the `EnvInfo` of each.

        Args:
            packed: the game, where this node has none.
            game: its fingerprint.
        """
        from threadpoolctl import threadpool_limits

        # As in the trainer: small matrices, and the cores are the engines'.
        threadpool_limits(1)
        task = self._task
        try:
            settings = task.settings if packed is None else unpack(task.settings, packed, game)
            plan = self._resources.enter_context(make_plan(settings, told=False).screen())
            port = settings.port and min(settings.port + task.first, 65535 - task.count)
            listeners = bind_listeners(
                port, task.count, settings.port_strict, settings.host, plan.token
            )
            self._group = EngineGroup(plan, listeners, task.first)
        except HarnessError as error:
            return ("error", error)
        self._resources.callback(self._group.close)
        return ("ok", self._group.infos, [])

    def answer(self, name: str, data: Any) -> Answer:
        """Do what a command says; see `group_commands`."""
        assert self._group is not None, "start() comes first"
        return answer(self._group, name, data)

    def rollout(self, *data: Any) -> Answer:
        """Play the engines through a whole rollout; see `playing.whole_rollout.play`."""
        return self.answer("rollout", data)

    def close(self) -> None:
        """End the engines."""
        self._resources.close()
