"""Writes the convolutional, recurrent and int8 models of the inference tests.

`python tests/godot/inference/make_network_models.py` writes `models/<name>.onnx` and, with what
onnxruntime answers, `models/<name>.json`, as make_models.py does for dense policies. `--bench
FOLDER` writes the larger networks of the speed figures there instead (not committed). Nothing in
the harness imports this.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from make_models import (  # type: ignore[import-not-found]
    FOLDER,
    SpaceEnv,
    export,
    write_expected,
)
from stable_baselines3 import PPO


class ImagePolicy(torch.nn.Module):
    """The deterministic actions of an SB3 CnnPolicy on images 0 to 255, channels first."""

    def __init__(self, policy: Any) -> None:
        super().__init__()
        self.policy = policy

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        features = self.policy.features_extractor(obs / 255.0)
        output: torch.Tensor = self.policy.action_net(
            self.policy.mlp_extractor.policy_net(features)
        )
        return output


class SmallEncoder(torch.nn.Module):
    """Two convolutions and a dense layer, for small camera images."""

    def __init__(self, image: Sequence[int], depths: Sequence[int], outputs: int) -> None:
        super().__init__()
        self.convolutions = torch.nn.Sequential(
            torch.nn.Conv2d(image[0], depths[0], 3, stride=2, padding=1),
            torch.nn.ReLU(),
            torch.nn.Conv2d(depths[0], depths[1], 3, stride=2, padding=1),
            torch.nn.ReLU(),
            torch.nn.Flatten(),
        )
        size = self.convolutions(torch.zeros(1, *image)).shape[1]
        self.last = torch.nn.Linear(size, outputs)

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        output: torch.Tensor = self.last(self.convolutions(obs))
        return output


class MixedConvolutions(torch.nn.Module):
    """Groups, dilation, padding, odd channel counts, poolings and a layer of one axis."""

    def __init__(self) -> None:
        super().__init__()
        self.first = torch.nn.Conv2d(3, 6, (3, 2), stride=(1, 2), padding=(2, 1))
        self.depthwise = torch.nn.Conv2d(6, 6, 3, padding=2, dilation=2, groups=6)
        self.grouped = torch.nn.Conv2d(6, 10, 1, groups=2)
        self.pool = torch.nn.MaxPool2d(2, ceil_mode=True)
        self.average = torch.nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)
        self.sequence = torch.nn.Conv1d(10, 7, 2, padding=1)
        self.everywhere = torch.nn.AdaptiveAvgPool1d(1)

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        hidden = torch.sigmoid(self.pool(self.first(obs)))
        hidden = self.average(torch.clamp(self.depthwise(hidden), -0.3, 0.4))
        hidden = torch.tanh(self.grouped(hidden)).reshape(-1, 10, 6)
        output: torch.Tensor = torch.flatten(self.everywhere(self.sequence(hidden)), 1)
        return output


def image_model(path: Path, module: torch.nn.Module, image: Sequence[int]) -> None:
    names = {"input_names": ["obs"], "output_names": ["output"]}
    axes = {"obs": {0: "n"}, "output": {0: "n"}}
    export(module, (torch.zeros(1, *image),), path, **names, dynamic_axes=axes)


def nature(path: Path, image: Sequence[int]) -> None:
    space = gym.spaces.Box(0, 255, tuple(image), np.uint8)
    actions = gym.spaces.Discrete(6)
    image_model(path, ImagePolicy(PPO("CnnPolicy", SpaceEnv(space, actions)).policy), image)


def small_encoder(
    path: Path, image: Sequence[int], depths: Sequence[int], outputs: int = 4
) -> None:
    image_model(path, SmallEncoder(image, depths, outputs), image)


def planar(path: Path) -> None:
    """A first convolution of stride 4 with a bias, read without rearranging the image."""
    first = torch.nn.Conv2d(3, 8, 8, stride=4)
    net = torch.nn.Sequential(first, torch.nn.ReLU(), torch.nn.Conv2d(8, 5, 2), torch.nn.Flatten())
    image_model(path, net, (3, 16, 20))


def mixed_convolutions(path: Path) -> None:
    image_model(path, MixedConvolutions(), (3, 9, 10))


MODELS: dict[str, Callable[[Path], None]] = {
    "small_encoder": partial(small_encoder, image=(3, 12, 12), depths=(6, 8)),
    "planar": planar,
    "mixed_convolutions": mixed_convolutions,
}
BENCH: dict[str, Callable[[Path], None]] = {
    "nature_36x36x3": partial(nature, image=(3, 36, 36)),
    "nature_84x84x4": partial(nature, image=(4, 84, 84)),
    "encoder_36x36x3": partial(small_encoder, image=(3, 36, 36), depths=(16, 32), outputs=64),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", type=Path, help="write only the speed figures' networks here")
    bench: Path | None = parser.parse_args().bench
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    torch.manual_seed(1)
    folder = FOLDER if bench is None else bench
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in (MODELS if bench is None else BENCH).items():
        path = folder / f"{name}.onnx"
        make(path)
        if bench is None:
            write_expected(path)


if __name__ == "__main__":
    main()
