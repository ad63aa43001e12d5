"""What one decision of one arena brought, as detectors and the archive see it.

Made by `World`; nothing here asks an engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.exploration.engine_log import LogLine


@dataclass(frozen=True)
class Failure:
    """How an engine failed in a decision.

    Attributes:
        kind: "crash", "hang" or "nan".
        message: one line.
        log: last lines of its output.
    """

    kind: str
    message: str
    log: tuple[str, ...] = ()


@dataclass(frozen=True)
class Moment:
    """One decision of one arena.

    Attributes:
        arena: number over all engines.
        decision: number of the decision in the episode, from 0, whose action led here; -1: the
            episode's beginning.
        observation: (n,) float32, what all agents observe now, of agents whose episode ended the
            last observation; images by their average colours.
        digest: hash of the same, images in full.
        action: (width,) float64 of the decision; empty at a beginning.
        rewards: of each agent.
        ended: an agent's episode ended, so this one is over.
        terminated: the game ended it; else its time was over, or the explorer cut it off.
        infos: of each agent.
        log: messages of the arena's engine in this decision; other arenas of that engine get them
            too, since a log does not tell whose they are.
        failure: the engine failed in this decision; None: it did not.
    """

    arena: int
    decision: int
    observation: NDArray[np.float32]
    digest: int
    action: NDArray[np.float64]
    rewards: tuple[float, ...] = ()
    ended: bool = False
    terminated: bool = False
    infos: tuple[Mapping[str, Any], ...] = ()
    log: tuple[LogLine, ...] = ()
    failure: Failure | None = None

    @cached_property
    def facts(self) -> tuple[Mapping[str, Any], ...]:
        """What the addon tells explorers of each agent: cell, place, outside, ms; may be empty."""
        return tuple(info.get("explore") or {} for info in self.infos)

    @property
    def cells(self) -> tuple[str, ...]:
        """Cell of each agent that tells one."""
        return tuple(str(fact["cell"]) for fact in self.facts if "cell" in fact)

    @property
    def places(self) -> tuple[NDArray[np.float64] | None, ...]:
        """Position of each agent's body in its arena, 3 numbers or 2; None where unknown."""
        return tuple(
            np.asarray(fact["place"], np.float64) if "place" in fact else None
            for fact in self.facts
        )

    @property
    def tick_ms(self) -> float:
        """The longest physics tick in ms, of all arenas of the engine; 0: unknown."""
        return max((float(fact.get("ms", 0.0)) for fact in self.facts), default=0.0)

    @property
    def findings(self) -> list[Mapping[str, Any]]:
        """What the game found wrong with itself in this decision, each once."""
        found: dict[tuple[str, str], Mapping[str, Any]] = {}
        for info in self.infos:
            for each in info.get("findings") or ():
                if isinstance(each, Mapping) and "kind" in each:
                    found.setdefault((str(each["kind"]), str(each.get("message", ""))), each)
        return list(found.values())
