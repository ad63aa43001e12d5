"""The official ONNX node test cases, and which of them the in-engine runner must pass.

The `onnx` package ships the cases (`onnx.backend.test`): a small model each, with inputs and the
expected outputs. Whether a case is to be run is decided by rules on its model (`reason_to_skip`),
never by its name.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import (
    AttributeProto,
    ModelProto,
    NodeProto,
    TensorProto,
    defs,
    numpy_helper,
    shape_inference,
)
from onnx.backend.test.loader import load_model_tests

from tests.python.inference.engine_batch import Array, Feeds, Runner

# What tensor_json.gd can carry; strings, sequences and the narrow floats are fed to no case.
_PLAIN = [np.dtype(kind) for kind in ("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "f4", "f8")]

OTHERS = "(functions of other operators)"
"""The row of cases that spell an operator that the runner lacks out in ones that it has."""


@dataclass(frozen=True)
class NodeCase:
    """One official case.

    Attributes:
        name: its name in the onnx package.
        operator: the operator that it is about. A case `..._expanded` is about the operator whose
            function body it spells out in other operators.
        model: its model; an opset below `lowest_opset` is raised to it where that changes nothing.
        feeds: input name to array; None when an input is no plain array (a sequence, a string).
        expected: the outputs in the graph's order; None likewise.
    """

    name: str
    operator: str
    model: ModelProto
    feeds: Feeds | None
    expected: list[Array] | None


@functools.cache
def load_cases(lowest_opset: int) -> list[NodeCase]:
    """Return every official node case; computing them takes 9 s of processor time, once."""
    with warnings.catch_warnings():
        # The package computes NaN and infinity on purpose.
        warnings.simplefilter("ignore")
        found = load_model_tests(kind="node")
    models = {case.name: case.model for case in found if case.model is not None}
    cases = []
    for case in found:
        model = _raised(models[case.name], lowest_opset)
        ((inputs, outputs),) = [(_arrays(a), _arrays(b)) for a, b in case.data_sets or []]
        names = [item.name for item in model.graph.input]
        plain = all(_is_plain(value) for value in [*inputs, *outputs])
        whole = models.get(case.name.split("_expanded")[0], model)
        cases.append(
            NodeCase(
                case.name,
                _main_operator(whole),
                model,
                dict(zip(names, inputs, strict=False)) if plain else None,
                list(outputs) if plain else None,
            )
        )
    return cases


def reason_to_skip(model: ModelProto, runner: Runner) -> str:
    """Return why the runner need not run a model; "" when it must."""
    nodes = list(_all_nodes(model))
    if any(node.domain not in ("", "ai.onnx") for node in nodes):
        return "operator of another domain"
    if missing := {node.op_type for node in nodes} - runner.operators:
        return f"operator {min(missing)}"
    opset = _opset(model)
    if not runner.opsets[0] <= opset <= runner.opsets[1]:
        return f"opset {opset}"
    if foreign := _types(model) - runner.types:
        return f"type {_type_name(min(foreign))}"
    for node in nodes:
        if _is_random(node, opset):
            return f"random values ({node.op_type})"
        if _is_training(node):
            return "training mode"
    return ""


def _is_plain(value: object) -> bool:
    # A list is a sequence; None would count as float64.
    return isinstance(value, np.ndarray | np.generic) and value.dtype in _PLAIN


def _arrays(values: Sequence[Any]) -> list[Any]:
    """Values as arrays, where they are tensors of onnx."""
    return [numpy_helper.to_array(v) if isinstance(v, TensorProto) else v for v in values]


def _main_operator(model: ModelProto) -> str:
    kinds = [node.op_type for node in model.graph.node]
    return str(next((kind for kind in kinds if kind != "Constant"), kinds[0]))


def _opset(model: ModelProto) -> int:
    return next(int(item.version) for item in model.opset_import if item.domain in ("", "ai.onnx"))


def _raised(model: ModelProto, lowest: int) -> ModelProto:
    """The model with its opset raised to `lowest`, if its operators are the same there."""
    own = [item for item in model.opset_import if item.domain in ("", "ai.onnx")]
    if not own or own[0].version >= lowest:
        return model
    for node in _all_nodes(model):
        if node.domain in ("", "ai.onnx") and (
            defs.get_schema(node.op_type, own[0].version).since_version
            != defs.get_schema(node.op_type, lowest).since_version
        ):
            return model
    raised = ModelProto()
    raised.CopyFrom(model)
    for item in raised.opset_import:
        if item.domain in ("", "ai.onnx"):
            item.version = lowest
    return raised


def _all_nodes(model: ModelProto) -> Iterator[NodeProto]:
    waiting = list(model.graph.node)
    while waiting:
        node = waiting.pop()
        yield node
        for attribute in node.attribute:
            waiting.extend(attribute.g.node)


def _types(model: ModelProto) -> set[int]:
    """Element types of all values in the model; UNDEFINED for what is no tensor."""
    inferred = shape_inference.infer_shapes(model).graph
    found = {tensor.data_type for tensor in model.graph.initializer}
    for info in [*inferred.input, *inferred.output, *inferred.value_info]:
        is_tensor = info.type.HasField("tensor_type")
        found.add(info.type.tensor_type.elem_type if is_tensor else TensorProto.UNDEFINED)
    for node in _all_nodes(model):
        for attribute in node.attribute:
            if attribute.type == AttributeProto.TENSOR:
                found.add(attribute.t.data_type)
            elif attribute.name in ("value_string", "value_strings"):
                found.add(TensorProto.STRING)
            elif node.op_type == "Cast" and attribute.name == "to":
                found.add(attribute.i)
    return found


def _type_name(number: int) -> str:
    if number == TensorProto.UNDEFINED:
        return "sequence or optional"
    return str(TensorProto.DataType.Name(number)).lower()


def _is_training(node: NodeProto) -> bool:
    """Whether a BatchNormalization computes statistics of the batch; the runner is for policies."""
    return any(item.name == "training_mode" and item.i for item in node.attribute)


def _is_random(node: NodeProto, opset: int) -> bool:
    """Whether a node draws random numbers: no two implementations draw the same."""
    if node.op_type == "Dropout":
        # Only in training mode, its third input.
        return len(node.input) > 2 and bool(node.input[2])
    # Not in the package's own type hints.
    determinism = getattr(defs.get_schema(node.op_type, opset), "node_determinism")  # noqa: B009
    return bool(determinism == defs.OpSchema.NodeDeterminism.NonDeterministic)


def version() -> str:
    """Return the version of the onnx package, which the counts depend on."""
    return str(onnx.__version__)
