"""Play a game twice with the same seeds and actions: in shared arenas, and in worlds of their own.

Called by `check`. Two engines start at the same time and move in lockstep; nothing is judged here.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rl_training.engine.launch import EngineCommand
from rl_training.envs.batches import EngineReset, EngineStep
from rl_training.envs.engine_group import EngineGroup, bind_all
from rl_training.envs.launch_plan import LaunchPlan, make_plan
from rl_training.envs.settings import EnvSettings
from rl_training.errors import HarnessError
from rl_training.limits import MAX_SEED, agents_per_engine
from rl_training.protocol import AgentLayout, EnvInfo
from rl_training.protocol.messages import Observations

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
        names: of the elements of the flat observation, images left out; of unlike agents those of
            all, and what an agent does not observe is 0.
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
    order = _by_arena(group.info)
    spaces = [layout.action_space for layout in group.info.layouts]
    for space in spaces:
        space.seed(0)
    observations, rewards, ends = [], [], []
    began = time.monotonic()
    for number in range(RESETS):
        parts = group.reset_engines((seed + number) % (MAX_SEED + 1))
        rows, gains, overs = [_both(parts, group.info, order)], [], []
        for _ in range(DECISIONS):
            actions = [
                np.array([space.sample() for _ in layout.agents])
                for space, layout in zip(spaces, group.info.layouts, strict=True)
            ]
            group.send_engines([actions, actions])
            steps = group.receive_engines()
            rows.append(_both(steps, group.info, order))
            gains.append([step.rewards[order].astype(np.float64) for step in steps])
            overs.append([(step.terminated | step.truncated)[order] for step in steps])
        observations.append(np.array(rows))
        rewards.append(np.array(gains))
        ends.append(np.array(overs))
        if time.monotonic() - began > _LONGEST_PLAY_S:
            break
    paths = group.call("get_path", [], order)
    return TwoWays(
        names=_names(group.info),
        agents_per_arena=max(1, agents // arenas),
        nodes=tuple(str(path) for path in paths),
        observations=np.array(observations),
        rewards=np.array(rewards),
        ends=np.array(ends),
    )


def _by_arena(info: EnvInfo) -> list[int]:
    """Return the agents of one engine arena by arena; groups number them otherwise."""
    return sorted(range(info.n_agents), key=lambda agent: info.arenas[agent])


def _names(info: EnvInfo) -> tuple[str, ...]:
    """Return the elements' names, layout by layout, with the policies' where there are several."""
    names: list[str] = []
    for number, layout in enumerate(info.layouts):
        policies = [group.name for group in info.groups if group.layout == number]
        whose = f"{' and '.join(policies)}'s " if len(info.layouts) > 1 else ""
        for part in layout.observations.fields:
            if part.kind == "image":
                continue
            size = part.size
            named = part.names if len(part.names) == size else [str(i) for i in range(size)]
            names += [f"{whose}{part.key}[{name}]" for name in named]
    return tuple(names)


def _both(
    parts: Sequence[EngineReset | EngineStep], info: EnvInfo, order: list[int]
) -> NDArray[np.float64]:
    """Return (way, agents, elements); what an agent does not observe is 0."""
    ways = []
    for part in parts:
        blocks = []
        for layout, obs in zip(info.layouts, part.layouts, strict=True):
            own = _flat(obs, layout)
            block = np.zeros((info.n_agents, own.shape[1]))
            block[list(layout.agents)] = own
            blocks.append(block)
        ways.append(np.concatenate(blocks, axis=1)[order])
    return np.array(ways)


def _flat(obs: Observations, layout: AgentLayout) -> NDArray[np.float64]:
    parts = [
        obs[part.key].reshape(len(obs[part.key]), -1).astype(np.float64)
        for part in layout.observations.fields
        if part.kind != "image"
    ]
    if not parts:
        return np.zeros((len(next(iter(obs.values()))), 0))
    return np.concatenate(parts, axis=1)
