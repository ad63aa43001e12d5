"""Made-up trajectories whose best policy is known: for tests, examples and measurements.

A point moves in `observation_dim` dimensions; the expert pushes it to the origin by a fixed linear
rule, with a little noise. It is no game and says nothing about one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rl_training.data.trajectory import DEFAULT_KEY, Trajectory
from rl_training.errors import DataError

STEP = 0.1
"""Share of an action that moves the point in a decision."""
CLOSE = 0.1
"""The episode ends with success when no coordinate is further from the origin."""


def create_synthetic_dataset(
    num_episodes: int,
    observation_dim: int,
    action_dim: int,
    *,
    length: int = 50,
    noise: float = 0.05,
    seed: int = 0,
) -> list[Trajectory]:
    """Make episodes of a linear expert.

    Args:
        num_episodes: how many.
        observation_dim: numbers of an observation, (observation_dim,) float32.
        action_dim: numbers of an action, (action_dim,) float32 in [-1, 1].
        length: decisions of an episode at most.
        noise: standard deviation of the noise on the expert's actions.
        seed: everything random comes from it.

    Returns:
        Trajectories with the key `obs`, rewards of minus the distance, and `is_success`.

    Raises:
        DataError: a number is out of range.
    """
    for name, value in (
        ("num_episodes", num_episodes),
        ("observation_dim", observation_dim),
        ("action_dim", action_dim),
        ("length", length),
    ):
        if value < 1:
            raise DataError(f"{name} must be at least 1; found {value}")
    rule = expert_matrix(observation_dim, action_dim)
    found = []
    for number in range(num_episodes):
        random = np.random.default_rng([seed, number])
        point = random.uniform(-1.0, 1.0, observation_dim)
        seen, done, rewards = [point.astype(np.float32)], [], []
        success = False
        for _ in range(length):
            pure = np.clip(point @ rule, -1.0, 1.0)
            action = np.clip(pure + random.normal(0.0, noise, action_dim), -1.0, 1.0)
            point = point - STEP * (action @ rule.T)
            seen.append(point.astype(np.float32))
            done.append(action.astype(np.float32))
            rewards.append(-float(np.linalg.norm(point)))
            # What the rule cannot reach (fewer actions than dimensions) does not count.
            success = bool(np.abs(point @ rule).max() < CLOSE)
            if success:
                break
        found.append(
            Trajectory(
                observations={DEFAULT_KEY: np.stack(seen)},
                actions=np.stack(done),
                rewards=np.array(rewards),
                terminated=success,
                truncated=not success,
                infos={len(done) - 1: {"is_success": success}},
                seed=seed,
                meta={"source": "create_synthetic_dataset", "episode": number},
            )
        )
    return found


def expert_matrix(observation_dim: int, action_dim: int) -> NDArray[np.float64]:
    """Return the expert's rule, (observation_dim, action_dim): action = clip(obs @ rule)."""
    rule = np.zeros((observation_dim, action_dim))
    for row in range(observation_dim):
        rule[row, row % action_dim] = -1.0
    return rule
