"""The messages of the protocol as values: what an engine is, and what one reset or step brought.

Called by the codecs and `envs`. Parsing of `env_info` lives here because it is JSON in every
transport; steps are parsed by the codec that was agreed on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from rl_training.errors import ProtocolError, ProtocolVersionError, UsageError
from rl_training.protocol.agent_groups import AgentLayout, GroupInfo, find_groups
from rl_training.protocol.spaces import ActionLayout, ObservationLayout
from rl_training.protocol.version import PROTOCOL_VERSION

# Observation key -> (n_agents, ...) float32, uint8 (images) or int64 (discrete).
Observations = dict[str, NDArray[Any]]

_MAX_AGENTS = 100_000


@dataclass(frozen=True)
class HarnessInfo:
    """What our own addon adds to `env_info`; absent when the peer is godot-rl's stock plugin.

    Attributes:
        protocol: version of our additions.
        transport: the transport that the addon chose.
        addon_version: version of addons/godot_rl.
        engine: version of Godot.
        scene: path of the running scene.
        arenas: copies of the scene in the process, >= 1.
        isolation: "shared" or "worlds".
        action_repeat: physics ticks per decision, >= 1.
        physics_ticks_per_second: physics ticks per simulated second.
        takes_orders: whether it knows parameters, control and policies by wire.
        arena_episodes: "each", "together" or "last": how episodes of an arena's agents end.
        parameters: environment parameters that hold from the start.
    """

    protocol: int
    transport: str = "json"
    addon_version: str = ""
    engine: str = ""
    scene: str = ""
    arenas: int = 1
    isolation: str = "shared"
    action_repeat: int = 1
    physics_ticks_per_second: int = 60
    takes_orders: bool = False
    arena_episodes: str = "each"
    parameters: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class EnvInfo:
    """One engine, as it describes itself.

    Attributes:
        n_agents: agents in the process, >= 1.
        layouts: agents that are alike, at least one layout; in `binary2` they follow each other.
        groups: agents that ask for one policy, in the engine's order.
        policy_names: (n_agents) name of the policy that each agent asks for.
        arenas: (n_agents) arena of each agent in this process, from 0.
        paths: (n_agents) each controller's path below its arena's root; empty when unknown.
        harness: our addon's additions, None for the stock plugin.
    """

    n_agents: int
    layouts: tuple[AgentLayout, ...]
    groups: tuple[GroupInfo, ...]
    policy_names: tuple[str, ...]
    arenas: tuple[int, ...]
    paths: tuple[str, ...] = ()
    harness: HarnessInfo | None = None

    @property
    def engine(self) -> str:
        """Version of the engine; empty: the stock plugin does not tell it."""
        return "" if self.harness is None else self.harness.engine

    @property
    def observations(self) -> ObservationLayout:
        """What every agent observes; UsageError when agents differ."""
        return self.layout.observations

    @property
    def actions(self) -> ActionLayout:
        """How every agent acts; UsageError when agents differ."""
        return self.layout.actions

    @property
    def layout(self) -> AgentLayout:
        """The layout of all agents; UsageError when there are several."""
        if len(self.layouts) > 1:
            raise unlike_groups(group.name for group in self.groups)
        return self.layouts[0]

    @property
    def observation_space(self) -> gym.spaces.Dict:
        """One agent's observation space; UsageError when agents differ."""
        return self.observations.space

    @property
    def action_space(self) -> gym.Space[Any]:
        """One agent's action space, flat as SB3 needs it; UsageError when agents differ."""
        return self.actions.space


def unlike_groups(names: Iterable[str]) -> UsageError:
    """Return the error for flat use of agents that differ."""
    shown = ", ".join(f"'{name}'" for name in names)
    return UsageError(
        f"the scene's agents differ in what they observe or how they act, so they are no single "
        f"batch: use env.group(name), or env.reset_groups() and env.step_groups(), with the "
        f"groups {shown}"
    )


@dataclass(frozen=True)
class ResetResult:
    """Observations at the start of the first episodes.

    Attributes:
        layouts: of each layout, key to (agents of the layout, ...) array.
        infos: one dictionary per agent, or empty when the engine sent none.
        absent: (n_agents,) bool, True where a seat has no agent; None: all are there.
    """

    layouts: tuple[Observations, ...]
    infos: list[dict[str, Any]]
    absent: NDArray[np.bool_] | None = None

    @property
    def obs(self) -> Observations:
        """Key to (n_agents, ...) array, with one layout."""
        return _only(self.layouts)


@dataclass(frozen=True)
class StepResult:
    """What one decision of all agents brought.

    Attributes:
        layouts: of each layout, key to (agents of the layout, ...) array; for ended agents the
            next episode's first observation.
        rewards: (n_agents,) float32.
        terminated: (n_agents,) bool; the episode reached an end of its own.
        truncated: (n_agents,) bool; the episode was cut off (time limit).
        final_agents: agents whose last observation came, rising.
        finals: of each layout, key to (its agents among `final_agents`, ...) array: the last
            observations of episodes that ended; empty when there are none.
        infos: one dictionary per agent, or empty when the engine sent none.
        absent: (n_agents,) bool, True where a seat has no agent now; None: all are there.
        joined: (n_agents,) bool, True where another agent took the seat; None: nowhere, or the
            transport does not tell.
    """

    layouts: tuple[Observations, ...]
    rewards: NDArray[np.float32]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    final_agents: tuple[int, ...]
    finals: tuple[Observations, ...]
    infos: list[dict[str, Any]]
    absent: NDArray[np.bool_] | None = None
    joined: NDArray[np.bool_] | None = None

    @property
    def obs(self) -> Observations:
        """Key to (n_agents, ...) array, with one layout."""
        return _only(self.layouts)

    @property
    def final_obs(self) -> Observations:
        """Key to (len(final_agents), ...) array, with one layout."""
        return _only(self.finals) if self.finals else {}


