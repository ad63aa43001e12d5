"""Settings of a world model: its sizes, its losses, how it is trained on recorded sequences.

Read by `algorithms.world_model` and, as a section of its own, by `algorithms.dreamer`. Nothing here
imports torch.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from typing_extensions import Self

from rl_training.config.algorithm_section import Count, NotNegative, Positive, Share
from rl_training.config.section import Section


class WorldModelSettings(Section):
    """Sizes and losses of a recurrent state-space model (DreamerV3, arXiv:2301.04104)."""

    state_dim: Count = 256
    """Numbers of the deterministic, recurrent state."""
    hidden_dim: Count = 256
    """Units of a layer of the perceptrons: encoder, decoder, prior, posterior, heads."""
    categoricals: Count = 16
    """Discrete variables of the random state."""
    classes: Annotated[int, Field(ge=2)] = 16
    """Values that each of them can take."""
    layers: Count = 2
    """Hidden layers of encoder, decoder and heads on vectors."""
    blocks: Count = 1
    """Parts into which the recurrent layer is split; must divide `state_dim`."""
    cnn_depth: Count = 16
    """Channels of the first convolution on pictures, doubled by torchrl's own factors."""
    learning_rate: Annotated[float, Field(gt=0.0, le=1.0)] = 1e-4
    """Adam's step size."""
    max_grad_norm: Positive = 100.0
    """Gradients are scaled down to this norm."""
    batch_size: Count = 32
    """Sequences per gradient step."""
    sequence_length: Annotated[int, Field(ge=2)] = 50
    """Observations of a sequence."""
    kl_balance: Share | None = 0.8
    """Share of the KL loss that trains the prior, the rest trains the posterior (DreamerV2). null:
    DreamerV3's two weights, 1 for the prior and 0.1 for the posterior."""
    free_nats: NotNegative = 1.0
    """KL divergence, in nats, below which it is not pushed down."""
    unimix: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.01
    """Share of the uniform distribution in every categorical."""
    horizon: Count = 15
    """Decisions over which open-loop predictions are measured."""

    @model_validator(mode="after")
    def _divides(self) -> Self:
        if self.state_dim % self.blocks:
            raise ValueError(
                f"blocks must divide state_dim; found {self.blocks} and {self.state_dim}"
            )
        return self
