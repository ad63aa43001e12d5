"""The messages of the protocol as values: what an engine is, and what one reset or step brought.

Called by the codecs and `envs`. Parsing of `env_info` lives here because it is JSON in every
transport; steps are parsed by the codec that was agreed on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from rl_training.errors import ProtocolError, ProtocolVersionError
from rl_training.protocol.spaces import (
    ActionLayout,
    ObservationLayout,
    parse_action_layout,
    parse_observation_layout,
)
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


@dataclass(frozen=True)
class EnvInfo:
    """One engine, as it describes itself.

    Attributes:
        n_agents: agents in the process, >= 1.
        observations: what every agent observes.
        actions: how every agent acts.
        policy_names: (n_agents) name of the policy that each agent asks for.
        harness: our addon's additions, None for the stock plugin.
    """

    n_agents: int
    observations: ObservationLayout
    actions: ActionLayout
    policy_names: tuple[str, ...]
    harness: HarnessInfo | None = None

    @property
    def observation_space(self) -> gym.spaces.Dict:
        """One agent's observation space."""
        return self.observations.space

    @property
    def action_space(self) -> gym.Space[Any]:
        """One agent's action space, flat as SB3 needs it."""
        return self.actions.space


@dataclass(frozen=True)
class ResetResult:
    """Observations at the start of the first episodes.

    Attributes:
        obs: key to (n_agents, ...) array.
        infos: one dictionary per agent, or empty when the engine sent none.
    """

    obs: Observations
    infos: list[dict[str, Any]]


@dataclass(frozen=True)
class StepResult:
    """What one decision of all agents brought.

    Attributes:
        obs: key to (n_agents, ...) array; for ended agents the next episode's first observation.
        rewards: (n_agents,) float32.
        terminated: (n_agents,) bool; the episode reached an end of its own.
        truncated: (n_agents,) bool; the episode was cut off (time limit).
        final_agents: indices of the agents for which `final_obs` holds a row.
        final_obs: key to (len(final_agents), ...) array, last observations of ended episodes.
        infos: one dictionary per agent, or empty when the engine sent none.
    """

    obs: Observations
    rewards: NDArray[np.float32]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    final_agents: tuple[int, ...]
    final_obs: Observations
    infos: list[dict[str, Any]]


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
    names = message.get("spacetime_rl", {}) or {}
    observation_names = names.get("observation_names", [])
    if not isinstance(observation_names, list) or not all(
        isinstance(entry, dict) for entry in observation_names
    ):
        observation_names = []
    policies = message.get("agent_policy_names") or ["shared_policy"] * n_agents
    if not isinstance(policies, list) or len(policies) != n_agents:
        raise ProtocolError(
            f"env_info: agent_policy_names must hold {n_agents} names: {policies!r}"
        )
    return EnvInfo(
        n_agents=n_agents,
        observations=parse_observation_layout(
            _per_agent(message, "observation_space", n_agents), observation_names
        ),
        actions=parse_action_layout(_per_agent(message, "action_space", n_agents)),
        policy_names=tuple(str(name) for name in policies),
        harness=harness,
    )


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
        )
    except (TypeError, ValueError, OverflowError) as error:
        raise ProtocolError(f"env_info: spacetime_rl holds a wrong value ({error})") from error
