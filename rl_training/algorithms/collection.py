"""Collect rollouts with the policy's layers in NumPy, which costs less than torch's calls.

While engines wait for actions every microsecond counts, and a small network's forward is nearly all
call overhead in torch. The weights are views of torch's own, so nothing has to be kept in step.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from gymnasium import spaces
from stable_baselines3 import PPO
from stable_baselines3.common.distributions import DiagGaussianDistribution
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.torch_layers import CombinedExtractor, FlattenExtractor

Floats = npt.NDArray[np.float32]
Forward = Callable[..., tuple[torch.Tensor, torch.Tensor, torch.Tensor]]

_LOG_SQRT_TWO_PI = 0.5 * math.log(2.0 * math.pi)


class CollectingPPO(PPO):
    """PPO whose policy acts through `numpy_forward` while it collects, where its layers allow.

    Saved models are plain PPO's. With one seed it takes the actions that PPO takes, up to float
    rounding, since it draws the same random numbers.
    """

    def collect_rollouts(self, *args: Any, **kwargs: Any) -> bool:
        """See `OnPolicyAlgorithm.collect_rollouts`.

        A rollout that is not finished (a stop, an engine that failed for good) is not learned from:
        its decisions are not counted, and a resumed run collects them again.
        """
        before, whole = self.num_timesteps, False
        try:
            with _acting_through(self.policy, numpy_forward(self.policy)):
                whole = super().collect_rollouts(*args, **kwargs)
        finally:
            if not whole:
                self.num_timesteps = before
        return whole


def numpy_forward(policy: ActorCriticPolicy) -> Forward | None:
    """Return a replacement of `policy.forward` for use without gradients, or None.

    Args:
        policy: on the CPU. It must be SB3's plain multilayer perceptron on vectors of floats, with
            tanh or ReLU between the layers; for any other the result is None.
    """
    space = policy.observation_space
    parts = list(space.spaces.values()) if isinstance(space, spaces.Dict) else [space]
    extractor = policy.features_extractor
    plain = (
        type(extractor) in (FlattenExtractor, CombinedExtractor)
        and policy.share_features_extractor
        and policy.device.type == "cpu"
        and not policy.use_sde
        and all(isinstance(p, spaces.Box) and len(p.shape) == 1 for p in parts)
        and all(p.dtype == np.float32 for p in parts)
    )
    actor = _Network.of(policy.mlp_extractor.policy_net) if plain else None
    critic = _Network.of(policy.mlp_extractor.value_net, policy.value_net) if plain else None
    if actor is None or critic is None:
        return None
    keys = list(space.spaces) if isinstance(space, spaces.Dict) else []
    gaussian = type(policy.action_dist) is DiagGaussianDistribution
    mean_layer = _Network.of(policy.action_net) if gaussian else None
    action_shape = policy.action_space.shape or ()

    def forward(
        obs: Any, deterministic: bool = False
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        arrays = [obs[key].numpy() for key in keys] or [obs.numpy()]
        features = arrays[0] if len(arrays) == 1 else np.concatenate(arrays, axis=1)
        values = torch.from_numpy(critic(features))
        latent = actor(features)
        if mean_layer is None:
            distribution = policy._get_action_dist_from_latent(torch.from_numpy(latent))
            actions = distribution.get_actions(deterministic=deterministic)
            log_probs = distribution.log_prob(actions)
            return actions.reshape((-1, *action_shape)), values, log_probs
        means = mean_layer(latent)
        log_std = policy.log_std.detach().numpy()
        noise = np.zeros_like(means) if deterministic else torch.randn(means.shape).numpy()
        log_prob = (-0.5 * noise * noise - (log_std + np.float32(_LOG_SQRT_TWO_PI))).sum(axis=1)
        return torch.from_numpy(means + noise * np.exp(log_std)), values, torch.from_numpy(log_prob)

    return forward


@dataclass(frozen=True)
class _Network:
    """Dense layers in their order.

    Attributes:
        layers: (weight (inputs, outputs), bias (outputs,), function applied in place or None);
            the arrays are views of the torch parameters.
    """

    layers: tuple[tuple[Floats, Floats, Callable[..., Any] | None], ...]

    @classmethod
    def of(cls, *modules: torch.nn.Module) -> _Network | None:
        """Read linear layers, tanh and ReLU; None when there is anything else."""
        layers: list[tuple[Floats, Floats, Callable[..., Any] | None]] = []
        for part in torch.nn.Sequential(*modules).modules():
            if type(part) is torch.nn.Sequential:
                continue
            function = _FUNCTIONS.get(type(part))
            if type(part) is torch.nn.Linear:
                weight = part.weight.detach().numpy().T
                layers.append((weight, part.bias.detach().numpy(), None))
            elif function is not None and layers and layers[-1][2] is None:
                layers[-1] = (*layers[-1][:2], function)
            else:
                return None
        return cls(tuple(layers))

    def __call__(self, x: Floats) -> Floats:
        """Return the last layer's output.

        Args:
            x: (n, inputs).
        """
        for weight, bias, function in self.layers:
            x = x @ weight
            x += bias
            if function is not None:
                function(x, out=x)
        return x


def _relu(x: Floats, out: Floats) -> None:
    np.maximum(x, np.float32(0.0), out=out)


_FUNCTIONS: dict[type[torch.nn.Module], Callable[..., Any]] = {
    torch.nn.Tanh: np.tanh,
    torch.nn.ReLU: _relu,
}


@contextlib.contextmanager
def _acting_through(policy: ActorCriticPolicy, forward: Forward | None) -> Iterator[None]:
    """Replace the policy's `forward` for the time of the block."""
    if forward is None:
        yield
        return
    policy.forward = forward  # type: ignore[method-assign]
    try:
        yield
    finally:
        del policy.forward
