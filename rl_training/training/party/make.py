"""From an environment and a run's settings to its party."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from stable_baselines3.common.vec_env import VecEnv

from rl_training.algorithms.registry import learner_class
from rl_training.config import TrainConfig
from rl_training.envs.groups import AgentGroup
from rl_training.envs.seats import SeatMonitor
from rl_training.errors import ConfigError, HarnessError
from rl_training.training.party.lockstep import Lockstep
from rl_training.training.party.party import Party
from rl_training.training.party.pupil import Pupil, require_exportable
from rl_training.training.party.roles import Roles, assign_roles
from rl_training.training.party.several import Several
from rl_training.training.party.solo import Solo

logger = logging.getLogger(__name__)


def roles_in(env: VecEnv, config: TrainConfig) -> Roles | None:
    """Return what becomes of the groups of a scene; None: there is one policy and all are its.

    Raises:
        ConfigError: the settings name groups that the scene does not have, or nobody learns.
    """
    groups: Mapping[str, AgentGroup] | None = getattr(env, "groups", None)
    if groups is None:
        if config.policies.names:
            raise ConfigError(
                f"policies names {config.policies.names[0]!r}, and this environment tells no "
                "groups: it needs a game with addons/godot_rl"
            )
        return None
    if len(groups) == 1 and not config.policies.names:
        return None
    roles = assign_roles(config, groups)
    if not config.policies.names:
        told = ", ".join(f"{name} ({len(group.agents)})" for name, group in groups.items())
        logger.info(
            "the scene has %d policies, each learns by itself with the run's settings: agents of "
            "%s; `policies` in the configuration changes that",
            len(groups),
            told,
        )
    return roles


def make_party(env: Any, config: TrainConfig, roles: Roles | None) -> Party:
    """Make the learners of a run.

    Args:
        env: all agents; prepared (`opponents.Preparation`).
        config: the run.
        roles: of its groups; None: one policy for all.

    Raises:
        HarnessError: an algorithm cannot learn in this environment, or its model would not ship.
    """
    if roles is None:
        return Solo(_pupil("", env, config, export=config.training.export_onnx), env)
    lockstep = Lockstep(env, [role.groups for role in roles.learning])
    pupils = [
        _pupil(role.name, view, role.config, export=config.training.export_onnx)
        for role, view in zip(roles.learning, lockstep.views, strict=True)
    ]
    if len(pupils) == 1:
        return Solo(pupils[0], env, config, lockstep)
    return Several(pupils, lockstep, roles, config)


def _pupil(name: str, env: VecEnv, config: TrainConfig, *, export: bool) -> Pupil:
    monitored = SeatMonitor(env)
    try:
        if export:
            require_exportable(monitored)
        learner = learner_class(config.algorithm.name)(monitored, config)
    except HarnessError as error:
        raise (type(error)(f"policies.{name}: {error}") if name else error) from error
    return Pupil(name, learner, config)
