"""Operators in the forms that the official cases leave out, against onnxruntime.

The official cases are mostly of the newest opsets; exporters write old ones: axes and bounds as
attributes, Softmax over all axes from one on, Slice and Pad without inputs. All models run in one
engine process.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import ModelProto, TensorProto, helper, numpy_helper

from rl_training.engine import find_engine
from tests.python.inference.engine_batch import (
    Answer,
    Array,
    Job,
    run_in_engine,
    run_in_onnxruntime,
)
from tests.python.inference.node_case_table import compare

pytestmark = pytest.mark.engine

RNG = np.random.default_rng(5)
X = RNG.normal(size=(2, 3, 4)).astype(np.float32)
ROW = RNG.normal(size=(2, 6)).astype(np.float32)
INTEGERS = RNG.integers(-9, 9, size=(3, 4))


@dataclass(frozen=True)
class Case:
    """One node, its opset, and its inputs; those named in `constants` are initializers."""

    label: str
    model: ModelProto
    feeds: dict[str, Array]


def one(
    operator: str,
    opset: int,
    *inputs: Array | None,
    outputs: int = 1,
    fed: int = 1,
    **attributes: Any,
) -> Case:
    """Make a case of one node: the first `fed` inputs are fed, the rest are initializers."""
    names = ["" if array is None else f"x{i}" for i, array in enumerate(inputs)]
    arrays = {name: np.asarray(a) for name, a in zip(names, inputs, strict=True) if a is not None}
    made = [f"y{i}" for i in range(outputs)]
    node = helper.make_node(operator, names, made, **attributes)
    return graph(f"{operator}-{opset} {attributes}", opset, [node], arrays, names[:fed], made)


def graph(
    label: str,
    opset: int,
    nodes: list[onnx.NodeProto],
    arrays: dict[str, Array],
    fed: list[str],
    outputs: list[str],
) -> Case:
    """Make a case of several nodes."""
    model = helper.make_model(
        helper.make_graph(
            nodes,
            "case",
            [
                helper.make_tensor_value_info(
                    name, helper.np_dtype_to_tensor_dtype(arrays[name].dtype), arrays[name].shape
                )
                for name in fed
            ],
            [onnx.ValueInfoProto(name=name) for name in outputs],
            [numpy_helper.from_array(a, name) for name, a in arrays.items() if name not in fed],
        ),
        opset_imports=[helper.make_opsetid("", opset)],
        ir_version=4 if opset < 12 else 8,
    )
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    return Case(label, inferred, {name: arrays[name] for name in fed})


def ints(*values: int) -> Array:
    return np.array(values, np.int64)


def floats(*values: float) -> Array:
    return np.array(values, np.float32)


def old_forms() -> list[Case]:
    cases = [
        one("Squeeze", 9, X[:, :1], axes=[1]),
        one("Squeeze", 11, X[:, :, :1], axes=[-1]),
        one("Unsqueeze", 9, X, axes=[0, 2]),
        one("Unsqueeze", 11, X, axes=[-1]),
        one("Clip", 9, X, min=-0.5, max=0.25),
        one("Clip", 10, X, max=0.25),
        one("Clip", 11, X, floats(-0.5)[0], None, fed=1),
        one("Clip", 12, INTEGERS, np.int64(-2), np.int64(3)),
        one("Slice", 9, X, starts=[0, 1], ends=[2, -1], axes=[0, 2]),
        one("Slice", 9, X, starts=[1], ends=[9223372036854775807], axes=[1]),
        one("Slice", 9, X, starts=[0, -2], ends=[1, 100]),
        one("Slice", 10, X, ints(3), ints(-9223372036854775807), ints(2), ints(-2)),
        one("Slice", 10, X, np.array([1], np.int32), np.array([3], np.int32)),
        one("Split", 9, X, outputs=2, axis=2, split=[1, 3]),
        one("Split", 11, X, outputs=3, axis=-2),
        one("Split", 13, X, ints(3, 1), outputs=2, axis=-1),
        one("Split", 18, X, outputs=2, axis=1, num_outputs=2),
        one("Pad", 9, ROW, pads=[0, 2, 1, 0], value=1.5),
        one("Pad", 10, ROW, pads=[0, 2, 0, 3], mode="reflect"),
        one("Pad", 11, ROW, ints(0, -1, 0, 2), floats(7.0)[0], mode="constant"),
        one("Pad", 18, X, ints(1, 1), None, ints(-1), mode="edge"),
        one("TopK", 9, X, outputs=2, k=2),
        one("TopK", 10, X, ints(3), outputs=2, axis=1),
        one("TopK", 11, X, ints(2), outputs=2, axis=0, largest=0),
        one("Dropout", 9, X, ratio=0.4),
        one("Dropout", 12, X, floats(0.4)[0]),
        one("Dropout", 13, X, outputs=2),
        one("OneHot", 9, ints(1, 0, -1), ints(3), floats(0.0, 2.0)),
        one("OneHot", 11, ints(1, 0, -1), ints(3), floats(0.0, 2.0), axis=0),
        one("BatchNormalization", 9, X, *RNG.uniform(0.5, 2, (4, 3)).astype(np.float32)),
        one("BatchNormalization", 15, ROW, *RNG.uniform(0.5, 2, (4, 6)).astype(np.float32)),
        one("Flatten", 9, X, axis=2),
        one("Flatten", 11, X, axis=-1),
        one("Cast", 9, X * 5, to=TensorProto.INT64),
        one("Cast", 9, X, to=TensorProto.DOUBLE),
        one("Gemm", 9, ROW, ROW.T.copy(), floats(1.0, 2.0), alpha=0.5, beta=2.0, fed=3),
        one("Gemm", 11, ROW, ROW, transB=1),
        one("Where", 9, X > 0, X, floats(3.0)),
        one("Equal", 11, X, X.round(), fed=2),
        one("Greater", 9, X, floats(0.1, -0.1, 0.0, 1.0)),
        one("GreaterOrEqual", 12, X, X, fed=2),
        one("Pow", 12, X**2, ints(3)),
        one("Pow", 9, X**2, floats(0.5)),
        one("PRelu", 9, X, floats(0.1, 0.2, 0.3).reshape(3, 1)),
        one("Mod", 10, INTEGERS, ints(-4)),
        one("Mod", 13, X, floats(-0.3), fmod=1),
        one("Mean", 9, X, X * 2, floats(1.0)),
        one("CumSum", 11, X, ints(1)[0], reverse=1, exclusive=1),
        one("GatherND", 12, X, ints(0, 1, 1, 2).reshape(2, 2), batch_dims=1),
        one("GatherElements", 11, X, ints(1, 0, 1).reshape(1, 3, 1)),
        one("Constant", 12, fed=0, value_floats=[1.0, 2.5]),
        one("Range", 11, floats(1.0)[0], floats(5.0)[0], floats(0.75)[0], fed=0),
        one("Gelu", 20, X, approximate="tanh"),
        one("HardSwish", 14, X * 4),
        one("Erf", 9, X * 2),
        one("Round", 11, X * 4),
        one("Expand", 9, ROW[:, None], ints(2, 3, 6)),
        one("Tile", 9, ROW, ints(2, 3)),
        one("ConstantOfShape", 9, ints(2, 0, 3)),
        one("ArgMax", 12, X.round(), axis=1, select_last_index=1, keepdims=0),
        one("LayerNormalization", 17, X, RNG.normal(size=(3, 4)).astype(np.float32), axis=1),
        one("LayerNormalization", 17, X, floats(1, 2, 3, 4), floats(0.5), epsilon=0.1, outputs=3),
    ]
    for opset in (9, 11, 12, 13, 17):
        for operator in ("Softmax", "LogSoftmax", "Hardmax"):
            cases.append(one(operator, opset, X))
            cases.append(one(operator, opset, X, axis=1))
            cases.append(one(operator, opset, X, axis=0))
    for operator in ("Mean", "Max", "Min", "Prod", "L2", "L1", "LogSumExp", "SumSquare", "Sum"):
        cases.append(one(f"Reduce{operator}", 9, X, axes=[0, 2], keepdims=0))
        cases.append(one(f"Reduce{operator}", 11, X, axes=[-2]))
        cases.append(one(f"Reduce{operator}", 12, X))
        cases.append(one(f"Reduce{operator}", 18, X, ints(2, 0), keepdims=0))
        cases.append(one(f"Reduce{operator}", 18, X, noop_with_empty_axes=1))
    return cases


def networks() -> list[Case]:
    """Graphs that exporters write: a float64 normaliser, left-out outputs and inputs, sampling."""
    mean, deviation = RNG.normal(size=6), RNG.uniform(0.5, 2, size=6)
    make = helper.make_node
    return [
        graph(
            "float64 normaliser",
            17,
            [
                make("Cast", ["x"], ["double"], to=TensorProto.DOUBLE),
                make("Sub", ["double", "mean"], ["moved"]),
                make("Div", ["moved", "deviation"], ["scaled"]),
                make("Clip", ["scaled", "", "high"], ["clipped"]),
                make("MatMul", ["clipped", "weights"], ["product"]),
                make("Concat", ["product", "scaled"], ["joined"], axis=1),
                make("ReduceMean", ["joined"], ["means"], axes=[1], keepdims=0),
                make("Cast", ["joined"], ["y"], to=TensorProto.FLOAT),
            ],
            {
                "x": ROW,
                "mean": mean,
                "deviation": deviation,
                "high": np.float64(0.8),
                "weights": RNG.normal(size=(6, 2)),
            },
            ["x"],
            ["y", "means"],
        ),
        graph(
            "left-out outputs and inputs have the same empty name",
            17,
            [
                make("LayerNormalization", ["x", "scale"], ["normal", "", "inverse"]),
                make("Clip", ["normal", "", "high"], ["y"]),
                make("TopK", ["high_list", "one"], ["unread", "best"]),
                make("Clip", ["inverse", "", "high"], ["z"]),
            ],
            {
                "x": X,
                "scale": floats(1, 2, 3, 4),
                "high": floats(0.5)[0],
                "high_list": floats(1, 5, 3),
                "one": ints(1),
            },
            ["x"],
            ["y", "z", "best"],
        ),
    ]


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return [*old_forms(), *networks()]


@pytest.fixture(scope="module")
def answers(cases: list[Case]) -> list[Answer]:
    jobs = [Job(case.model, [case.feeds]) for case in cases]
    return run_in_engine(jobs, find_engine(install=False).path)[1]


def test_every_form_agrees(cases: list[Case], answers: list[Answer]) -> None:
    problems = []
    for case, answer in zip(cases, answers, strict=True):
        if answer.error or answer.script_errors:
            problems.append(f"{case.label}: {answer.error} {answer.script_errors}")
            continue
        for name, expected in run_in_onnxruntime(case.model, case.feeds).items():
            if problem := compare(expected, answer.outputs[0][name]):
                problems.append(f"{case.label}: {name}: {problem}")
    assert problems == []
