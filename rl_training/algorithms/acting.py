"""A policy's layers in NumPy, which cost less than torch's calls while engines wait for actions.

Called by the collectors. A small network's forward is nearly all call overhead in torch. The
weights are views of torch's own, so nothing has to be kept in step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from gymnasium import spaces
from sb3_contrib.common.torch_layers import BatchRenorm1d
from sb3_contrib.crossq.policies import CrossQPolicy
from sb3_contrib.tqc.policies import TQCPolicy
from stable_baselines3.common.distributions import (
    CategoricalDistribution,
    DiagGaussianDistribution,
    MultiCategoricalDistribution,
)
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.torch_layers import CombinedExtractor, FlattenExtractor
from stable_baselines3.dqn.policies import DQNPolicy
from stable_baselines3.sac.policies import SACPolicy
from stable_baselines3.td3.policies import TD3Policy

from rl_training.algorithms.hybrid_distribution import HybridDistribution
from rl_training.envs.playing.draws import LOG_SQRT_TWO_PI
from rl_training.envs.playing.exploring import squashed
from rl_training.envs.playing.layers import Floats, Layers, relu
from rl_training.protocol.hybrid_box import HybridBox

Forward = Callable[..., tuple[torch.Tensor, torch.Tensor, torch.Tensor]]
Predict = Callable[..., tuple[npt.NDArray[Any], Any]]

# Where the forward stands that is rebuilt here; a policy with another one (a memory) is left alone.
_PLAIN_FORWARDS = ("stable_baselines3.common.policies", "sb3_contrib.common.maskable.policies")


class Network(Layers):
    """Dense layers read out of torch.

    The arrays are views of its parameters; where batches are normalised before a layer, copies.
    """

    @classmethod
    def of(cls, *modules: torch.nn.Module) -> Network | None:
        """Read linear layers, tanh, ReLU and CrossQ's batch normalisation as it acts.

        None when there is anything else.
        """
        layers: list[tuple[Floats, Floats, Callable[..., Any] | None]] = []
        # What a normalisation makes of the next layer's inputs: x * scale + shift.
        scaled: tuple[Floats, Floats] | None = None
        for part in torch.nn.Sequential(*modules).modules():
            if type(part) is torch.nn.Sequential:
                continue
            function = _FUNCTIONS.get(type(part))
            if type(part) is torch.nn.Linear:
                weight, bias = part.weight.detach().numpy().T, part.bias.detach().numpy()
                if scaled is not None:
                    scale, shift = scaled
                    weight, bias, scaled = weight * scale[:, None], shift @ weight + bias, None
                layers.append((weight, bias, None))
            elif type(part) is BatchRenorm1d and scaled is None:
                scaled = _normalisation(part)
            elif function is not None and layers and layers[-1][2] is None and scaled is None:
                layers[-1] = (*layers[-1][:2], function)
            else:
                return None
        return cls(tuple(layers)) if scaled is None else None


@dataclass(frozen=True)
class ActorCritic:
    """SB3's plain actor-critic on vectors of floats.

    Attributes:
        policy: whose weights they are.
        keys: of the observation, in the order of the features; empty when it is no dictionary.
        latent: features to what the action's layer takes.
        action_net: that layer: means of a Gaussian, or logits.
        critic: features to (n, 1) values.
    """

    policy: Any
    keys: tuple[str, ...]
    latent: Network
    action_net: Network
    critic: Network

    @classmethod
    def of(cls, policy: BasePolicy) -> ActorCritic | None:
        """Read a policy; None for one whose layers are others.

        Args:
            policy: SB3's multilayer perceptron, on the CPU, with tanh or ReLU between the layers,
                on vectors of float32.
        """
        parts: Any = policy
        plain = (
            type(policy).forward.__module__ in _PLAIN_FORWARDS
            and _takes_vectors(policy, parts.features_extractor)
            and parts.share_features_extractor
            and not getattr(parts, "use_sde", False)
        )
        latent = Network.of(parts.mlp_extractor.policy_net) if plain else None
        critic = Network.of(parts.mlp_extractor.value_net, parts.value_net) if plain else None
        action_net = Network.of(parts.action_net) if plain else None
        if latent is None or critic is None or action_net is None:
            return None
        return cls(policy, _keys(policy), latent, action_net, critic)

    @property
    def is_gaussian(self) -> bool:
        """Actions are drawn from a Gaussian of a deviation that does not depend on the state."""
        return type(self.policy.action_dist) is DiagGaussianDistribution

    @property
    def choices(self) -> tuple[int, ...]:
        """Choices of each discrete action; empty when they are drawn otherwise."""
        distribution, space = self.policy.action_dist, self.policy.action_space
        if type(distribution) is CategoricalDistribution and isinstance(space, spaces.Discrete):
            return (int(space.n),)
        if type(distribution) is MultiCategoricalDistribution and isinstance(
            space, spaces.MultiDiscrete
        ):
            return tuple(int(n) for n in space.nvec)
        return ()

    @property
    def hybrid(self) -> HybridBox | None:
        """The actions, when they are drawn as continuous values beside choices; else None."""
        distribution = self.policy.action_dist
        return distribution.hybrid_space if type(distribution) is HybridDistribution else None


@dataclass(frozen=True)
class Explorer:
    """The acting half of an off-policy policy on vectors of floats.

    Attributes:
        keys: of the observation, in the order of the features; empty when it is no dictionary.
        layers: features to what the action is made of.
        kind: what that is. "squashed": means, and logarithms of deviations beside them, before
            tanh. "bounded": actions in [-1, 1]. "greedy": the value of each choice.
    """

    keys: tuple[str, ...]
    layers: Network
    kind: Literal["squashed", "bounded", "greedy"]

    @classmethod
    def of(cls, policy: BasePolicy) -> Explorer | None:
        """Read a policy; None for one whose layers are others.

        Args:
            policy: SAC's, TQC's, CrossQ's, TD3's, DDPG's or DQN's plain multilayer perceptron on
                vectors of float32, on the CPU.
        """
        parts: Any = policy
        if isinstance(policy, DQNPolicy):
            return cls._made(policy, parts.q_net, "greedy", Network.of(parts.q_net.q_net))
        actor: Any = getattr(policy, "actor", None)
        if isinstance(policy, TD3Policy):
            return cls._made(policy, actor, "bounded", Network.of(actor.mu))
        if not isinstance(policy, (SACPolicy, TQCPolicy, CrossQPolicy)) or actor.use_sde:
            return None
        mean = Network.of(actor.latent_pi, actor.mu)
        deviation = Network.of(actor.latent_pi, actor.log_std)
        if mean is None or deviation is None:
            return None
        last = tuple(
            np.concatenate(both, axis=-1)
            for both in zip(mean.layers[-1][:2], deviation.layers[-1][:2], strict=True)
        )
        layers = Network((*mean.layers[:-1], (last[0], last[1], None)))
        return cls._made(policy, actor, "squashed", layers)

    @classmethod
    def _made(
        cls,
        policy: BasePolicy,
        net: Any,
        kind: Literal["squashed", "bounded", "greedy"],
        layers: Network | None,
    ) -> Explorer | None:
        if layers is None or not _takes_vectors(net, net.features_extractor):
            return None
        return cls(_keys(policy), layers, kind)


def numpy_forward(policy: BasePolicy) -> Forward | None:
    """Return a replacement of `policy.forward` for use without gradients, or None.

    It draws the random numbers that torch's forward draws.

    Args:
        policy: see `ActorCritic.of` for those that can be read; for any other the result is None.
            `MaskablePPO`'s may be given action masks.
    """
    read = ActorCritic.of(policy)
    if read is None:
        return None
    net: ActorCritic = read
    action_shape = net.policy.action_space.shape or ()

    def forward(
        obs: Any, deterministic: bool = False, action_masks: Any = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        arrays = [obs[key].numpy() for key in net.keys] or [obs.numpy()]
        features = arrays[0] if len(arrays) == 1 else np.concatenate(arrays, axis=1)
        values = torch.from_numpy(net.critic(features))
        latent = net.latent(features)
        if not net.is_gaussian:
            distribution: Any = net.policy._get_action_dist_from_latent(torch.from_numpy(latent))
            if action_masks is not None:
                distribution.apply_masking(action_masks)
            actions = distribution.get_actions(deterministic=deterministic)
            log_probs = distribution.log_prob(actions)
            return actions.reshape((-1, *action_shape)), values, log_probs
        means = net.action_net(latent)
        log_std = net.policy.log_std.detach().numpy()
        noise = np.zeros_like(means) if deterministic else torch.randn(means.shape).numpy()
        log_prob = (-0.5 * noise * noise - (log_std + np.float32(LOG_SQRT_TWO_PI))).sum(axis=1)
        return torch.from_numpy(means + noise * np.exp(log_std)), values, torch.from_numpy(log_prob)

    return forward


def numpy_predict(policy: BasePolicy) -> Predict | None:
    """Return a replacement of an off-policy policy's `predict` for batches, or None.

    It draws the random numbers that torch's actor draws.

    Args:
        policy: see `Explorer.of` for those that can be read; for any other the result is None.
    """
    read = Explorer.of(policy)
    if read is None:
        return None
    net: Explorer = read
    space: Any = policy.action_space

    def predict(
        observation: Any,
        state: Any = None,
        episode_start: Any = None,
        deterministic: bool = False,
    ) -> tuple[npt.NDArray[Any], Any]:
        arrays = [np.asarray(observation[key]) for key in net.keys] or [np.asarray(observation)]
        if arrays[0].ndim != 2:
            return type(policy).predict(policy, observation, state, episode_start, deterministic)
        features = arrays[0] if len(arrays) == 1 else np.concatenate(arrays, axis=1)
        outputs = net.layers(features.astype(np.float32, copy=False))
        if net.kind == "greedy":
            return outputs.argmax(axis=1), state
        actions = outputs
        if net.kind == "squashed":
            shape = (len(outputs), outputs.shape[1] // 2)
            noise = np.zeros(shape, np.float32) if deterministic else torch.randn(shape).numpy()
            actions = squashed(outputs, noise)
        return np.clip(policy.unscale_action(actions), space.low, space.high), state

    return predict


def _keys(policy: BasePolicy) -> tuple[str, ...]:
    space = policy.observation_space
    return tuple(space.spaces) if isinstance(space, spaces.Dict) else ()


def _normalisation(part: Any) -> tuple[Floats, Floats]:
    """Return scale and shift of a batch normalisation that does not learn: running statistics."""
    factor = 1.0 / np.sqrt(part.ra_var.numpy() + np.float32(part.eps))
    mean = part.ra_mean.numpy()
    if not part.affine:
        return factor, -mean * factor
    scale = part.scale.detach().numpy() * factor
    return scale, part.bias.detach().numpy() - mean * scale


def _takes_vectors(policy: Any, extractor: Any) -> bool:
    """Whether the observation is vectors of float32, which go to the layers as they are."""
    space = policy.observation_space
    parts = list(space.spaces.values()) if isinstance(space, spaces.Dict) else [space]
    return (
        type(extractor) in (FlattenExtractor, CombinedExtractor)
        and policy.device.type == "cpu"
        and all(isinstance(p, spaces.Box) and len(p.shape) == 1 for p in parts)
        and all(p.dtype == np.float32 for p in parts)
    )


_FUNCTIONS: dict[type[torch.nn.Module], Callable[..., Any]] = {
    torch.nn.Tanh: np.tanh,
    torch.nn.ReLU: relu,
}
