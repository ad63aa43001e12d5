"""Worlds and actions for the tests of the NumPy twin."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.scenarios.lunabotics import constants as c
from rl_training.scenarios.lunabotics.vec_env import LunaboticsVecEnv
from rl_training.scenarios.lunabotics.world import World

Floats = NDArray[np.float32]
EVERYTHING = {
    "num_rocks": "uniform(0, 10)",
    "num_orbs": "uniform(1, 16)",
    "friction": "uniform(0.1, 1.5)",
    "mass": "log_uniform(10, 100)",
    "restitution": "uniform(0, 0.9)",
    "action_delay": "choice(0, 1, 5, 12)",
    "actuator_noise": "uniform(0, 0.3)",
    "observation_noise": "uniform(0, 0.1)",
    "time_limit": "uniform(1, 4)",
}


def drawn(steps: int, n: int, seed: int = 0) -> Floats:
    """Return (steps, n, 3) actions that are held for a while, so that rovers get somewhere."""
    rng = np.random.default_rng(seed)
    blocks = rng.uniform([-0.3, -1.0, -0.5], [1.0, 1.0, 1.5], (steps // 20 + 1, n, 3))
    return np.repeat(blocks, 20, axis=0)[:steps].astype(np.float32)


def played(env: LunaboticsVecEnv, actions: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return observations (steps + 1, n, 28), rewards and ends (steps, n)."""
    seen, earned, ended = [env.reset()], [], []
    for each in actions:
        observations, rewards, dones, _ = env.step(each)
        assert isinstance(observations, np.ndarray)
        seen.append(observations)
        earned.append(rewards)
        ended.append(dones)
    return np.stack(seen), np.stack(earned), np.stack(ended)


def world(n: int = 1, seeds: Any = None, repeat: int = 1, **parameters: Any) -> World:
    """Return worlds whose first episodes have begun."""
    made = World(n, repeat)
    made.set_parameters(parameters)
    given = np.arange(n) if seeds is None else np.asarray(seeds)
    made.begin(np.arange(n), given.astype(np.uint32))
    return made


def put(
    made: World, x: float, y: float, angle: float = 0.0, vx: float = 0.0, vy: float = 0.0
) -> None:
    """Put every rover somewhere."""
    state = made.state
    state.x[:], state.y[:], state.angle[:] = x, y, angle
    state.vx[:], state.vy[:], state.spin[:] = vx, vy, 0.0
    state.cosine[:], state.sine[:] = np.cos(angle), np.sin(angle)


def act(made: World, linear: float = 0.0, angular: float = 0.0, dig: float = 0.0) -> Floats:
    """Act alike in every world; return the rewards."""
    return made.step(np.tile(np.array([linear, angular, dig], np.float32), (made.n, 1)))[1]


def overlaps(made: World) -> NDArray[np.float64]:
    """Return (n,) how deep each rover is in a rock or a wall, m; measured from its outline.

    By other means than the solver's: the outline as points, a rock's and the walls' distances.
    """
    state = made.state
    along = np.linspace(-0.5, 0.5, 41) * c.ROVER_LENGTH
    across = np.linspace(-0.5, 0.5, 41) * c.ROVER_WIDTH
    ends = [np.full(41, s * 0.5) for s in (-1, 1)]
    px = np.concatenate([along, along, ends[0] * c.ROVER_LENGTH, ends[1] * c.ROVER_LENGTH])
    py = np.concatenate([ends[0] * c.ROVER_WIDTH, ends[1] * c.ROVER_WIDTH, across, across])
    angle = state.angle.astype(np.float64)
    x = state.x + np.cos(angle) * px[:, None] - np.sin(angle) * py[:, None]
    y = state.y + np.sin(angle) * px[:, None] + np.cos(angle) * py[:, None]
    width, height = made.table.width, made.table.height
    walls = np.max([-x, -y, x - width, y - height], axis=0).max(axis=0)
    rocks = state.obstacles[:, c.NUM_CRATERS :].astype(np.float64)
    gap = np.hypot(rocks[0, :, None] - x, rocks[1, :, None] - y).min(axis=1)
    deepest: NDArray[np.float64] = np.maximum(walls, (rocks[2] - gap).max(axis=0))
    return deepest
