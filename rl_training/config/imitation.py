"""The settings of learners that imitate: behavioural cloning and DAgger with any expert."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from rl_training.config.algorithm_section import (
    AlgorithmSettings,
    Count,
    DaggerRounds,
    NotNegative,
    Rate,
)


class BehavioralCloningSettings(AlgorithmSettings):
    """A policy that learns to act as recorded play did (Pomerleau 1991, doi:10/fdmgpc)."""

    name: Literal["bc"] = "bc"
    """The algorithm."""
    demonstrations: tuple[str, ...] = ()
    """Files of trajectories (docs/data.md)."""
    loss: Literal["likelihood", "mse"] = "likelihood"
    """What falls: minus the logarithm of the demonstrated actions' probability, or the squared
    distance of the most probable action (choices always learn by likelihood)."""
    use_sequences: bool = False
    """An LSTM that learns from sequences; else each decision stands alone."""
    sequence_length: Annotated[int, Field(ge=2)] = 50
    """Decisions of a sequence; longer episodes are cut."""
    lstm_hidden_size: Count = 64
    """Numbers that an LSTM remembers."""
    batch_size: Count = 256
    """Decisions per gradient step; with sequences as many whole ones."""
    learning_rate: Rate = 1e-3
    """Adam's step size."""
    validation_share: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.1
    """Episodes that are held back to tell when learning turns into memorising; 0: none."""
    patience: NotNegative = 10
    """Passes over the data without a smaller error of the actions that are held back after which it
    ends; 0: never."""
    noise: NotNegative = 0.0
    """Deviation of the noise that is added to vectors of observations, as shares of theirs."""
    value_coef: NotNegative = 0.5
    """Weight of the critic's loss on the demonstrations' returns, so that PPO can go on."""
    log_std_min: float = -2.0
    """Least logarithm of the deviation of continuous actions."""
    only_successes: bool = False
    """Leave out episodes that did not succeed, or do not tell."""


class TD3BCSettings(AlgorithmSettings):
    """TD3+BC (Fujimoto and Gu 2021, arXiv:2106.06860): rewards of a fixed data set, nothing played.

    The actor's loss is -lambda Q(s, pi(s)) + (pi(s) - a)^2 with lambda = alpha / mean |Q|.
    """

    SECTIONS: ClassVar[Mapping[str, Any]] = MappingProxyType(
        {
            "network": {"net_arch": [256, 256], "activation": "relu"},
            "rewards": {"normalise": False},
        }
    )
    name: Literal["td3_bc"] = "td3_bc"
    """The algorithm."""
    demonstrations: tuple[str, ...] = ()
    """Files of trajectories with rewards, good and bad ones (docs/data.md)."""
    alpha: NotNegative = 2.5
    """Weight of the value against staying near the data's actions; 0: cloning alone."""
    batch_size: Count = 256
    """Decisions per gradient step."""
    tau: Annotated[float, Field(gt=0.0, le=1.0)] = 0.005
    """Share of the weights that the target networks take over at each update of the actor."""
    policy_delay: Count = 2
    """Critic updates for each update of the actor."""
    target_policy_noise: NotNegative = 0.2
    """Deviation of the noise on the target's actions, of the range [-1, 1]."""
    target_noise_clip: NotNegative = 0.5
    """Bound of that noise."""


class DaggerSettings(DaggerRounds):
    """DAgger (Ross et al. 2011, arXiv:1011.0686) with a policy, a script or the keyboard."""

    name: Literal["dagger"] = "dagger"
    """The algorithm."""
    expert: str = ""
    """Who answers: a .zip or .onnx policy; `module:function` from observations to actions; `game`
    or `game:METHOD`, a method of the controllers (`expert_action`) that tells what a script or the
    keyboard would do now."""
    demonstrations: tuple[str, ...] = ()
    """Files of trajectories to begin with (docs/data.md)."""

    @model_validator(mode="after")
    def _expert_named(self) -> Self:
        name = self.expert
        if name.endswith((".zip", ".onnx")) or name == "game" or ":" in name:
            return self
        raise ValueError(
            "expert must be a .zip or .onnx file, module:function, game or game:METHOD; found "
            f"{name!r}"
        )
