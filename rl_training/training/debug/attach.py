"""What a run's settings ask for of debugging, brought to its callbacks and its environment."""

from __future__ import annotations

import logging
from typing import Any

from stable_baselines3.common.callbacks import BaseCallback

from rl_training.config import TrainConfig
from rl_training.envs.settings import EnvSettings
from rl_training.scenarios import Scenario
from rl_training.training.debug.action_table import ActionTable, read_action_table
from rl_training.training.debug.actions import DebugActionsCallback, announce_table
from rl_training.training.debug.learning import DebugLearningCallback
from rl_training.training.party.pupil import Pupil

logger = logging.getLogger(__name__)

TURTLED = "debug_turtled_start"


def debug_callbacks(config: TrainConfig, table: ActionTable | None) -> list[BaseCallback]:
    """Return the callbacks that tell of one policy what the settings ask for."""
    found: list[BaseCallback] = []
    if config.debug.actions:
        found.append(DebugActionsCallback(table))
    if config.debug.learning:
        found.append(DebugLearningCallback())
    return found


def debug_run(
    config: TrainConfig, scenario: Scenario, settings: EnvSettings, env: Any, pupils: list[Pupil]
) -> None:
    """Prepare environment and policies for what the settings ask for; nothing else is done.

    Raises:
        EngineDiedError: the scene's table of actions cannot be read.
    """
    if config.debug.turtled_start:
        if hasattr(env, "set_parameters"):
            env.set_parameters({TURTLED: 1.0})
            logger.info("debug: episodes begin turtled, where the scene knows %s", TURTLED)
        else:
            logger.warning("debug: this environment takes no parameter %s", TURTLED)
    table = None
    if config.debug.actions and scenario.action_table and settings.twin is None:
        table = read_action_table(settings, scenario.action_table)
        if table is not None:
            announce_table(table)
    for pupil in pupils:
        pupil.listeners += debug_callbacks(config, table)
