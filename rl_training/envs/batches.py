"""What one reset or decision of an engine becomes on its way to a learner.

Called by both environments and by `engine_group`: an engine's result is completed as
Stable-Baselines3 wants it, and the results of several engines are joined into one batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rl_training.protocol import EnvInfo, ResetResult, StepResult
from rl_training.protocol.messages import Observations

EMPTY_SEAT = "no agent has this seat now"
"""An empty seat's info `absent`, where the engine gives no reason."""


class EngineReset(NamedTuple):
    """The first observations of one engine.

    Attributes:
        layouts: of each layout, key to (its agents, ...) array.
        infos: one dictionary per agent.
        absent: (agents,) bool, True where a seat has no agent; None: all are there.
    """

    layouts: tuple[Observations, ...]
    infos: list[dict[str, Any]]
    absent: NDArray[np.bool_] | None


class EngineStep(NamedTuple):
    """One decision of one engine.

    Attributes:
        layouts: of each layout, key to (its agents, ...) array; a new episode's first observation
            where one ended.
        rewards: (agents,) float32.
        terminated: (agents,) bool.
        truncated: (agents,) bool.
        infos: one dictionary per agent with `TimeLimit.truncated`, and `terminal_observation`
            where an episode ended.
        absent: (agents,) bool, True where a seat has no agent now; None: all are there.
        joined: (agents,) bool, True where another agent took the seat; None: nowhere.
    """

    layouts: tuple[Observations, ...]
    rewards: NDArray[np.float32]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    infos: list[dict[str, Any]]
    absent: NDArray[np.bool_] | None = None
    joined: NDArray[np.bool_] | None = None

    @property
    def flat(self) -> BatchStep:
        """The decision of agents that are alike."""
        return flat_step([self])


class BatchStep(NamedTuple):
    """One decision of all agents, as SB3's `step_wait` returns it.

    Attributes:
        obs: key to (n, ...) array; a new episode's first observation where one ended.
        rewards: (n,) float32.
        dones: (n,) bool.
        infos: n dictionaries with `TimeLimit.truncated`, and `terminal_observation` where an
            episode ended.
    """

    obs: Observations
    rewards: NDArray[np.float32]
    dones: NDArray[np.bool_]
    infos: list[dict[str, Any]]


def agent_places(info: EnvInfo) -> list[tuple[int, int]]:
    """Return the layout of each agent, and its row there."""
    places = [(0, 0)] * info.n_agents
    for number, layout in enumerate(info.layouts):
        for row, agent in enumerate(layout.agents):
            places[agent] = (number, row)
    return places


def completed_reset(result: ResetResult) -> EngineReset:
    """Return a reset with an info for every agent."""
    count = sum(len(next(iter(obs.values()))) for obs in result.layouts)
    infos = result.infos or [{} for _ in range(count)]
    _name_absent(infos, result.absent)
    return EngineReset(result.layouts, infos, result.absent)


def completed_step(
    result: StepResult,
    places: Sequence[tuple[int, int]],
    before: NDArray[np.bool_] | None,
) -> EngineStep:
    """Return a decision with the infos that SB3 wants.

    Args:
        result: what the engine told.
        places: layout of each agent, and its row there.
        before: which seats were empty before the decision; None: none.
    """
    infos = result.infos
    if infos:
        for info in infos:
            info["TimeLimit.truncated"] = False
    else:
        infos = [{"TimeLimit.truncated": False} for _ in range(len(result.rewards))]
    joined = result.joined
    if before is not None and joined is None:
        joined = before if result.absent is None else before & ~result.absent
    _name_absent(infos, result.absent)
    ended = result.terminated | result.truncated
    if ended.any():
        _tell_ends(result, ended, infos, places)
    return EngineStep(
        result.layouts,
        result.rewards,
        result.terminated,
        result.truncated,
        infos,
        result.absent,
        joined,
    )


def cut_off(fresh: EngineReset, last: EngineReset | EngineStep, restart: int) -> EngineStep:
    """Return the decision of agents whose engine was replaced: all episodes are truncated.

    Args:
        fresh: first observations of the replacement.
        last: what was received last.
        restart: number of the restart in the run.
    """
    agents = len(fresh.infos)
    rows = [
        {key: np.array(obs[key][row]) for key in obs}
        for obs in last.layouts
        for row in range(len(next(iter(obs.values()))))
    ]
    return EngineStep(
        fresh.layouts,
        np.zeros(agents, np.float32),
        np.zeros(agents, np.bool_),
        np.ones(agents, np.bool_),
        [
            {
                "terminal_observation": row,
                "TimeLimit.truncated": True,
                "engine_restart": restart,
            }
            for row in rows
        ],
        fresh.absent,
    )


def flat_reset(parts: Sequence[EngineReset]) -> tuple[Observations, list[dict[str, Any]]]:
    """Join the first observations of agents that are alike."""
    return stack([part.layouts[0] for part in parts]), [i for part in parts for i in part.infos]


def flat_step(parts: Sequence[EngineStep]) -> BatchStep:
    """Join a decision of agents that are alike."""
    return BatchStep(
        stack([part.layouts[0] for part in parts]),
        join([part.rewards for part in parts]),
        join([part.terminated | part.truncated for part in parts]),
        parts[0].infos if len(parts) == 1 else [info for part in parts for info in part.infos],
    )


def join(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return arrays as one; a single one as it is."""
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def stack(observations: Sequence[Observations]) -> Observations:
    """Return observations by key as one; a single one as it is."""
    if len(observations) == 1:
        return observations[0]
    return {key: np.concatenate([obs[key] for obs in observations]) for key in observations[0]}


def _name_absent(infos: list[dict[str, Any]], absent: NDArray[np.bool_] | None) -> None:
    if absent is not None:
        for agent in absent.nonzero()[0].tolist():
            infos[agent].setdefault("absent", EMPTY_SEAT)


def _tell_ends(
    result: StepResult,
    ended: NDArray[np.bool_],
    infos: list[dict[str, Any]],
    places: Sequence[tuple[int, int]],
) -> None:
    taken = [0] * len(result.layouts)
    final = set(result.final_agents)
    for agent in ended.nonzero()[0].tolist():
        layout, row = places[agent]
        # The stock plugin sends no final observation: what it sent in this step is the nearest.
        source = result.layouts[layout]
        if agent in final:
            source, row = result.finals[layout], taken[layout]
            taken[layout] += 1
        info = infos[agent]
        info["terminal_observation"] = {key: np.array(array[row]) for key, array in source.items()}
        info["TimeLimit.truncated"] = bool(result.truncated[agent] and not result.terminated[agent])
