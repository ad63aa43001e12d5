"""Store the weights of an ONNX policy in 8 bits: a smaller file that acts nearly the same.

Two methods. "weights" stores each large weight as int8 with a scale for every output and puts a
`DequantizeLinear` in front of its reader; the in-engine runner computes that once, at load, so the
model runs as fast as before. "dynamic" has onnxruntime rewrite the dense layers to integer
arithmetic, with the inputs of each layer rounded to 8 bits at every run. In both the normaliser,
the biases and the clipping stay float32. Nothing here plays a scene:
`evaluation/model_comparison.py` says what the rounding did to the policy.
"""

from __future__ import annotations

import contextlib
import json
import logging
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from rl_training.errors import HarnessError, ModelError
from rl_training.policy_export.certificate import read_certificate, renew
from rl_training.policy_export.verify import open_session
from rl_training.runs.atomic import atomic_path

WEIGHTS = "weights"
DYNAMIC = "dynamic"
METHODS = (WEIGHTS, DYNAMIC)

METADATA_KEY = "quantisation"
"""Metadata property of a quantised file: {"method": ..., "bits": 8, "per_channel": ...}."""

DYNAMIC_TOLERANCE = 0.02
"""Largest difference that a renewed certificate allows a dynamic model: where the input of a layer
lies on the border of two steps, runtimes that add in another order round it to different ones."""

_DENSE = ("Gemm", "MatMul")
_INTEGER_OPERATORS = frozenset(
    {
        *("DequantizeLinear", "QuantizeLinear", "DynamicQuantizeLinear", "MatMulInteger"),
        *("ConvInteger", "QLinearMatMul", "QLinearConv", "QGemm", "MatMulNBits"),
    }
)
_PER_CHANNEL_OPSET = 13
_DEQUANTIZE_OPSET = 10
_NODE_BYTES = 120
"""About what a DequantizeLinear node and its names add to a file."""

Weight = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Quantisation:
    """What was done to a file.

    Attributes:
        method: "weights" or "dynamic".
        per_channel: a scale for every output of a layer; else one for the whole weight.
        layers: weights that are int8 now.
        kept: large weights that stayed float32, with the reason.
        bytes_before: size of the given file.
        bytes_after: size of the written file.
    """

    method: str
    per_channel: bool
    layers: int
    kept: tuple[str, ...]
    bytes_before: int
    bytes_after: int


def quantise(
    model: Path, output: Path, method: str = WEIGHTS, per_channel: bool = True
) -> Quantisation:
    """Write a copy of the model with int8 weights, whole or not at all.

    Metadata is kept; a certificate is renewed: its observations, the outputs of the int8 model.

    Args:
        model: the .onnx file.
        output: the file to write; not the model itself.
        method: "weights" (any constant weight of Gemm, MatMul, Conv, LSTM and GRU that gains by
            it) or "dynamic" (Gemm and MatMul).
        per_channel: a scale for every output of a layer, which rounds less.

    Raises:
        ModelError: the file is missing, not ONNX, has no dense layer, or is quantised already.
        HarnessError: the result would be larger than the model, or does not run.
        StorageError: the folder cannot be written, or the disk is full.
    """
    if method not in METHODS:
        raise ModelError(f"method is {method!r}, expected one of {', '.join(METHODS)}")
    if output.resolve() == model.resolve():
        raise ModelError(f"the output would replace the model {model}; choose another --output")
    proto = _read(model)
    found = _weights(proto)
    _require_dense(model, proto, found)
    # Exporters leave shapes of values behind which are wrong once the types change.
    del proto.graph.value_info[:]
    if method == WEIGHTS:
        _require_opset(model, proto, per_channel)
        layers, kept = _store_weights(proto, found, per_channel)
    else:
        proto, layers, kept = _quantise_dynamic(model, proto, per_channel)
    properties = {"method": method, "bits": 8, "per_channel": per_channel}
    entry = proto.metadata_props.add()
    entry.key, entry.value = METADATA_KEY, json.dumps(properties)
    data = proto.SerializeToString()
    before = model.stat().st_size
    if layers == 0:
        raise HarnessError(
            f"no layer of {model} can be made int8 ({method}); nothing was written: "
            f"{'; '.join(kept) or 'it has no Gemm or MatMul'}"
        )
    if len(data) >= before:
        raise HarnessError(
            f"{model} does not get smaller as int8 ({method}): {before} -> {len(data)} bytes; "
            "nothing was written, ship the float model"
        )
    certificate = read_certificate(model)
    with atomic_path(output) as temporary:
        temporary.write_bytes(data)
        _require_running(temporary, model, method)
        if certificate is not None:
            tolerance = max(certificate.tolerance, DYNAMIC_TOLERANCE if method == DYNAMIC else 0.0)
            renew(temporary, certificate, tolerance=tolerance)
        after = temporary.stat().st_size
    return Quantisation(method, per_channel, layers, kept, before, after)


