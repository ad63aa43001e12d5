"""The algorithms whose models are read, by name, and which of them a file holds."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from stable_baselines3.common.base_class import BaseAlgorithm

from rl_training.errors import ModelError, nearest

ALGORITHMS: dict[str, str] = {
    "PPO": "stable_baselines3",
    "A2C": "stable_baselines3",
    "SAC": "stable_baselines3",
    "TD3": "stable_baselines3",
    "DDPG": "stable_baselines3",
    "DQN": "stable_baselines3",
    "TQC": "sb3_contrib",
    "CrossQ": "sb3_contrib",
    "TRPO": "sb3_contrib",
    "MaskablePPO": "sb3_contrib",
    "RecurrentPPO": "sb3_contrib",
    "Dreamer": "rl_training.algorithms.dreamer.dreamer",
}
"""Name of the class to its package; our own is loaded by name, from the floor above."""

# Module of the policy's class -> algorithm, where it says so by itself. DDPG is TD3 with settings.
_BY_POLICY = {
    "stable_baselines3.sac.policies": "SAC",
    "stable_baselines3.td3.policies": "TD3",
    "stable_baselines3.dqn.policies": "DQN",
    "sb3_contrib.tqc.policies": "TQC",
    "sb3_contrib.crossq.policies": "CrossQ",
    "sb3_contrib.common.maskable.policies": "MaskablePPO",
    "sb3_contrib.common.recurrent.policies": "RecurrentPPO",
    "rl_training.algorithms.dreamer.policy": "Dreamer",
}
_ACTOR_CRITIC = "stable_baselines3.common.policies"


def algorithm_class(name: str) -> type[BaseAlgorithm]:
    """Return the class called `name`.

    Raises:
        ModelError: it is not one of `ALGORITHMS`.
    """
    if name not in ALGORITHMS:
        raise ModelError(
            f"unknown algorithm {name!r}.{nearest(name, ALGORITHMS)} Known: {', '.join(ALGORITHMS)}"
        )
    found: type[BaseAlgorithm] = getattr(importlib.import_module(ALGORITHMS[name]), name)
    return found


def algorithm_of(data: Mapping[str, Any]) -> str:
    """Return the name of the algorithm that wrote a model.

    Args:
        data: the member `data` of a Stable-Baselines3 zip.

    Returns:
        One of `ALGORITHMS`; "" when it cannot be told (a policy class of one's own).
    """
    policy = data.get("policy_class")
    module = policy.get("__module__") if isinstance(policy, Mapping) else None
    if module == _ACTOR_CRITIC:
        if "clip_range" in data:
            return "PPO"
        return "TRPO" if "cg_max_steps" in data else "A2C"
    return _BY_POLICY.get(str(module), "")


def class_name(model: BaseAlgorithm) -> str:
    """Return the name of a model's algorithm in `ALGORITHMS`, whichever subclass it is.

    Raises:
        ModelError: it is none of them.
    """
    for cls in type(model).__mro__:
        if cls.__name__ in ALGORITHMS and cls.__module__.startswith(ALGORITHMS[cls.__name__]):
            return cls.__name__
    raise ModelError(f"{type(model).__name__} is none of {', '.join(ALGORITHMS)}")
