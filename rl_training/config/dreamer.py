"""The settings of Dreamer, and its sizes by name.

Read by `algorithms.dreamer`. Sizes were measured on two cores (docs/world_models.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from rl_training.config.algorithm_section import (
    AlgorithmSettings,
    Count,
    NotNegative,
    Positive,
    Rate,
    Share,
)
from rl_training.config.world_model import WorldModelSettings

Size = Literal["tiny", "small", "medium", "large"]

SIZES: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "tiny": {
            "state_dim": 128, "hidden_dim": 64, "categoricals": 8, "classes": 8, "layers": 1,
            "blocks": 1, "cnn_depth": 8,
        },
        "small": {
            "state_dim": 256, "hidden_dim": 256, "categoricals": 16, "classes": 16, "layers": 2,
            "blocks": 1, "cnn_depth": 16,
        },
        "medium": {
            "state_dim": 1024, "hidden_dim": 256, "categoricals": 24, "classes": 24, "layers": 3,
            "blocks": 8, "cnn_depth": 24,
        },
        "large": {
            "state_dim": 2048, "hidden_dim": 512, "categoricals": 32, "classes": 32, "layers": 3,
            "blocks": 8, "cnn_depth": 32,
        },
    }
)  # fmt: skip
"""What each size is; fields of `WorldModelSettings`. "small" has the sizes of the harness's default
world model; the two larger ones are for machines with a GPU's patience."""


class DreamerSettings(AlgorithmSettings):
    """DreamerV3 (Hafner et al. 2023, arXiv:2301.04104): a policy that learns in imagination."""

    SECTIONS: ClassVar[Mapping[str, Any]] = MappingProxyType(
        {"observations": {"normalise": False}, "rewards": {"normalise": False}}
    )
    name: Literal["dreamer"] = "dreamer"
    """The algorithm."""
    size: Size = "tiny"
    """Its networks: tiny, small, medium or large."""
    state_dim: Count | None = None
    """Numbers of the deterministic state; not given: the size's."""
    hidden_dim: Count | None = None
    """Units of a layer of the perceptrons; not given: the size's."""
    world_model: str | None = None
    """A file of a world model of the same sizes, whose weights a new run begins with
    (docs/world_models.md)."""
    demonstrations: tuple[str, ...] = ()
    """Files of trajectories that are in the replay when a new run begins (docs/data.md)."""
    learning_rate: Rate = 1e-3
    """Step size of the world model."""
    actor_learning_rate: Rate = 3e-4
    """Step size of actor and critic."""
    batch_size: Count = 16
    """Sequences per gradient step."""
    sequence_length: Annotated[int, Field(ge=2)] = 50
    """Observations of a sequence."""
    imagine_horizon: Count = 15
    """Decisions that are imagined from each state."""
    imagination_starts: Count = 256
    """States of a batch, at most, from which to imagine; drawn anew in each gradient step."""
    kl_balance: Share | None = None
    """Share of the KL loss that trains the prior, as in DreamerV2 (0.8); null: DreamerV3's two
    weights."""
    free_nats: NotNegative = 1.0
    """KL divergence, in nats, below which it is not pushed down."""
    unimix: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.01
    """Share of the uniform distribution in every categorical, of latents and of choices."""
    return_lambda: Share = 0.95
    """Bias against variance of the returns."""
    entropy: NotNegative = 3e-4
    """Weight of the actor's entropy, to returns of range 1."""
    slow_critic: Annotated[float, Field(gt=0.0, le=1.0)] = 0.02
    """Share of the weights that the slow critic takes over at each gradient step."""
    max_grad_norm: Positive = 100.0
    """Gradients are scaled down to this norm."""
    train_ratio: Positive = 64.0
    """Observations that are replayed for each one that is collected."""
    learning: Literal["interleaved", "parallel"] = "interleaved"
    """Gradient steps between rollouts; or at the same time, so that a real-time game goes on, with
    `train_ratio` as the most that is replayed."""
    rollout: Count = 16
    """Decisions of each agent between two turns of learning."""
    learning_starts: Annotated[int, Field(ge=0)] = 1000
    """Timesteps of random actions before learning begins."""
    buffer_size: Count = 200_000
    """Observations that the replay holds, of all agents together."""
    save_replay_buffer: bool = True
    """Write the replay beside the checkpoint, so that a resumed run has it."""

    def sizes(self) -> dict[str, int]:
        """Return the sizes of its networks; fields of `WorldModelSettings`."""
        own = {"state_dim": self.state_dim, "hidden_dim": self.hidden_dim}
        return {**SIZES[self.size], **{name: n for name, n in own.items() if n is not None}}

    def model_settings(self) -> WorldModelSettings:
        """Return the settings of the world model inside."""
        return WorldModelSettings(
            **self.sizes(),
            learning_rate=self.learning_rate,
            max_grad_norm=self.max_grad_norm,
            batch_size=self.batch_size,
            sequence_length=self.sequence_length,
            kl_balance=self.kl_balance,
            free_nats=self.free_nats,
            unimix=self.unimix,
            horizon=self.imagine_horizon,
        )
