"""What tests of explorations share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """A policy of two continuous actions: ten times the progress, and 0.5."""
    weights = np.zeros((4, 2), np.float32)
    weights[1, 0] = 10.0
    tensor = helper.make_tensor
    nodes = [
        helper.make_node("Constant", [], ["w"], value=tensor("w", 1, [4, 2], weights.ravel())),
        helper.make_node("Constant", [], ["b"], value=tensor("b", 1, [2], [0.0, 0.5])),
        helper.make_node("Gemm", ["obs", "w", "b"], ["output"]),
    ]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "walk",
        [value("obs", TensorProto.FLOAT, ["batch", 4])],
        [value("output", TensorProto.FLOAT, ["batch", 2])],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(made, tmp_path / "walk.onnx")
    return tmp_path / "walk.onnx"
