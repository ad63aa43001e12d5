"""What a world model sees and does: observations by key, actions as numbers, from data or spaces.

Pictures are kept as bytes, channels first; vectors as float32. A continuous action is scaled to
[-1, 1]; choices are one-hot, branch after branch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from rl_training.data.trajectory import DEFAULT_KEY, Trajectory
from rl_training.errors import DataError, ModelError

Array = NDArray[Any]
_CHANNELS = (1, 3, 4)


@dataclass(frozen=True)
class Seen:
    """One key of the observation.

    Attributes:
        key: its key.
        shape: as the data has it, without the row.
        image: it is a picture.
        channels_last: the data has it as (height, width, channels).
    """

    key: str
    shape: tuple[int, ...]
    image: bool = False
    channels_last: bool = False

    @property
    def stored(self) -> tuple[int, ...]:
        """Shape as it is learned from: (channels, height, width), or (size,)."""
        if not self.image:
            return (math.prod(self.shape),)
        if self.channels_last:
            height, width, channels = self.shape
            return (channels, height, width)
        return self.shape

    def rows(self, values: Array) -> Array:
        """Return (n, *stored) for (n, *shape): bytes for pictures, else float32.

        Raises:
            DataError: the values have another shape.
        """
        if values.shape[1:] != self.shape:
            raise DataError(
                f"observation {self.key!r} must be {self.shape}; found {values.shape[1:]}"
            )
        if not self.image:
            return values.reshape(len(values), -1).astype(np.float32)
        if values.dtype != np.uint8:
            values = np.clip(np.rint(values * 255.0), 0, 255).astype(np.uint8)
        found: Array = values.transpose(0, 3, 1, 2) if self.channels_last else values
        return found

    def shown(self, stored: Array) -> Array:
        """Return (n, height, width, channels) of (n, *stored), to be drawn."""
        found: Array = stored.transpose(0, 2, 3, 1)
        return found


@dataclass(frozen=True)
class Acted:
    """The actions.

    Attributes:
        low: lower bounds of continuous values; empty for choices.
        high: upper bounds.
        choices: of each branch; empty for continuous values.
    """

    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    choices: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """Numbers of an action as the model takes it."""
        return sum(self.choices) if self.choices else len(self.low)

    def rows(self, actions: Array) -> Array:
        """Return (n, size) float32 for actions as the environment takes them, (n, ...)."""
        rows = actions.reshape(len(actions), -1)
        if not self.choices:
            low, high = np.asarray(self.low), np.asarray(self.high)
            scaled = 2.0 * (rows - low) / np.maximum(high - low, 1e-9) - 1.0
            bounded: Array = np.clip(scaled, -1.0, 1.0).astype(np.float32)
            return bounded
        parts = [
            np.eye(n, dtype=np.float32)[rows[:, branch].astype(np.int64)]
            for branch, n in enumerate(self.choices)
        ]
        return np.concatenate(parts, axis=1)

    def unscaled(self, rows: Array) -> Array:
        """Return continuous actions within their bounds for (n, size) in [-1, 1]."""
        low, high = np.asarray(self.low), np.asarray(self.high)
        found: Array = low + 0.5 * (np.clip(rows, -1.0, 1.0) + 1.0) * (high - low)
        return found.astype(np.float32)


@dataclass(frozen=True)
class Layout:
    """Both.

    Attributes:
        seen: by rising key.
        acted: the actions.
    """

    seen: tuple[Seen, ...]
    acted: Acted

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Layout:
        """Read what `to_dict` gave."""
        seen = tuple(Seen(**{**one, "shape": tuple(one["shape"])}) for one in data["seen"])
        acted = {name: tuple(values) for name, values in data["acted"].items()}
        return cls(seen, Acted(**acted))

    @classmethod
    def of_spaces(cls, observation: spaces.Space[Any], action: spaces.Space[Any]) -> Layout:
        """Return the layout of an environment.

        Raises:
            ModelError: a space is of a kind that no world model here takes.
        """
        by_key = dict(observation.spaces) if isinstance(observation, spaces.Dict) else {}
        seen = []
        for key, one in sorted((by_key or {"": observation}).items()):
            if not isinstance(one, spaces.Box) or not one.shape:
                raise ModelError(
                    f"a world model takes vectors and pictures; observation {key!r} is {one}"
                )
            image = one.dtype == np.uint8 and len(one.shape) == 3
            seen.append(Seen(key, one.shape, image, image and _channels_last(one.shape)))
        return cls(tuple(seen), _acted(action))

    @classmethod
    def of_trajectories(
        cls, one: Trajectory, shape: tuple[int, ...] | Mapping[str, tuple[int, ...]]
    ) -> Layout:
        """Return the layout of data.

        Actions of floats are taken to lie in [-1, 1], and of integers to be one choice or several;
        `trainer` widens both to what all the data holds.

        Args:
            one: the first trajectory.
            shape: of the observation, or of each key; three numbers are a picture.

        Raises:
            DataError: the data has other keys or shapes.
        """
        shapes = dict(shape) if isinstance(shape, Mapping) else {_only_key(one): tuple(shape)}
        seen = []
        for key in sorted(shapes):
            if key not in one.observations:
                raise DataError(
                    f"no observation {key!r}; the data has {', '.join(one.observations)}"
                )
            wanted, found = tuple(shapes[key]), one.observations[key].shape[1:]
            if wanted != found:
                raise DataError(f"observation {key!r} must be {wanted}; the data has {found}")
            image = len(wanted) == 3
            seen.append(Seen(key, wanted, image, image and _channels_last(wanted)))
        width = int(np.prod(one.actions.shape[1:], dtype=int))
        acted = Acted((-1.0,) * width, (1.0,) * width)
        if one.actions.dtype.kind in "iub":
            acted = Acted(choices=(2,) * width)
        return cls(tuple(seen), acted)

    def widened(self, trajectories: list[Trajectory]) -> Layout:
        """Return it with bounds, or choices, that hold all actions of the data."""
        rows = [one.actions.reshape(len(one), -1) for one in trajectories]
        low = np.min([one.min(axis=0) for one in rows], axis=0)
        high = np.max([one.max(axis=0) for one in rows], axis=0)
        if self.acted.choices:
            choices = [
                max(n, int(top) + 1) for n, top in zip(self.acted.choices, high, strict=True)
            ]
            return Layout(self.seen, Acted(choices=tuple(choices)))
        low, high = np.minimum(low, self.acted.low), np.maximum(high, self.acted.high)
        acted = Acted(tuple(float(v) for v in low), tuple(float(v) for v in high))
        return Layout(self.seen, acted)


def _acted(space: spaces.Space[Any]) -> Acted:
    if isinstance(space, spaces.Discrete):
        return Acted(choices=(int(space.n),))
    if isinstance(space, spaces.MultiDiscrete) and space.nvec.ndim == 1:
        return Acted(choices=tuple(int(n) for n in space.nvec))
    if isinstance(space, spaces.Box) and len(space.shape) == 1 and np.isfinite(space.low).all():
        return Acted(tuple(map(float, space.low)), tuple(map(float, space.high)))
    raise ModelError(
        f"a world model takes bounded continuous actions or choices; the scene's are {space}"
    )


def _only_key(one: Trajectory) -> str:
    if DEFAULT_KEY in one.observations or len(one.observations) != 1:
        return DEFAULT_KEY
    return next(iter(one.observations))


def _channels_last(shape: tuple[int, ...]) -> bool:
    return shape[-1] in _CHANNELS and shape[0] not in _CHANNELS
