"""Dreamer on recorded episodes alone: no environment, the same gradient steps.

The actor believes the model wherever it goes, also where no data is: what it reaches in a game must
be evaluated there (docs/world_models.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import spaces

from rl_training.algorithms.dreamer.dreamer import Dreamer
from rl_training.algorithms.world_model.layout import Layout
from rl_training.algorithms.world_model.sequences import replay_of
from rl_training.algorithms.world_model.trainer import Shape
from rl_training.checkpoints.checkpoint import CheckpointMeta, load_checkpoint, save_checkpoint
from rl_training.config.dreamer import DreamerSettings
from rl_training.data.trajectory import Trajectory, require_one_form
from rl_training.errors import DataError, ModelError

Report = Callable[[int, Mapping[str, float]], None]


class DreamerTrainer:
    """A policy that learns from data.

    Args:
        model: a Dreamer; `train_dreamer` makes it.

    Attributes:
        model: as given. `model.predict(obs, state, episode_start, deterministic=True)` acts.
        history: figures of every gradient step.
    """

    def __init__(self, model: Dreamer) -> None:
        self.model = model
        self.history: list[Mapping[str, float]] = []

    @property
    def updates(self) -> int:
        """Gradient steps until now."""
        return int(self.model._n_updates)

    def fit(
        self,
        trajectories: Sequence[Trajectory],
        num_steps: int,
        on_step: Report | None = None,
    ) -> None:
        """Do gradient steps on data.

        Args:
            trajectories: of one form, the model's.
            num_steps: gradient steps.
            on_step: told of every step: its number, from 1, and its figures.

        Raises:
            DataError: the data does not fit the model, or holds too little.
        """
        given = list(trajectories)
        require_one_form(given)
        self.model.replay = replay_of(given, self.model.policy.layout)
        length = min(self.model.settings["sequence_length"], len(self.model.replay))
        self.model.sequences_of(length)
        for _ in range(num_steps):
            figures = self.model.learn_once()
            self.history.append(figures)
            if on_step is not None:
                on_step(self.updates, figures)

    def save(self, path: str | Path) -> None:
        """Write a checkpoint that evaluations, exports and `load` read.

        Raises:
            StorageError: the folder cannot be written, or the disk is full.
        """
        seed = self.model.seed or 0
        save_checkpoint(
            Path(path), self.model, None, CheckpointMeta(algorithm="Dreamer", seed=seed)
        )

    @classmethod
    def load(cls, path: str | Path) -> DreamerTrainer:
        """Read what `save`, or a training run, wrote. It holds pickles: load what you trust.

        Raises:
            ModelError: the file is missing, damaged, or of another algorithm.
        """
        model = load_checkpoint(Path(path)).model
        if not isinstance(model, Dreamer):
            raise ModelError(f"{path} holds a {type(model).__name__}, expected Dreamer")
        return cls(model)

    load_checkpoint = load


def train_dreamer(
    trajectories: Sequence[Trajectory],
    observation_shape: Shape | Mapping[str, Shape],
    num_steps: int,
    *,
    settings: DreamerSettings | Mapping[str, Any] | None = None,
    seed: int = 0,
    on_step: Report | None = None,
) -> DreamerTrainer:
    """Train world model, actor and critic on recorded episodes.

    Args:
        trajectories: of one form; see `rl_training.data`.
        observation_shape: (64, 64, 3) or another picture's, (size,) of a vector, or key to shape.
        num_steps: gradient steps.
        settings: of Dreamer; None: the defaults.
        seed: everything random comes from it.
        on_step: told of every step: its number, from 1, and its figures.

    Returns:
        The trainer; `save` writes a checkpoint.

    Raises:
        DataError: there is no data, or it does not fit the shape.
        UsageError: torchrl is not installed.
    """
    given = list(trajectories)
    require_one_form(given)
    if num_steps < 1:
        raise DataError(f"num_steps must be at least 1; found {num_steps}")
    layout = Layout.of_trajectories(given[0], observation_shape).widened(given)
    if not isinstance(settings, DreamerSettings):
        settings = DreamerSettings.from_dict(settings or {})
    trainer = DreamerTrainer(Dreamer.without_environment(*_spaces(layout), settings, seed))
    trainer.fit(given, num_steps, on_step)
    return trainer


def _spaces(layout: Layout) -> tuple[spaces.Dict, spaces.Space[Any]]:
    parts: dict[str, spaces.Space[Any]] = {
        one.key: spaces.Box(0, 255, one.shape, np.uint8)
        if one.image
        else spaces.Box(-np.inf, np.inf, one.shape, np.float32)
        for one in layout.seen
    }
    acted = layout.acted
    if acted.choices:
        return spaces.Dict(parts), spaces.MultiDiscrete(list(acted.choices))
    low, high = np.asarray(acted.low, np.float32), np.asarray(acted.high, np.float32)
    return spaces.Dict(parts), spaces.Box(low, high, dtype=np.float32)
