"""Between observations and the model: the encoder and the decoder, for vectors and pictures.

Vectors go through symlog, so that numbers of any size are learned alike. Pictures of any size are
padded to what the strides need, and cut again after decoding. All layers are torchrl's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from rl_training.algorithms.world_model.layout import Layout
from rl_training.algorithms.world_model.parts import models
from rl_training.config.world_model import WorldModelSettings

_FACTORS = (2, 3, 4, 4)
"""Channels of each stage, times `cnn_depth`; the reference implementation's."""
_SMALLEST = 4
"""Height and width, at least, of what the last convolution gives."""


def symlog(x: torch.Tensor) -> torch.Tensor:
    """Return sign(x) log(1 + |x|)."""
    return torch.sign(x) * torch.log(torch.abs(x) + 1.0)


def symexp(x: torch.Tensor) -> torch.Tensor:
    """Undo `symlog`."""
    return torch.sign(x) * (torch.exp(torch.abs(x)) - 1.0)


class Encoder(nn.Module):
    """Observations to one vector.

    Attributes:
        size: of that vector.
        vectors: the keys whose numbers go through one perceptron, in order.
        mlp: that perceptron; None where all is pictures.
        images: a torchrl encoder for each picture, by its place in the layout.
    """

    def __init__(self, layout: Layout, settings: WorldModelSettings) -> None:
        super().__init__()
        torchrl = models()
        self.seen = layout.seen
        self.vectors = [one for one in layout.seen if not one.image]
        self.images = nn.ModuleDict()
        self.mlp: nn.Module | None = None
        self.size = 0
        if self.vectors:
            numbers = sum(one.stored[0] for one in self.vectors)
            units = settings.hidden_dim
            self.mlp = torchrl.DreamerV3MLP(numbers, None, settings.layers, units)
            self.size += units
        for place, one in enumerate(self.seen):
            if one.image:
                shape = padded(one.stored)
                net = torchrl.DreamerV3ImageEncoder(
                    shape[0], settings.cnn_depth, _FACTORS[: stages(one.stored)]
                )
                self.images[str(place)] = net
                self.size += net.output_features(shape)

    def forward(self, observations: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """Return (..., size) for key to (..., *stored); pictures in [0, 1]."""
        parts = []
        if self.mlp is not None:
            rows = torch.cat([observations[one.key] for one in self.vectors], dim=-1)
            parts.append(self.mlp(symlog(rows)))
        for place, net in self.images.items():
            one = self.seen[int(place)]
            parts.append(net(pad(observations[one.key], one.stored)))
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=-1)


class Decoder(nn.Module):
    """A state's features to the observation, as far as it can be told."""

    def __init__(self, layout: Layout, settings: WorldModelSettings, features: int) -> None:
        super().__init__()
        torchrl = models()
        self.seen = layout.seen
        self.vectors = [one for one in layout.seen if not one.image]
        self.mlp: nn.Module | None = None
        self.images = nn.ModuleDict()
        if self.vectors:
            numbers = sum(one.stored[0] for one in self.vectors)
            self.mlp = torchrl.DreamerV3MLP(features, numbers, settings.layers, settings.hidden_dim)
        for place, one in enumerate(self.seen):
            if one.image:
                self.images[str(place)] = torchrl.DreamerV3ImageDecoder(
                    features,
                    padded(one.stored),
                    settings.cnn_depth,
                    _FACTORS[: stages(one.stored)],
                    num_blocks=1,
                )

    def forward(self, features: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return key to (..., *stored): vectors in symlog, pictures about [0, 1]."""
        found: dict[str, torch.Tensor] = {}
        if self.mlp is not None:
            sizes = [one.stored[0] for one in self.vectors]
            rows = torch.split(self.mlp(features), sizes, dim=-1)
            found |= {one.key: row for one, row in zip(self.vectors, rows, strict=True)}
        for place, net in self.images.items():
            one = self.seen[int(place)]
            height, width = one.stored[1:]
            found[one.key] = net(features)[..., :height, :width]
        return found

    def observed(self, features: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return the same as the scene has it: vectors unscaled, pictures in [0, 1]."""
        found = self(features)
        return {
            one.key: found[one.key].clamp(0.0, 1.0) if one.image else symexp(found[one.key])
            for one in self.seen
        }

    def loss(
        self, features: torch.Tensor, observations: Mapping[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """Return the squared error of each key, summed over its numbers: key to (...)."""
        found, losses = self(features), {}
        for one in self.seen:
            wanted = observations[one.key]
            error = found[one.key] - (wanted if one.image else symlog(wanted))
            losses[one.key] = error.square().flatten(-len(one.stored)).sum(-1)
        return losses


def stages(image: tuple[int, ...]) -> int:
    """Return how often a picture (channels, height, width) is halved: 1 to 4 times."""
    smallest = max(min(image[1:]), _SMALLEST)
    return max(1, min(len(_FACTORS), int(math.log2(smallest / _SMALLEST))))


def padded(image: tuple[int, ...]) -> tuple[int, int, int]:
    """Return the shape whose height and width can be halved that often."""
    step = 2 ** stages(image)
    channels, height, width = image
    return channels, -(-height // step) * step, -(-width // step) * step


def pad(values: Any, image: tuple[int, ...]) -> Any:
    """Return (..., *padded) of (..., *image), with zeros on the right and below."""
    _, height, width = padded(image)
    right, below = width - image[2], height - image[1]
    return nn.functional.pad(values, (0, right, 0, below)) if right or below else values
