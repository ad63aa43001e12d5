"""How far a world model sees ahead: open-loop errors against two baselines that know no scene.

The model sees the beginning of an episode, then only the actions that were taken. "Repeat last"
says that nothing changes; "constant velocity" says that all goes on changing as it last did.
Errors of a vector are in standard deviations of each number over the data; of a picture, in [0, 1].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rl_training.algorithms.world_model.layout import Layout, Seen
from rl_training.algorithms.world_model.model import WorldModel
from rl_training.algorithms.world_model.sequences import batch_of, rows_of
from rl_training.data.trajectory import Trajectory
from rl_training.errors import DataError

Array = NDArray[Any]
Errors = Mapping[str, Array]

SEEN = 5
"""Observations that the model sees before it imagines."""


@dataclass(frozen=True)
class OpenLoop:
    """Errors of one key of the observation.

    Attributes:
        key: its key.
        model: (horizon,) root mean square error of the model, by decisions ahead.
        velocity: of constant velocity.
        last: of repeating the last observation.
        sequences: how many were measured.
    """

    key: str
    model: Array
    velocity: Array
    last: Array
    sequences: int

    @property
    def ratio(self) -> float:
        """The model's mean error over the horizon, as a share of the better baseline's."""
        return float(self.model.mean() / min(self.velocity.mean(), self.last.mean()))

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "key": self.key,
            "sequences": self.sequences,
            "ratio": self.ratio,
            "model": self.model.tolist(),
            "constant_velocity": self.velocity.tolist(),
            "repeat_last": self.last.tolist(),
        }


@dataclass(frozen=True)
class Imagined:
    """Sequences as they were, and as the model imagined them.

    Attributes:
        real: key to (n, SEEN + horizon, *stored).
        model: the same; the first `SEEN` are reconstructions.
    """

    real: Mapping[str, Array]
    model: Mapping[str, Array]


def imagine(
    model: WorldModel, trajectories: Sequence[Trajectory], horizon: int, most: int = 256
) -> Imagined:
    """Let a model imagine parts of episodes, evenly spread.

    Args:
        model: it.
        trajectories: that it has not learned from.
        horizon: decisions to imagine.
        most: parts.

    Raises:
        DataError: no episode is long enough.
    """
    length = SEEN + horizon
    places = [
        (one, start)
        for one in trajectories
        for start in range(0, len(one) + 1 - length + 1, max(1, horizon // 2))
    ]
    if not places:
        raise DataError(
            f"an open-loop measurement needs episodes of at least {length} observations "
            f"({SEEN} seen, {horizon} imagined); the longest has "
            f"{max((len(one) + 1 for one in trajectories), default=0)}"
        )
    picked = np.unique(np.linspace(0, len(places) - 1, min(most, len(places))).astype(int))
    parts = []
    for number in picked:
        one, start = places[number]
        rows = rows_of(one, model.layout)
        parts.append({name: array[start : start + length] for name, array in rows.items()})
    batch = batch_of([{name: a.copy() for name, a in part.items()} for part in parts], model.layout)
    found = model.open_loop(batch, SEEN)
    keys = [one.key for one in model.layout.seen]
    return Imagined(
        {key: batch.observations[key].numpy() for key in keys},
        {key: found[key].numpy() for key in keys},
    )


def measure_open_loop(
    model: WorldModel,
    trajectories: Sequence[Trajectory],
    horizon: int | None = None,
    most: int = 256,
) -> list[OpenLoop]:
    """Return the errors of each key over the horizon.

    Args:
        model: it.
        trajectories: that it has not learned from.
        horizon: decisions; None: of its settings (15).
        most: sequences to measure.

    Raises:
        DataError: no episode is long enough.
    """
    ahead = model.settings.horizon if horizon is None else horizon
    torch.manual_seed(0)
    return errors_of(imagine(model, trajectories, ahead, most), model.layout)


def errors_of(imagined: Imagined, layout: Layout) -> list[OpenLoop]:
    """Return the errors of imagined sequences, key by key."""
    return [_of_key(one, imagined) for one in layout.seen]


def _of_key(one: Seen, imagined: Imagined) -> OpenLoop:
    real, model = imagined.real[one.key], imagined.model[one.key]
    last, before = real[:, SEEN - 1], real[:, SEEN - 2]
    ahead = np.arange(1, real.shape[1] - SEEN + 1).reshape(1, -1, *(1,) * (real.ndim - 2))
    moving = last[:, None] + ahead * (last - before)[:, None]
    if one.image:
        moving = np.clip(moving, 0.0, 1.0)
    wanted = real[:, SEEN:]
    scale: Any = 1.0
    if not one.image:
        deviation = real.reshape(-1, real.shape[-1]).std(axis=0)
        # A number that never changes cannot be missed.
        scale = np.where(deviation > 1e-6, deviation, np.inf)
    shown = [model[:, SEEN:], moving, np.broadcast_to(last[:, None], wanted.shape)]
    model_error, velocity_error, last_error = (_rms((each - wanted) / scale) for each in shown)
    return OpenLoop(one.key, model_error, velocity_error, last_error, len(real))


def _rms(errors: Array) -> Array:
    axes = (0, *range(2, errors.ndim))
    found: Array = np.sqrt(np.square(errors).mean(axis=axes))
    return found
