"""What the game says of itself: `RLFindings.report` and the performance monitor's warnings.

What comes of a clock is never certain: `confirm` plays it again several times.
"""

from __future__ import annotations

from collections.abc import Mapping

from rl_training.exploration.findings import CLOCKED, Sighting
from rl_training.exploration.moment import Moment


class GameFindings:
    """Takes over the findings of `info["findings"]`."""

    def look(self, moment: Moment) -> list[Sighting]:
        """See `Detector`."""
        found = []
        for each in moment.findings:
            data = each.get("data")
            kind = str(each["kind"])
            found.append(
                Sighting(
                    kind=kind,
                    message=str(each.get("message", "")),
                    decision=moment.decision,
                    data={
                        **(data if isinstance(data, Mapping) else {}),
                        "tick": each.get("tick", 0),
                    },
                    certain=kind not in CLOCKED,
                )
            )
        return found
