"""Algorithms by name: ours, and those that other packages register.

A package adds its own by an entry point in the group `spacetime_rl.algorithms`, whose name is the
algorithm's and whose value is a `Learner` class, or at run time with `register`. Asking for names
imports no torch: settings are checked before anything heavy is loaded.
"""

from __future__ import annotations

import importlib
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from rl_training.config.algorithms import SETTINGS
from rl_training.errors import ConfigError, nearest

if TYPE_CHECKING:
    from rl_training.algorithms.learner import Learner

ENTRY_POINTS = "spacetime_rl.algorithms"

_OURS = {
    "ppo": "on_policy:PPOLearner",
    "a2c": "on_policy:A2CLearner",
    "trpo": "on_policy:TRPOLearner",
    "recurrent_ppo": "on_policy:RecurrentPPOLearner",
    "maskable_ppo": "on_policy:MaskablePPOLearner",
    "sac": "off_policy:SACLearner",
    "td3": "off_policy:TD3Learner",
    "tqc": "off_policy:TQCLearner",
    "crossq": "off_policy:CrossQLearner",
    "dqn": "off_policy:DQNLearner",
    "distillation": "distillation.learner:DistillationLearner",
    "dreamer": "dreamer.learner:DreamerLearner",
    "bc": "imitation.learner:BehavioralCloningLearner",
    "td3_bc": "offline.learner:TD3BCLearner",
    "dagger": "imitation.dagger:DaggerLearner",
}
_registered: dict[str, type[Learner]] = {}


def register(name: str, learner: type[Learner]) -> None:
    """Make an algorithm known under a name, for `algorithm.name` and `--set algorithm.name=...`.

    Args:
        name: letters, digits and "_".
        learner: its class; its `settings` become what the section `algorithm` takes.

    Raises:
        ConfigError: the name is taken by another class, or the settings have another name.
    """
    known = _registered.get(name)
    if name in _OURS or (known is not None and known is not learner):
        raise ConfigError(f"the algorithm {name!r} exists already; choose another name")
    default = learner.settings.model_fields["name"].default
    if default != name:
        raise ConfigError(
            f"{learner.settings.__name__}.name must be {name!r} by default; found {default!r}"
        )
    _registered[name] = learner
    SETTINGS[name] = learner.settings


def learner_class(name: str) -> type[Learner]:
    """Return the class that learns by the algorithm called `name`.

    Raises:
        ConfigError: there is none.
    """
    if name in _registered:
        return _registered[name]
    if name not in _OURS:
        names = algorithm_names()
        raise ConfigError(f"no algorithm {name!r}.{nearest(name, names)} Known: {', '.join(names)}")
    module, _, cls = _OURS[name].partition(":")
    found: type[Learner] = getattr(importlib.import_module(f"{__package__}.{module}"), cls)
    return found


def algorithm_names() -> tuple[str, ...]:
    """Return the names of all algorithms."""
    return (*_OURS, *_registered)


def load_entry_points() -> None:
    """Register what installed packages offer; a name that is known already is left alone."""
    for point in entry_points(group=ENTRY_POINTS):
        if point.name not in algorithm_names():
            register(point.name, point.load())
