"""What has been found until now: episodes, episodes with each kind of finding, cells.

Filled by `paid_env` while an agent trains.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Tally:
    """Counts of one finder.

    Attributes:
        decisions: of all agents together.
        episodes: that ended or were cut off.
        with_kind: kind of finding to the episodes that showed it.
        first: kind of finding to the decisions of all agents until it was first seen.
        messages: kind of finding to what was told of it when it was first seen.
        visits: cell to the episodes that entered it.
    """

    decisions: int = 0
    episodes: int = 0
    with_kind: dict[str, int] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    visits: dict[str, int] = field(default_factory=dict)

    def saw(self, kinds: Iterable[str]) -> None:
        """Take kinds of findings that an episode shows, each told once an episode."""
        for kind in kinds:
            self.first.setdefault(kind, self.decisions)
            self.with_kind[kind] = self.with_kind.get(kind, 0) + 1

    def entered(self, cell: str) -> None:
        """Take a cell that an episode enters, told once an episode."""
        self.visits[cell] = self.visits.get(cell, 0) + 1

    def to_dict(self) -> dict[str, Any]:
        """Return all counts, of plain JSON types."""
        return {
            "decisions": self.decisions,
            "episodes": self.episodes,
            "with_kind": dict(self.with_kind),
            "first": dict(self.first),
            "messages": dict(self.messages),
            "visits": dict(self.visits),
        }

    def restore(self, told: Mapping[str, Any]) -> None:
        """Take over the counts of `to_dict`; what is missing there is left alone."""
        self.decisions = int(told.get("decisions", self.decisions))
        self.episodes = int(told.get("episodes", self.episodes))
        for name in ("with_kind", "first", "messages", "visits"):
            getattr(self, name).update(told.get(name, {}))


def findings_in(info: Mapping[str, Any]) -> dict[str, str]:
    """Return what a decision's info tells of findings: kind to message, each kind once.

    A body that is out of the world is one, where the engine tells explorers of it.
    """
    found: dict[str, str] = {}
    for each in info.get("findings") or ():
        if "kind" in each:
            found.setdefault(str(each["kind"]), str(each.get("message", "")))
    facts = info.get("explore")
    if isinstance(facts, Mapping) and facts.get("outside"):
        found.setdefault("out_of_world", str(facts["outside"]))
    return found
