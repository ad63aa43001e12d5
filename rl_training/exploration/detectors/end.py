"""An episode that does not end."""

from __future__ import annotations

from rl_training.exploration.findings import Sighting
from rl_training.exploration.limits import Limits
from rl_training.exploration.moment import Moment


class EndlessEpisode:
    """The game set neither `terminated` nor `truncated` for very many decisions."""

    def __init__(self, limits: Limits) -> None:
        self._longest = limits.longest

    def look(self, moment: Moment) -> list[Sighting]:
        """See `Detector`."""
        if self._longest <= 0 or moment.ended or moment.decision + 1 != self._longest:
            return []
        message = f"the episode has not ended after {self._longest} decisions"
        return [Sighting("no_end", message, moment.decision)]
