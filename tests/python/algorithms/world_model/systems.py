"""Small real systems for tests of world models: a pendulum in NumPy, and pictures of a bar."""

from __future__ import annotations

import numpy as np

from rl_training.data.trajectory import Trajectory

STEP_S = 0.05


def pendulum_episode(seed: int, length: int = 60) -> Trajectory:
    """One episode of a driven pendulum: cosine, sine and speed; the torque is a random walk."""
    random = np.random.default_rng(seed)
    angle, speed, torque = random.uniform(-3.0, 3.0), random.uniform(-1.0, 1.0), 0.0
    seen, done, rewards = [[np.cos(angle), np.sin(angle), speed]], [], []
    for _ in range(length):
        torque = float(np.clip(0.8 * torque + 0.5 * random.normal(), -1.0, 1.0))
        speed = float(np.clip(0.98 * speed + STEP_S * (15.0 * np.sin(angle) + 6.0 * torque), -8, 8))
        angle += STEP_S * speed
        seen.append([np.cos(angle), np.sin(angle), speed])
        done.append([torque])
        rewards.append(np.cos(angle) - 1.0)
    return Trajectory(
        {"obs": np.array(seen, np.float32)},
        np.array(done, np.float32),
        np.array(rewards),
        truncated=True,
    )


def bar_episode(seed: int, size: int = 16, length: int = 24) -> Trajectory:
    """A white bar on black, (size, size, 3); the action makes it shorter or longer by 2."""
    random = np.random.default_rng(seed)
    column = int(random.integers(0, size + 1))
    pictures, done = [], []
    for step in range(length + 1):
        picture = np.zeros((size, size, 3), np.uint8)
        picture[:, :column] = 255
        pictures.append(picture)
        if step < length:
            move = int(random.integers(0, 3))
            column = int(np.clip(column + 2 * (move - 1), 0, size))
            done.append(move)
    return Trajectory(
        {"camera": np.array(pictures)},
        np.array(done, np.int64),
        np.zeros(length),
        terminated=True,
    )
