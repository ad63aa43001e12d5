"""How one policy of a run stands: what progress, status and results tell of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Standing:
    """How one policy stands.

    Attributes:
        timesteps: decisions of its agents until now.
        mean_reward: of its last episodes; None before the first ended.
        success_rate: of its last episodes; None when the scene does not report it.
        mean_length: of its last episodes, in decisions.
    """

    timesteps: int
    mean_reward: float | None
    success_rate: float | None
    mean_length: float | None
