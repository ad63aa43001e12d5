"""A policy for VR locomotion that walks towards the waypoint: enough to finish most courses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OBSERVATIONS, ACTIONS = 32, 4
WAYPOINT_RIGHT, WAYPOINT_FORWARD, RAY_LEFT, RAY_AHEAD, RAY_RIGHT = 0, 1, 7, 8, 9
MOVE_X, MOVE_Z, TELEPORT = 0, 1, 3


def write_walker(path: Path) -> Path:
    """Write it as the exporter names things: `obs`, `state_ins` -> `output`, `state_outs`."""
    weights = np.zeros((OBSERVATIONS, ACTIONS), dtype=np.float32)
    weights[WAYPOINT_RIGHT, MOVE_X] = weights[WAYPOINT_FORWARD, MOVE_Z] = 0.7
    weights[RAY_LEFT, MOVE_X], weights[RAY_RIGHT, MOVE_X] = -0.3, 0.3
    weights[RAY_AHEAD, MOVE_Z] = 0.2
    bias = np.zeros(ACTIONS, dtype=np.float32)
    bias[MOVE_Z], bias[TELEPORT] = -0.1, -1.0
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [
            helper.make_node("Gemm", ["obs", "weights", "bias"], ["wish"]),
            helper.make_node("Tanh", ["wish"], ["output"]),
            helper.make_node("Identity", ["state_ins"], ["state_outs"]),
        ],
        "walker",
        [
            value("obs", TensorProto.FLOAT, ["batch", OBSERVATIONS]),
            value("state_ins", TensorProto.FLOAT, ["batch"]),
        ],
        [
            value("output", TensorProto.FLOAT, ["batch", ACTIONS]),
            value("state_outs", TensorProto.FLOAT, ["batch"]),
        ],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(bias, "bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    return path
