"""One arena during an exploration: the plan under way, what was done, who looks at it.

Called by the explorer, decision by decision. It asks no engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rl_training.exploration.archive import Archive
from rl_training.exploration.cells import CellMap
from rl_training.exploration.detectors import Detector
from rl_training.exploration.findings import Sighting
from rl_training.exploration.moment import Moment
from rl_training.exploration.spans import digest
from rl_training.exploration.strategy import Plan
from rl_training.exploration.trail import Tape, Trail


@dataclass
class Returns:
    """How often states were returned to, and how exactly.

    Attributes:
        tried: returns that came to their end or to an end of the episode.
        exact: those after which the observation was the one that was seen then.
        first_difference: of the first that was not, in words.
    """

    tried: int = 0
    exact: int = 0
    first_difference: str = ""


@dataclass
class Lane:
    """An arena's episode.

    Attributes:
        arena: its number.
        plan: what is played.
        episode: its number in the exploration.
        tape: the actions until now.
        detectors: who looks at it.
        waiting: decisions since the return or the last new cell.
    """

    arena: int
    plan: Plan
    episode: int
    tape: Tape
    detectors: list[Detector]
    steady: NDArray[np.bool_] = field(default_factory=lambda: np.ones(0, np.bool_))
    waiting: int = 0

    @property
    def scripted(self) -> NDArray[np.float64] | None:
        """The action of the return's next decision; None: the cell was reached."""
        trail = self.plan.trail
        if trail is None or len(self.tape) >= len(trail):
            return None
        action: NDArray[np.float64] = trail.actions[len(self.tape)]
        return action

    @property
    def is_over(self) -> bool:
        """Whether the episode should be cut off."""
        return 0 < self.plan.burst <= self.waiting and self.scripted is None

    def look(self, moment: Moment) -> list[Sighting]:
        """Let the detectors look."""
        return [seen for detector in self.detectors for seen in detector.look(moment)]

    def steady_digest(self, moment: Moment) -> int:
        """Return the hash of what is observed, of elements that repeat."""
        if self.steady.all() or len(self.steady) != len(moment.observation):
            return moment.digest
        return digest([moment.observation[self.steady].tobytes()])

    def take(
        self, moment: Moment, cells: CellMap, archive: Archive, step: int, returns: Returns
    ) -> None:
        """Count the cells of a moment, and remember how to come to them."""
        trail = self.plan.trail
        if trail is not None and len(self.tape) <= len(trail):
            self._check_return(moment, trail, archive, returns)
            return
        names = cells.cells_of(moment)
        is_new = archive.count(names, step)
        if names and not moment.ended:
            seen = self.steady_digest(moment)
            is_new |= archive.note(" | ".join(names), self.tape.trail(), seen, self.plan.cell)
        self.waiting = 0 if is_new else self.waiting + 1

    def _check_return(
        self, moment: Moment, trail: Trail, archive: Archive, returns: Returns
    ) -> None:
        reached = len(self.tape) == len(trail)
        if not reached and not moment.ended:
            return
        returns.tried += 1
        if reached and not moment.ended and self.steady_digest(moment) == self.plan.digest:
            returns.exact += 1
            return
        if self.plan.cell is not None:
            archive.forget(self.plan.cell)
        if not returns.first_difference:
            what = "the episode ended" if moment.ended else "another observation"
            returns.first_difference = (
                f"level {trail.level}, decision {moment.decision} of {len(trail)}: {what}"
            )
