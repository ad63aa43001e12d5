"""Who learns, who stays as it is and who is the game's: the settings of a run meet its groups."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rl_training.config import TrainConfig
from rl_training.config.policies import PolicySection
from rl_training.envs.groups import AgentGroup
from rl_training.errors import ConfigError, nearest
from rl_training.limits import MAX_SEED
from rl_training.runs.paths import policy_file
from rl_training.runs.seeds import episode_seed


@dataclass(frozen=True)
class LearningRole:
    """One policy that learns.

    Attributes:
        name: of its group.
        groups: all groups that it plays and learns from, its own first.
        config: the settings with which it learns: its own, of its own seed and its share of the
            run's timesteps.
    """

    name: str
    groups: tuple[str, ...]
    config: TrainConfig


@dataclass(frozen=True)
class Roles:
    """What becomes of every group.

    Attributes:
        learning: policies that learn, in the scene's order.
        frozen: group to its settings, of those that a model plays.
        scripted: groups that the game's own control plays.
        groups: names of all groups, in the scene's order.
        sharing: group to the group whose policy plays it.
    """

    learning: tuple[LearningRole, ...]
    frozen: Mapping[str, PolicySection]
    scripted: tuple[str, ...]
    groups: tuple[str, ...]
    sharing: Mapping[str, str]


def assign_roles(config: TrainConfig, groups: Mapping[str, AgentGroup]) -> Roles:
    """Say what becomes of every group of a scene.

    Args:
        config: the run.
        groups: of the environment, by name.

    Raises:
        ConfigError: the settings name a group that the scene does not have, nobody learns, or two
            that learn would have the same files.
    """
    _require_known(config, groups)
    policies = config.policies
    sharing = {name: p.shares for name in groups if (p := policies.of(name)).shares is not None}
    states = {name: policies.of(name).state for name in groups}
    owners = [name for name in groups if states[name] == "learning" and name not in sharing]
    if not owners:
        told = ", ".join(f"{name} is {state}" for name, state in states.items())
        raise ConfigError(f"no policy learns: {told}; give one of them state: learning")
    files: dict[str, str] = {}
    for name in owners:
        other = files.setdefault(policy_file(name), name)
        if other != name:
            raise ConfigError(
                f"the files of {other!r} and {name!r} would have the same names; give one of them "
                "another policy_name"
            )
    plays = {name: (name, *(g for g, other in sharing.items() if other == name)) for name in owners}
    agents = {name: sum(len(groups[g].agents) for g in plays[name]) for name in owners}
    decisions = math.ceil(config.training.timesteps / max(1, sum(agents.values())))
    learning = tuple(
        LearningRole(name, plays[name], _settings(config, name, i, decisions * agents[name]))
        for i, name in enumerate(owners)
    )
    return Roles(
        learning if len(owners) > 1 else (_alone(learning[0], config),),
        {name: policies.of(name) for name in groups if states[name] == "frozen"},
        tuple(name for name in groups if states[name] == "scripted"),
        tuple(groups),
        sharing,
    )


def policy_seed(seed: int, number: int) -> int:
    """Return the seed of a run's policy: the run's own for the first one.

    Args:
        seed: of the run.
        number: of the policy, from 0.
    """
    return seed if number == 0 else min(episode_seed(seed, number), MAX_SEED)


def _settings(config: TrainConfig, name: str, number: int, timesteps: int) -> TrainConfig:
    changes: dict[str, Any] = {
        "seed": policy_seed(config.seed, number),
        "training": {"timesteps": max(1, timesteps)},
    }
    return config.for_policy(name).replace(changes)


def _alone(role: LearningRole, config: TrainConfig) -> LearningRole:
    """Return the only policy that learns, with the run's own number of timesteps."""
    timesteps = {"timesteps": config.training.timesteps}
    return LearningRole(role.name, role.groups, role.config.replace({"training": timesteps}))


def _require_known(config: TrainConfig, groups: Mapping[str, AgentGroup]) -> None:
    named: Sequence[tuple[str, str]] = [
        *(("policies", name) for name in config.policies.names),
        *(
            (f"policies.{name}.shares", policy.shares)
            for name, policy in config.policies.items()
            if policy.shares is not None
        ),
    ]
    for place, name in named:
        if name not in groups:
            raise ConfigError(
                f"{place} names {name!r}, and the scene has no such group.{nearest(name, groups)} "
                f"policy_name of its agents: {', '.join(groups)}"
            )
