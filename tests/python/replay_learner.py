"""A small off-policy learner that plays whole chunks, here or on a cluster; what it has kept."""

from __future__ import annotations

from typing import Any

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger

from rl_training.envs.seats import SeatMonitor
from tests.python.learners import learner

CHUNK = 8
UPDATES = 0.125
ONE_CHOICE = {"actions": {"turn": {"action_type": "discrete", "size": 3}}}
"""What the fake game must offer for DQN."""


def replay_learner(
    env: Any, name: str, decisions: int, *, normalise: bool = True, **algorithm: Any
) -> Any:
    """Return a learner that plays `decisions` of each agent, `CHUNK` with one policy."""
    settings: dict[str, Any] = {
        "collection": "free",
        "train_freq": CHUNK,
        "updates_per_step": UPDATES,
        "learning_starts": 2 * CHUNK * env.num_envs,
        "batch_size": 16,
        "buffer_size": 300 * env.num_envs,
    }
    return learner(
        SeatMonitor(env),
        name,
        seed=3,
        algorithm=settings | algorithm,
        network={"net_arch": [16, 16], "activation": "relu"},
        observations={"normalise": normalise, "clip": 3.0},
        rewards={"normalise": normalise},
        training={"timesteps": decisions * env.num_envs, "export_onnx": False},
    )


def learn(made: Any, *callbacks: BaseCallback, resumed: bool = False) -> Any:
    """Let it learn; return Stable-Baselines3's model."""
    made.learn(list(callbacks), Logger(None, []), resumed)
    return made.model


def kept(model: Any) -> dict[str, Any]:
    """Return what the replay buffer holds, by name: (decisions, agents, ...)."""
    buffer, rows = model.replay_buffer, model.replay_buffer.size()
    found = {name: getattr(buffer, name)[:rows] for name in ("actions", "rewards", "dones")}
    found["timeouts"] = buffer.timeouts[:rows]
    for name in ("observations", "next_observations"):
        held = getattr(buffer, name)
        found[name] = (held["obs"] if isinstance(held, dict) else held)[:rows]
    return {name: np.array(each) for name, each in found.items()}


def weights(model: Any) -> dict[str, Any]:
    """Return the policy's, targets included."""
    return {key: each.numpy().copy() for key, each in model.policy.state_dict().items()}
