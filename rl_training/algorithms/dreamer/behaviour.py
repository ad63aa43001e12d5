"""Actor and critic, and what they learn from imagined futures (DreamerV3, arXiv:2301.04104).

The actor learns by REINFORCE on returns that are scaled by the range from their 5th to their 95th
percentile; the critic learns two-hot returns, held back by a slow copy of itself. The loss on
replayed values of the paper's later version is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import nn

from rl_training.algorithms.dreamer.actions import Choices, Drawn, Gaussian
from rl_training.algorithms.world_model.layout import Acted
from rl_training.algorithms.world_model.model import BINS, WorldModel
from rl_training.algorithms.world_model.parts import models
from rl_training.algorithms.world_model.rssm import State
from rl_training.config.dreamer import DreamerSettings

_LOW, _HIGH = 0.05, 0.95
_RANGE_RATE = 0.01


class Imagined(NamedTuple):
    """Futures, of n starts and H decisions, without gradients.

    Attributes:
        features: (H + 1, n, features), the first of the starts.
        actions: (H, n, size).
    """

    features: torch.Tensor
    actions: torch.Tensor


class BehaviourLoss(NamedTuple):
    """What is to be minimised, and the figures of it for the log."""

    actor: torch.Tensor
    critic: torch.Tensor
    figures: Mapping[str, float]


class Behaviour(nn.Module):
    """Actor, critic, slow critic, and the range of returns.

    Args:
        acted: the actions.
        features: numbers of a state.
        settings: of Dreamer.
    """

    range_low: torch.Tensor
    range_high: torch.Tensor

    def __init__(self, acted: Acted, features: int, settings: DreamerSettings) -> None:
        super().__init__()
        torchrl = models()
        sizes = settings.model_settings()
        self.acted, self.unimix = acted, settings.unimix
        outputs = acted.size if acted.choices else 2 * acted.size
        units, layers = sizes.hidden_dim, sizes.layers
        self.actor = torchrl.DreamerV3MLP(features, outputs, layers, units, outscale=0.01)
        self.critic = torchrl.DreamerV3MLP(features, BINS, layers, units, outscale=0.0)
        self.slow_critic = torchrl.DreamerV3MLP(features, BINS, layers, units, outscale=0.0)
        self.slow_critic.load_state_dict(self.critic.state_dict())
        self.slow_critic.requires_grad_(False)
        self.two_hot = torchrl.SymExpTwoHot(BINS)
        self.register_buffer("range_low", torch.zeros(()))
        self.register_buffer("range_high", torch.zeros(()))

    def drawn(self, features: torch.Tensor) -> Drawn:
        """Return the distribution of actions in states (..., features)."""
        outputs = self.actor(features)
        if self.acted.choices:
            return Choices.of(outputs, self.acted.choices, self.unimix)
        return Gaussian.of(outputs)

    def value(self, features: torch.Tensor) -> torch.Tensor:
        """Return the expected return (...) of states (..., features)."""
        found: torch.Tensor = self.two_hot.decode(self.critic(features))
        return found

    @torch.no_grad()
    def imagine(self, world: WorldModel, starts: State, horizon: int) -> Imagined:
        """Let the actor play in the world model.

        Args:
            world: the model.
            starts: (n, ...).
            horizon: decisions.
        """
        state, features, actions = starts, [starts.features], []
        for _ in range(horizon):
            action = self.drawn(features[-1]).sample()
            state = world.rssm.imagine_step(state, action)
            actions.append(action)
            features.append(state.features)
        return Imagined(torch.stack(features), torch.stack(actions))

    def losses(
        self,
        world: WorldModel,
        imagined: Imagined,
        alive: torch.Tensor,
        settings: DreamerSettings,
    ) -> BehaviourLoss:
        """Return what imagined futures teach.

        Args:
            world: the model, which tells rewards and ends.
            imagined: of n starts.
            alive: (n,), 0 for starts at which the episode was over.
            settings: of Dreamer.
        """
        features, actions = imagined.features, imagined.actions
        with torch.no_grad():
            rewards = world.reward(features[1:])
            goes_on = world.going_on(features[1:]) * settings.gamma
            values = self.value(features)
            returns = lambda_returns(rewards, goes_on, values, settings.return_lambda)
            scale = self._scale(returns)
            advantages = (returns - values[:-1]) / scale
            weights = torch.cat([alive[None], goes_on[:-1]]).cumprod(dim=0)
        drawn = self.drawn(features[:-1])
        entropy = drawn.entropy()
        gain = drawn.log_prob(actions) * advantages + settings.entropy * entropy
        actor = -(weights * gain).mean()
        logits = self.critic(features[:-1])
        with torch.no_grad():
            slow = self.two_hot.decode(self.slow_critic(features[:-1]))
        held = self.two_hot.loss(logits, returns) + self.two_hot.loss(logits, slow)
        critic = (weights * held).mean()
        figures = {
            "actor_loss": float(actor.detach()),
            "critic_loss": float(critic.detach()),
            "entropy": float(entropy.detach().mean()),
            "imagined_return": float(returns.mean()),
            "imagined_reward": float(rewards.mean()),
            "return_range": float(scale),
        }
        return BehaviourLoss(actor, critic, figures)

    @torch.no_grad()
    def follow(self, share: float) -> None:
        """Move the slow critic towards the critic."""
        for slow, fast in zip(self.slow_critic.parameters(), self.critic.parameters(), strict=True):
            slow.lerp_(fast, share)

    def _scale(self, returns: torch.Tensor) -> torch.Tensor:
        """Return max(1, range of returns), which moves slowly; noise is not made larger."""
        bounds = torch.quantile(returns.flatten(), torch.tensor([_LOW, _HIGH]))
        for buffer, bound in zip((self.range_low, self.range_high), bounds, strict=True):
            buffer.lerp_(bound, _RANGE_RATE)
        return (self.range_high - self.range_low).clamp_min(1.0)


def lambda_returns(
    rewards: torch.Tensor, goes_on: torch.Tensor, values: torch.Tensor, share: float
) -> torch.Tensor:
    """Return (H, n) lambda-returns.

    Args:
        rewards: (H, n), on arriving at states 1 to H.
        goes_on: (H, n), discount times the probability of going on, of the same states.
        values: (H + 1, n), of states 0 to H.
        share: lambda; 0: one step, 1: all rewards.
    """
    found, after = [], values[-1]
    for step in range(len(rewards) - 1, -1, -1):
        later = (1.0 - share) * values[step + 1] + share * after
        after = rewards[step] + goes_on[step] * later
        found.append(after)
    return torch.stack(found[::-1])
