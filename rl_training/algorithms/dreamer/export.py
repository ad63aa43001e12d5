"""Dreamer's policy as an exported file computes it: encoder, one step of the model, the actor.

The layers are taken apart into dense layers, convolutions and plain arithmetic, which the engine's
runner and onnxruntime both have; blocks of a recurrent layer become one dense layer with zeros. The
check after the export compares it with the trained policy itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from rl_training.algorithms.dreamer.actions import (
    DEVIATION_OFFSET,
    LEAST_DEVIATION,
    MOST_DEVIATION,
)
from rl_training.algorithms.world_model.networks import pad, symlog
from rl_training.policy_export.actors import CATEGORICAL, GAUSSIAN, Actions, Actor


class DreamerActor(Actor):
    """See the module.

    Args:
        policy: a trained `DreamerPolicy`.
    """

    def __init__(self, policy: Any) -> None:
        super().__init__(policy.action_space)
        rssm, behaviour = policy.world.rssm, policy.behaviour
        self._acted = policy.layout.acted
        self.distribution = CATEGORICAL if self._acted.choices else GAUSSIAN
        self.extractor = _Encoder(policy.world.encoder)
        self._gru = _Gru(rssm.prior.rnn)
        self._posterior = _plain(rssm.posterior.obs_rnn_to_post_projector)
        self._actor = _plain(behaviour.actor.model)
        self._belief, self._latent = rssm.belief_size, rssm.latent_size
        self._categoricals, self._classes = rssm.categoricals, rssm.classes
        self._unimix, self._action_unimix = rssm.unimix, behaviour.unimix
        self.state_size = self._belief + self._latent + self._acted.size
        self.state_parts = (
            {"name": "belief", "layers": 1, "units": self._belief},
            {"name": "latent", "layers": 1, "units": self._latent},
            {"name": "last_action", "layers": 1, "units": self._acted.size},
        )

    def forward(self, features: torch.Tensor, state: torch.Tensor) -> tuple[Actions, torch.Tensor]:
        """See `Actor`."""
        sizes = [self._belief, self._latent, self._acted.size]
        belief, latent, last = torch.split(state, sizes, dim=1)
        belief = self._gru(latent, belief, last)
        logits = self._posterior(torch.cat([belief, features], dim=1))
        shares = torch.softmax(logits.reshape(-1, self._categoricals, self._classes), dim=-1)
        mixed = shares * (1.0 - self._unimix) + self._unimix / self._classes
        latent = mixed.reshape(-1, self._latent)
        outputs = self._actor(torch.cat([belief, latent], dim=1))
        if self._acted.choices:
            actions, rows = self._choices(outputs)
        else:
            actions, rows = self._values(outputs)
        return actions, torch.cat([belief, latent, rows], dim=1)

    def _values(self, outputs: torch.Tensor) -> tuple[Actions, torch.Tensor]:
        mean, raw = torch.split(outputs, self._acted.size, dim=1)
        mean = torch.tanh(mean)
        span = MOST_DEVIATION - LEAST_DEVIATION
        deviation = LEAST_DEVIATION + span * torch.sigmoid(raw + DEVIATION_OFFSET)
        low = np.asarray(self._acted.low, np.float32)
        high = np.asarray(self._acted.high, np.float32)
        half = torch.tensor(0.5 * (high - low))
        scaled = torch.tensor(low) + half * (mean + 1.0)
        return self._gaussian(scaled, half * deviation), mean

    def _choices(self, outputs: torch.Tensor) -> tuple[Actions, torch.Tensor]:
        logs, rows = [], []
        for part in torch.split(outputs, list(self._acted.choices), dim=1):
            count = part.shape[1]
            mixed = torch.softmax(part, dim=1) * (1.0 - self._action_unimix)
            logs.append(torch.log(mixed + self._action_unimix / count))
            best = part.argmax(dim=1, keepdim=True)
            rows.append(torch.eq(best, torch.arange(count)).to(torch.float32))
        return Actions(torch.cat(logs, dim=1)), torch.cat(rows, dim=1)


class _RmsNorm(nn.Module):
    """x / root mean square of x, times a weight; over the last axis, or a picture's channels."""

    def __init__(self, norm: Any, axis: int) -> None:
        super().__init__()
        weight = norm.weight.detach().clone()
        self._weight = weight.reshape(-1, 1, 1) if axis == 1 else weight
        self._eps, self._axis = float(norm.eps), axis

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mean = (x * x).mean(dim=self._axis, keepdim=True)
        found: torch.Tensor = x / torch.sqrt(mean + self._eps) * self._weight
        return found


