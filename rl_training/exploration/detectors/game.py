"""What the game says of itself: `RLFindings.report` and the performance monitor's warnings."""

from __future__ import annotations

from collections.abc import Mapping

from rl_training.exploration.findings import Sighting
from rl_training.exploration.moment import Moment


class GameFindings:
    """Takes over the findings of `info["findings"]`."""

    def look(self, moment: Moment) -> list[Sighting]:
        """See `Detector`."""
        found = []
        for each in moment.findings:
            data = each.get("data")
            found.append(
                Sighting(
                    kind=str(each["kind"]),
                    message=str(each.get("message", "")),
                    decision=moment.decision,
                    data={
                        **(data if isinstance(data, Mapping) else {}),
                        "tick": each.get("tick", 0),
                    },
                )
            )
        return found
