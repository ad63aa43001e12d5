"""What an actor's outputs mean: Gaussian values within [-1, 1], or choices, branch after branch.

Used in imagination, where actions are drawn and rated, and in acting.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch

LEAST_DEVIATION, MOST_DEVIATION = 0.1, 1.0
"""Bounds of the deviation of a continuous value; DreamerV3's."""
DEVIATION_OFFSET = 2.0
"""Added before the sigmoid, so that an untrained actor tries all that it can."""
_HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)


class Gaussian(NamedTuple):
    """Continuous actions, (..., values) each; a drawn one beyond [-1, 1] counts as the bound."""

    mean: torch.Tensor
    deviation: torch.Tensor

    @classmethod
    def of(cls, outputs: torch.Tensor) -> Gaussian:
        """Read an actor's outputs (..., 2 * values)."""
        mean, raw = outputs.chunk(2, dim=-1)
        span = MOST_DEVIATION - LEAST_DEVIATION
        deviation = LEAST_DEVIATION + span * torch.sigmoid(raw + DEVIATION_OFFSET)
        return cls(torch.tanh(mean), deviation)

    def sample(self) -> torch.Tensor:
        """Draw."""
        return self.mean + self.deviation * torch.randn_like(self.mean)

    def mode(self) -> torch.Tensor:
        """Return the most probable action."""
        return self.mean

    def log_prob(self, action: torch.Tensor) -> torch.Tensor:
        """Return (...) of an action that `sample` gave."""
        apart = (action - self.mean) / self.deviation
        return (-0.5 * apart.square() - self.deviation.log() - _HALF_LOG_TWO_PI).sum(-1)

    def entropy(self) -> torch.Tensor:
        """Return (...)."""
        return (self.deviation.log() + 0.5 + _HALF_LOG_TWO_PI).sum(-1)


class Choices(NamedTuple):
    """Discrete actions, one-hot, branch after branch.

    Attributes:
        log_shares: (..., n) of each branch, logarithms of probabilities.
    """

    log_shares: tuple[torch.Tensor, ...]

    @classmethod
    def of(cls, outputs: torch.Tensor, branches: tuple[int, ...], unimix: float) -> Choices:
        """Read an actor's outputs (..., all choices)."""
        parts = torch.split(outputs, list(branches), dim=-1)
        shares = [torch.softmax(part, dim=-1) for part in parts]
        return cls(
            tuple(torch.log((1.0 - unimix) * one + unimix / one.shape[-1]) for one in shares)
        )

    def sample(self) -> torch.Tensor:
        """Draw."""
        drawn = []
        for one in self.log_shares:
            # Gumbel's trick: the largest of noisy logarithms has the probabilities' shares.
            noise = -torch.log(-torch.log(torch.rand_like(one).clamp(1e-10, 1.0 - 1e-7)))
            drawn.append(_one_hot(one + noise))
        return torch.cat(drawn, dim=-1)

    def mode(self) -> torch.Tensor:
        """Return the most probable choices."""
        return torch.cat([_one_hot(one) for one in self.log_shares], dim=-1)

    def log_prob(self, action: torch.Tensor) -> torch.Tensor:
        """Return (...) of one-hot choices."""
        return (torch.cat(self.log_shares, dim=-1) * action).sum(-1)

    def entropy(self) -> torch.Tensor:
        """Return (...)."""
        joined = torch.cat(self.log_shares, dim=-1)
        return -(joined.exp() * joined).sum(-1)


Drawn = Gaussian | Choices


def _one_hot(scores: torch.Tensor) -> torch.Tensor:
    best = scores.argmax(dim=-1, keepdim=True)
    return torch.zeros_like(scores).scatter_(-1, best, 1.0)