class _Silu(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.sigmoid(x)


class _Encoder(nn.Module):
    """torchrl's layers of the encoder, on one tensor or on tensors by key."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self._seen, self._vectors = encoder.seen, encoder.vectors
        self._mlp = None if encoder.mlp is None else _plain(encoder.mlp.model)
        self._images = nn.ModuleDict(
            {place: _plain(net.layers) for place, net in encoder.images.items()}
        )

    def forward(self, obs: Any) -> torch.Tensor:
        values = obs if isinstance(obs, dict) else {self._seen[0].key: obs}
        parts = []
        if self._mlp is not None:
            rows = [values[one.key].reshape(-1, one.stored[0]) for one in self._vectors]
            joined = rows[0] if len(rows) == 1 else torch.cat(rows, dim=1)
            parts.append(self._mlp(symlog(joined)))
        for place, layers in self._images.items():
            one = self._seen[int(place)]
            picture = pad(values[one.key], one.stored) - 0.5
            parts.append(layers(picture).flatten(1))
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)


class _Gru(nn.Module):
    """torchrl's block-GRU (`RSSMPriorV3.rnn`) with dense layers."""

    def __init__(self, rnn: Any) -> None:
        super().__init__()
        self._size, self._blocks = rnn.belief_dim, rnn.num_blocks
        self._belief = _plain(rnn.belief_projection)
        self._latent = _plain(rnn.state_projection)
        self._action = _plain(rnn.action_projection)
        layers: list[nn.Module] = []
        shared = 3 * rnn.belief_projection[0].out_features
        for number, layer in enumerate(rnn.hidden_layers):
            if number == 0:
                layers.append(_first_layer(layer, self._size, shared))
            elif hasattr(layer, "num_blocks"):
                layers.append(_dense(layer))
            else:
                layers.append(_plain_layer(layer))
        self._hidden = nn.Sequential(*layers)
        self._gates = _gate_layer(rnn.gates, self._size)

    def forward(
        self, latent: torch.Tensor, belief: torch.Tensor, action: torch.Tensor
    ) -> torch.Tensor:
        parts = [belief, self._belief(belief), self._latent(latent), self._action(action)]
        gates = self._gates(self._hidden(torch.cat(parts, dim=1)))
        reset, candidate, update = torch.split(gates, self._size, dim=1)
        candidate = torch.tanh(torch.sigmoid(reset) * candidate)
        share = torch.sigmoid(update - 1.0)
        return share * candidate + (1.0 - share) * belief


def _blocks_as_dense(layer: Any) -> torch.Tensor:
    """Return (in, out) of a block-linear layer, zeros outside of its blocks."""
    found: torch.Tensor = torch.block_diag(*layer.weight.detach())  # type: ignore[no-untyped-call]
    return found


def _dense(layer: Any) -> nn.Linear:
    return _linear(_blocks_as_dense(layer), layer.bias)


def _first_layer(layer: Any, belief: int, shared: int) -> nn.Linear:
    """Each block takes its part of the belief and all of what is shared."""
    blocks, width = layer.num_blocks, belief // layer.num_blocks
    whole = torch.zeros(belief + shared, layer.out_features)
    out = layer.out_features // blocks
    for block in range(blocks):
        columns = slice(block * out, (block + 1) * out)
        whole[block * width : (block + 1) * width, columns] = layer.weight.detach()[block, :width]
        whole[belief:, columns] = layer.weight.detach()[block, width:]
    return _linear(whole, layer.bias)


def _gate_layer(layer: Any, belief: int) -> nn.Linear:
    """Its outputs are reset, candidate, update of block after block; here, of all blocks each."""
    width = belief // layer.num_blocks
    order = torch.arange(3 * belief).reshape(layer.num_blocks, 3, width).transpose(0, 1).reshape(-1)
    return _linear(_blocks_as_dense(layer)[:, order], layer.bias[order])


def _linear(weight: torch.Tensor, bias: torch.Tensor) -> nn.Linear:
    made = nn.Linear(*weight.shape)
    made.weight = nn.Parameter(weight.T.contiguous().clone())
    made.bias = nn.Parameter(bias.detach().clone())
    return made


def _plain(layers: Any) -> nn.Sequential:
    """Return layers of torchrl as plain ones."""
    return nn.Sequential(*[_plain_layer(layer) for layer in layers])


def _plain_layer(layer: Any) -> nn.Module:
    if isinstance(layer, nn.SiLU):
        return _Silu()
    if isinstance(layer, (nn.Linear, nn.Conv2d)):
        return layer
    # Both normalisations of torchrl have a weight and eps; that of pictures is over channels.
    return _RmsNorm(layer, 1 if "Channel" in type(layer).__name__ else -1)
