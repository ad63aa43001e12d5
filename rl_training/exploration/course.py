"""What one arena plays: its level, what comes after, how far it is, whether it counts.

Kept by `World`, which asks no engine through it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Course:
    """The episode of an arena that is under way.

    Attributes:
        takes_levels: whether the game plays levels as ordered.
        level: that is played; -1: a numbered episode.
        queued: levels that are played after it.
        decision: the next one's number in the episode.
        skips: the next decision ends an episode that nobody plays.
        over: places of the arena's agents whose episodes are over.
    """

    takes_levels: bool
    level: int = -1
    queued: list[int] = field(default_factory=list)
    decision: int = 0
    skips: bool = False
    over: set[int] = field(default_factory=set)

    def start(self, level: int | None) -> None:
        """Begin at once, with this level or a numbered episode."""
        self.skips = False
        self.queued = [] if level is None else [level]
        self.begin()

    def begin(self) -> None:
        """Begin what comes next."""
        self.level = self.queued.pop(0) if self.queued and self.takes_levels else -1
        self.decision = 0
        self.over.clear()

    def order(self, levels: Sequence[int]) -> None:
        """Say what is played after this."""
        self.queued = list(levels)

    def count(self) -> int:
        """Return the number of the decision that was made."""
        self.decision += 1
        return self.decision - 1
