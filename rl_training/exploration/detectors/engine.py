"""What the engine's log and its end tell: errors, warnings, a crash, a hang, NaN."""

from __future__ import annotations

from rl_training.engine.log_messages import ADDON, Kind
from rl_training.exploration.findings import Sighting
from rl_training.exploration.limits import Limits
from rl_training.exploration.moment import Moment

_KINDS: dict[Kind, str] = {
    "script_error": "script_error",
    "error": "engine_error",
    "warning": "engine_warning",
}


class LogMessages:
    """Errors and warnings that the engine printed in a decision, each once an episode."""

    def __init__(self, limits: Limits, *, alone: bool) -> None:
        self._warnings = limits.warnings
        self._alone = alone
        self._told: set[str] = set()

    def look(self, moment: Moment) -> list[Sighting]:
        """See `Detector`."""
        found = []
        for line in moment.log:
            # What the addon says of an observation that is no number comes as a failure.
            if line.kind == "warning" and not self._warnings:
                continue
            if moment.failure is not None and ADDON in line.text:
                continue
            seen = Sighting(_KINDS[line.kind], line.text, moment.decision, certain=self._alone)
            if seen.key not in self._told:
                self._told.add(seen.key)
                found.append(seen)
        return found


class EngineFailures:
    """The engine crashed, hung, or an observation was no number."""

    def __init__(self, *, alone: bool) -> None:
        self._alone = alone

    def look(self, moment: Moment) -> list[Sighting]:
        """See `Detector`."""
        failure = moment.failure
        if failure is None:
            return []
        return [
            Sighting(
                kind=failure.kind,
                message=_message(failure.kind, failure.message),
                decision=moment.decision,
                data={"message": failure.message, "log": list(failure.log)},
                certain=self._alone,
            )
        ]


def _message(kind: str, told: str) -> str:
    """Return what equal failures share: not which engine it was, nor how long it was waited for."""
    if kind == "hang":
        return "the engine does not answer any more"
    if kind == "nan":
        return told.partition("; ")[0]
    _, mark, reason = told.partition("its log says: ")
    return f"the engine ended: {reason}" if mark else "the engine ended"
