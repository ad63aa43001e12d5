"""NumPy worlds in place of engines, from the same settings. Called by `make_simulation`."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from stable_baselines3.common.vec_env import VecEnv

from rl_training.envs.settings import EnvSettings
from rl_training.errors import ConfigError
from rl_training.scenarios import Scenario

NUMPY, GODOT = "numpy", "godot"


def twin_of(scenario: Scenario, simulator: str, *, has_game: bool) -> str | None:
    """Return what `EnvSettings.twin` is for a scenario; None: engines.

    Args:
        scenario: what is simulated.
        simulator: "auto", "numpy" or "godot".
        has_game: a game, a scene or a window was asked for, which NumPy worlds are not.

    Raises:
        ConfigError: NumPy worlds are asked for, and there are none.
    """
    if simulator == GODOT or (simulator != NUMPY and has_game):
        return None
    if scenario.twin is not None and not has_game:
        return scenario.twin.factory
    if simulator == NUMPY:
        raise ConfigError(
            f"{scenario.name} has NumPy worlds only of its own scene: leave out the game"
            if scenario.twin is not None
            else f"{scenario.name} has no NumPy worlds: leave out simulator, or set it to godot"
        )
    return None


def make_twin(settings: EnvSettings) -> VecEnv:
    """Make the worlds: one for each arena."""
    assert settings.twin is not None, "make_simulation looked"
    module, _, name = settings.twin.partition(":")
    made: Callable[..., VecEnv] = getattr(importlib.import_module(module), name)
    return made(
        num_envs=settings.num_envs * (settings.arenas or 1),
        seed=settings.seed,
        action_repeat=settings.action_repeat or 1,
    )
