"""Writes the convolutional, recurrent and int8 models of the inference tests.

`python tests/godot/inference/make_network_models.py` writes `models/<name>.onnx` and, with what
onnxruntime answers, `models/<name>.json`, as make_models.py does for dense policies. `--bench
FOLDER` writes the larger networks of the speed figures there instead (not committed). Nothing in
the harness imports this.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import tempfile
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
from onnxruntime.quantization import CalibrationDataReader, quantize_dynamic, quantize_static
from sb3_contrib import RecurrentPPO
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


class RecurrentPolicy(torch.nn.Module):
    """The deterministic actions of an sb3-contrib MlpLstmPolicy, its state going in and out."""

    def __init__(self, policy: Any) -> None:
        super().__init__()
        self.policy = policy

    def forward(
        self, obs: torch.Tensor, state_h: torch.Tensor, state_c: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        features = self.policy.extract_features(obs, self.policy.pi_features_extractor)
        latent, (h, c) = self.policy.lstm_actor(features.unsqueeze(0), (state_h, state_c))
        latent = self.policy.mlp_extractor.forward_actor(latent.squeeze(0))
        return self.policy.action_net(latent), h, c


class Memory(torch.nn.Module):
    """A bidirectional GRU over a sequence [steps, batch, 5], then its mean and a dense layer."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = torch.nn.GRU(5, 6, bidirectional=True)
        self.last = torch.nn.Linear(12, 3)

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        output: torch.Tensor = self.last(self.gru(obs)[0])
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
        hidden = torch.tanh(self.grouped(hidden)).reshape(-1, 10, 2)
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
    net = torch.nn.Sequential(
        first, torch.nn.ReLU(), torch.nn.Conv2d(8, 5, (1, 2)), torch.nn.Flatten()
    )
    image_model(path, net, (3, 8, 12))


def mixed_convolutions(path: Path) -> None:
    image_model(path, MixedConvolutions(), (3, 5, 6))


def lstm_policy(path: Path, hidden: int, layers: int = 1) -> None:
    spaces = gym.spaces.Box(-1, 1, (6,), np.float32), gym.spaces.Box(-1, 1, (3,), np.float32)
    settings = {"lstm_hidden_size": hidden, "net_arch": [16], "n_lstm_layers": layers}
    model = RecurrentPPO("MlpLstmPolicy", SpaceEnv(*spaces), policy_kwargs=settings)
    torch.nn.init.orthogonal_(model.policy.action_net.get_parameter("weight"))
    state = torch.zeros(layers, 1, hidden)
    inputs, outputs = ["obs", "state_h", "state_c"], ["output", "next_h", "next_c"]
    axes = {name: {1 if "_" in name else 0: "n"} for name in inputs + outputs}
    export(
        RecurrentPolicy(model.policy),
        (torch.zeros(1, 6), state, state),
        path,
        input_names=inputs,
        output_names=outputs,
        dynamic_axes=axes,
    )


def gru(path: Path) -> None:
    names = {"input_names": ["obs"], "output_names": ["output"]}
    axes = {"obs": {1: "n"}, "output": {1: "n"}}
    export(Memory(), (torch.zeros(4, 1, 5),), path, **names, dynamic_axes=axes)


class Samples(CalibrationDataReader):  # type: ignore[misc]
    """Observations from which the ranges of a static int8 model are taken."""

    def __init__(self, size: int) -> None:
        rng = np.random.default_rng(0)
        self.left = [{"obs": rng.normal(size=(64, size)).astype(np.float32)} for _ in range(4)]

    def get_next(self) -> dict[str, np.ndarray[Any, Any]] | None:
        return self.left.pop() if self.left else None


def quantized(path: Path, sizes: Sequence[int], static: bool) -> None:
    """Made by onnxruntime. `reduce_range` (7 bits) since its AVX2 kernels saturate with 8."""
    layers: list[torch.nn.Module] = []
    for before, after in itertools.pairwise(sizes):
        layers += [torch.nn.Linear(before, after), torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers[:-1])
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder, "float.onnx")
        names = {"input_names": ["obs"], "output_names": ["output"]}
        axes = {"obs": {0: "n"}, "output": {0: "n"}}
        export(net, (torch.zeros(1, sizes[0]),), whole, **names, dynamic_axes=axes)
        if static:
            quantize_static(whole, path, Samples(sizes[0]), reduce_range=True)
        else:
            quantize_dynamic(whole, path, reduce_range=True)


MODELS: dict[str, Callable[[Path], None]] = {
    "small_encoder": partial(small_encoder, image=(3, 6, 6), depths=(6, 8)),
    "planar": planar,
    "mixed_convolutions": mixed_convolutions,
    "lstm_policy": partial(lstm_policy, hidden=10),
    "gru": gru,
    "int8_dynamic": partial(quantized, sizes=[9, 33, 16, 3], static=False),
    "int8_static": partial(quantized, sizes=[9, 33, 16, 3], static=True),
}
BENCH: dict[str, Callable[[Path], None]] = {
    "lstm_256": partial(lstm_policy, hidden=256),
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
