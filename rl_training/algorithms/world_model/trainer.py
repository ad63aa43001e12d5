"""Trains a world model on trajectories, keeps the best by validation, saves and loads it.

`train_world_model` is the call for scripts; `WorldModelTrainer` is what it returns. A file holds
tensors and JSON only (`torch.load(weights_only=True)`), so that one from elsewhere runs no code.
"""

from __future__ import annotations

import copy
import json
import logging
import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rl_training.algorithms.world_model.layout import Layout
from rl_training.algorithms.world_model.model import WorldModel
from rl_training.algorithms.world_model.sequences import SequenceReplay, replay_of
from rl_training.config.world_model import WorldModelSettings
from rl_training.data.trajectory import Trajectory, require_one_form
from rl_training.errors import DataError, HarnessError, ModelError
from rl_training.runs.atomic import atomic_path

logger = logging.getLogger(__name__)

FORMAT = 1
Shape = tuple[int, ...]
_VALIDATION_BATCHES = 4


@dataclass(frozen=True)
class Epoch:
    """One pass over the data.

    Attributes:
        number: from 1.
        updates: gradient steps until its end.
        training: mean of each part of the loss in it.
        validation: the same on episodes that are not learned from; empty where there are none.
    """

    number: int
    updates: int
    training: Mapping[str, float]
    validation: Mapping[str, float]

    @property
    def judged(self) -> float:
        """The loss by which epochs are compared."""
        return (self.validation or self.training)["loss"]


class WorldModelTrainer:
    """A world model at work.

    Args:
        layout: what it sees and does.
        settings: its sizes and how it learns.
        seed: of weights and draws.

    Attributes:
        model: as learned last, or the best after `fit`.
        history: every epoch.
        updates: gradient steps until now.
    """

    def __init__(
        self, layout: Layout, settings: WorldModelSettings | None = None, seed: int = 0
    ) -> None:
        self.settings = settings or WorldModelSettings()
        self._seed = seed
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.model = WorldModel(layout, self.settings)
        self.optimiser = torch.optim.Adam(
            self.model.parameters(), lr=self.settings.learning_rate, eps=1e-8
        )
        self.history: list[Epoch] = []
        self.updates = 0

    def fit(
        self,
        trajectories: Sequence[Trajectory],
        num_epochs: int,
        validation: Sequence[Trajectory] = (),
        on_epoch: Callable[[Epoch], None] | None = None,
    ) -> None:
        """Learn; the weights of the best epoch are kept.

        Args:
            trajectories: to learn from.
            num_epochs: passes; one shows about as many rows as there are.
            validation: to judge by.
            on_epoch: told of every epoch.

        Raises:
            DataError: an episode has another form, or there are too few rows for a sequence.
            HarnessError: the loss is no number any more.
        """
        replay = replay_of(trajectories, self.model.layout)
        judge = replay_of(validation, self.model.layout) if validation else None
        length = self._length(replay)
        batches = max(1, round(len(replay) / (self.settings.batch_size * length)))
        random = np.random.default_rng([self._seed, self.updates])
        best: tuple[float, Mapping[str, Any]] | None = None
        for number in range(len(self.history) + 1, len(self.history) + num_epochs + 1):
            training = _mean([self._update(replay, length, random) for _ in range(batches)])
            judged = {} if judge is None else self._validate(judge, length)
            epoch = Epoch(number, self.updates, training, judged)
            self.history.append(epoch)
            if best is None or epoch.judged < best[0]:
                best = epoch.judged, copy.deepcopy(self.model.state_dict())
            if on_epoch is not None:
                on_epoch(epoch)
        if best is not None:
            self.model.load_state_dict(best[1])

    def save(self, path: str | Path) -> None:
        """Write weights, optimiser, settings and history, whole or not at all.

        Raises:
            StorageError: the folder cannot be written, or the disk is full.
        """
        described = {
            "format": FORMAT,
            "layout": self.model.layout.to_dict(),
            "settings": self.settings.to_dict(),
            "seed": self._seed,
            "updates": self.updates,
            "history": [
                [e.number, e.updates, dict(e.training), dict(e.validation)] for e in self.history
            ],
        }
        with atomic_path(Path(path)) as temporary:
            torch.save(
                {
                    "world_model": json.dumps(described),
                    "model": self.model.state_dict(),
                    "optimiser": self.optimiser.state_dict(),
                },
                temporary,
            )

    @classmethod
    def load(cls, path: str | Path) -> WorldModelTrainer:
        """Read what `save` wrote.

        Raises:
            ModelError: the file is missing, damaged, or something else.
        """
        if not Path(path).is_file():
            raise ModelError(f"no world model at {path}")
        try:
            found = torch.load(path, map_location="cpu", weights_only=True)
            described = json.loads(found["world_model"])
            if described["format"] > FORMAT:
                raise ModelError(
                    f"{path} has format {described['format']}, this harness reads up to {FORMAT}; "
                    "update it"
                )
            settings = WorldModelSettings.from_dict(described["settings"])
            trainer = cls(Layout.from_dict(described["layout"]), settings, described["seed"])
            trainer.model.load_state_dict(found["model"])
            trainer.optimiser.load_state_dict(found["optimiser"])
            trainer.updates = int(described["updates"])
            trainer.history = [Epoch(*row) for row in described["history"]]
        except (
            KeyError, TypeError, ValueError, RuntimeError, OSError, EOFError,
            pickle.UnpicklingError,
        ) as error:  # fmt: skip
            line = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ModelError(f"{path} is not a world model: {line}") from error
        return trainer

    load_checkpoint = load

    def _update(
        self, replay: SequenceReplay, length: int, random: np.random.Generator
    ) -> dict[str, float]:
        batch = replay.sample(self.settings.batch_size, length, random)
        learned = self.model.learn_from(batch)
        self.optimiser.zero_grad(set_to_none=True)
        learned.loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.max_grad_norm)
        if not bool(torch.isfinite(norm)):
            raise HarnessError(
                "the world model diverged: its gradients are NaN; lower learning_rate"
            )
        self.optimiser.step()
        self.updates += 1
        return learned.figures

    @torch.no_grad()
    def _validate(self, replay: SequenceReplay, length: int) -> dict[str, float]:
        if not replay.can_sample(length):
            return {}
        # The same sequences every time.
        random = np.random.default_rng([self._seed, 1])
        size = self.settings.batch_size
        batches = [replay.sample(size, length, random) for _ in range(_VALIDATION_BATCHES)]
        return _mean([self.model.learn_from(batch).figures for batch in batches])

    def _length(self, replay: SequenceReplay) -> int:
        length = min(self.settings.sequence_length, len(replay))
        if length < 2:
            raise DataError("a world model learns from sequences; there is one observation only")
        return length


