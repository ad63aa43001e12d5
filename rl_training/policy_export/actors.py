"""The second half of an exported policy, one class a family of algorithms: features to actions.

Each gives `output`, which godot-rl's runner and ours take as it is: a continuous action, unscaled
and clipped to its space, or the logits of discrete choices, branch after branch. Families whose
continuous actions are random in training also give the Gaussian behind them (`mean`, `deviation`),
so that the engine can sample.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import numpy as np
import torch
from gymnasium import spaces
from sb3_contrib import TQC, CrossQ
from sb3_contrib.common.torch_layers import BatchRenorm
from stable_baselines3 import DQN, SAC, TD3
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.distributions import (
    DiagGaussianDistribution,
    StateDependentNoiseDistribution,
)
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.sac.policies import LOG_STD_MAX, LOG_STD_MIN

from rl_training.errors import ModelError
from rl_training.policy_export.layout import finite
from rl_training.protocol.hybrid_box import HybridBox

GAUSSIAN = "gaussian"
"""A sampled action is `mean` plus noise of `deviation`, clipped to the action space."""
SQUASHED_GAUSSIAN = "squashed_gaussian"
"""As before, but tanh of it is unscaled from [-1, 1] to the action space."""
CATEGORICAL = "categorical"
"""A sampled choice has the probability softmax(`output`), branch by branch."""
HYBRID = "hybrid"
"""Continuous values as of `GAUSSIAN`, from `mean` and `deviation` with a column for each of them
only; choices as of `CATEGORICAL`, by their outputs."""
DETERMINISTIC = "none"
"""The policy is not random (TD3, DDPG, DQN)."""


class Actions(NamedTuple):
    """What an actor gives for a batch of n agents.

    Attributes:
        output: (n, outputs) float32.
        mean: (n, continuous values) of the Gaussian before squashing and clipping; None without
            one.
        deviation: likewise.
    """

    output: torch.Tensor
    mean: torch.Tensor | None = None
    deviation: torch.Tensor | None = None


class Actor(torch.nn.Module):
    """Features to actions.

    Attributes:
        distribution: how actions are sampled: one of this module's constants.
        extractor: the policy's features extractor.
        state_size: floats that an agent carries from one decision to the next.
        state_parts: what they are, in order: dictionaries of "name", "layers" and "units".
    """

    distribution: str = DETERMINISTIC
    extractor: torch.nn.Module
    state_size: int = 0
    state_parts: tuple[dict[str, Any], ...] = ()

    def __init__(self, space: spaces.Space[Any]) -> None:
        super().__init__()
        self._bounds = _Bounds(space) if isinstance(space, spaces.Box) else None

    def forward(self, features: torch.Tensor, state: torch.Tensor) -> tuple[Actions, torch.Tensor]:
        """Return the actions and the next state (n, state_size); without one, as it came."""
        raise NotImplementedError

    def _gaussian(self, mean: torch.Tensor, deviation: torch.Tensor) -> Actions:
        assert self._bounds is not None
        if self.distribution == SQUASHED_GAUSSIAN:
            output = self._bounds.unscaled(torch.tanh(mean))
        else:
            output = self._bounds.clipped(mean)
        return Actions(output, mean, deviation)


class OnPolicyActor(Actor):
    """PPO, A2C, TRPO, MaskablePPO: an actor-critic policy without memory."""

    def __init__(self, policy: Any, space: spaces.Space[Any]) -> None:
        super().__init__(space)
        self.extractor = policy.pi_features_extractor
        self._latent = policy.mlp_extractor.policy_net
        self._action = policy.action_net
        self._noise: _StateNoise | None = None
        self._deviation: torch.Tensor | None = None
        self._hybrid: _HybridOutputs | None = None
        kind = policy.action_dist
        if not isinstance(space, spaces.Box):
            self.distribution = CATEGORICAL
        elif isinstance(getattr(kind, "hybrid_space", None), HybridBox):
            self.distribution = HYBRID
            self._deviation = policy.log_std.detach().exp()
            self._hybrid = _HybridOutputs(kind.hybrid_space)
        elif isinstance(kind, StateDependentNoiseDistribution):
            self.distribution = SQUASHED_GAUSSIAN if kind.bijector else GAUSSIAN
            self._noise = _StateNoise(kind, policy.log_std)
        elif isinstance(kind, DiagGaussianDistribution):
            self.distribution = GAUSSIAN
            self._deviation = policy.log_std.detach().exp()
        else:
            raise ModelError(f"cannot export actions that are drawn from a {type(kind).__name__}")

    def forward(self, features: torch.Tensor, state: torch.Tensor) -> tuple[Actions, torch.Tensor]:
        """See `Actor`."""
        return self._act(features), state

    def _act(self, features: torch.Tensor) -> Actions:
        latent = self._latent(features)
        mean = self._action(latent)
        if self._noise is not None:
            return self._gaussian(mean, self._noise(latent))
        if self._hybrid is not None:
            assert self._deviation is not None
            found: Actions = self._hybrid(mean, self._deviation)
            return found
        if self._deviation is not None:
            # One row an agent, though it is the same for all.
            return self._gaussian(mean, self._deviation + torch.zeros_like(mean))
        return Actions(mean)


class RecurrentActor(OnPolicyActor):
    """RecurrentPPO: an LSTM before the policy's layers.

    An agent's state is one row: the hidden states of all layers, then their cell states. The
    critic's LSTM, shared or not, has no part in acting.
    """

    def __init__(self, policy: Any, space: spaces.Space[Any]) -> None:
        super().__init__(policy, space)
        lstm = policy.lstm_actor
        if lstm.bidirectional or lstm.proj_size:
            raise ModelError(
                "cannot export an LSTM that is bidirectional or has a projection "
                f"(lstm_kwargs {policy.lstm_kwargs})"
            )
        self.layers, self.units = lstm.num_layers, lstm.hidden_size
        self.state_size = 2 * self.layers * self.units
        shape = {"layers": self.layers, "units": self.units}
        self.state_parts = ({"name": "hidden", **shape}, {"name": "cell", **shape})
        self._cells = torch.nn.ModuleList(_LstmCell(lstm, n) for n in range(self.layers))

    def forward(self, features: torch.Tensor, state: torch.Tensor) -> tuple[Actions, torch.Tensor]:
        """See `Actor`."""
        rows = torch.split(state, self.units, dim=1)
        hidden, memory = [], []
        for number, cell in enumerate(self._cells):
            features, kept = cell(features, rows[number], rows[self.layers + number])
            hidden.append(features)
            memory.append(kept)
        return self._act(features), torch.cat([*hidden, *memory], dim=1)


class SacActor(Actor):
    """SAC and TQC: a squashed Gaussian whose deviation depends on the observation."""

    distribution = SQUASHED_GAUSSIAN

    def __init__(self, policy: Any, space: spaces.Space[Any]) -> None:
        super().__init__(space)
        actor = policy.actor
        self.extractor = actor.features_extractor
        self._latent = actor.latent_pi
        self._mean = actor.mu
        self._noise: _StateNoise | None = None
        if actor.use_sde:
            self._noise = _StateNoise(actor.action_dist, actor.log_std)
        else:
            self._log_deviation = actor.log_std

    def forward(self, features: torch.Tensor, state: torch.Tensor) -> tuple[Actions, torch.Tensor]:
        """See `Actor`."""
        latent = self._latent(features)
        if self._noise is not None:
            deviation = self._noise(latent)
        else:
            bounded = torch.clamp(self._log_deviation(latent), LOG_STD_MIN, LOG_STD_MAX)
            deviation = torch.exp(bounded)
        return self._gaussian(self._mean(latent), deviation), state


class CrossQActor(Actor):
    """CrossQ: as SAC, with batch normalisation before each layer.

    The layer after a normalisation takes its scale into its own weights; the mean is subtracted
    before, since a difference of large products would lose digits.
    """

    distribution = SQUASHED_GAUSSIAN

    def __init__(self, policy: Any, space: spaces.Space[Any]) -> None:
        super().__init__(space)
        actor = policy.actor
        if actor.use_sde:
            raise ModelError("cannot export a CrossQ with state dependent exploration (use_sde)")
        self.extractor = actor.features_extractor
        layers: list[torch.nn.Module] = []
        before: torch.nn.Module | None = None
        for layer in actor.latent_pi:
            if isinstance(layer, BatchRenorm):
                before = layer
            elif isinstance(layer, torch.nn.Linear):
                layers.append(_folded(before, layer))
                before = None
            else:
                layers.append(layer)
        self._latent = torch.nn.Sequential(*layers)
        self._mean = _folded(before, actor.mu)
        self._log_deviation = _folded(before, actor.log_std)

    def forward(self, features: torch.Tensor, state: torch.Tensor) -> tuple[Actions, torch.Tensor]:
        """See `Actor`."""
        latent = self._latent(features)
        bounded = torch.clamp(self._log_deviation(latent), LOG_STD_MIN, LOG_STD_MAX)
        return self._gaussian(self._mean(latent), torch.exp(bounded)), state


class _Centred(torch.nn.Module):
    """A layer that first subtracts a mean."""

    def __init__(self, mean: torch.Tensor, layer: torch.nn.Linear) -> None:
        super().__init__()
        self._mean = mean
        self._layer = layer

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self._layer(features - self._mean)
        return result


def _folded(before: Any, layer: Any) -> torch.nn.Module:
    """Return what does as a normalisation (None: none) and the layer after it do."""
    if before is None:
        return cast(torch.nn.Module, layer)
    merged = torch.nn.Linear(layer.in_features, layer.out_features)
    weight, bias = layer.weight.detach().double(), layer.bias.detach().double()
    scale = 1.0 / (before.ra_var.double() + before.eps).sqrt()
    if before.affine:
        scale = scale * before.scale.detach().double()
        bias = bias + weight @ before.bias.detach().double()
    merged.weight = torch.nn.Parameter((weight * scale).float())
    merged.bias = torch.nn.Parameter(bias.float())
    return _Centred(before.ra_mean.detach().clone(), merged)


class Td3Actor(Actor):
    """TD3 and DDPG: the action itself, squashed."""

    def __init__(self, policy: Any, space: spaces.Space[Any]) -> None:
        super().__init__(space)
        self.extractor = policy.actor.features_extractor
        self._action = policy.actor.mu

    def forward(self, features: torch.Tensor, state: torch.Tensor) -> tuple[Actions, torch.Tensor]:
        """See `Actor`."""
        assert self._bounds is not None
        return Actions(self._bounds.unscaled(self._action(features))), state


class DqnActor(Actor):
    """DQN: the values of the choices, of which the largest is taken."""

    def __init__(self, policy: Any, space: spaces.Space[Any]) -> None:
        super().__init__(space)
        self.extractor = policy.q_net.features_extractor
        self._values = policy.q_net.q_net

    def forward(self, features: torch.Tensor, state: torch.Tensor) -> tuple[Actions, torch.Tensor]:
        """See `Actor`."""
        return Actions(self._values(features)), state


def actor_of(model: BaseAlgorithm) -> Actor:
    """Make the actor of a trained model.

    Raises:
        ModelError: no family here fits it.
    """
    policy: Any = model.policy
    space = model.action_space
    if hasattr(policy, "exported_actor"):
        # A family from a floor above brings its own.
        own: Actor = policy.exported_actor()
        return own
    # The policy's make-up decides, not the algorithm's name: a subclass may have any.
    if isinstance(policy, ActorCriticPolicy):
        return (RecurrentActor if hasattr(policy, "lstm_actor") else OnPolicyActor)(policy, space)
    if isinstance(model, (SAC, TQC)):
        return SacActor(policy, space)
    if isinstance(model, CrossQ):
        return CrossQActor(policy, space)
    if isinstance(model, TD3):
        return Td3Actor(policy, space)
    if isinstance(model, DQN):
        return DqnActor(policy, space)
    if hasattr(policy, "mlp_extractor") and hasattr(policy, "action_net"):
        return OnPolicyActor(policy, space)
    raise ModelError(
        f"cannot export a {type(model).__name__} with a {type(policy).__name__}; known: PPO, A2C, "
        "TRPO, MaskablePPO, RecurrentPPO, SAC, TQC, CrossQ, TD3, DDPG, DQN, Dreamer"
    )


class _StateNoise(torch.nn.Module):
    """The deviation of state dependent exploration (gSDE, arXiv:2005.05719)."""

    def __init__(self, kind: Any, log_deviation: torch.Tensor) -> None:
        super().__init__()
        self._variance = kind.get_std(log_deviation).detach() ** 2
        self._epsilon = float(kind.epsilon)

    def forward(self, latent: torch.Tensor) -> torch.Tensor:
        return torch.sqrt(torch.matmul(latent * latent, self._variance) + self._epsilon)


class _HybridOutputs(torch.nn.Module):
    """Means and logits, as one layer gives them, to what the file gives."""

    def __init__(self, space: HybridBox) -> None:
        super().__init__()
        self._spans = [(f.kind == "continuous", span) for f, span in space.output_spans]

    def forward(self, outputs: torch.Tensor, deviation: torch.Tensor) -> Actions:
        clipped, means = [], []
        for is_continuous, span in self._spans:
            part = outputs[:, span]
            if is_continuous:
                means.append(part)
                part = torch.clamp(part, -1.0, 1.0)
            clipped.append(part)
        mean = torch.cat(means, dim=1)
        return Actions(torch.cat(clipped, dim=1), mean, deviation + torch.zeros_like(mean))


class _LstmCell(torch.nn.Module):
    """One step of one layer, as one dense layer: it runs, and is quantised, as fast as those do.

    The formulas are those of torch.nn.LSTM; gates i, f, g, o.
    """

    def __init__(self, lstm: torch.nn.LSTM, layer: int) -> None:
        super().__init__()
        inner = getattr(lstm, f"weight_ih_l{layer}").detach()
        outer = getattr(lstm, f"weight_hh_l{layer}").detach()
        self._units = lstm.hidden_size
        self._gates = torch.nn.Linear(inner.shape[1] + outer.shape[1], inner.shape[0])
        self._gates.weight = torch.nn.Parameter(torch.cat([inner, outer], dim=1))
        bias = torch.zeros(inner.shape[0])
        if lstm.bias:
            bias = (
                getattr(lstm, f"bias_ih_l{layer}") + getattr(lstm, f"bias_hh_l{layer}")
            ).detach()
        self._gates.bias = torch.nn.Parameter(bias)

    def forward(
        self, features: torch.Tensor, hidden: torch.Tensor, memory: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        gates = self._gates(torch.cat([features, hidden], dim=1))
        add, forget, new, show = torch.split(gates, self._units, dim=1)
        memory = torch.sigmoid(forget) * memory + torch.sigmoid(add) * torch.tanh(new)
        return torch.sigmoid(show) * torch.tanh(memory), memory


class _Bounds:
    """The bounds of a continuous action space."""

    def __init__(self, space: spaces.Box) -> None:
        self._low, self._high = finite(space.low), finite(space.high)

    def clipped(self, action: torch.Tensor) -> torch.Tensor:
        low, high = self._low, self._high
        if not np.ptp(low) and not np.ptp(high):
            # Equal bounds become the scalars of one Clip node.
            return torch.clamp(action, float(low[0]), float(high[0]))
        return torch.minimum(torch.maximum(action, torch.tensor(low)), torch.tensor(high))

    def unscaled(self, action: torch.Tensor) -> torch.Tensor:
        """From [-1, 1], as SB3's `unscale_action` does it."""
        if np.all(self._low == -1.0) and np.all(self._high == 1.0):
            return action
        low, span = torch.tensor(self._low), torch.tensor(self._high - self._low)
        return low + (0.5 * (action + 1.0) * span)