@dataclass
class _Found:
    """A constant weight and how its readers use it.

    Attributes:
        name: of the value.
        values: float32.
        axis: that of the outputs.
    """

    name: str
    values: Weight
    axis: int


def _read(path: Path) -> onnx.ModelProto:
    if not path.is_file():
        raise ModelError(f"no model at {path}")
    try:
        proto = onnx.load(str(path))
        onnx.checker.check_model(proto)
    except Exception as error:
        # protobuf and the checker raise classes of their own that differ between versions.
        raise ModelError(f"{path} is not an ONNX model: {_first_line(error)}") from error
    return proto


def _require_dense(path: Path, proto: onnx.ModelProto, found: list[_Found]) -> None:
    used = {node.op_type for node in proto.graph.node}
    already = sorted(used & _INTEGER_OPERATORS)
    if already:
        raise ModelError(
            f"{path} is quantised already (operator {already[0]}): give the float model"
        )
    if not found:
        raise ModelError(
            f"{path} has no dense layer with constant float32 weights, so nothing can be stored in "
            f"8 bits; its operators: {', '.join(sorted(used)) or 'none'}"
        )


def _require_opset(path: Path, proto: onnx.ModelProto, per_channel: bool) -> None:
    opset = _opset(proto)
    needed = _PER_CHANNEL_OPSET if per_channel else _DEQUANTIZE_OPSET
    if opset < needed:
        advice = "export it again with opset_version=17"
        if per_channel and opset >= _DEQUANTIZE_OPSET:
            advice += ", or give --per_tensor"
        raise ModelError(f"{path} has opset {opset}, its int8 form needs {needed}: {advice}")


def _opset(proto: onnx.ModelProto) -> int:
    return max(
        (item.version for item in proto.opset_import if item.domain in ("", "ai.onnx")), default=1
    )


def _weights(proto: onnx.ModelProto) -> list[_Found]:
    """Return the constant float32 weights of dense, convolutional and recurrent layers."""
    constants = _constants(proto)
    found: dict[str, _Found] = {}
    for node in proto.graph.node:
        for name, axis in _readings(node):
            values = constants.get(name)
            if values is not None and values.dtype == np.float32 and values.ndim >= 2:
                found.setdefault(name, _Found(name, values, axis % values.ndim))
    return list(found.values())


def _readings(node: onnx.NodeProto) -> list[tuple[str, int]]:
    """Return the names of a node's weights, each with the axis of its outputs."""
    if node.op_type == "MatMul":
        return [(node.input[1], -1)]
    if node.op_type == "Gemm":
        transposed = any(item.name == "transB" and item.i for item in node.attribute)
        return [(node.input[1], 0 if transposed else 1)]
    if node.op_type == "Conv":
        return [(node.input[1], 0)]
    if node.op_type in ("LSTM", "GRU"):
        # (directions, gates x hidden, inputs) and (directions, gates x hidden, hidden).
        return [(node.input[1], 1), (node.input[2], 1)]
    return []


def _constants(proto: onnx.ModelProto) -> dict[str, npt.NDArray[Any]]:
    constants = {item.name: numpy_helper.to_array(item) for item in proto.graph.initializer}
    for node in proto.graph.node:
        if node.op_type == "Constant":
            for item in node.attribute:
                if item.name == "value":
                    constants[node.output[0]] = numpy_helper.to_array(item.t)
    return constants


