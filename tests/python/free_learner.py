"""A small learner that collects freely, here or on a cluster."""

from __future__ import annotations

from typing import Any

import torch

from rl_training.algorithms.collection import CollectingPPO
from rl_training.algorithms.normalisation import SeatNormalize
from rl_training.envs.seats import SeatMonitor

STEPS = 16


def learner(env: Any, batch: int = 48) -> Any:
    """Return one that learns from `STEPS` decisions of all agents at a time."""
    torch.set_num_threads(1)
    return CollectingPPO(
        "MultiInputPolicy",
        SeatNormalize(SeatMonitor(env), clip_obs=3.0, gamma=0.9),
        n_steps=STEPS,
        batch_size=batch,
        n_epochs=2,
        gamma=0.9,
        seed=3,
        device="cpu",
        collection="free",
        policy_kwargs={"net_arch": [16, 16]},
    )
