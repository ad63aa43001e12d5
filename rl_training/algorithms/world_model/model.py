"""A world model: encoder, dynamics, decoder, reward and end; its losses, and what it imagines.

Losses are DreamerV3's (arXiv:2301.04104): symlog squared errors, two-hot rewards, free nats,
uniform mixture; the KL term is weighted by `kl_balance` as in DreamerV2, or by V3's two weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import nn

from rl_training.algorithms.world_model.layout import Layout
from rl_training.algorithms.world_model.networks import Decoder, Encoder
from rl_training.algorithms.world_model.parts import losses, models
from rl_training.algorithms.world_model.rssm import RSSM, Observed, Pick, State
from rl_training.algorithms.world_model.sequences import SequenceBatch
from rl_training.config.world_model import WorldModelSettings

_V3_PRIOR, _V3_POSTERIOR = 1.0, 0.1
"""Weights of the KL terms in DreamerV3."""
BINS = 255
"""Classes of a two-hot number."""


class Learned(NamedTuple):
    """What a batch gave.

    Attributes:
        loss: to be minimised.
        figures: each part of it, for the log.
        observed: the states, with gradients.
    """

    loss: torch.Tensor
    figures: dict[str, float]
    observed: Observed


class WorldModel(nn.Module):
    """A model of one scene.

    Args:
        layout: what it sees and does.
        settings: its sizes.
    """

    def __init__(self, layout: Layout, settings: WorldModelSettings) -> None:
        super().__init__()
        torchrl = models()
        self.layout, self.settings = layout, settings
        self.encoder = Encoder(layout, settings)
        self.rssm = RSSM(settings, layout.acted.size, self.encoder.size)
        features = self.rssm.features_size
        self.decoder = Decoder(layout, settings, features)
        units = settings.hidden_dim
        self.reward_head = torchrl.DreamerV3MLP(features, BINS, 1, units, outscale=0.0)
        self.continue_head = torchrl.DreamerV3MLP(features, 1, 1, units)
        self.two_hot = torchrl.SymExpTwoHot(BINS)

    def observe(self, batch: SequenceBatch) -> Observed:
        """Return the states of a batch."""
        return self.rssm.observe(self.encoder(batch.observations), batch.actions, batch.is_first)

    def reward(self, features: torch.Tensor) -> torch.Tensor:
        """Return the expected reward (...) on arriving at states (..., features)."""
        found: torch.Tensor = self.two_hot.decode(self.reward_head(features))
        return found

    def going_on(self, features: torch.Tensor) -> torch.Tensor:
        """Return the probability (...) that the scene does not end the episode with the state."""
        found: torch.Tensor = torch.sigmoid(self.continue_head(features).squeeze(-1))
        return found

    def learn_from(self, batch: SequenceBatch) -> Learned:
        """Return the losses of a batch."""
        observed = self.observe(batch)
        features = observed.state.features
        told = self.decoder.loss(features, batch.observations)
        parts = {f"observation_{key}" if key else "observation": v for key, v in told.items()}
        parts["reward"] = self.two_hot.loss(self.reward_head(features), batch.rewards)
        parts["continue"] = nn.functional.binary_cross_entropy_with_logits(
            self.continue_head(features).squeeze(-1), batch.continues, reduction="none"
        )
        means = {name: value.mean() for name, value in parts.items()}
        prior, posterior = losses().categorical_kl_terms(
            observed.posterior, observed.prior, self.settings.free_nats, self.settings.unimix
        )
        balance = self.settings.kl_balance
        weights = (_V3_PRIOR, _V3_POSTERIOR) if balance is None else (balance, 1.0 - balance)
        means["kl"] = weights[0] * prior + weights[1] * posterior
        loss = torch.stack(list(means.values())).sum()
        figures = {name: float(value.detach()) for name, value in means.items()}
        figures["kl_nats"] = float(prior.detach())
        return Learned(loss, {"loss": float(loss.detach()), **figures}, observed)

    @torch.no_grad()
    def open_loop(
        self, batch: SequenceBatch, seen: int, pick: Pick = "mode"
    ) -> Mapping[str, torch.Tensor]:
        """Return what the model expects when it sees a sequence's beginning and then only actions.

        Args:
            batch: (B, L).
            seen: observations of each sequence that it sees; it imagines L - seen.
            pick: how latents are chosen.

        Returns:
            Key to (B, L, *stored), as the scene has it: of what it sees, its reconstruction.
            "reward" (B, L).
        """
        embeddings = self.encoder(batch.observations)
        state: State = self.rssm.initial(len(batch.actions))
        features = []
        for step, action in enumerate(batch.actions.unbind(1)):
            keep = (1.0 - batch.is_first[:, step]).unsqueeze(-1)
            state = State(state.belief * keep, state.latent * keep)
            if step < seen:
                state = self.rssm.observe_step(state, action, embeddings[:, step], pick)
            else:
                state = self.rssm.imagine_step(state, action, pick)
            features.append(state.features)
        stacked = torch.stack(features, dim=1)
        return {**self.decoder.observed(stacked), "reward": self.reward(stacked)}
