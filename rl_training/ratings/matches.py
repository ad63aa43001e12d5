"""Matches: which are to be played, and what came of them. Pure values.

A meeting is one start played twice, with sides swapped. Meetings, not matches, are what statistics
draw from: the two matches of one start are not independent.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Planned(NamedTuple):
    """A match that is to be played.

    Attributes:
        first: name of who plays the scene's first group.
        second: of who plays the other.
        start: number of its start, from 0; the same number, the same start.
    """

    first: str
    second: str
    start: int

    @property
    def sides(self) -> tuple[str, str]:
        """Who plays the first group, and who the other."""
        return self.first, self.second


@dataclass(frozen=True)
class Result:
    """A match that was played.

    Attributes:
        match: which one.
        scores: of both groups.
        decisions: its length.
        places: what the scene told of where things happened, by group: kind to flat (x, z, ...).
    """

    match: Planned
    scores: tuple[float, float]
    decisions: int
    places: tuple[Mapping[str, tuple[float, ...]], ...] = field(default=())

    @property
    def outcome(self) -> float:
        """1 where the first has won, 0.5 for a draw, 0 where it has lost."""
        return 0.5 + 0.5 * ((self.scores[0] > self.scores[1]) - (self.scores[0] < self.scores[1]))

    def of(self, name: str) -> float:
        """Return the outcome as a player of it sees it."""
        return self.outcome if name == self.match.first else 1.0 - self.outcome


def round_robin(names: Sequence[str], starts: int) -> list[Planned]:
    """Return the matches of each with each other, both ways round from each start."""
    return [
        match
        for one, other in itertools.combinations(names, 2)
        for match in both_ways(one, other, starts)
    ]


def against(names: Sequence[str], others: Sequence[str], starts: int) -> list[Planned]:
    """Return the matches of each of `names` against each of `others`."""
    return [
        match
        for one in names
        for other in others
        if one != other
        for match in both_ways(one, other, starts)
    ]


def both_ways(one: str, other: str, starts: int) -> list[Planned]:
    """Return the matches of two players, both ways round from each start."""
    return [
        Planned(*sides, start) for start in range(starts) for sides in ((one, other), (other, one))
    ]


def dealt(planned: Sequence[Planned], engines: int) -> list[list[Planned]]:
    """Return the matches that each engine plays, in their order: what one plays moves no other."""
    return [list(planned[engine::engines]) for engine in range(engines)]


def missing(wanted: Iterable[Planned], played: Iterable[Result]) -> list[Planned]:
    """Return the matches that were not played yet, in their order."""
    known = {result.match for result in played}
    return [match for match in wanted if match not in known]


def whole_meetings(results: Iterable[Result]) -> dict[tuple[str, str], dict[int, list[Result]]]:
    """Return the results by pair (names in alphabetical order) and start, both ways round.

    A start of which one match is missing is left out: sides would not be even.
    """
    pairs: dict[tuple[str, str], dict[int, list[Result]]] = {}
    for result in results:
        one, other = sorted(result.match[:2])
        pairs.setdefault((one, other), {}).setdefault(result.match.start, []).append(result)
    return {
        pair: {start: each for start, each in sorted(starts.items()) if len(each) == 2}
        for pair, starts in sorted(pairs.items())
    }
