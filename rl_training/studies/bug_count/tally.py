"""What a finder has found until now: episodes, episodes with each bug, first finds, cells.

Filled by `paid_env` while an agent trains, and by `finders` from an exploration.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Tally:
    """Counts of one finder.

    Attributes:
        decisions: of all arenas together.
        episodes: that ended or were cut off.
        with_kind: kind of finding to the episodes that showed it.
        first: kind of finding to the decisions of all arenas until it was first seen.
        cells: that were entered.
    """

    decisions: int = 0
    episodes: int = 0
    with_kind: dict[str, int] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)
    cells: set[str] = field(default_factory=set)

    def saw(self, kinds: Iterable[str], is_new_in_episode: bool = True) -> None:
        """Take kinds of findings that an episode shows, each told once an episode."""
        for kind in kinds:
            self.first.setdefault(kind, self.decisions)
            if is_new_in_episode:
                self.with_kind[kind] = self.with_kind.get(kind, 0) + 1


def kinds_in(info: Mapping[str, Any]) -> list[str]:
    """Return the kinds of the findings that a decision's info tells, each once."""
    told = info.get("findings") or ()
    return list(dict.fromkeys(str(each["kind"]) for each in told if "kind" in each))


def cell_in(info: Mapping[str, Any]) -> str:
    """Return the cell that a decision's info tells; empty: none."""
    facts = info.get("explore")
    return str(facts.get("cell", "")) if isinstance(facts, Mapping) else ""