def train_world_model(
    trajectories: Sequence[Trajectory],
    observation_shape: Shape | Mapping[str, Shape],
    num_epochs: int,
    *,
    settings: WorldModelSettings | None = None,
    validation_share: float = 0.1,
    seed: int = 0,
    on_epoch: Callable[[Epoch], None] | None = None,
) -> WorldModelTrainer:
    """Train a world model on recorded episodes.

    Args:
        trajectories: of one form; see `rl_training.data`.
        observation_shape: (64, 64, 3) or another picture's, (size,) of a vector, or key to shape.
            With one shape, the key is `obs`, or the only one.
        num_epochs: passes over the data.
        settings: sizes, rates; None: state_dim 256, hidden_dim 256, learning_rate 1e-4, batches of
            32 sequences of 50.
        validation_share: of the episodes, by which the best epoch is chosen; at least one episode
            where there are several, 0 for none.
        seed: everything random comes from it.
        on_epoch: told of every epoch.

    Returns:
        The trainer, with the best epoch's `model`; `save` writes it.

    Raises:
        DataError: there is no data, or it does not fit the shape.
        UsageError: torchrl is not installed.
    """
    given = list(trajectories)
    require_one_form(given)
    if num_epochs < 1:
        raise DataError(f"num_epochs must be at least 1; found {num_epochs}")
    layout = Layout.of_trajectories(given[0], observation_shape).widened(given)
    training, validation = split(given, validation_share, seed)
    trainer = WorldModelTrainer(layout, settings, seed)
    trainer.fit(training, num_epochs, validation, on_epoch)
    return trainer


def split(
    trajectories: Sequence[Trajectory], share: float, seed: int
) -> tuple[list[Trajectory], list[Trajectory]]:
    """Return episodes to learn from and to judge by, drawn by the seed; both keep their order.

    Raises:
        DataError: the share is not in [0, 1).
    """
    if not 0.0 <= share < 1.0:
        raise DataError(f"validation_share must be in [0, 1); found {share}")
    count = len(trajectories)
    wanted = min(count - 1, max(1, round(share * count))) if share else 0
    chosen = set(np.random.default_rng(seed).permutation(count)[:wanted].tolist())
    learned = [one for n, one in enumerate(trajectories) if n not in chosen]
    return learned, [one for n, one in enumerate(trajectories) if n in chosen]


def _mean(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
