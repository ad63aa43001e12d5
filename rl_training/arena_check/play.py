"""Play a game twice with the same seeds and actions: in shared arenas, and in worlds of their own.

Called by `check`. Two engines start at the same time and move in lockstep; nothing is judged here.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.engine.launch import EngineCommand
from rl_training.envs.engine_group import EngineGroup, bind_all
from rl_training.envs.group_rows import GroupRows
from rl_training.envs.groups import GroupStep
from rl_training.envs.launch_plan import LaunchPlan, make_plan
from rl_training.envs.settings import EnvSettings
from rl_training.errors import HarnessError
from rl_training.limits import MAX_SEED, agents_per_engine
from rl_training.protocol.messages import Observations
from rl_training.protocol.spaces import ObservationLayout

ARENAS = 4
"""Two rows and two columns: every arena but the first stands elsewhere, and has neighbours."""
RESETS = 3
DECISIONS = 12
_LONGEST_PLAY_S = 2.0
_TIMEOUT_S = 30.0


class PlayFailedError(HarnessError):
    """An engine that had started failed; the training that follows deals with such a failure."""


@dataclass(frozen=True)
class TwoWays:
    """The same episodes of one group of agents in two engines.

    The axis `way` is 0 for the first engine and 1 for the second.

    Attributes:
        names: of the elements of the flat observation, images left out.
        agents_per_arena: agents stand arena by arena.
        nodes: path of each agent's controller in the first engine.
        observations: (resets, decisions + 1, way, agents, elements) float64; the first of each row
            is what the reset brought.
        rewards: (resets, decisions, way, agents) float64.
        ends: (resets, decisions, way, agents) bool.
    """

    names: tuple[str, ...]
    agents_per_arena: int
    nodes: tuple[str, ...]
    observations: NDArray[np.float64]
    rewards: NDArray[np.float64]
    ends: NDArray[np.bool_]


def short_settings(settings: EnvSettings) -> EnvSettings:
    """Return what is launched to compare: one engine without a window, nothing recorded."""
    return replace(
        settings,
        num_envs=1,
        port=0,
        port_strict=False,
        show_window=False,
        max_restarts=0,
        timeout_s=min(settings.timeout_s, _TIMEOUT_S),
        pin_cores=False,
        env_args=tuple(word for word in settings.env_args if not word.startswith("--record")),
    )


def play_two_ways(settings: EnvSettings, first: str, second: str) -> list[TwoWays]:
    """Play a few episodes with random actions in two engines.

    Args:
        settings: of the training.
        first: isolation of the first engine, "shared" or "worlds".
        second: of the second.

    Returns:
        What was seen of each group of agents; nothing for a game without our addon, or with one
        arena only.

    Raises:
        PlayFailedError: an engine failed while it played.
        HarnessError: it did not start, or what it declares cannot be used.
    """
    short = short_settings(settings)
    plan = make_plan(short, told=False)
    one_engine = plan.game is None or (plan.arenas is None and plan.agents is None)
    if one_engine or plan.arenas == 1:
        return []
    wanted = None if plan.agents is None else agents_per_engine(settings.num_envs)
    arenas = min(ARENAS, plan.arenas or ARENAS)
    plan = replace(plan, arenas=arenas, agents=None)
    plans = tuple(replace(plan, settings=replace(short, isolation=way)) for way in (first, second))
    with contextlib.ExitStack() as stack:
        ready = stack.enter_context(plan.screen())
        pair = _Pair(**vars(plans[0]) | {"environment": ready.environment}, other=plans[1])
        listeners = [bind_all(short)[0] for _ in plans]
        group = EngineGroup(pair, listeners, tells=False)
        stack.callback(group.close)
        if wanted is not None and wanted < group.n_agents // arenas:
            return []  # so many agents in one scene that training makes no copy
        try:
            return _play(group, arenas, short.seed)
        except HarnessError as error:
            raise PlayFailedError(str(error)) from error


@dataclass(frozen=True)
class _Pair(LaunchPlan):
    """Two engines that take the place of engine 0 in two runs."""

    other: LaunchPlan | None = None

    def command(self, index: int, port: int) -> EngineCommand | None:
        """Return what starts the first (0) or the second engine (1)."""
        if index == 0 or self.other is None:
            return super().command(0, port)
        other = replace(self.other, environment=self.environment)
        return other.command(0, port)


def _play(group: EngineGroup, arenas: int, seed: int) -> list[TwoWays]:
    rows = group.rows
    seen = {
        name: _Seen(rows, name, arenas, _nodes(group, agents.agents))
        for name, agents in rows.groups.items()
    }
    began = time.monotonic()
    for number in range(RESETS):
        first = rows.resets(group.reset_engines((seed + number) % (MAX_SEED + 1)))
        for name, each in seen.items():
            each.begin(first[name].obs)
        for _ in range(DECISIONS):
            actions = {name: each.actions() for name, each in seen.items()}
            group.send_engines(rows.split_groups(actions))
            steps = rows.steps(group.receive_engines())
            for name, each in seen.items():
                each.take(steps[name])
        if time.monotonic() - began > _LONGEST_PLAY_S:
            break
    return [each.two_ways() for each in seen.values()]


def _nodes(group: EngineGroup, agents: Sequence[int]) -> tuple[str, ...]:
    """Return the paths of the agents that are in the first engine."""
    here = [agent for agent in agents if agent < group.n_agents // 2]
    return tuple(str(path) for path in group.call("get_path", [], here))


class _Seen:
    """What one group does and sees, while it is played."""

    def __init__(self, rows: GroupRows, name: str, arenas: int, nodes: tuple[str, ...]) -> None:
        self._layout = rows.layouts[name].observations
        self._space = rows.groups[name].action_space
        self._space.seed(0)
        self._arenas = arenas
        self._nodes = nodes
        self._obs: list[list[NDArray[np.float64]]] = []
        self._rewards: list[list[NDArray[np.float64]]] = []
        self._ends: list[list[NDArray[np.bool_]]] = []

    def actions(self) -> NDArray[Any]:
        """Draw: the same for both engines."""
        drawn = np.array([self._space.sample() for _ in self._nodes])
        return np.concatenate([drawn, drawn])

    def begin(self, obs: Observations) -> None:
        self._obs.append([_flat(obs, self._layout)])
        self._rewards.append([])
        self._ends.append([])

    def take(self, step: GroupStep) -> None:
        self._obs[-1].append(_flat(step.obs, self._layout))
        self._rewards[-1].append(step.rewards.astype(np.float64))
        self._ends[-1].append(step.dones)

    def two_ways(self) -> TwoWays:
        agents = len(self._nodes)
        resets = len(self._obs)
        return TwoWays(
            names=_names(self._layout),
            agents_per_arena=max(1, agents // self._arenas),
            nodes=self._nodes,
            observations=np.array(self._obs).reshape(resets, DECISIONS + 1, 2, agents, -1),
            rewards=np.array(self._rewards).reshape(resets, DECISIONS, 2, agents),
            ends=np.array(self._ends).reshape(resets, DECISIONS, 2, agents),
        )


def _names(layout: ObservationLayout) -> tuple[str, ...]:
    names: list[str] = []
    for part in layout.fields:
        if part.kind == "image":
            continue
        size = int(np.prod(part.shape)) if part.kind != "discrete" else 1
        named = list(part.names) if len(part.names) == size else [str(i) for i in range(size)]
        names += [f"{part.key}[{name}]" for name in named]
    return tuple(names)


def _flat(obs: Observations, layout: ObservationLayout) -> NDArray[np.float64]:
    parts = [
        obs[part.key].reshape(len(obs[part.key]), -1).astype(np.float64)
        for part in layout.fields
        if part.kind != "image"
    ]
    if not parts:
        return np.zeros((len(next(iter(obs.values()))), 0))
    return np.concatenate(parts, axis=1)
