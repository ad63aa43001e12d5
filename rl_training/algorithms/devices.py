"""Where a learner computes its updates: on the CPU, or on a graphics card.

Called by `collection` round `train()`. Only the update goes to the card: the policy acts in NumPy
and is sent to engines from the CPU, so weights and the optimiser's state come back after each one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm

from rl_training.errors import ConfigError

CPU = torch.device("cpu")


def update_device(name: str) -> torch.device:
    """Return the device of this machine that a setting means.

    Args:
        name: "cpu"; "cuda" or "mps"; "auto": the first CUDA card that torch sees, else the CPU.

    Raises:
        ConfigError: torch has no such device here.
    """
    if name == "auto":
        return torch.device("cuda") if torch.cuda.is_available() else CPU
    missing = (name == "cuda" and not torch.cuda.is_available()) or (
        name == "mps" and not torch.backends.mps.is_available()
    )
    if missing:
        raise ConfigError(
            f"training.device is {name!r}, but torch {torch.__version__} finds no such device "
            "here: install a build of torch for it, or take auto or cpu"
        )
    return torch.device(name)


@contextmanager
def updating_on(model: OnPolicyAlgorithm, device: torch.device) -> Iterator[None]:
    """Have a learner's weights, optimiser and rollout on a device for the time of the block."""
    if device == CPU:
        yield
        return
    before = torch.device(model.device)
    try:
        _move(model, device)
        yield
    finally:
        _move(model, before)


def _move(model: Any, device: torch.device) -> None:
    model.device = device
    # Parameters stay the same objects: the optimiser knows them by identity.
    model.policy.to(device)
    for state in model.policy.optimizer.state.values():
        for name, value in state.items():
            # Adam counts its steps on the CPU wherever the weights are.
            if isinstance(value, torch.Tensor) and name != "step":
                state[name] = value.to(device)
    model.rollout_buffer.device = device