def _store_weights(
    proto: onnx.ModelProto, found: list[_Found], per_channel: bool
) -> tuple[int, tuple[str, ...]]:
    """Replace each weight that gains by it; return how many, and what stayed float32."""
    layers, kept, nodes = 0, [], []
    for weight in found:
        channels = weight.values.shape[weight.axis] if per_channel else 1
        if 3 * weight.values.size <= 4 * channels + _NODE_BYTES:
            kept.append(f"{weight.name}: too small to gain")
            continue
        if not np.isfinite(weight.values).all():
            raise ModelError(f"the weight {weight.name!r} holds NaN or INF: the model is damaged")
        steps, scale = to_int8(weight.values, weight.axis if per_channel else None)
        stored, scales = f"{weight.name}_int8", f"{weight.name}_scale"
        _drop_constant(proto, weight.name)
        proto.graph.initializer.append(numpy_helper.from_array(steps, stored))
        proto.graph.initializer.append(numpy_helper.from_array(scale, scales))
        node = helper.make_node("DequantizeLinear", [stored, scales], [weight.name])
        node.name = f"{weight.name}_dequantize"
        if per_channel:
            node.attribute.append(helper.make_attribute("axis", weight.axis))
        nodes.append(node)
        layers += 1
    rest = list(proto.graph.node)
    del proto.graph.node[:]
    proto.graph.node.extend([*nodes, *rest])
    # Older files list their initializers among the inputs, which new ones need not be.
    proto.ir_version = max(proto.ir_version, 4)
    return layers, tuple(kept)


def to_int8(values: Weight, axis: int | None) -> tuple[npt.NDArray[np.int8], Weight]:
    """Round to 8 bits, symmetrically: value = steps * scale, with steps in [-127, 127].

    Args:
        values: finite float32 of any shape.
        axis: gets a scale for each of its indices; None: one scale for all.

    Returns:
        (steps, of the shape of `values`; scale: (values.shape[axis],) or () float32 > 0)
    """
    others = None if axis is None else tuple(i for i in range(values.ndim) if i != axis)
    largest = np.abs(values).max(axis=others, keepdims=True).astype(np.float64)
    # The smallest normal float32 keeps the scale of weights that are all zero from being zero.
    scale = np.maximum(largest / 127.0, np.finfo(np.float32).tiny).astype(np.float32)
    steps = np.clip(np.rint(values / scale), -127, 127).astype(np.int8)
    return steps, scale.reshape(() if axis is None else -1)


def _drop_constant(proto: onnx.ModelProto, name: str) -> None:
    graph = proto.graph
    for items in (graph.initializer, graph.input):
        for item in [item for item in items if item.name == name]:
            items.remove(item)
    for node in [n for n in graph.node if n.op_type == "Constant" and n.output[0] == name]:
        graph.node.remove(node)


def _quantise_dynamic(
    path: Path, proto: onnx.ModelProto, per_channel: bool
) -> tuple[onnx.ModelProto, int, tuple[str, ...]]:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory(prefix="spacetime_rl_") as folder, _without_hints():
        given, made = Path(folder, "model.onnx"), Path(folder, "quantised.onnx")
        given.write_bytes(proto.SerializeToString())
        try:
            quantize_dynamic(
                str(given),
                str(made),
                op_types_to_quantize=list(_DENSE),
                per_channel=per_channel,
                # Signed weights overflow in onnxruntime's kernels for processors with AVX2 but
                # without VNNI: the sum of two products is kept in 16 bits there.
                weight_type=QuantType.QUInt8,
            )
            result = onnx.load(str(made))
        except Exception as error:
            # Whatever onnxruntime's rewriting meets: it has no exceptions of its own.
            raise HarnessError(
                f"onnxruntime cannot quantise {path}: {type(error).__name__}: {_first_line(error)}"
            ) from error
    del result.graph.value_info[:]
    ours = {entry.key for entry in proto.metadata_props}
    for entry in [entry for entry in result.metadata_props if entry.key not in ours]:
        result.metadata_props.remove(entry)
    layers = sum(node.op_type == "MatMulInteger" for node in result.graph.node)
    kept = tuple(
        f"{node.name or node.output[0]}: not rewritten by onnxruntime"
        for node in result.graph.node
        if node.op_type in _DENSE
    )
    return result, layers, kept


@contextlib.contextmanager
def _without_hints() -> Iterator[None]:
    """Drop the advice that onnxruntime's quantiser logs on the root logger."""

    def only_errors(record: logging.LogRecord) -> bool:
        return record.levelno >= logging.ERROR

    root = logging.getLogger()
    root.addFilter(only_errors)
    try:
        yield
    finally:
        root.removeFilter(only_errors)


def _require_running(path: Path, model: Path, method: str) -> None:
    try:
        onnx.checker.check_model(onnx.load(str(path)))
        open_session(path)
    except Exception as error:
        raise HarnessError(
            f"the int8 form ({method}) of {model} does not run, nothing was written: "
            f"{_first_line(error)}"
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
