"""The first half of an exported policy: the engine's flat vector in, the policy's features out.

Normalises as VecNormalize does, then prepares each key as Stable-Baselines3 does (images divided
by 255, choices one-hot) and runs the policy's own features extractor. Made by the actors.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.torch_layers import CombinedExtractor, FlattenExtractor

from rl_training.checkpoints.normaliser import Normaliser
from rl_training.policy_export.layout import ObservationPart


class FeaturesOfVector(torch.nn.Module):
    """Raw flat observations to features.

    Where all is vectors and the extractor only joins them, nothing is taken apart: what is left is
    a normaliser and the policy's layers, which the engine runs as one piece.

    Args:
        parts: of the flat vector.
        space: the model's observation space.
        extractor: the policy's features extractor.
        normaliser: the model's observation statistics, if it has any.
        scale_images: bytes are divided by 255 (SB3's `normalize_images`).
    """

    def __init__(
        self,
        parts: tuple[ObservationPart, ...],
        space: spaces.Space[Any],
        extractor: torch.nn.Module,
        normaliser: Normaliser | None,
        scale_images: bool,
    ) -> None:
        super().__init__()
        self._parts = parts
        by_key = dict(space.spaces) if isinstance(space, spaces.Dict) else {"": space}
        self._shapes = {key: one.shape for key, one in by_key.items()}
        self._scale_images = scale_images
        known = set() if normaliser is None else set(normaliser.obs)
        self._whole: torch.nn.Module | None = None
        self._scalers = torch.nn.ModuleDict()
        self._extractor: torch.nn.Module | None = None
        normalised = [part.key in known for part in parts]
        if (all(normalised) or not any(normalised)) and _only_joins(extractor, parts, space):
            if normaliser is not None and all(normalised):
                self._whole = Scaler(normaliser, parts)
            return
        self._extractor = extractor
        for index, part in enumerate(parts):
            if normaliser is not None and normalised[index]:
                self._scalers[str(index)] = Scaler(normaliser, (part,))

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        """Return (n, features) for (n, size) raw observations."""
        if self._extractor is None:
            return obs if self._whole is None else self._whole(obs)
        values: dict[str, torch.Tensor] = {}
        start = 0
        for index, part in enumerate(self._parts):
            value = obs if len(self._parts) == 1 else obs[:, start : start + part.size]
            start += part.size
            if str(index) in self._scalers:
                value = self._scalers[str(index)](value)
            values[part.key] = self._prepared(value, part)
        features: torch.Tensor = self._extractor(values.get("", values))
        return features

    def _prepared(self, value: torch.Tensor, part: ObservationPart) -> torch.Tensor:
        if part.kind == "discrete":
            choices = torch.arange(part.choices, dtype=torch.float32)
            return torch.eq(value, choices).to(torch.float32)
        if part.kind == "image":
            image = value.reshape(-1, *part.shape)
            if part.shape != self._shapes[part.key]:
                image = image.permute(0, 3, 1, 2)
            return image / 255.0 if self._scale_images else image
        return value if len(part.shape) == 1 else value.reshape(-1, *part.shape)


class Scaler(torch.nn.Module):
    """(x - mean) / sqrt(var + epsilon) clipped, in float32 as exact as VecNormalize's float64.

    Args:
        normaliser: holds the statistics of every part.
        parts: of the vector that is scaled.
    """

    def __init__(self, normaliser: Normaliser, parts: tuple[ObservationPart, ...]) -> None:
        super().__init__()
        stats = [normaliser.obs[part.key] for part in parts]
        mean = np.concatenate([one.mean.reshape(-1) for one in stats])
        variance = np.concatenate([one.var.reshape(-1) for one in stats])
        deviation = np.sqrt(variance + normaliser.epsilon)
        self._mean = torch.tensor(mean.astype(np.float32))
        # What float32 drops of the mean matters where the deviation is tiny (an element that
        # hardly ever changes): x - mean is exact there, and the rest is subtracted after it.
        rest = mean - mean.astype(np.float32)
        self._rest: torch.Tensor | None = None
        if np.any(np.abs(rest) / deviation > 1e-6):
            self._rest = torch.tensor(rest.astype(np.float32))
        self._deviation = torch.tensor(deviation.astype(np.float32))
        self._clip = normaliser.clip_obs

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        """Return (n, size) scaled observations."""
        centred = obs - self._mean
        if self._rest is not None:
            centred = centred - self._rest
        scaled = centred / self._deviation
        return torch.clamp(scaled, -self._clip, self._clip) if math.isfinite(self._clip) else scaled


def _only_joins(
    extractor: torch.nn.Module, parts: tuple[ObservationPart, ...], space: spaces.Space[Any]
) -> bool:
    if any(part.kind != "vector" for part in parts):
        return False
    if type(extractor) is FlattenExtractor:
        return True
    if type(extractor) is not CombinedExtractor or not isinstance(space, spaces.Dict):
        return False
    # It joins in the order of the space, the engine in alphabetical order.
    in_order = list(space.spaces) == [part.key for part in parts]
    return in_order and all(
        isinstance(one, torch.nn.Flatten) for one in extractor.extractors.values()
    )
