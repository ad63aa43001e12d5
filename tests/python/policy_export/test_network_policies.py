"""Convolutional, recurrent and int8 policies of SB3 in the engine, against onnxruntime."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import onnx
import pytest
import torch
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from sb3_contrib import RecurrentPPO
from stable_baselines3 import PPO

from rl_training.engine import find_engine
from rl_training.policy_export.in_engine_check import InEngineCheck, check_in_engine

OBSERVATION = 9
HIDDEN = 24

pytestmark = pytest.mark.engine


class SpaceEnv(gym.Env[Any, Any]):
    """Only its spaces matter: SB3 wants an environment to build a policy."""

    def __init__(self, observations: gym.spaces.Box) -> None:
        self.observation_space = observations
        self.action_space = gym.spaces.Box(-1, 1, (3,), np.float32)


class Actions(torch.nn.Module):
    """The mean actions of a feed-forward policy; images come as floats 0 to 255."""

    def __init__(self, policy: Any, largest: float) -> None:
        super().__init__()
        self.policy = policy
        self.largest = largest

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        features = self.policy.pi_features_extractor(obs / self.largest)
        output: torch.Tensor = self.policy.action_net(
            self.policy.mlp_extractor.policy_net(features)
        )
        return output


class RecurrentActions(torch.nn.Module):
    """The same of an MlpLstmPolicy, with its state."""

    def __init__(self, policy: Any) -> None:
        super().__init__()
        self.policy = policy

    def forward(
        self, obs: torch.Tensor, h: torch.Tensor, c: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        features = self.policy.pi_features_extractor(obs)
        latent, (next_h, next_c) = self.policy.lstm_actor(features.unsqueeze(0), (h, c))
        latent = self.policy.mlp_extractor.policy_net(latent.squeeze(0))
        return self.policy.action_net(latent), next_h, next_c


class Calibration(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        shape = (64, OBSERVATION)
        self.left = [{"obs": rng.normal(size=shape).astype(np.float32)} for _ in range(4)]

    def get_next(self) -> dict[str, Any] | None:
        return self.left.pop() if self.left else None


def lively(policy: torch.nn.Module) -> None:
    """Give the last layer ordinary weights: SB3 starts with outputs near zero."""
    layer = policy.get_submodule("action_net")
    torch.nn.init.orthogonal_(layer.get_parameter("weight"))


def export(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...], path: Path) -> Path:
    names = ["obs", "h", "c"][: len(inputs)], ["output", "next_h", "next_c"][: len(inputs)]
    axes = {name: {0 if name in ("obs", "output") else 1: "n"} for name in itertools.chain(*names)}
    torch.onnx.export(
        module.eval(),
        inputs,
        str(path),
        opset_version=17,
        input_names=names[0],
        output_names=names[1],
        dynamic_axes=axes,
        dynamo=False,
    )
    return path


def check(path: Path, samples: int = 24) -> InEngineCheck:
    return check_in_engine(path, find_engine(install=False).path, samples=samples)


@pytest.mark.parametrize("layers", [1, 2])
def test_recurrent_ppo(layers: int, tmp_path: Path) -> None:
    torch.manual_seed(0)
    settings = {"lstm_hidden_size": HIDDEN, "n_lstm_layers": layers}
    space = gym.spaces.Box(-1, 1, (OBSERVATION,), np.float32)
    model = RecurrentPPO("MlpLstmPolicy", SpaceEnv(space), policy_kwargs=settings)
    lively(model.policy)
    state = torch.zeros(layers, 1, HIDDEN)
    inputs = (torch.zeros(1, OBSERVATION), state, state)
    result = check(export(RecurrentActions(model.policy), inputs, tmp_path / "lstm.onnx"))
    assert result.passed, result
    assert result.largest_output > 0.1


def test_nature_cnn(tmp_path: Path) -> None:
    torch.manual_seed(0)
    image = gym.spaces.Box(0, 255, (3, 36, 36), np.uint8)
    model = PPO("CnnPolicy", SpaceEnv(image))
    lively(model.policy)
    # The check's inputs are a few units: not to be lost in 255 steps, they count as whole images.
    module = Actions(model.policy, 2.0)
    result = check(export(module, (torch.zeros(1, 3, 36, 36),), tmp_path / "cnn.onnx"), samples=6)
    assert result.passed, result
    assert result.largest_output > 0.05


@pytest.mark.parametrize("kind", ["dynamic", "dynamic by column", "static"])
def test_int8(kind: str, tmp_path: Path) -> None:
    """Weights without a sign: onnxruntime's kernels for AVX2 saturate with signed ones."""
    torch.manual_seed(0)
    space = gym.spaces.Box(-1, 1, (OBSERVATION,), np.float32)
    model = PPO("MlpPolicy", SpaceEnv(space))
    lively(model.policy)
    inputs = (torch.zeros(1, OBSERVATION),)
    whole = export(Actions(model.policy, 1.0), inputs, tmp_path / "float.onnx")
    small = tmp_path / "int8.onnx"
    weights = QuantType.QUInt8
    if kind == "static":
        quantize_static(whole, small, Calibration(), activation_type=weights, weight_type=weights)
    else:
        quantize_dynamic(whole, small, weight_type=weights, per_channel=kind.endswith("column"))
    kinds = {node.op_type for node in onnx.load(small).graph.node}
    assert kinds & {"MatMulInteger", "QuantizeLinear"}
    result = check(small)
    assert result.passed, result
    assert result.largest_output > 0.1
