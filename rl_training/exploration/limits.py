"""What detectors hold a game to; calibrated before an exploration, kept with every finding.

Made by `calibration`, read by `detectors`. A replay of a finding uses the limits that it was found
with.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rl_training.errors import ConfigError

BUDGET_MS = 11.11
"""A frame at 90 frames a second."""


@dataclass(frozen=True)
class Limits:
    """What counts as wrong.

    Attributes:
        budget_ms: a physics tick that takes longer is slow; 0: ticks are not timed.
        slow_ms: a tick beyond it is looked at, >= `budget_ms`: the spread of repeated runs is in
            it.
        stuck_decisions: so many decisions in one place count as stuck, when nothing gets away.
        stuck_radius: of that place, m or pixels; 0: the agent has no place, or never moves.
        longest: decisions after which an episode that has not ended counts as endless; 0: any may
            last for ever.
        warnings: whether the engine's warnings are findings.
    """

    budget_ms: float = BUDGET_MS
    slow_ms: float = BUDGET_MS
    stuck_decisions: int = 60
    stuck_radius: float = 0.0
    longest: int = 20_000
    warnings: bool = True

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name in ("budget_ms", "slow_ms", "stuck_radius"):
            if not getattr(self, name) >= 0.0:
                raise ConfigError(f"{name} must be 0 or more, found {getattr(self, name)}")
        if self.stuck_decisions < 2 or self.longest < 0:
            raise ConfigError(
                "stuck_decisions must be at least 2 and longest 0 or more, found "
                f"{self.stuck_decisions} and {self.longest}"
            )

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON holds."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Limits:
        """Read what `to_dict` made; what this version does not know is left out."""
        known = {each.name for each in dataclasses.fields(cls)}
        return cls(**{name: value for name, value in told.items() if name in known})
