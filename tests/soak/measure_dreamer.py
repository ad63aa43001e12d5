"""Measure what Dreamer reaches on a point and a target; docs/world_models.md shows the figures.

Run `python tests/soak/measure_dreamer.py` from the root of the repository. It plays 64 episodes
with each way to take a latent: its probabilities, the most probable one, a draw.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
import torch
from stable_baselines3.common.logger import Logger

from rl_training.envs.seats import SeatMonitor
from tests.python.algorithms.dreamer.point_env import LENGTH, point_env
from tests.python.learners import learner

SETTINGS = {
    "batch_size": 16, "sequence_length": 12, "learning_starts": 200, "rollout": 10,
    "train_ratio": 64.0, "learning_rate": 2e-3, "actor_learning_rate": 1e-3, "gamma": 0.95,
    "imagine_horizon": 8, "imagination_starts": 128,
}  # fmt: skip
AGENTS = 64


def main() -> None:
    """Learn for 2,000 timesteps, then play."""
    made = learner(
        SeatMonitor(point_env(4)), "dreamer", algorithm=SETTINGS, training={"timesteps": 2000},
        seed=1,
    )  # fmt: skip
    made.learn([], Logger(None, []), False)
    print(f"{made.timesteps} timesteps, {made.model._n_updates} gradient steps")
    policy: Any = made.model.policy
    latent = policy.world.rssm.latent
    for pick in ("mean", "mode", "sample"):
        torch.manual_seed(0)
        policy.world.rssm.latent = lambda logits, _="", way=pick: latent(logits, way)
        reward, success = _played(policy)
        print(f"{pick}: mean reward {reward:.2f}, success {success:.1%}")


def _played(policy: Any) -> tuple[float, float]:
    env = point_env(AGENTS)
    env.seed(7)
    obs, memory, starts = env.reset(), None, np.ones(AGENTS, np.bool_)
    total = np.zeros(AGENTS)
    for _ in range(LENGTH):
        actions, memory = policy.predict(obs, memory, starts, deterministic=True)
        obs, rewards, starts, infos = env.step(actions)
        total += rewards
    return float(total.mean()), float(np.mean([info["is_success"] for info in infos]))


if __name__ == "__main__":
    main()
