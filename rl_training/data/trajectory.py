"""One episode of one agent: the form that all data takes here, wherever it came from.

Made by readers, converters and the collector; learned from by `algorithms/imitation`. It checks
itself when it is made, and never reads or writes a file.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rl_training.errors import DataError

Array = NDArray[Any]
DEFAULT_KEY = "obs"
"""Key of an observation that came without one."""
LONGEST_JUMP = 10.0
"""A gap between two observations is a clock jump when it is so many times the median gap."""


class Form(NamedTuple):
    """What must agree between trajectories that are learned from together.

    Attributes:
        observations: key, shape and dtype of one observation, by rising key.
        action: shape and dtype of one action.
    """

    observations: tuple[tuple[str, tuple[int, ...], str], ...]
    action: tuple[tuple[int, ...], str]

    def __str__(self) -> str:
        parts = [f"{key} {_shape(shape)} {dtype}" for key, shape, dtype in self.observations]
        return f"{', '.join(parts)}; actions {_shape(self.action[0])} {self.action[1]}"


@dataclass(frozen=True, eq=False)
class Trajectory:
    """One episode of one agent, T decisions long.

    Attributes:
        observations: key to (T + 1, ...), numbers or flags; row t was seen before action t, row
            t + 1 after it. Floats are finite.
        actions: (T, ...) floats or integers, finite. Continuous values and discrete choices of one
            agent stand side by side, in the order of its action space.
        rewards: (T,) float64; row t followed action t.
        terminated: the scene ended it.
        truncated: its time was over, or it was cut off. Both are False for data that was still
            going on when recording stopped.
        infos: decision, in [0, T), to what was told there beyond numbers; JSON values. The last
            one's `is_success` is the episode's.
        seed: what the scene drew the episode from; None: unknown.
        parameters: environment parameters that were set, by name.
        times: (T + 1,) float64, s, rising: when each observation was taken; None: unknown, or
            evenly apart.
        meta: where it came from: `source`, `agent`, `episode`, ...; JSON values.

    Raises:
        DataError: lengths, shapes, dtypes or values do not fit; the message names the first.
    """

    observations: Mapping[str, Array]
    actions: Array
    rewards: Array
    terminated: bool = False
    truncated: bool = False
    infos: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    seed: int | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)
    times: Array | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Bring arrays to their dtypes and check them."""
        given: Any = self.observations
        if not isinstance(given, Mapping):
            given = {DEFAULT_KEY: given}
        if not given:
            raise DataError("a trajectory needs an observation; found none")
        seen = {
            str(key): _numbers(given[key], f"observation {str(key)!r}") for key in sorted(given)
        }
        put = object.__setattr__
        put(self, "observations", seen)
        put(self, "actions", _numbers(self.actions, "actions"))
        put(self, "rewards", _numbers(self.rewards, "rewards").astype(np.float64, copy=False))
        put(self, "terminated", bool(self.terminated))
        put(self, "truncated", bool(self.truncated))
        put(self, "infos", {int(at): dict(info) for at, info in self.infos.items()})
        put(self, "seed", None if self.seed is None else int(self.seed))
        put(self, "parameters", {str(k): float(v) for k, v in self.parameters.items()})
        put(self, "meta", dict(self.meta))
        if self.times is not None:
            put(self, "times", _numbers(self.times, "times").astype(np.float64, copy=False))
        self._check()

    def _check(self) -> None:
        if self.actions.ndim == 0:
            raise DataError("actions must be an array of one row a decision; found one number")
        steps = len(self.actions)
        if steps == 0:
            raise DataError("a trajectory needs a decision; found none")
        if self.rewards.shape != (steps,):
            raise DataError(
                f"rewards must be {_shape((steps,))} for {steps} actions; found "
                f"{_shape(self.rewards.shape)}"
            )
        for key, array in self.observations.items():
            if array.ndim == 0 or len(array) != steps + 1:
                rows = 0 if array.ndim == 0 else len(array)
                raise DataError(
                    f"observation {key!r} must have {steps + 1} rows for {steps} actions (one "
                    f"before each, one after the last); found {rows}"
                )
        outside = [at for at in self.infos if not 0 <= at < steps]
        if outside:
            raise DataError(f"infos name decision {outside[0]} of {steps}")
        for name, value in self.parameters.items():
            if not math.isfinite(value):
                raise DataError(f"the parameter {name!r} is {value}; expected a finite number")
        if self.times is not None:
            if self.times.shape != (steps + 1,):
                raise DataError(
                    f"times must be {_shape((steps + 1,))}; found {_shape(self.times.shape)}"
                )
            back = np.flatnonzero(np.diff(self.times) < 0.0)
            if len(back):
                at = int(back[0])
                raise DataError(
                    f"the clock jumps back by {self.times[at] - self.times[at + 1]:.3f} s at "
                    f"decision {at}: split the data there"
                )

    def __len__(self) -> int:
        return len(self.actions)

    @property
    def form(self) -> Form:
        """Shapes and dtypes, without the length."""
        return Form(
            tuple((k, a.shape[1:], a.dtype.name) for k, a in self.observations.items()),
            (self.actions.shape[1:], self.actions.dtype.name),
        )

    @property
    def episode_return(self) -> float:
        """Sum of the rewards, not discounted."""
        return float(self.rewards.sum())

    @property
    def last_info(self) -> Mapping[str, Any]:
        """What was told at the last decision; empty where nothing was."""
        return self.infos.get(len(self) - 1, {})

    @property
    def success(self) -> bool | None:
        """Whether the episode succeeded; None where its scene does not say."""
        found = self.last_info.get("is_success")
        return None if found is None else bool(found)

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""
        arrays = [*self.observations.values(), self.actions, self.rewards]
        return sum(a.nbytes for a in arrays) + (0 if self.times is None else self.times.nbytes)

    def part(self, start: int, stop: int) -> Trajectory:
        """Return the decisions `start` to `stop` - 1; it ends as the whole does where they meet."""
        start, stop, _ = slice(start, stop).indices(len(self))
        last = stop == len(self)
        return replace(
            self,
            observations={key: a[start : stop + 1] for key, a in self.observations.items()},
            actions=self.actions[start:stop],
            rewards=self.rewards[start:stop],
            terminated=self.terminated and last,
            truncated=self.truncated or not last,
            infos={at - start: info for at, info in self.infos.items() if start <= at < stop},
            times=None if self.times is None else self.times[start : stop + 1],
        )

    def clock_jumps(self, longest: float = LONGEST_JUMP) -> list[int]:
        """Return the decisions after which the clock jumped ahead.

        Args:
            longest: a gap that is more than so many times the median one is a jump.
        """
        if self.times is None or len(self) < 2:
            return []
        gaps = np.diff(self.times)
        return [int(at) for at in np.flatnonzero(gaps > longest * max(np.median(gaps), 1e-9))]


