"""Groups of agents: what they are, and what one decision of a group brought.

`GodotVecEnv` and `SubprocGodotVecEnv` have the methods of `GroupEnv`; views of a group, the
PettingZoo face and the training of several policies stand on them. Nothing here knows an engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from rl_training.protocol.messages import Observations

if TYPE_CHECKING:
    from rl_training.config.samplers import Sampler

Control = Literal["trainer", "game"]
ParameterSetting: TypeAlias = "float | str | Mapping[str, Any] | Sampler | None"
"""What an environment parameter can be set to: a number, a sampler (an object, its fields as a
mapping, or its text form such as "uniform(0, 1)"), or None: the scene's default."""


@dataclass(frozen=True)
class AgentGroup:
    """The agents of an environment that ask for one policy (`policy_name`).

    Attributes:
        name: the `policy_name` of their controllers.
        agents: their rows among all agents of the environment, rising.
        observation_space: of one agent.
        action_space: of one agent.
        arenas: arena of each agent, numbered over all engines.
        paths: path of each agent's controller below its arena's root; empty where unknown.
    """

    name: str
    agents: tuple[int, ...]
    observation_space: gym.spaces.Dict
    action_space: gym.Space[Any]
    arenas: tuple[int, ...]
    paths: tuple[str, ...]


@dataclass(frozen=True)
class GroupReset:
    """The first observations of a group.

    Attributes:
        obs: key to (n, ...) array, n being the group's agents.
        infos: n dictionaries.
        present: (n,) bool; False where a seat has no agent now.
    """

    obs: Observations
    infos: list[dict[str, Any]]
    present: NDArray[np.bool_]


@dataclass(frozen=True)
class GroupStep:
    """What one decision brought a group.

    Attributes:
        obs: key to (n, ...) array; a new episode's first observation where one ended.
        rewards: (n,) float32.
        terminated: (n,) bool.
        truncated: (n,) bool.
        infos: n dictionaries; `terminal_observation` and `TimeLimit.truncated` where an episode
            ended, as Stable-Baselines3 wants them.
        present: (n,) bool; False where a seat has no agent after this decision: it left, or it
            ended and waits for the others of its arena.
        joined: (n,) bool; True where another agent took the seat in this decision.
    """

    obs: Observations
    rewards: NDArray[np.float32]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    infos: list[dict[str, Any]]
    present: NDArray[np.bool_]
    joined: NDArray[np.bool_]

    @property
    def dones(self) -> NDArray[np.bool_]:
        """(n,) bool: an episode ended."""
        return self.terminated | self.truncated


@dataclass(frozen=True)
class LoadedPolicy:
    """What the engines say of a policy that they were sent.

    Attributes:
        sha256: of the file.
        actions: "sampled" or "deterministic", as chosen.
        warning: what is probably not meant; empty: nothing.
    """

    sha256: str
    actions: str
    warning: str


class GroupEnv(Protocol):
    """An environment whose agents fall into groups."""

    @property
    def groups(self) -> Mapping[str, AgentGroup]:
        """Groups by name, in the engine's order."""
        ...

    def reset_groups(self) -> dict[str, GroupReset]:
        """Begin new episodes of all agents."""
        ...

    def step_groups(self, actions: Mapping[str, NDArray[Any]]) -> dict[str, GroupStep]:
        """Act for all groups.

        Args:
            actions: group to (n, columns); a group all of whose agents play a loaded policy or
                the game's own control may be left out.
        """
        ...

    def set_parameters(
        self, values: Mapping[str, ParameterSetting], arenas: Sequence[int] | None = None
    ) -> None:
        """Set environment parameters from the arenas' next episodes on.

        Args:
            values: name to a finite number, or a sampler that the engine draws from in each
                episode; None: back to the scene's default.
            arenas: numbered over all engines; None: all.
        """
        ...

    def set_levels(self, levels: Mapping[int, Sequence[int]]) -> None:
        """Choose the next episodes of arenas; a level is an episode's seed, used once.

        Args:
            levels: arena, numbered over all engines, to its next levels in [0, 2**31); they
                replace what was left of its list before. Empty: numbered episodes again.
        """
        ...

    def load_policy(
        self,
        group: str,
        onnx: bytes,
        arenas: Sequence[int] | None = None,
        *,
        name: str = "",
        actions: str = "auto",
    ) -> LoadedPolicy:
        """Let an ONNX policy play agents of a group inside the engines, from their next episodes.

        Args:
            group: name of the group.
            onnx: the file's bytes.
            arenas: numbered over all engines; None: all.
            name: told in infos; empty: the first 12 digits of the file's SHA-256.
            actions: "sampled", "deterministic", or "auto": sampled where the file tells a
                distribution.
        """
        ...

    def set_control(
        self, group: str, control: Control, arenas: Sequence[int] | None = None
    ) -> None:
        """Let the trainer or the game's own control play agents, from their next episodes on."""
        ...
