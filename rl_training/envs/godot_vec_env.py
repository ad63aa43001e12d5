"""All engines driven from this process: the default environment.

A subclass of godot-rl's `StableBaselinesGodotEnv`, so that code written for that one accepts it. It
never runs the parent's constructor, which launches engines one after another with sleeps.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from godot_rl.wrappers.stable_baselines_wrapper import StableBaselinesGodotEnv
from numpy.typing import NDArray

from rl_training.engine.log_messages import EngineMessages
from rl_training.envs.batches import BatchStep, EngineReset, EngineStep
from rl_training.envs.camera_screen import picture, with_screen
from rl_training.envs.engine_group import EngineGroup, bind_all
from rl_training.envs.engine_vec_env import EngineVecEnv
from rl_training.envs.launch_plan import make_plan
from rl_training.envs.supervision import EngineRestart
from rl_training.protocol.orders import Order


class GodotVecEnv(EngineVecEnv, StableBaselinesGodotEnv):  # type: ignore[misc]
    """Many engines as one `VecEnv`, driven from this process.

    Arguments, semantics and errors: see `EngineVecEnv`; the settings: see `EnvSettings`.
    """

    _group: EngineGroup | None = None

    def _start(self) -> None:
        group = self._launch()
        found = picture(group, self.settings)
        if found != "fine":
            self._group = group
            drawing = with_screen(self.settings, found)
            if drawing != self.settings:
                self.close()
                self.settings = drawing
                group = self._launch()
        self._group = group
        # What code written for the parent class looks at.
        self.envs = group.clients
        self.n_parallel = len(group.clients)
        self.ports = [client.port for client in group.clients]
        self.results: BatchStep | None = None
        self._describe(group.infos)

    def _launch(self) -> EngineGroup:
        with contextlib.ExitStack() as stack:
            plan = stack.enter_context(make_plan(self.settings).screen())
            listeners = bind_all(self.settings)
            group = EngineGroup(plan, listeners)
            stack.callback(group.close)
            self._resources = stack.pop_all()
        return group

    @property
    def agent_policy_names(self) -> list[str]:
        """Name of the policy that each agent asks for, over all engines."""
        return [name for client in self.envs for name in client.agent_policy_names]

    @property
    def restarts(self) -> list[EngineRestart]:
        """Engines that failed and were replaced, in their order."""
        return self._open_group().restarts

    def _reset_engines(self, seed: int | None) -> list[EngineReset]:
        return self._open_group().reset_engines(seed)

    def _send(self, actions: Sequence[Sequence[NDArray[Any]]]) -> None:
        self._open_group().send_engines(actions)

    def _receive(self) -> list[EngineStep]:
        return self._open_group().receive_engines()

    @property
    def blocks(self) -> list[slice]:
        """Rows of each engine: what `send_block` and `receive_blocks` count."""
        return self._open_group().blocks

    def send_block(self, engine: int, actions: NDArray[Any]) -> None:
        """Send one engine's (agents, columns) actions; see `EngineGroup.send_block`."""
        self._open_group().send_block(engine, actions)

    def receive_blocks(self) -> list[tuple[int, BatchStep]]:
        """Receive what the first engines to answer have; see `EngineGroup.receive_blocks`."""
        return self._open_group().receive_blocks()

    def absent(self, engine: int) -> NDArray[np.bool_] | None:
        """Return which of an engine's seats are empty; see `EngineGroup.absent`."""
        return self._open_group().absent(engine)

    def discard_answers(self) -> None:
        """Throw away what engines still owe; `reset` comes next."""
        self._open_group().discard_answers()

    def close(self) -> None:
        """End all engines; may be called again."""
        self._resources.close()

    def tick_times(self) -> list[dict[str, float]]:
        """Return how long physics ticks took; see `EngineGroup.tick_times`."""
        return self._open_group().tick_times()

    def engine_messages(self) -> EngineMessages:
        """Return what the engines' logs told: errors of scripts, pushed errors and warnings."""
        return self._open_group().messages()

    def _call(self, method: str, args: Sequence[Any], agents: Iterable[int]) -> list[Any]:
        return self._open_group().call(method, args, agents)

    def _order(self, orders: Mapping[int, Order]) -> list[dict[str, Any]]:
        return self._open_group().order(orders)

    def _open_group(self) -> EngineGroup:
        assert self._group is not None, "the constructor sets it"
        return self._group
