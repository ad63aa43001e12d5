"""What a set of trajectories holds, in numbers, and what is odd about it.

Called by `data show`, `data check` and `reporting.data_picture`. It changes nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.data.trajectory import Array, Form, Trajectory, form_groups

_NAMED = 64
"""Elements of an observation up to which each is described; an image is described as a whole."""


@dataclass(frozen=True)
class Spread:
    """How a number is distributed.

    Attributes:
        name: of the number, e.g. `obs[3]`.
        low, mean, high, deviation: of its values.
    """

    name: str
    low: float
    mean: float
    high: float
    deviation: float


@dataclass(frozen=True)
class Summary:
    """A set of trajectories in numbers.

    Attributes:
        episodes: how many.
        decisions: of all together.
        bytes: of their arrays, not compressed.
        forms: shapes and dtypes, with how many episodes have them.
        ended: terminated, truncated, neither; how many of each.
        successes: episodes that succeeded, and those that say so; (0, 0): none says.
        returns, lengths: of the episodes.
        numbers: spread of every observed and acted number of the first form.
        sources: where they came from, with how many.
    """

    episodes: int
    decisions: int
    bytes: int
    forms: dict[str, int]
    ended: dict[str, int]
    successes: tuple[int, int]
    returns: Spread
    lengths: Spread
    numbers: tuple[Spread, ...]
    sources: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        data = dict(vars(self))
        data["returns"], data["lengths"] = vars(self.returns), vars(self.lengths)
        data["numbers"] = [vars(one) for one in self.numbers]
        data["successes"] = {"succeeded": self.successes[0], "known": self.successes[1]}
        return data


def summarise(trajectories: Sequence[Trajectory]) -> Summary:
    """Describe at least one trajectory."""
    groups = form_groups(list(trajectories))
    first = [trajectories[number] for number in next(iter(groups.values()))]
    known = [one.success for one in trajectories if one.success is not None]
    ended = {"terminated": 0, "truncated": 0, "neither": 0}
    sources: dict[str, int] = {}
    for one in trajectories:
        how = "terminated" if one.terminated else "truncated" if one.truncated else "neither"
        ended[how] += 1
        source = str(one.meta.get("source", "unknown"))
        sources[source] = sources.get(source, 0) + 1
    return Summary(
        episodes=len(trajectories),
        decisions=sum(len(one) for one in trajectories),
        bytes=sum(one.nbytes for one in trajectories),
        forms={str(form): len(numbers) for form, numbers in groups.items()},
        ended=ended,
        successes=(sum(known), len(known)),
        returns=spread("return", np.array([one.episode_return for one in trajectories])),
        lengths=spread("decisions", np.array([float(len(one)) for one in trajectories])),
        numbers=tuple(spread(name, values) for name, values in numbers_of(first)),
        sources=sources,
    )


def numbers_of(trajectories: Sequence[Trajectory]) -> list[tuple[str, Array]]:
    """Return the values of every observed and acted number, by name.

    Args:
        trajectories: of one form. Images and other large observations are one number each.
    """
    found: list[tuple[str, Array]] = []
    for key in trajectories[0].observations:
        # The last observation is no decision's.
        found += _columns(key, [one.observations[key][:-1] for one in trajectories])
    return found + _columns("action", [one.actions for one in trajectories])


def _columns(name: str, arrays: list[Array]) -> list[tuple[str, Array]]:
    size = int(np.prod(arrays[0].shape[1:], dtype=np.int64))
    if size == 0:
        return []
    if size > _NAMED:
        # An image: enough of its pixels for a picture of their distribution.
        stride = max(1, sum(a.size for a in arrays) // 1_000_000)
        return [(name, np.concatenate([a.reshape(-1)[::stride] for a in arrays]))]
    joined = np.concatenate([array.reshape(len(array), -1) for array in arrays])
    if size == 1:
        return [(name, joined[:, 0])]
    return [(f"{name}[{i}]", joined[:, i]) for i in range(size)]


def spread(name: str, values: NDArray[Any]) -> Spread:
    """Return how values are distributed; at least one."""
    real = values.astype(np.float64, copy=False)
    return Spread(name, float(real.min()), float(real.mean()), float(real.max()), float(real.std()))


def problems_of(trajectories: Sequence[Trajectory]) -> list[str]:
    """Return what keeps trajectories from being learned from as they are, a line each."""
    found = []
    groups: dict[Form, list[int]] = form_groups(list(trajectories))
    if len(groups) > 1:
        told = "; ".join(f"{len(numbers)} with {form}" for form, numbers in groups.items())
        found.append(f"{len(groups)} forms: {told}: take them apart with `data split --by form`")
    seen: dict[int, int] = {}
    for number, one in enumerate(trajectories):
        jumps = one.clock_jumps()
        if jumps:
            assert one.times is not None, "only then there are jumps"
            gap = float(one.times[jumps[0] + 1] - one.times[jumps[0]])
            found.append(
                f"trajectory {number}: the clock jumps ahead by {gap:.3f} s at decision "
                f"{jumps[0]}{_more(len(jumps))}: `data split --by clock` splits there"
            )
        content = zlib.crc32(one.actions.tobytes())
        for array in one.observations.values():
            content = zlib.crc32(array.tobytes(), content)
        if content in seen:
            found.append(f"trajectory {number} is the same as number {seen[content]}")
        seen.setdefault(content, number)
    return found


def remarks_on(summary: Summary) -> list[str]:
    """Return what is odd, but no error, a line each."""
    still = [one.name for one in summary.numbers if one.low == one.high]
    found = []
    if still:
        shown = ", ".join(still[:6]) + (", ..." if len(still) > 6 else "")
        found.append(f"never changes: {shown}")
    if summary.returns.low == summary.returns.high == 0.0:
        found.append("all returns are 0: rewards are unknown, or the data tells none")
    if summary.ended["neither"]:
        found.append(f"{summary.ended['neither']} episodes neither terminated nor truncated")
    return found


def _more(count: int) -> str:
    return f" (and at {count - 1} more)" if count > 1 else ""
