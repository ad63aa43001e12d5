"""Play a game twice with the same seeds and actions: in shared arenas, and in worlds of their own.

Called by `check`. Two engines start at the same time and move in lockstep; nothing is judged here.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rl_training.engine.launch import EngineCommand
from rl_training.envs.engine_group import EngineGroup, bind_all
from rl_training.envs.launch_plan import LaunchPlan, make_plan
from rl_training.envs.settings import EnvSettings
from rl_training.errors import HarnessError
from rl_training.limits import MAX_SEED, agents_per_engine
from rl_training.protocol.messages import EnvInfo, Observations

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
    """The same episodes in two engines; the axis `way` is 0 for the first and 1 for the second.

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


def play_two_ways(settings: EnvSettings, first: str, second: str) -> TwoWays | None:
    """Play a few episodes with random actions in two engines.

    Args:
        settings: of the training.
        first: isolation of the first engine, "shared" or "worlds".
        second: of the second.

    Returns:
        What was seen; None for a game without our addon, or with one arena only.

    Raises:
        PlayFailedError: an engine failed while it played.
        HarnessError: it did not start, or what it declares cannot be used.
    """
    short = short_settings(settings)
    plan = make_plan(short, told=False)
    one_engine = plan.game is None or (plan.arenas is None and plan.agents is None)
    if one_engine or plan.arenas == 1:
        return None
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
            return None  # so many agents in one scene that training makes no copy
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


def _play(group: EngineGroup, arenas: int, seed: int) -> TwoWays:
    agents = group.n_agents // 2
    names = _names(group.info)
    space = group.info.action_space
    space.seed(0)
    observations, rewards, ends = [], [], []
    began = time.monotonic()
    for number in range(RESETS):
        obs, _ = group.reset((seed + number) % (MAX_SEED + 1))
        rows, gains, overs = [_flat(obs, group.info)], [], []
        for _ in range(DECISIONS):
            actions = np.array([space.sample() for _ in range(agents)])
            group.send(np.concatenate([actions, actions]))
            step = group.receive()
            rows.append(_flat(step.obs, group.info))
            gains.append(step.rewards.astype(np.float64))
            overs.append(step.dones)
        observations.append(np.array(rows).reshape(DECISIONS + 1, 2, agents, -1))
        rewards.append(np.array(gains).reshape(DECISIONS, 2, agents))
        ends.append(np.array(overs).reshape(DECISIONS, 2, agents))
        if time.monotonic() - began > _LONGEST_PLAY_S:
            break
    paths = group.call("get_path", [], range(agents))
    return TwoWays(
        names=names,
        agents_per_arena=max(1, agents // arenas),
        nodes=tuple(str(path) for path in paths),
        observations=np.array(observations),
        rewards=np.array(rewards),
        ends=np.array(ends),
    )


def _names(info: EnvInfo) -> tuple[str, ...]:
    names: list[str] = []
    for part in info.observations.fields:
        if part.kind == "image":
            continue
        size = int(np.prod(part.shape)) if part.kind != "discrete" else 1
        named = list(part.names) if len(part.names) == size else [str(i) for i in range(size)]
        names += [f"{part.key}[{name}]" for name in named]
    return tuple(names)


def _flat(obs: Observations, info: EnvInfo) -> NDArray[np.float64]:
    parts = [
        obs[part.key].reshape(len(obs[part.key]), -1).astype(np.float64)
        for part in info.observations.fields
        if part.kind != "image"
    ]
    if not parts:
        return np.zeros((len(next(iter(obs.values()))), 0))
    return np.concatenate(parts, axis=1)
