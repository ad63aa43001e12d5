"""One named action of an agent, as `env_info` declares it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class ActionField:
    """One named action.

    Attributes:
        key: name of the action.
        kind: "continuous" (values in [-1, 1]) or "discrete" (an integer in [0, size)).
        size: number of values (continuous) or of choices (discrete), >= 1.
    """

    key: str
    kind: Literal["continuous", "discrete"]
    size: int

    @property
    def columns(self) -> int:
        """Numbers that the engine gets for it."""
        return self.size if self.kind == "continuous" else 1
