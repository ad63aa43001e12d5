"""From messages with their times to trajectories: the latest message of each topic is the present.

Called by `bags` and `bridge`, which collect messages. Pure: no files, no sockets.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.data.ros.messages import stamp_of, values_of
from rl_training.data.ros.topics import Source, Topics
from rl_training.data.trajectory import Array, Trajectory
from rl_training.errors import DataError

_LARGEST_GRID = 10_000_000


@dataclass
class Stream:
    """What came of one source, in the order in which it came.

    Attributes:
        times: s.
        values: of each message.
    """

    times: list[float] = field(default_factory=list)
    values: list[Array] = field(default_factory=list)


class Streams:
    """Collects the messages of all sources.

    Args:
        topics: which there are.

    Attributes:
        problems: what could not be used, a line each; alike ones once, with their number.
    """

    def __init__(self, topics: Topics) -> None:
        self.topics = topics
        self._segments: list[dict[Source, Stream]] = []
        self._of: dict[Source, Stream] = {}
        self._begin_segment()
        self._by_topic: dict[str, list[Source]] = {}
        for source in topics.sources:
            self._by_topic.setdefault(source.topic, []).append(source)
        self._problems: dict[str, int] = {}
        self._notes: list[str] = []
        self.messages = 0

    @property
    def problems(self) -> list[str]:
        """What could not be used, a line each."""
        left_out = [
            f"{line} ({count} messages, left out)" if count > 1 else f"{line} (left out)"
            for line, count in self._problems.items()
        ]
        return [*left_out, *self._notes]

    def add(self, topic: str, message: Any, received: float) -> None:
        """Take a message; one that cannot be used is a problem.

        Args:
            topic: its topic.
            message: its fields.
            received: s, when it was recorded.
        """
        stamp = stamp_of(message) if self.topics.clock == "header" else None
        for source in self._by_topic.get(topic, ()):
            try:
                values = values_of(message, source)
            except DataError as error:
                self._problems[str(error)] = self._problems.get(str(error), 0) + 1
                continue
            stream = self._of[source]
            at = received if stamp is None else stamp
            if stream.times and at < stream.times[-1]:
                back = stream.times[-1] - at
                self._notes.append(
                    f"{topic}: the clock jumps back by {back:.3f} s; an episode ends there"
                )
                self._begin_segment()
                stream = self._of[source]
            if stream.values and stream.values[0].shape != values.shape:
                line = (
                    f"{topic}: messages of {stream.values[0].shape} and of {values.shape}; the "
                    "first shape is kept"
                )
                self._problems[line] = self._problems.get(line, 0) + 1
                continue
            stream.times.append(at)
            stream.values.append(values)
            self.messages += 1

    def trajectories(self, meta: Mapping[str, Any]) -> list[Trajectory]:
        """Return the episodes of everything that came.

        Args:
            meta: of each.

        Raises:
            DataError: a topic brought nothing that can be used.
        """
        needed = [one for each in self.topics.observations.values() for one in each]
        for source in (*needed, *self.topics.actions):
            if not any(segment[source].times for segment in self._segments):
                raise DataError(
                    f"{self.topics.origin}: no message of {source.topic} can be used"
                    + (f": {self.problems[0]}" if self.problems else "")
                )
        found: list[Trajectory] = []
        for segment in self._segments:
            # Each holds what came between two jumps of the clock.
            self._of = segment
            for start, stop in self._spans():
                one = self._episode(start, stop, {**meta, "episode": len(found)})
                if one is not None:
                    found.append(one)
        if not found:
            raise DataError(
                f"{self.topics.origin}: no episode has two decisions in which all topics are known"
            )
        return found

    def _begin_segment(self) -> None:
        self._of = {source: Stream() for source in self.topics.sources}
        self._segments.append(self._of)

    def _spans(self) -> list[tuple[float, float]]:
        """Return when episodes begin and end: between gaps, and at messages that end one."""
        moments = np.sort(np.concatenate([[], *(s.times for s in self._of.values())]))
        if not len(moments):
            return []
        cuts = moments[1:][np.diff(moments) > self.topics.gap]
        ends = [] if self.topics.end is None else self._of[self.topics.end].times
        edges = sorted({*cuts.tolist(), *(np.nextafter(at, np.inf) for at in ends)})
        edges = [float(moments[0]), *edges, float(np.nextafter(moments[-1], np.inf))]
        return [(a, b) for a, b in itertools.pairwise(edges) if b > a]

    def _episode(self, start: float, stop: float, meta: dict[str, Any]) -> Trajectory | None:
        within = {source: self._within(source, start, stop) for source in self._of}
        needed = [*(s for each in self.topics.observations.values() for s in each)]
        needed += self.topics.actions
        if any(not len(within[source][0]) for source in needed):
            return None
        first = max(float(within[source][0][0]) for source in needed)
        last = min(stop, max(float(within[source][0][-1]) for source in needed))
        grid = self._grid(within, first, last)
        grid = self._fresh(grid, within, needed)
        if len(grid) < 2:
            return None
        seen = {
            key: _joined([_held(*within[source], grid) for source in sources])
            for key, sources in self.topics.observations.items()
        }
        acted = _joined([_held(*within[source], grid[:-1]) for source in self.topics.actions])
        ended = self._end(within)
        return Trajectory(
            observations=seen,
            actions=acted,
            rewards=self._rewards(within, grid),
            terminated=ended is True,
            truncated=ended is not True,
            times=grid,
            meta=meta,
        )

    def _within(
        self, source: Source, start: float, stop: float
    ) -> tuple[NDArray[np.float64], list[Array]]:
        stream = self._of[source]
        times = np.asarray(stream.times, np.float64)
        low, high = np.searchsorted(times, [start, stop])
        return times[low:high], stream.values[low:high]

    def _grid(self, within: Mapping[Source, Any], first: float, last: float) -> NDArray[np.float64]:
        if self.topics.rate is None:
            times = within[self.topics.actions[0]][0]
            return np.unique(times[(times >= first) & (times <= last)])
        count = int((last - first) * self.topics.rate + 1e-9) + 1
        if count > _LARGEST_GRID:
            raise DataError(
                f"{self.topics.origin}: an episode of {last - first:.0f} s makes {count:,} "
                "decisions: is the clock right? A smaller `gap` or `rate` helps"
            )
        grid: NDArray[np.float64] = first + np.arange(count) / self.topics.rate
        return grid

    def _fresh(
        self, grid: NDArray[np.float64], within: Mapping[Source, Any], needed: list[Source]
    ) -> NDArray[np.float64]:
        """Return the grid up to the first moment at which a topic is too old."""
        if self.topics.max_age is None or not len(grid):
            return grid
        for source in needed:
            times = within[source][0]
            ages = grid - times[np.searchsorted(times, grid, side="right") - 1]
            old = np.flatnonzero(ages > self.topics.max_age)
            grid = grid[: old[0]] if len(old) else grid
        return grid

    def _rewards(
        self, within: Mapping[Source, Any], grid: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        rewards = np.zeros(len(grid) - 1)
        if self.topics.reward is not None:
            times, values = within[self.topics.reward]
            for time, value in zip(times, values, strict=True):
                # What comes after an observation is earned by the action that followed it.
                row = int(np.searchsorted(grid, time, side="left")) - 1
                rewards[min(max(row, 0), len(rewards) - 1)] += float(value.sum())
        return rewards

    def _end(self, within: Mapping[Source, Any]) -> bool | None:
        if self.topics.end is None or not len(within[self.topics.end][0]):
            return None
        return bool(within[self.topics.end][1][-1].any())


def _held(times: NDArray[np.float64], values: list[Array], grid: NDArray[np.float64]) -> Array:
    """Return the latest value at each moment of the grid."""
    rows = np.maximum(np.searchsorted(times, grid, side="right") - 1, 0)
    stacked: Array = np.stack(values)[rows]
    return stacked


def _joined(parts: list[Array]) -> Array:
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
