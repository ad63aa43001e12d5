"""Models for the scene of unlike agents (games/unlike.tscn), made by hand: each plays one side."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

SCENE = "res://tests/python/evaluation/games/unlike.tscn"


def chaser(path: Path, towards: float = 50.0) -> Path:
    """Write a chaser that runs at the runner, or away from it where `towards` is negative."""
    return _linear(path, np.array([[-towards], [towards]], dtype=np.float32), tanh=True)


def runner(path: Path, choice: int) -> Path:
    """Write a runner that always chooses 0 (left), 1 (nothing) or 2 (right)."""
    weights = np.zeros((3, 3), dtype=np.float32)
    weights[2, choice] = 1.0
    return _linear(path, weights, tanh=False)


def _linear(path: Path, weights: NDArray[np.float32], *, tanh: bool) -> Path:
    value = helper.make_tensor_value_info
    inputs, outputs = weights.shape
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["obs", "weights"], ["wish"]),
            helper.make_node("Tanh" if tanh else "Identity", ["wish"], ["output"]),
            helper.make_node("Identity", ["state_ins"], ["state_outs"]),
        ],
        "linear",
        [
            value("obs", TensorProto.FLOAT, ["batch", inputs]),
            value("state_ins", TensorProto.FLOAT, ["batch"]),
        ],
        [
            value("output", TensorProto.FLOAT, ["batch", outputs]),
            value("state_outs", TensorProto.FLOAT, ["batch"]),
        ],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    return path
