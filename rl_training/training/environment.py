"""From a run's settings and its scenario to the settings of its environment."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from stable_baselines3.common.vec_env import VecEnv

from rl_training.config import TrainConfig
from rl_training.envs.numpy_twin import twin_of
from rl_training.envs.recording import record_failures
from rl_training.envs.settings import (
    DEFAULT_PORT,
    EXPLORE_ARGS,
    PERFORMANCE_ARGS,
    TOKEN_VARIABLE,
    EnvSettings,
)
from rl_training.errors import ConfigError
from rl_training.project_files import chosen_scene, project_of
from rl_training.runs.live_view import engine_arguments
from rl_training.scenarios import Scenario
from rl_training.training.configuration import run_paths
from rl_training.training.finds.paid_env import PaidEnv


def env_settings(config: TrainConfig, scenario: Scenario) -> EnvSettings:
    """Return what is launched for a run.

    Args:
        config: the run; what it leaves open is the scenario's.
        scenario: what is trained.

    Raises:
        ConfigError: a setting is out of range.
    """
    given = config.environment
    project = project_of(scenario.name, given.project_path, given.env_path)
    repeat = given.action_repeat
    kept = given.record_failures
    game = given.env_path or given.project_path or given.scene_path or given.viz
    twin = twin_of(scenario, given.simulator, has_game=bool(game))
    if twin is not None and scenario.twin is not None:
        return EnvSettings(
            project_path=project,
            scene_path=scenario.scene_path,
            arenas=given.arenas or scenario.twin.worlds,
            action_repeat=scenario.action_repeat if repeat is None else repeat,
            seed=config.seed,
            twin=twin,
        )
    return EnvSettings(
        env_path=given.env_path,
        project_path=project,
        scene_path=chosen_scene(given.scene_path, project, scenario.scene_path),
        num_envs=given.num_envs,
        port=DEFAULT_PORT if given.port is None else given.port,
        port_strict=given.port is not None,
        arenas=given.arenas,
        isolation=given.isolation,
        action_repeat=scenario.action_repeat if repeat is None else repeat,
        seed=config.seed,
        show_window=given.viz,
        transport=given.transport,
        timeout_s=given.timeout_s,
        pin_cores=given.pin_cores,
        max_restarts=given.max_restarts,
        host=given.host,
        token=given.token or os.environ.get(TOKEN_VARIABLE, ""),
        godot=given.godot,
        env_args=(
            *(PERFORMANCE_ARGS if given.performance else ()),
            *(EXPLORE_ARGS if config.finds.find_bugs else ()),
            *engine_arguments(run_paths(config)),
            *(record_failures(run_paths(config).failures, kept, given.num_envs) if kept else ()),
        ),
    )


def make_training_env(
    settings: EnvSettings, config: TrainConfig, make_env: Callable[[EnvSettings, Any], VecEnv]
) -> VecEnv:
    """Make what a run trains on: engines of this machine, or of a cluster.

    Args:
        settings: of the engines.
        config: the run.
        make_env: makes the environment of this machine.

    Raises:
        HarnessError: the engines cannot be started where they are wanted.
    """
    if config.finds.find_bugs:
        return _paid(settings, config, make_env)
    if config.cluster.backend == "local":
        return make_env(settings, config.environment.vec_env)
    if settings.twin is not None:
        raise ConfigError(
            "--backend ray places engines, but this scenario's NumPy worlds need none: add "
            "--simulator godot, or leave out --backend"
        )
    from rl_training.envs.cluster.ray_vec_env import RayVecEnv

    return RayVecEnv(settings, config.cluster)


def _paid(
    settings: EnvSettings, config: TrainConfig, make_env: Callable[[EnvSettings, Any], VecEnv]
) -> VecEnv:
    """Make an environment that pays for what is found."""
    if config.cluster.backend != "local":
        raise ConfigError(
            "--find_bugs counts what all agents find in one place, and actors of a cluster do not: "
            "leave out --backend, or look for bugs with `explore --backend ray`"
        )
    if settings.twin is not None:
        raise ConfigError(
            "--find_bugs looks at a game, and this scenario trains in NumPy worlds: add "
            "--simulator godot"
        )
    env = make_env(settings, config.environment.vec_env)
    agents = getattr(env, "groups", None) or {"": None}
    if len(agents) > 1:
        env.close()
        raise ConfigError(
            f"--find_bugs trains one policy, and this scene has {len(agents)} groups of agents "
            f"({', '.join(agents)}): give them one policy_name"
        )
    rows, rest = divmod(env.num_envs, settings.num_envs)
    return PaidEnv(env, config.finds, config.seed, None if rest else rows)
