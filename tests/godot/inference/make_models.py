"""Writes the ONNX models of the inference tests, and what onnxruntime answers on them.

Run from the development environment: `python tests/godot/inference/make_models.py`. Each model
becomes `models/<name>.onnx` and `models/<name>.json` (inputs, expected outputs, batch 1 to 5); both
are committed, so that the GDScript tests need no Python. `--bench FOLDER` writes the two networks
of the speed figures there instead (300 kB, not committed). Nothing in the harness imports this.
"""

from __future__ import annotations

import argparse
import itertools
import json
import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import gymnasium as gym
import numpy as np
import onnx
import onnxruntime
import torch
from godot_rl.wrappers.onnx import stable_baselines_export
from onnx import TensorProto, helper, numpy_helper
from stable_baselines3 import PPO, SAC

from rl_training.checkpoints.checkpoint import CheckpointMeta
from rl_training.policy_export import onnx_export

FOLDER = Path(__file__).parent / "models"
Layers = Sequence[tuple[int, int]]


class SpaceEnv(gym.Env):  # type: ignore[type-arg]
    """Only its spaces matter: SB3 wants an environment to build a policy."""

    def __init__(self, obs: gym.Space[Any], actions: gym.Space[Any]) -> None:
        self.observation_space = obs
        self.action_space = actions

    def reset(self, **_: Any) -> tuple[Any, dict[str, Any]]:
        return self.observation_space.sample(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        return self.observation_space.sample(), 0.0, False, False, {}


class Shipped(torch.nn.Module):
    """A policy as we ship it: normaliser and action clipping inside, `state_ins` echoed."""

    def __init__(self, sizes: Sequence[int], activation: type[torch.nn.Module]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.randn(sizes[0]) * 0.3)
        self.register_buffer("var", torch.rand(sizes[0]) + 0.2)
        layers: list[torch.nn.Module] = []
        for index, (before, after) in enumerate(itertools.pairwise(sizes)):
            layers.append(torch.nn.Linear(before, after))
            if index < len(sizes) - 2:
                layers.append(activation())
        self.net = torch.nn.Sequential(*layers)

    def forward(self, obs: torch.Tensor, state_ins: torch.Tensor) -> tuple[Any, Any]:
        normed = torch.clip((obs - self.mean) / torch.sqrt(self.var + 1e-8), -10.0, 10.0)
        return torch.clip(self.net(torch.flatten(normed, 1)), -1.0, 1.0), state_ins


class MatMulNet(torch.nn.Module):
    """MatMul + Add, a later Mul and Add, Sigmoid: what Gemm-less exporters write."""

    def __init__(self) -> None:
        super().__init__()
        self.first = torch.nn.Parameter(torch.randn(7, 13) * 0.4)
        self.bias = torch.nn.Parameter(torch.randn(13))
        self.last = torch.nn.Parameter(torch.randn(13, 5) * 0.4)

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        hidden = torch.relu(torch.matmul(obs, self.first) + self.bias)
        output = 1.5 - torch.sigmoid(torch.matmul(hidden, self.last)) * 2.0 / torch.arange(1.0, 6.0)
        output = torch.minimum(torch.maximum(output, -torch.arange(5.0)), torch.arange(5.0))
        return output + 0.25


def export(module: torch.nn.Module, arguments: tuple[Any, ...], path: Path, **names: Any) -> None:
    torch.onnx.export(module.eval(), arguments, str(path), opset_version=17, dynamo=False, **names)


def shipped(path: Path, sizes: Sequence[int], activation: type[torch.nn.Module]) -> None:
    names = ["obs", "state_ins"], ["output", "state_outs"]
    export(
        Shipped(sizes, activation),
        (torch.zeros(1, sizes[0]), torch.zeros(1)),
        path,
        input_names=names[0],
        output_names=names[1],
        dynamic_axes={name: {0: "batch_size"} for name in names[0] + names[1]},
    )
    model = onnx.load(path)
    helper.set_model_props(model, {"policy": path.stem, "note": "ä metadata text"})
    onnx.save(model, path)


def godot_rl_export(path: Path, algorithm: str) -> None:
    box = gym.spaces.Box(-1, 1, (6,), np.float32)
    actions = gym.spaces.Box(-1, 1, (3,), np.float32)
    small = {"net_arch": [16, 16]}
    if algorithm == "SAC":
        model = SAC("MlpPolicy", SpaceEnv(box, actions), policy_kwargs=small, buffer_size=10)
    elif algorithm == "PPO":
        model = PPO("MlpPolicy", SpaceEnv(box, actions), policy_kwargs=small)
    else:
        space = gym.spaces.Dict({"obs": box})
        model = PPO("MultiInputPolicy", SpaceEnv(space, actions), policy_kwargs=small)
    legacy = partial(torch.onnx.export, dynamo=False)
    with mock.patch.object(torch.onnx, "export", legacy):
        stable_baselines_export.export_model_as_onnx(
            model, str(path), use_obs_array=algorithm != "Dict"
        )


def certified(path: Path) -> None:
    """A policy for tests/godot/fixtures/counter_controller.gd, exported and certified by us."""
    space = gym.spaces.Dict({"obs": gym.spaces.Box(-1, 1, (4,), np.float32)})
    actions = gym.spaces.Box(-1, 1, (1,), np.float32)
    small = {"net_arch": [8, 8]}
    env = SpaceEnv(space, actions)
    model = PPO("MultiInputPolicy", env, policy_kwargs=small, seed=1, device="cpu")
    last: Any = model.policy.action_net
    last.weight.data *= 100.0  # SB3 begins with nearly the same action everywhere
    recorded = np.random.default_rng(6).normal(size=(4, 4)).astype(np.float32)
    meta = CheckpointMeta(
        scenario="counter",
        timesteps=1000,
        commit="0123abc",
        observation_names={"obs": ["ticks", "episode_number", "offset", "held_action"]},
        scene={
            "actions": [{"key": "push", "action_type": "continuous", "size": 1}],
            "scene": "res://tests/godot/fixtures/counter_arena.tscn",
            "action_repeat": 6,
            "physics_ticks_per_second": 90,
        },
    )
    onnx_export.export(model, None, path, meta, {"obs": recorded})


def graph(
    path: Path,
    nodes: list[onnx.NodeProto],
    inputs: dict[str, list[Any]],
    outputs: dict[str, list[Any]],
    constants: dict[str, np.ndarray[Any, Any]] | None = None,
    opset: int = 17,
) -> None:
    value = partial(helper.make_tensor_value_info, elem_type=TensorProto.FLOAT)
    made = helper.make_graph(
        nodes,
        path.stem,
        [value(name, shape=shape) for name, shape in inputs.items()],
        [value(name, shape=shape) for name, shape in outputs.items()],
        [numpy_helper.from_array(array, name) for name, array in (constants or {}).items()],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def two_inputs(path: Path) -> None:
    """Two observations and a flattened image, concatenated; two outputs, one of them halfway."""
    rng = np.random.default_rng(3)
    constants = {
        "w": rng.normal(size=(9, 10)).astype(np.float32),
        "b": rng.normal(size=(10,)).astype(np.float32),
        "w2": rng.normal(size=(10, 2)).astype(np.float32),
        "b2": np.float32(0.5).reshape(1),
    }
    nodes = [
        helper.make_node("Flatten", ["image"], ["flat"], axis=1),
        helper.make_node("Concat", ["obs", "flat"], ["both"], axis=-1),
        helper.make_node("Gemm", ["both", "w", "b"], ["h"], alpha=0.5, beta=2.0),
        helper.make_node("Tanh", ["h"], ["hidden"]),
        helper.make_node("Gemm", ["hidden", "w2", "b2"], ["output"]),
    ]
    graph(
        path,
        nodes,
        {"obs": ["n", 5], "image": ["n", 1, 2, 2]},
        {"output": ["n", 2], "hidden": ["n", 10]},
        constants,
    )


def old_clip(path: Path) -> None:
    """Opset 9: Clip with attributes, weights as Constant nodes, a transposed first operand."""
    weights = np.random.default_rng(4).normal(size=(4, 3)).astype(np.float32)
    nodes = [
        helper.make_node("Constant", [], ["w"], value=numpy_helper.from_array(weights)),
        helper.make_node("Gemm", ["obs", "w", "c"], ["y"], transA=1),
        helper.make_node("Clip", ["y"], ["output"], min=-0.5, max=0.75),
    ]
    graph(path, nodes, {"obs": [4, 2], "c": [2, 1]}, {"output": [2, 3]}, opset=9)


def shapes(path: Path) -> None:
    """Shape arithmetic, broadcasting in both directions, int tensors, three dimensions."""
    rng = np.random.default_rng(5)
    constants = {
        "column": rng.normal(size=(3, 1)).astype(np.float32),
        "axes": np.array([1], np.int64),
        "minus_one": np.array([-1], np.int64),
        "last": rng.normal(size=(4, 2)).astype(np.float32),
        "two": np.float32(2.0),
        "low": np.float32(-1.0),
    }
    nodes = [
        helper.make_node("Unsqueeze", ["obs", "axes"], ["wide"]),
        helper.make_node("Sub", ["wide", "column"], ["moved"]),
        helper.make_node("Div", ["moved", "two"], ["halved"]),
        helper.make_node("Clip", ["halved", "low"], ["clipped"]),
        helper.make_node("MatMul", ["clipped", "last"], ["product"]),
        helper.make_node("Shape", ["obs"], ["shape"], end=1),
        helper.make_node("Concat", ["shape", "minus_one"], ["target"], axis=0),
        helper.make_node("Reshape", ["product", "target"], ["flat"]),
        helper.make_node("Cast", ["shape"], ["n"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["flat", "n"], ["scaled"]),
        helper.make_node("Identity", ["scaled"], ["output"]),
        helper.make_node("Squeeze", ["wide", "axes_out"], ["back"]),
    ]
    nodes.insert(0, helper.make_node("Constant", [], ["axes_out"], value_ints=[1]))
    nodes[-1], nodes[-2] = nodes[-2], nodes[-1]
    graph(path, [*nodes], {"obs": ["n", 4]}, {"output": ["n", 6], "back": ["n", 4]}, constants)


def attributes(path: Path) -> None:
    """Attributes of every kind, float64 constants, and values of several shapes (opset 13)."""
    rng = np.random.default_rng(6)
    node = helper.make_node
    constants: dict[str, np.ndarray[Any, Any]] = {
        "mean": rng.normal(size=(6,)),
        "deviation": rng.uniform(0.5, 2, size=(6,)),
        "pads": np.array([0, 2, 0, 1], np.int64),
        "three": np.array([3], np.int64),
        "w": rng.normal(size=(9, 4)).astype(np.float32),
    }
    for i in range(4):
        constants[f"g{i}"] = rng.uniform(0.5, 2, size=(4,)).astype(np.float32)
    weights = numpy_helper.from_array(rng.normal(size=(4, 3)).astype(np.float32))
    nodes = [
        node("Constant", [], ["w2"], value=weights),
        node("Constant", [], ["bias"], value_floats=[0.5, -0.5, 0.25]),
        node("Constant", [], ["sizes"], value_ints=[2, 1]),
        node("Cast", ["obs"], ["double"], to=TensorProto.DOUBLE),
        node("Sub", ["double", "mean"], ["moved"]),
        node("Div", ["moved", "deviation"], ["scaled"]),
        node("Cast", ["scaled"], ["normal"], to=TensorProto.FLOAT),
        node("Pad", ["normal", "pads"], ["padded"], mode="reflect"),
        node("MatMul", ["padded", "w"], ["h"]),
        node("BatchNormalization", ["h", *(f"g{i}" for i in range(4))], ["b"], epsilon=0.01),
        node("Elu", ["b"], ["e"], alpha=0.75),
        node("Gemm", ["e", "w2"], ["g"], alpha=0.5),
        node("LeakyRelu", ["g"], ["l"], alpha=0.2),
        node("HardSigmoid", ["l"], ["s"], alpha=0.3, beta=0.4),
        node("Add", ["s", "bias"], ["a"]),
        node("Softmax", ["a"], ["p"], axis=-1),
        node("Transpose", ["p"], ["t"], perm=[1, 0]),
        node("Split", ["t", "sizes"], ["t1", "t2"], axis=0),
        node("Concat", ["t2", "t1"], ["joined"], axis=0),
        node("Transpose", ["joined"], ["back"], perm=[1, 0]),
        node("TopK", ["back", "three"], ["sorted", "indices"], axis=1, largest=0),
        node("ArgMax", ["back"], ["best"], axis=1, keepdims=1),
        node("Cast", ["best"], ["action"], to=TensorProto.FLOAT),
        node("ReduceMax", ["sorted"], ["top"], axes=[1]),
        node("Concat", ["sorted", "action", "top"], ["output"], axis=1),
    ]
    graph(path, nodes, {"obs": ["n", 6]}, {"output": ["n", 5]}, constants, opset=13)


def unsupported(path: Path) -> None:
    nodes = [helper.make_node("Einsum", ["obs"], ["output"], name="odd_one", equation="ij->ji")]
    graph(path, nodes, {"obs": [2, 3]}, {"output": [3, 2]})


def static_batch(path: Path) -> None:
    """Exported without dynamic_axes, as many examples on the web do."""
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    export(net, (torch.zeros(1, 3),), path, input_names=["obs"], output_names=["output"])


def integer_divisor(path: Path) -> None:
    """Valid, but not on zeros: the loader must not try it on them."""
    value = partial(helper.make_tensor_value_info, elem_type=TensorProto.INT64, shape=[2])
    nodes = [helper.make_node("Div", ["a", "b"], ["quotient"])]
    made = helper.make_graph(nodes, path.stem, [value("a"), value("b")], [value("quotient")])
    opset = helper.make_opsetid("", 17)
    onnx.save(helper.make_model(made, opset_imports=[opset], ir_version=8), path)


def matmul(path: Path) -> None:
    names = {"input_names": ["obs"], "output_names": ["output"]}
    export(MatMulNet(), (torch.zeros(1, 7),), path, **names, dynamic_axes={"obs": {0: "n"}})


def elementwise(path: Path) -> None:
    """Functions of each of 256 numbers, without a dense layer: nothing is fused."""
    names = ["Sigmoid", "Exp", "Log", "Sqrt", "Tanh", "Neg"]
    values = ["obs", *(f"v{i}" for i in range(len(names) - 1)), "output"]
    nodes = [helper.make_node(name, [values[i]], [values[i + 1]]) for i, name in enumerate(names)]
    graph(path, nodes, {"obs": ["n", 256]}, {"output": ["n", 256]})


MODELS: dict[str, Callable[[Path], None]] = {
    "shipped_12_64_64_4": partial(shipped, sizes=[12, 64, 64, 4], activation=torch.nn.Tanh),
    "shipped_wide": partial(shipped, sizes=[9, 70, 3], activation=torch.nn.ReLU),
    "godot_rl_dict": partial(godot_rl_export, algorithm="Dict"),
    "godot_rl_ppo": partial(godot_rl_export, algorithm="PPO"),
    "godot_rl_sac": partial(godot_rl_export, algorithm="SAC"),
    "matmul": matmul,
    "two_inputs": two_inputs,
    "old_clip": old_clip,
    "static_batch": static_batch,
    "shapes": shapes,
    "attributes": attributes,
    "certified": certified,
}
BENCH: dict[str, Sequence[int]] = {
    "bench_12_64_64_4": [12, 64, 64, 4],
    "bench_48_256_256_3": [48, 256, 256, 3],
}


def write_expected(path: Path) -> None:
    """Writes `<name>.json`: a list of cases, each with `inputs` and `outputs` as {shape, data}."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(7)
    cases = []
    for batch in (1, 2, 5):
        feeds = {
            put.name: (
                rng.normal(size=[d if isinstance(d, int) else batch for d in put.shape]) * 1.5
            ).astype(np.float32)
            for put in session.get_inputs()
        }
        names = [put.name for put in session.get_outputs()]
        answers = dict(zip(names, session.run(names, feeds), strict=True))
        cases.append({"inputs": as_json(feeds), "outputs": as_json(answers)})
    path.with_suffix(".json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")


def as_json(arrays: dict[str, np.ndarray[Any, Any]]) -> dict[str, Any]:
    return {
        name: {"shape": list(a.shape), "data": [float(f"{v:.9g}") for v in a.ravel().tolist()]}
        for name, a in arrays.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", type=Path, help="write only the speed figures' networks here")
    bench: Path | None = parser.parse_args().bench
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    torch.manual_seed(1)
    if bench is not None:
        bench.mkdir(parents=True, exist_ok=True)
        for name, sizes in BENCH.items():
            shipped(bench / f"{name}.onnx", sizes, torch.nn.Tanh)
        for label, activation in {"elu": torch.nn.ELU, "selu": torch.nn.SELU}.items():
            shipped(bench / f"bench_{label}_12_64_64_4.onnx", [12, 64, 64, 4], activation)
        elementwise(bench / "bench_elementwise_256.onnx")
        return
    FOLDER.mkdir(exist_ok=True)
    for name, make in MODELS.items():
        path = FOLDER / f"{name}.onnx"
        make(path)
        write_expected(path)
    unsupported(FOLDER / "unsupported.onnx")
    integer_divisor(FOLDER / "integer_divisor.onnx")


if __name__ == "__main__":
    main()
