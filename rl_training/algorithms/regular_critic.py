"""SAC's policy with critics that dropout and layer normalisation hold back, as in DroQ.

Called by `off_policy.SACLearner` where `algorithm.critic_dropout` is given. Many gradient steps for
each decision make plain critics believe themselves; Hiraoka et al. 2022 (arXiv:2110.02034) put
dropout and layer normalisation after each linear layer. The actor is SAC's, so what is exported is
the same.
"""

from __future__ import annotations

from typing import Any

from stable_baselines3.common.policies import ContinuousCritic
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.sac.policies import MultiInputPolicy, SACPolicy
from torch import nn


class RegularCritic(ContinuousCritic):
    """Q-networks of linear, dropout, layer normalisation, activation.

    Args:
        dropout: share of a layer's units that are left out, in (0, 1).
        given: see `ContinuousCritic`.
    """

    def __init__(self, dropout: float, **given: Any) -> None:
        super().__init__(**given)
        for number, before in enumerate(self.q_networks):
            layers: list[nn.Module] = []
            for layer in before.children():
                layers.append(layer)
                if isinstance(layer, nn.Linear) and layer.out_features > 1:
                    layers += [nn.Dropout(dropout), nn.LayerNorm(layer.out_features)]
            self.q_networks[number] = nn.Sequential(*layers)
            self.add_module(f"qf{number}", self.q_networks[number])


class RegularPolicy(SACPolicy):
    """For one array of observations.

    Args:
        given: see `SACPolicy`.
        dropout: see `RegularCritic`.
    """

    def __init__(self, *given: Any, dropout: float = 0.01, **named: Any) -> None:
        self.dropout = dropout
        super().__init__(*given, **named)

    def make_critic(
        self, features_extractor: BaseFeaturesExtractor | None = None
    ) -> ContinuousCritic:
        """See `SACPolicy`."""
        named = self._update_features_extractor(self.critic_kwargs, features_extractor)
        return RegularCritic(self.dropout, **named).to(self.device)


class RegularMultiInputPolicy(RegularPolicy, MultiInputPolicy):
    """For observations by key; see `RegularPolicy`."""
