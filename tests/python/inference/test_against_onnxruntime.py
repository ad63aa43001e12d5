"""Convolutions, poolings and recurrent layers against onnxruntime, with many attributes each.

The official node cases leave most attributes at their defaults. All models of this file run in one
engine.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import ModelProto, TensorProto, helper, numpy_helper

from rl_training.engine import find_engine
from tests.python.inference.engine_batch import Answer, Array, Feeds, Job, run_in_engine

TOLERANCE = 1e-5
pytestmark = pytest.mark.engine


@dataclass(frozen=True)
class Case:
    """A model of one node, its inputs, and what its test is called."""

    label: str
    model: ModelProto
    feeds: Feeds


def one_node(
    op_type: str,
    inputs: dict[str, Array | None],
    outputs: list[str],
    constants: bool,
    **attributes: Any,
) -> Case:
    """A model of one node; all inputs but the first are constants if `constants`."""
    given = {name: array for name, array in inputs.items() if array is not None}
    first = next(iter(given))
    fed = {first: given[first]} if constants else given
    graph = helper.make_graph(
        [
            helper.make_node(
                op_type,
                ["" if array is None else name for name, array in inputs.items()],
                outputs,
                **attributes,
            )
        ],
        op_type,
        [
            helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(array.dtype), [None] * array.ndim
            )
            for name, array in fed.items()
        ],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs if name],
        [numpy_helper.from_array(a, n) for n, a in given.items() if n not in fed],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=8)
    return Case(f"{op_type} {attributes} constants={constants}", model, fed)


def normal(rng: np.random.Generator, *shape: int) -> Array:
    return np.asarray(rng.normal(size=shape), dtype=np.float32)


def convolutions() -> Iterator[Case]:
    rng = np.random.default_rng(1)
    shapes: list[tuple[tuple[int, ...], tuple[int, ...], int]] = [
        ((1, 3, 9, 8), (4, 3, 3, 3), 1),
        ((2, 4, 9, 12), (5, 4, 3, 5), 1),
        ((2, 6, 8, 8), (6, 1, 3, 3), 6),
        ((1, 6, 8, 8), (4, 3, 2, 2), 2),
        ((1, 12, 8, 8), (24, 4, 2, 3), 3),
        ((2, 5, 11), (7, 5, 4), 1),
        ((1, 8, 11), (8, 2, 3), 4),
        ((1, 2, 5, 6, 7), (3, 2, 2, 3, 2), 1),
    ]
    places: list[dict[str, Any]] = [{}, {"auto_pad": "SAME_UPPER"}, {"auto_pad": "SAME_LOWER"}]
    for shape, kernel, group in shapes:
        axes = len(kernel) - 2
        moves: list[dict[str, Any]] = [{}, {"strides": [2, 4, 1][:axes]}, {"dilations": [2] * axes}]
        wide = {"pads": list(range(1, axes + 1)) + [0] * axes}
        for place, move in itertools.product([*places, wide], moves):
            if "auto_pad" in place and "dilations" in move:
                continue  # onnxruntime refuses it
            inputs: dict[str, Array | None] = {"x": normal(rng, *shape)}
            inputs["w"] = normal(rng, *kernel)
            inputs["b"] = normal(rng, kernel[0])
            constants = bool(rng.integers(0, 2))
            yield one_node("Conv", inputs, ["y"], constants, group=group, **place, **move)
    # A tensor that is read as it stands: its stride and its rows are whole vectors.
    for channels, width, kernel_size in [(3, 20, 8), (1, 16, 4), (2, 24, 6), (4, 20, 3)]:
        inputs = {"x": normal(rng, 2, channels, 13, width)}
        inputs["w"] = normal(rng, 5, channels, 5, kernel_size)
        yield one_node("Conv", inputs, ["y"], True, strides=[3, 4], pads=[2, 0, 1, 0])


def poolings() -> Iterator[Case]:
    rng = np.random.default_rng(2)
    image = normal(rng, 2, 5, 9, 11)
    sequence = normal(rng, 2, 3, 10)
    for op_type, x in itertools.product(["MaxPool", "AveragePool"], [image, sequence]):
        axes = x.ndim - 2
        for ceil, padded, stride, dilation in itertools.product([0, 1], [0, 1], [1, 2], [1, 2]):
            attributes: dict[str, Any] = {
                "kernel_shape": [3] * axes,
                "ceil_mode": ceil,
                "pads": [padded] * 2 * axes,
                "strides": [stride] * axes,
                "dilations": [dilation] * axes,
            }
            if op_type == "AveragePool":
                attributes["count_include_pad"] = int(rng.integers(0, 2))
            yield one_node(op_type, {"x": x}, ["y"], False, **attributes)


def recurrences() -> Iterator[Case]:
    rng = np.random.default_rng(3)
    steps, batch, size, hidden = 4, 3, 5, 6
    sizes = {"LSTM": 4, "GRU": 3, "RNN": 1}
    others = {
        "LSTM": ["HardSigmoid", "LeakyRelu", "Softplus"],
        "GRU": ["Softsign", "Elu"],
        "RNN": ["Affine"],
    }
    for op_type, direction in itertools.product(sizes, ["forward", "reverse", "bidirectional"]):
        count = 2 if direction == "bidirectional" else 1
        gates = sizes[op_type]
        variants: list[dict[str, Any]] = [{}, {"clip": 0.3}]
        # Where a model gives no alpha, onnxruntime takes 0 for Affine, ScaledTanh and
        # ThresholdedRelu; ONNX says: what the operator of that name takes.
        affine = {"activation_alpha": [0.3] * count, "activation_beta": [0.2] * count}
        variants.append(
            {"activations": others[op_type] * count, **(affine if op_type == "RNN" else {})}
        )
        if op_type == "LSTM":
            names = ["HardSigmoid", "ThresholdedRelu", "ScaledTanh"] * count
            alphas = [0.3, 0.1, 1.2] * count
            betas = [0.4, 0.7] * count
            more = {"activation_alpha": alphas, "activation_beta": betas}
            variants.append({"activations": names, **more})
            variants.append({"input_forget": 1})
        if op_type == "GRU":
            variants.append({"linear_before_reset": 1})
            variants.append({"linear_before_reset": 1, "clip": 0.5})
        for number, variant in enumerate(variants):
            partial = number % 2 == 1
            inputs: dict[str, Array | None] = {
                "x": normal(rng, steps, batch, size),
                "w": normal(rng, count, gates * hidden, size) * np.float32(0.4),
                "r": normal(rng, count, gates * hidden, hidden) * np.float32(0.4),
                "b": normal(rng, count, 2 * gates * hidden) if number != 2 else None,
                "lens": np.array([4, 2, 3], np.int32) if partial else None,
                "h": normal(rng, count, batch, hidden) if number != 1 else None,
            }
            outputs = ["y", "y_h"]
            if op_type == "LSTM":
                inputs["c"] = normal(rng, count, batch, hidden)
                if number == 0:
                    inputs["p"] = normal(rng, count, 3 * hidden)
                outputs = ["y" if number != 3 else "", "y_h", "y_c"]
            attributes = {"hidden_size": hidden, "direction": direction, **variant}
            yield one_node(op_type, inputs, outputs, number % 2 == 0, **attributes)


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return [*convolutions(), *poolings(), *recurrences()]


@pytest.fixture(scope="module")
def answers(cases: list[Case]) -> list[Answer]:
    jobs = [Job(case.model, [case.feeds]) for case in cases]
    return run_in_engine(jobs, find_engine(install=False).path)[1]


def test_every_case_agrees(cases: list[Case], answers: list[Answer]) -> None:
    problems = []
    compared = 0
    for case, answer in zip(cases, answers, strict=True):
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        session = onnxruntime.InferenceSession(
            case.model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        names = [item.name for item in session.get_outputs()]
        expected = dict(zip(names, session.run(names, case.feeds), strict=True))
        if answer.error or answer.script_errors:
            problems.append(f"{case.label}: {answer.error} {answer.script_errors}")
            continue
        for name, array in expected.items():
            found = answer.outputs[0][name]
            if found.shape != array.shape:
                problems.append(f"{case.label}: {name} {found.shape}, not {array.shape}")
            elif not np.allclose(found, array, rtol=TOLERANCE, atol=TOLERANCE):
                gap = np.abs(found - array).max()
                problems.append(f"{case.label}: {name} differs by {gap}")
            compared += 1
    assert not problems, "\n".join(problems)
    assert compared >= 150
