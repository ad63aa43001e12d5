"""Whatever a model says, the runner ends: it computes, or refuses in one line, and never breaks.

The official cases that the runner supports are changed at random, seeded: attributes, inputs,
types, shapes and fed values become extreme, wrong or missing, and bytes are flipped.
tests/godot/inference/test_onnx_extreme_files.gd: files that are cut off or no models at all.
"""

from __future__ import annotations

import random

import numpy as np
import pytest
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import AttributeProto, ModelProto, NodeProto, TensorProto

from rl_training.engine import find_engine
from tests.python.inference.engine_batch import Answer, Array, Feeds, Job, run_in_engine
from tests.python.inference.node_cases import load_cases, reason_to_skip

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]

INTS = [-(2**63), 2**63 - 1, -(2**31), 2**31, -7, -1, 0, 1, 2, 5, 1 << 40]
LENGTHS = [*INTS, 4, 1 << 62]
FLOATS = [float("nan"), float("inf"), float("-inf"), 3e38, -1.0, 0.0, 1e-40]
TYPES: list[int] = [TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT64, TensorProto.BOOL]
TYPES += [TensorProto.INT8, TensorProto.UINT32, TensorProto.FLOAT16, TensorProto.STRING, 99]
MUTATIONS = 2
"""Of each model."""


def mutated(model: ModelProto, feeds: Feeds, rng: random.Random) -> Job:
    """Return the model and its feeds with one thing or a few changed."""
    changed = ModelProto()
    changed.CopyFrom(model)
    fed = dict(feeds)
    for _ in range(rng.choice([1, 1, 2])):
        kinds = ["attribute", "attribute", "input", "feed", "feed", "lengths", "opset", "bytes"]
        kind = rng.choice(kinds)
        node = rng.choice(changed.graph.node)
        if kind == "attribute" and node.attribute:
            _change_attribute(rng.choice(node.attribute), node, rng)
        elif kind == "input" and node.input:
            _change_inputs(node, changed, rng)
        elif kind == "feed" and fed:
            name = rng.choice(list(fed))
            fed[name] = _change_array(fed[name], rng)
            _retype(changed, name, fed[name])
        elif kind == "lengths":
            _change_lengths(changed, rng)
        elif kind == "opset":
            changed.opset_import[0].version = rng.choice([9, 10, 11, 13, 17, 21, 28, 0, -1])
        elif kind == "bytes":
            changed = _flip_bytes(changed, rng)
    return Job(changed, [fed])


def _change_attribute(item: AttributeProto, node: NodeProto, rng: random.Random) -> None:
    choice = rng.randrange(4)
    if choice == 0:
        node.attribute.remove(item)
    elif choice == 1:
        item.type = rng.choice([AttributeProto.INT, AttributeProto.FLOATS, AttributeProto.STRING])
    elif item.type == AttributeProto.INT:
        item.i = rng.choice(INTS)
    elif item.type == AttributeProto.FLOAT:
        item.f = rng.choice(FLOATS)
    elif item.type == AttributeProto.INTS:
        item.ints[:] = [rng.choice(INTS) for _ in range(rng.randrange(5))]
    elif item.type == AttributeProto.STRING:
        item.s = rng.choice([b"", b"none", b"reflect", b"\xff"])
    elif item.type == AttributeProto.TENSOR:
        item.t.data_type = rng.choice(TYPES)


def _change_inputs(node: NodeProto, model: ModelProto, rng: random.Random) -> None:
    choice = rng.randrange(4)
    at = rng.randrange(len(node.input))
    if choice == 0:
        node.input[at] = ""
    elif choice == 1:
        del node.input[at]
    elif choice == 2:
        node.input.append(rng.choice(model.graph.input).name if model.graph.input else "")
    else:
        node.output.append(rng.choice(["", "more"]))


def _change_lengths(model: ModelProto, rng: random.Random) -> None:
    """Let a constant or a declared input be of impossible lengths."""
    if model.graph.initializer and rng.random() < 0.5:
        tensor = rng.choice(model.graph.initializer)
        tensor.dims[:] = [rng.choice(LENGTHS) for _ in range(rng.randrange(4))]
        if rng.random() < 0.5:
            tensor.ClearField("raw_data")
    elif model.graph.input:
        shape = rng.choice(model.graph.input).type.tensor_type.shape
        for dimension in shape.dim:
            dimension.dim_value = rng.choice(LENGTHS)


def _change_array(array: Array, rng: random.Random) -> Array:
    array = np.asarray(array)
    choice = rng.randrange(4)
    if choice == 0:
        kinds = [np.float32, np.float64, np.int64, np.int32, np.bool_]
        retyped: Array = array.astype(rng.choice(kinds))
        return retyped
    if choice == 1:
        shapes = [(0,), (), (1,), (2, 0), (3, 1, 2), (1, *array.shape), array.shape[1:]]
        return np.asarray(np.resize(array, rng.choice(shapes)), dtype=array.dtype)
    values = INTS if array.dtype.kind in "iu" else FLOATS
    filled = array.copy().reshape(-1)
    for i in range(min(filled.size, 3)):
        value = np.array(rng.choice(values))
        filled[i] = value.astype(array.dtype) if array.dtype.kind != "b" else rng.random() < 0.5
    shaped: Array = filled.reshape(array.shape)
    return shaped


def _retype(model: ModelProto, name: str, array: Array) -> None:
    """Declare the input as the changed array is, so that the change reaches the operators."""
    kinds = {"f4": 1, "f8": 11, "i8": 7, "i4": 6, "b1": 9}
    for info in model.graph.input:
        if info.name == name:
            tensor = info.type.tensor_type
            tensor.elem_type = kinds.get(array.dtype.str[1:], tensor.elem_type)
            tensor.ClearField("shape")


def _flip_bytes(model: ModelProto, rng: random.Random) -> ModelProto:
    raw = bytearray(model.SerializeToString())
    for _ in range(rng.choice([1, 2, 8])):
        raw[rng.randrange(len(raw))] = rng.randrange(256)
    changed = ModelProto()
    try:
        changed.ParseFromString(bytes(raw))
    except DecodeError:
        return model
    return changed if changed.graph.node else model


@pytest.fixture(scope="module")
def answers() -> list[Answer]:
    rng = random.Random(11)
    engine = find_engine(install=False).path
    runner, _ = run_in_engine([], engine)
    jobs = []
    with np.errstate(all="ignore"):
        for case in load_cases(runner.opsets[0]):
            if case.feeds is not None and not reason_to_skip(case.model, runner):
                jobs += [mutated(case.model, case.feeds, rng) for _ in range(MUTATIONS)]
    return run_in_engine(jobs, engine, timeout_s=250.0)[1]


@pytest.mark.nightly
def test_no_model_breaks_the_runner(answers: list[Answer]) -> None:
    broken = [(answer.error, answer.script_errors) for answer in answers if answer.script_errors]
    assert broken == []


def test_refusals_are_one_line(answers: list[Answer]) -> None:
    refused = [answer.error for answer in answers if answer.error]
    assert [text for text in refused if "\n" in text or len(text) > 2000] == []
    # Both outcomes must occur, or nothing was tested.
    assert len(refused) > len(answers) // 10
    assert len(answers) - len(refused) > len(answers) // 10
