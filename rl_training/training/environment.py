"""From a run's settings and its scenario to the settings of its environment."""

from __future__ import annotations

import os
from pathlib import Path

from rl_training.config import TrainConfig
from rl_training.envs.recording import record_failures
from rl_training.envs.settings import DEFAULT_PORT, TOKEN_VARIABLE, EnvSettings
from rl_training.project_files import project_of
from rl_training.runs.paths import DEFAULT_ROOT, RunPaths
from rl_training.scenarios import Scenario


def env_settings(config: TrainConfig, scenario: Scenario) -> EnvSettings:
    """Return what is launched for a run.

    Args:
        config: the run; what it leaves open is the scenario's.
        scenario: what is trained.

    Raises:
        ConfigError: a setting is out of range.
    """
    project = project_of(scenario.name, config.project_path, config.env_path)
    scene = config.scene_path
    if scene is None and project is not None:
        scene = scenario.scene_path
    repeat = config.action_repeat
    paths = RunPaths(config.experiment_name, Path(config.run_root or DEFAULT_ROOT))
    return EnvSettings(
        env_path=config.env_path,
        project_path=project,
        scene_path=scene,
        num_envs=config.num_envs,
        port=DEFAULT_PORT if config.port is None else config.port,
        port_strict=config.port is not None,
        arenas=config.arenas,
        isolation=config.isolation,
        action_repeat=scenario.action_repeat if repeat is None else repeat,
        seed=config.seed,
        show_window=config.viz,
        transport=config.transport,
        timeout_s=config.timeout_s,
        pin_cores=config.pin_cores,
        max_restarts=config.max_restarts,
        host=config.host,
        token=config.token or os.environ.get(TOKEN_VARIABLE, ""),
        godot=config.godot,
        env_args=(
            ()
            if config.record_failures == 0
            else record_failures(paths.failures, config.record_failures, config.num_envs)
        ),
    )
