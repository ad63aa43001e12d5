"""The recurrent state-space model: a deterministic state, and discrete random ones (DreamerV3).

torchrl has the networks (`parts`); the walk along a sequence is here: it begins anew at `is_first`,
and computes the priors of all steps at once. Latents are one-hot, `categoricals` x `classes`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import nn

from rl_training.algorithms.world_model.parts import models
from rl_training.config.world_model import WorldModelSettings

Pick = Literal["sample", "mean", "mode"]
"""How a latent comes from its distribution: drawn, its probabilities, or the most probable one."""


class State(NamedTuple):
    """Where the model thinks that it is.

    Attributes:
        belief: (..., state_dim), deterministic.
        latent: (..., categoricals * classes), random.
    """

    belief: torch.Tensor
    latent: torch.Tensor

    @property
    def features(self) -> torch.Tensor:
        """(..., state_dim + categoricals * classes), what heads and policies take."""
        return torch.cat([self.belief, self.latent], dim=-1)


class Observed(NamedTuple):
    """What observing a sequence gave, each (B, L, ...).

    Attributes:
        state: after each observation.
        posterior: logits (B, L, categoricals, classes), from belief and observation.
        prior: logits from the belief alone.
    """

    state: State
    posterior: torch.Tensor
    prior: torch.Tensor


class RSSM(nn.Module):
    """Dynamics.

    Args:
        settings: sizes.
        action_size: numbers of an action.
        embedding_size: numbers of an encoded observation.
    """

    def __init__(self, settings: WorldModelSettings, action_size: int, embedding_size: int) -> None:
        super().__init__()
        torchrl = models()
        self.belief_size = settings.state_dim
        self.categoricals, self.classes = settings.categoricals, settings.classes
        self.unimix = settings.unimix
        self.prior = torchrl.RSSMPriorV3(
            action_shape=(action_size,),
            hidden_dim=settings.hidden_dim,
            rnn_hidden_dim=settings.state_dim,
            num_categoricals=settings.categoricals,
            num_classes=settings.classes,
            action_dim=action_size,
            recurrent_model="block_gru",
            num_blocks=settings.blocks,
            prior_num_layers=1,
            unimix=settings.unimix,
        )
        self.posterior = torchrl.RSSMPosteriorV3(
            hidden_dim=settings.hidden_dim,
            num_categoricals=settings.categoricals,
            num_classes=settings.classes,
            rnn_hidden_dim=settings.state_dim,
            obs_embed_dim=embedding_size,
            use_rms_norm=True,
            unimix=settings.unimix,
        )

    @property
    def latent_size(self) -> int:
        """Numbers of a latent."""
        return self.categoricals * self.classes

    @property
    def features_size(self) -> int:
        """Numbers of `State.features`."""
        return self.belief_size + self.latent_size

    def initial(self, n: int) -> State:
        """Return the states of n agents before their first observation: zeros."""
        return State(torch.zeros(n, self.belief_size), torch.zeros(n, self.latent_size))

    def believe(self, state: State, action: torch.Tensor) -> torch.Tensor:
        """Return the belief (n, state_dim) after an action (n, size)."""
        found: torch.Tensor = self.prior.rnn(state.latent, state.belief, action)
        return found

    def prior_logits(self, belief: torch.Tensor) -> torch.Tensor:
        """Return (..., categoricals, classes), what is expected before the observation."""
        flat: torch.Tensor = self.prior.rnn_to_prior_projector(belief)
        return flat.reshape(*flat.shape[:-1], self.categoricals, self.classes)

    def posterior_logits(self, belief: torch.Tensor, embedding: torch.Tensor) -> torch.Tensor:
        """Return (..., categoricals, classes), what the observation says."""
        joined = torch.cat([belief, embedding], dim=-1)
        flat: torch.Tensor = self.posterior.obs_rnn_to_post_projector(joined)
        return flat.reshape(*flat.shape[:-1], self.categoricals, self.classes)

    def latent(self, logits: torch.Tensor, pick: Pick = "sample") -> torch.Tensor:
        """Return (..., categoricals * classes) of logits; gradients go through probabilities."""
        shares = torch.softmax(logits, dim=-1) * (1.0 - self.unimix) + self.unimix / self.classes
        if pick == "mean":
            return shares.flatten(-2)
        if pick == "mode":
            chosen = shares.argmax(dim=-1)
        else:
            drawn = torch.rand(shares.shape[:-1]).unsqueeze(-1)
            chosen = (drawn > shares.detach().cumsum(-1)).sum(-1).clamp_max(self.classes - 1)
        one_hot = torch.zeros_like(shares).scatter_(-1, chosen.unsqueeze(-1), 1.0)
        return (shares + (one_hot - shares).detach()).flatten(-2)

    def observe_step(
        self, state: State, action: torch.Tensor, embedding: torch.Tensor, pick: Pick = "sample"
    ) -> State:
        """Return the state after an action and the observation that followed it."""
        belief = self.believe(state, action)
        return State(belief, self.latent(self.posterior_logits(belief, embedding), pick))

    def imagine_step(self, state: State, action: torch.Tensor, pick: Pick = "sample") -> State:
        """Return the state after an action, without an observation."""
        belief = self.believe(state, action)
        return State(belief, self.latent(self.prior_logits(belief), pick))

    def observe(
        self, embeddings: torch.Tensor, actions: torch.Tensor, is_first: torch.Tensor
    ) -> Observed:
        """Walk along sequences.

        Args:
            embeddings: (B, L, embedding_size).
            actions: (B, L, size), before each observation.
            is_first: (B, L), 1 where the state begins anew.
        """
        state = self.initial(len(embeddings))
        beliefs, latents, posteriors = [], [], []
        keeps = (1.0 - is_first).unsqueeze(-1).unbind(1)
        # Only resets in the middle of a sequence need the multiplication.
        resets = is_first.bool().any(dim=0).tolist()
        for step, (embedding, action) in enumerate(
            zip(embeddings.unbind(1), actions.unbind(1), strict=True)
        ):
            if step and resets[step]:
                state = State(state.belief * keeps[step], state.latent * keeps[step])
            belief = self.believe(state, action)
            logits = self.posterior_logits(belief, embedding)
            state = State(belief, self.latent(logits))
            beliefs.append(belief)
            latents.append(state.latent)
            posteriors.append(logits)
        belief = torch.stack(beliefs, dim=1)
        return Observed(
            State(belief, torch.stack(latents, dim=1)),
            torch.stack(posteriors, dim=1),
            self.prior_logits(belief),
        )
