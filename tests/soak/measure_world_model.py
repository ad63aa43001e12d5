"""Measure how far a world model of a pendulum sees ahead; docs/world_models.md shows the figures.

Run `python tests/soak/measure_world_model.py` from the root of the repository.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from rl_training.algorithms.sb3_learner import limit_threads
from rl_training.algorithms.world_model.measure import measure_open_loop
from rl_training.algorithms.world_model.trainer import train_world_model
from rl_training.config.world_model import WorldModelSettings
from tests.python.algorithms.world_model.systems import pendulum_episode

SETTINGS = WorldModelSettings(
    state_dim=64, hidden_dim=64, categoricals=8, classes=8, layers=1, learning_rate=2e-3,
    batch_size=16, sequence_length=16,
)  # fmt: skip


def main() -> None:
    """Train on 60 episodes of 60 decisions, and print the errors on 10 others."""
    limit_threads(1)
    trained = train_world_model(
        [pendulum_episode(n) for n in range(60)], (3,), 14, settings=SETTINGS, seed=1
    )
    (found,) = measure_open_loop(trained.model, [pendulum_episode(n) for n in range(100, 110)])
    print(f"{trained.updates} gradient steps, {found.sequences} sequences, ratio {found.ratio:.2f}")
    for name, errors in (
        ("model", found.model), ("velocity", found.velocity), ("last", found.last),
    ):  # fmt: skip
        shown = " ".join(f"{errors[ahead - 1]:.2f}" for ahead in (1, 3, 5, 8, 15))
        print(f"{name:9s} 1, 3, 5, 8, 15 ahead: {shown}; mean {errors.mean():.2f}")


if __name__ == "__main__":
    main()
