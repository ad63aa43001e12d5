"""Black boxes that look at moments of one episode and say what is wrong; see `make_detectors`."""

from __future__ import annotations

from typing import Protocol

from rl_training.exploration.detectors.end import EndlessEpisode
from rl_training.exploration.detectors.engine import EngineFailures, LogMessages
from rl_training.exploration.detectors.game import GameFindings
from rl_training.exploration.detectors.place import OutOfWorld, Stuck
from rl_training.exploration.detectors.time import SlowTick
from rl_training.exploration.findings import Sighting
from rl_training.exploration.limits import Limits
from rl_training.exploration.moment import Moment

__all__ = ["Detector", "make_detectors"]


class Detector(Protocol):
    """Looks at the moments of one episode, in their order. It knows no planted bug."""

    def look(self, moment: Moment) -> list[Sighting]:
        """Return what this moment shows; the same thing once an episode."""
        ...


def make_detectors(limits: Limits, *, alone: bool) -> list[Detector]:
    """Return fresh detectors for one episode.

    Args:
        limits: what counts as wrong.
        alone: whether the arena is the only one of its engine, so that the log and the times are
            its own.
    """
    return [
        GameFindings(),
        LogMessages(limits, alone=alone),
        EngineFailures(alone=alone),
        OutOfWorld(),
        Stuck(limits),
        EndlessEpisode(limits),
        SlowTick(limits),
    ]