def split_at_jumps(one: Trajectory, longest: float = LONGEST_JUMP) -> list[Trajectory]:
    """Return the trajectory in the parts between clock jumps; the decision of a jump is left out.

    Args:
        one: with times, or it is returned whole.
        longest: see `Trajectory.clock_jumps`.
    """
    parts, start = [], 0
    for at in one.clock_jumps(longest):
        if at > start:
            parts.append(one.part(start, at))
        start = at + 1
    if start == 0:
        return [one]
    if start < len(one):
        parts.append(one.part(start, len(one)))
    return parts


def form_groups(trajectories: Iterator[Trajectory] | list[Trajectory]) -> dict[Form, list[int]]:
    """Return the numbers of trajectories by their form, the first form first."""
    found: dict[Form, list[int]] = {}
    for number, one in enumerate(trajectories):
        found.setdefault(one.form, []).append(number)
    return found


def require_one_form(trajectories: list[Trajectory]) -> Form:
    """Return the form that all have.

    Raises:
        DataError: there are none, or two differ; the message names both.
    """
    if not trajectories:
        raise DataError("there are no trajectories: collect or record some first")
    groups = form_groups(trajectories)
    if len(groups) > 1:
        (first, ones), (second, others) = list(groups.items())[:2]
        raise DataError(
            f"trajectories differ: {len(ones)} have {first}; {len(others)}, the first of them "
            f"number {others[0]}, have {second}. Take them apart with `data split --by form`"
        )
    return next(iter(groups))


def _numbers(value: Any, what: str) -> Array:
    """Return an array of numbers or flags, contiguous, little-endian.

    Raises:
        DataError: it is ragged, holds something else, or NaN or infinity.
    """
    try:
        array = np.asarray(value)
    except ValueError:
        raise DataError(f"{what}: rows differ in length; expected one shape for all") from None
    if array.dtype.kind not in "biuf":
        raise DataError(f"{what} must hold numbers; found {array.dtype.name}")
    if array.dtype.kind == "f":
        finite = np.isfinite(array)
        if not finite.all():
            place = tuple(int(i) for i in np.argwhere(~finite)[0])
            where = place[0] if len(place) == 1 else list(place)
            raise DataError(f"{what}: {array[place]} at {where}; expected finite numbers")
    return np.ascontiguousarray(array, array.dtype.newbyteorder("=")).reshape(array.shape)


def _shape(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