def _only(layouts: tuple[Observations, ...]) -> Observations:
    assert len(layouts) == 1, "agents differ: look at each layout"
    return layouts[0]


def parse_env_info(message: Mapping[str, Any]) -> EnvInfo:
    """Check and read an `env_info` message, of our addon or of the stock plugin.

    Raises:
        ProtocolVersionError: the addon speaks another major version of our additions.
        ObservationError: the observation spaces cannot be used.
        ActionSpaceError: the action spaces cannot be used.
        ProtocolError: a mandatory key is missing or has the wrong type.
    """
    harness = _parse_harness(message.get("spacetime_rl"))
    n_agents = _agent_count(message.get("n_agents"))
    told = message.get("spacetime_rl", {}) or {}
    observation_names = told.get("observation_names", [])
    if not isinstance(observation_names, list) or not all(
        isinstance(entry, dict) for entry in observation_names
    ):
        observation_names = []
    policies = message.get("agent_policy_names") or ["shared_policy"] * n_agents
    if not isinstance(policies, list) or len(policies) != n_agents:
        raise ProtocolError(
            f"env_info: agent_policy_names must hold {n_agents} names: {policies!r}"
        )
    layouts, groups = find_groups(
        [str(name) for name in policies],
        _per_agent(message, "observation_space", n_agents),
        _per_agent(message, "action_space", n_agents),
        observation_names,
        told.get("groups"),
    )
    if harness is not None and harness.transport == "binary1" and len(layouts) > 1:
        raise ProtocolError("env_info: the addon chose binary1 for agents that differ")
    return EnvInfo(
        n_agents=n_agents,
        layouts=layouts,
        groups=groups,
        policy_names=tuple(str(name) for name in policies),
        arenas=_agent_arenas(told.get("agent_arenas"), n_agents, harness),
        paths=_agent_paths(told.get("agent_paths"), n_agents),
        harness=harness,
    )


def _agent_arenas(value: Any, n_agents: int, harness: HarnessInfo | None) -> tuple[int, ...]:
    """Return each agent's arena; older addons number agents arena by arena and do not tell."""
    arenas = 1 if harness is None else harness.arenas
    if value is None:
        if arenas < 1 or n_agents % arenas:
            return (0,) * n_agents
        return tuple(agent * arenas // n_agents for agent in range(n_agents))
    if (
        isinstance(value, list)
        and len(value) == n_agents
        and all(
            isinstance(each, (int, float)) and 0 <= each < arenas and each == int(each)
            for each in value
        )
    ):
        return tuple(int(each) for each in value)
    raise ProtocolError(
        f"env_info: agent_arenas must be a list of {n_agents} numbers from 0 to {arenas - 1}"
    )


def _agent_paths(value: Any, n_agents: int) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) != n_agents:
        raise ProtocolError(f"env_info: agent_paths must be a list of {n_agents} paths")
    return tuple(str(path) for path in value)


def _agent_count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value // 1:
        raise ProtocolError(f"env_info: n_agents is {value!r}, expected a whole number")
    if value < 1:
        raise ProtocolError(
            "the scene has no agent to train: give --scene_path the scene that holds the agents (a "
            "menu has none), or add an AIController2D or AIController3D that is in "
            "the group AGENT and in training mode"
        )
    if value > _MAX_AGENTS:
        raise ProtocolError(f"env_info: n_agents is {value}, at most {_MAX_AGENTS} are accepted")
    return int(value)


def _per_agent(message: Mapping[str, Any], key: str, n_agents: int) -> list[dict[str, Any]]:
    """Return one declaration per agent (old plugins send a single one for all)."""
    declared = message.get(key)
    if isinstance(declared, dict):
        return [declared] * n_agents
    if (
        not isinstance(declared, list)
        or len(declared) != n_agents
        or not all(isinstance(entry, dict) for entry in declared)
    ):
        raise ProtocolError(f"env_info: {key} must be a list of {n_agents} dictionaries")
    return declared


def _parse_harness(value: Any) -> HarnessInfo | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise ProtocolError(f"env_info: spacetime_rl is {value!r}, expected a dictionary")
    protocol = value.get("protocol")
    if protocol != PROTOCOL_VERSION:
        raise ProtocolVersionError(
            f"the addon speaks protocol {protocol!r} (addon {value.get('addon_version', '?')}), "
            f"this package speaks {PROTOCOL_VERSION}; update the older of the two"
        )
    try:
        return HarnessInfo(
            protocol=PROTOCOL_VERSION,
            transport=str(value.get("transport", "json")),
            addon_version=str(value.get("addon_version", "")),
            engine=str(value.get("engine", "")),
            scene=str(value.get("scene", "")),
            arenas=int(value.get("arenas", 1)),
            isolation=str(value.get("isolation", "shared")),
            action_repeat=int(value.get("action_repeat", 1)),
            physics_ticks_per_second=int(value.get("physics_ticks_per_second", 60)),
            takes_orders="groups" in value,
            arena_episodes=str(value.get("arena_episodes", "each")),
            parameters=_numbers(value.get("parameters")),
        )
    except (TypeError, ValueError, OverflowError) as error:
        raise ProtocolError(f"env_info: spacetime_rl holds a wrong value ({error})") from error


def _numbers(value: Any) -> dict[str, float]:
    """Return names with their numbers.

    Raises:
        ValueError: it is something else.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"parameters is {value!r:.60}")
    numbers = {str(name): float(number) for name, number in value.items()}
    if not all(math.isfinite(number) for number in numbers.values()):
        raise ValueError("parameters must be finite")
    return numbers
