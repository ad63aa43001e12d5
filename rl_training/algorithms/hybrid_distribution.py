"""The distribution of continuous and discrete actions side by side, for actor-critic policies.

Held by `hybrid_policy`'s policies. Continuous actions are Gaussian with a deviation that does not
depend on the state, each discrete action is categorical, and all are independent given the
network's outputs.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from stable_baselines3.common.distributions import DiagGaussianDistribution
from torch.distributions import Categorical, Distribution, Normal, kl_divergence
from torch.distributions.kl import register_kl

from rl_training.protocol.hybrid_box import HybridBox


class HybridParts(Distribution):
    """The parts of a batch of n agents.

    Args:
        gaussian: (n, continuous values).
        choices: one (n,) of each discrete action.
    """

    arg_constraints = {}  # noqa: RUF012

    def __init__(self, gaussian: Normal, choices: tuple[Categorical, ...]) -> None:
        self.gaussian, self.choices = gaussian, choices
        super().__init__(gaussian.batch_shape[:1], validate_args=False)

    def entropy(self) -> torch.Tensor:
        """Return (n,), of all parts together."""
        gaussian: Any = self.gaussian
        choices: tuple[Any, ...] = self.choices
        total: torch.Tensor = gaussian.entropy().sum(dim=1)
        for choice in choices:
            total = total + choice.entropy()
        return total


@cast(Any, register_kl)(HybridParts, HybridParts)  # type: ignore[untyped-decorator]
def _kl(one: HybridParts, other: HybridParts) -> torch.Tensor:
    total: torch.Tensor = kl_divergence(one.gaussian, other.gaussian).sum(dim=1)
    for mine, theirs in zip(one.choices, other.choices, strict=True):
        total = total + kl_divergence(mine, theirs)
    return total


class HybridDistribution(DiagGaussianDistribution):
    """Actions of a `HybridBox`.

    It is made as SB3 makes a Gaussian, from one layer's outputs and `log_std`; the outputs are a
    mean for each continuous value and a logit for each choice, in the order of the fields. A row of
    actions holds -1 or 1 for a choice of two, and a 1 among zeros for one of more.

    Args:
        space: the actions.

    Attributes:
        hybrid_space: the actions; the export knows the distribution by it.
        distribution: the parts of the last batch.
    """

    distribution: HybridParts  # type: ignore[assignment]

    def __init__(self, space: HybridBox) -> None:
        super().__init__(len(space.continuous))
        self.hybrid_space = space
        self._means = torch.from_numpy(space.continuous_outputs)
        self._columns = torch.from_numpy(space.continuous)
        discrete = "discrete"
        self._logits = [span for f, span in space.output_spans if f.kind == discrete]
        self._scores = [(f, span) for f, span in space.spans if f.kind == discrete]

    def proba_distribution_net(
        self, latent_dim: int, log_std_init: float = 0.0
    ) -> tuple[torch.nn.Module, torch.nn.Parameter]:
        """Return the layer of the outputs, and the logarithm of the deviations."""
        log_std = torch.nn.Parameter(torch.ones(self.action_dim) * log_std_init)
        return torch.nn.Linear(latent_dim, self.hybrid_space.outputs), log_std

    def proba_distribution(
        self, mean_actions: torch.Tensor, log_std: torch.Tensor
    ) -> HybridDistribution:
        """Take the parameters.

        Args:
            mean_actions: (n, outputs) of the layer.
            log_std: (continuous values,).
        """
        means = mean_actions[:, self._means]
        self.distribution = HybridParts(
            Normal(means, torch.ones_like(means) * log_std.exp()),
            tuple(Categorical(logits=mean_actions[:, span]) for span in self._logits),
        )
        return self

    def log_prob(self, actions: torch.Tensor) -> torch.Tensor:
        """Return (n,) logarithms of densities for (n, columns) rows."""
        parts: Any = self.distribution
        total: torch.Tensor = parts.gaussian.log_prob(actions[:, self._columns]).sum(dim=1)
        for choice, (field, span) in zip(parts.choices, self._scores, strict=True):
            if field.size == 2:
                chosen = (actions[:, span.start] > 0.0).long()
            else:
                chosen = actions[:, span].argmax(dim=1)
            total = total + choice.log_prob(chosen)
        return total

    def entropy(self) -> torch.Tensor:
        """Return (n,), of all actions together."""
        return self.distribution.entropy()

    def sample(self) -> torch.Tensor:
        """Return drawn (n, columns) rows."""
        parts: Any = self.distribution
        return self._rows(parts.gaussian.rsample(), [one.sample() for one in parts.choices])

    def mode(self) -> torch.Tensor:
        """Return the (n, columns) rows of the most probable actions."""
        parts: Any = self.distribution
        return self._rows(parts.gaussian.mean, [one.logits.argmax(dim=1) for one in parts.choices])

    def _rows(self, values: torch.Tensor, choices: list[torch.Tensor]) -> torch.Tensor:
        rows = values.new_zeros((len(values), *self.hybrid_space.shape))
        rows[:, self._columns] = values
        for chosen, (field, span) in zip(choices, self._scores, strict=True):
            if field.size == 2:
                rows[:, span.start] = 2.0 * chosen.to(values.dtype) - 1.0
            else:
                one: Any = torch.nn.functional.one_hot(chosen, field.size)
                rows[:, span] = one.to(values.dtype)
        return rows
