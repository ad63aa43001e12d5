"""Does a finding's recording still show it? Called by `spacetime-rl replay`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rl_training.data.recording import FINDING, Recording
from rl_training.envs.settings import EnvSettings
from rl_training.errors import RecordingError
from rl_training.exploration.confirm import Stage, gets_away
from rl_training.exploration.findings import SLOW_TICKS, Sighting
from rl_training.exploration.limits import BUDGET_MS, Limits
from rl_training.exploration.trail import Trail


@dataclass(frozen=True)
class ShownAgain:
    """Whether a recording's finding was seen when its actions were played again.

    Attributes:
        kind: of the finding.
        message: of the finding.
        shown: whether it came.
        decision: at which it came; -1: at the beginning, or not at all.
    """

    kind: str
    message: str
    shown: bool
    decision: int

    def line(self) -> str:
        """Return it as one line."""
        if self.shown:
            return f"finding {self.kind}: shown again at decision {self.decision}: {self.message}"
        return f"finding {self.kind}: NOT shown again: {self.message}"

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return dict(vars(self))


def show_again(recording: Recording, game: EnvSettings) -> ShownAgain:
    """Play a finding's actions through Python and let the detectors look.

    Args:
        recording: of a finding.
        game: where it is played.

    Raises:
        HarnessError: the game does not start.
    """
    about = recording.header[FINDING]
    limits = Limits.from_dict(about["limits"])
    wanted = Sighting(about["kind"], about["message"], int(about["decision"]), about["where"])
    with Stage(game, dict(recording.parameters), limits) as stage:
        trail = trail_of(recording)
        run = stage.play(trail)
        seen = run.first(wanted.key)
        shown = seen is not None
        if wanted.kind in SLOW_TICKS:
            shown = bool(run.times) and run.times[-1] > (limits.budget_ms or BUDGET_MS)
        elif shown and wanted.kind == "stuck":
            shown = not gets_away(stage, trail, int(wanted.where.partition(":")[0] or 0), 0)
    decision = len(trail) - 1 if seen is None else seen.decision
    return ShownAgain(wanted.kind, wanted.message, shown, decision if shown else -1)


def trail_of(recording: Recording) -> Trail:
    """Return the trail of a finding's recording.

    Raises:
        RecordingError: its header does not hold one.
    """
    about = recording.header.get(FINDING)
    if not isinstance(about, dict) or not isinstance(about.get("trail"), dict):
        raise RecordingError(f"{recording.path} is no finding's recording: explore the game first")
    return Trail.from_dict(about["trail"])
