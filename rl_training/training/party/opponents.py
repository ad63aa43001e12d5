"""Whoever does not learn: frozen policies sent to the engines, groups left to the game.

Also sets the run's environment parameters: all that an environment must be told before its first
episode, be it the training's or the evaluations'.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rl_training.checkpoints.checkpoint import load_checkpoint
from rl_training.checkpoints.policy_set import is_policy_set, read_policy_set
from rl_training.config import TrainConfig
from rl_training.config.parameter_plan import first_parameters
from rl_training.config.policies import FrozenActions
from rl_training.config.samplers import Sampler
from rl_training.errors import ConfigError, ModelError
from rl_training.policy_export.onnx_export import export
from rl_training.training.party.roles import Roles

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class FrozenPolicy:
    """A policy that plays a group inside the engines.

    Attributes:
        onnx: the file's bytes.
        name: told in infos and logs.
        actions: how it acts.
    """

    onnx: bytes
    name: str
    actions: FrozenActions


@dataclass(frozen=True)
class Preparation:
    """What an environment is told before its first episode.

    Attributes:
        parameters: environment parameters, numbers and samplers.
        frozen: group to the policy that plays it.
        scripted: groups that the game's own control plays.
    """

    parameters: Mapping[str, float | Sampler | None]
    frozen: Mapping[str, FrozenPolicy]
    scripted: tuple[str, ...]

    def with_parameters(self, parameters: Mapping[str, float | Sampler | None]) -> Preparation:
        """Return the same with other environment parameters."""
        return replace(self, parameters=parameters)

    def set_parameters(self, env: Any) -> None:
        """Tell an environment its parameters alone.

        Raises:
            ConfigError: it takes none.
        """
        if not self.parameters:
            return
        if not hasattr(env, "set_parameters"):
            raise ConfigError(
                "parameters are given, and this environment takes none: it needs a game with "
                "addons/godot_rl"
            )
        env.set_parameters(dict(self.parameters))

    def apply(self, env: Any) -> None:
        """Tell an environment.

        Raises:
            ConfigError: it takes no parameters.
            HarnessError: it refuses a policy.
        """
        self.set_parameters(env)
        for group, policy in self.frozen.items():
            loaded = env.load_policy(group, policy.onnx, name=policy.name, actions=policy.actions)
            if loaded.warning:
                logger.warning("%s, played by %s: %s", group, policy.name, loaded.warning)
            logger.info("%s is played by %s, actions %s", group, policy.name, loaded.actions)
        for group in self.scripted:
            env.set_control(group, "game")
            logger.info("%s is played by the game's own control", group)


def preparation(config: TrainConfig, roles: Roles | None) -> Preparation:
    """Return what the environments of a run are told, with the parameters of its first episodes.

    Raises:
        ModelError: a frozen policy's model is missing, or cannot be played in an engine.
    """
    frozen = {} if roles is None else roles.frozen
    return Preparation(
        first_parameters(config),
        {
            name: FrozenPolicy(*_onnx_of(Path(policy.model or ""), name), policy.actions)
            for name, policy in frozen.items()
        },
        () if roles is None else roles.scripted,
    )


def _onnx_of(model: Path, group: str) -> tuple[bytes, str]:
    """Return a model as the engine plays it, and its name."""
    if not model.is_file():
        raise ModelError(f"policies.{group}.model: no model at {model}")
    with tempfile.TemporaryDirectory() as folder:
        source: Path | None = model
        if is_policy_set(model):
            source = read_policy_set(model).extract(group, Path(folder))
        if source is None:
            raise ModelError(f"policies.{group}.model: {model} has no model of {group}")
        if source.suffix == ".onnx":
            return source.read_bytes(), model.stem
        found, target = load_checkpoint(source), Path(folder, "exported.onnx")
        export(found.model, found.normaliser, target, found.meta, found.recorded)
        return target.read_bytes(), model.stem
