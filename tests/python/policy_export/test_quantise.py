from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from rl_training.checkpoints.checkpoint import CheckpointMeta
from rl_training.checkpoints.normaliser import Normaliser
from rl_training.engine import find_engine
from rl_training.errors import HarnessError, ModelError
from rl_training.policy_export.certificate import check_certificate, read_certificate
from rl_training.policy_export.in_engine_check import check_in_engine
from rl_training.policy_export.onnx_export import export, read_metadata
from rl_training.policy_export.quantise import (
    DYNAMIC,
    DYNAMIC_TOLERANCE,
    METHODS,
    WEIGHTS,
    quantise,
    to_int8,
)
from rl_training.policy_export.verify import open_session, run_session
from tests.python.tiny_env import tiny_model

MODELS = Path(__file__).parents[2] / "godot" / "inference" / "models"
SHIPPED = MODELS / "shipped_12_64_64_4.onnx"

Make = Callable[..., Path]


@pytest.fixture(name="make")
def _make(tmp_path: Path) -> Make:
    """Return a maker of models: nodes and initializers in, the file's path out."""

    def make(
        nodes: list[onnx.NodeProto],
        weights: dict[str, NDArray[Any]],
        size: int = 32,
        opset: int = 17,
        listed: bool = False,
    ) -> Path:
        def value(name: str, *shape: int | str) -> onnx.ValueInfoProto:
            return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

        tensors = [numpy_helper.from_array(array, name) for name, array in weights.items()]
        inputs = [value("obs", "n", size)]
        if listed:
            inputs += [value(name, *array.shape) for name, array in weights.items()]
        graph = helper.make_graph(nodes, "g", inputs, [value("output", "n", "m")], tensors)
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=3 if listed else 8
        )
        path = tmp_path / "made.onnx"
        path.write_bytes(model.SerializeToString())
        return path

    return make


def _random(*shape: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def _error(one: Path, two: Path, size: int) -> float:
    """Return the largest difference of the two models' outputs on observations drawn at random."""
    obs = _random(200, size, seed=1)
    outputs = [run_session(open_session(path), obs) for path in (one, two)]
    return float(np.abs(outputs[0] - outputs[1]).max())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("per_channel", [True, False])
def test_a_shipped_policy_gets_smaller_and_acts_alike(
    tmp_path: Path, method: str, per_channel: bool
) -> None:
    output = tmp_path / "int8.onnx"
    done = quantise(SHIPPED, output, method, per_channel)
    assert done.layers == 3
    assert done.kept == ()
    assert (done.bytes_before, done.bytes_after) == (
        SHIPPED.stat().st_size,
        output.stat().st_size,
    )
    assert done.bytes_after < 0.6 * done.bytes_before
    assert 0.0 < _error(SHIPPED, output, 12) < 0.05
    assert list(tmp_path.iterdir()) == [output]


def test_onnxruntime_computes_what_the_standard_says(tmp_path: Path) -> None:
    # Signed weights would overflow in its kernels on processors with AVX2 but without VNNI.
    output = tmp_path / "int8.onnx"
    quantise(SHIPPED, output, DYNAMIC)
    obs = _random(64, 12, seed=2)
    inputs = {item.name for item in onnx.load(str(output)).graph.input}
    feeds = {"obs": obs, "state_ins": np.zeros(64, np.float32)}
    feeds = {name: array for name, array in feeds.items() if name in inputs}
    exact: Any = ReferenceEvaluator(str(output)).run(["output"], feeds)
    np.testing.assert_allclose(run_session(open_session(output), obs), exact[0], atol=2e-3)


@pytest.mark.parametrize("method", METHODS)
def test_metadata_is_kept_and_says_what_was_done(tmp_path: Path, method: str, make: Make) -> None:
    path = make([helper.make_node("MatMul", ["obs", "w"], ["output"])], {"w": _random(32, 32)})
    proto = onnx.load(str(path))
    entry = proto.metadata_props.add()
    entry.key, entry.value = "scenario", "walk"
    path.write_bytes(proto.SerializeToString())
    quantise(path, tmp_path / "int8.onnx", method, per_channel=False)
    found = read_metadata(tmp_path / "int8.onnx")
    assert found.keys() == {"scenario", "quantisation"}
    assert found["scenario"] == "walk"
    assert json.loads(found["quantisation"]) == {"method": method, "bits": 8, "per_channel": False}


@pytest.mark.parametrize("method", METHODS)
def test_a_certificate_is_renewed(tmp_path: Path, method: str) -> None:
    model, env = tiny_model()
    path, output = tmp_path / "m.onnx", tmp_path / "int8.onnx"
    export(model, Normaliser.of(env), path, CheckpointMeta(scenario="walk"))
    done = quantise(path, output, method)
    assert done.bytes_after == output.stat().st_size
    before, after = read_certificate(path), read_certificate(output)
    assert before is not None
    assert after is not None
    assert check_certificate(output, after).passed
    assert after.scenario == "walk"
    np.testing.assert_array_equal(before.inputs["obs"], after.inputs["obs"])
    assert (before.outputs["output"] != after.outputs["output"]).any()
    assert after.tolerance == (before.tolerance if method == WEIGHTS else DYNAMIC_TOLERANCE)


@pytest.mark.engine
@pytest.mark.parametrize("method", METHODS)
def test_the_engine_computes_what_onnxruntime_does(tmp_path: Path, method: str) -> None:
    output = tmp_path / "int8.onnx"
    quantise(SHIPPED, output, method)
    check = check_in_engine(output, find_engine(install=False).path, samples=24)
    assert check.fast_path
    assert check.max_abs_diff <= (1e-5 if method == WEIGHTS else DYNAMIC_TOLERANCE)


def test_only_the_weights_of_layers_become_int8(tmp_path: Path) -> None:
    output = tmp_path / "int8.onnx"
    quantise(SHIPPED, output)
    before, after = onnx.load(str(SHIPPED)), onnx.load(str(output))
    types = {item.name: item.data_type for item in after.graph.initializer}
    int8 = [name for name, kind in types.items() if kind == TensorProto.INT8]
    assert len(int8) == 3
    operators = [node.op_type for node in after.graph.node if node.op_type != "DequantizeLinear"]
    assert operators == [node.op_type for node in before.graph.node]
    for item in before.graph.initializer:
        if len(item.dims) < 2:
            assert types[item.name] == TensorProto.FLOAT


def test_rounding_is_at_most_half_a_step() -> None:
    values = _random(20, 30)
    values[:, 3] = 0.0
    for axis, scales in ((None, 1), (0, 20), (1, 30)):
        steps, scale = to_int8(values, axis)
        assert scale.size == scales
        spread = scale if axis != 0 else scale[:, None]
        assert np.abs(steps).max() == 127
        assert (np.abs(steps * spread - values) <= 0.501 * spread).all()


def test_one_scale_an_output_rounds_less(tmp_path: Path, make: Make) -> None:
    weight = _random(32, 16) * np.linspace(0.01, 5.0, 16, dtype=np.float32)
    path = make([helper.make_node("MatMul", ["obs", "w"], ["output"])], {"w": weight})
    errors = []
    for per_channel in (True, False):
        output = tmp_path / f"{per_channel}.onnx"
        quantise(path, output, WEIGHTS, per_channel)
        obs = _random(50, 32, seed=4)
        found = run_session(open_session(output), obs)
        # The first output is the smallest: with a common scale nearly all of it is rounded away.
        errors.append(np.abs(found - obs @ weight)[:, 0].max())
    assert 20 * errors[0] < errors[1]


def test_layers_of_other_kinds(tmp_path: Path, make: Make) -> None:
    """Transposed Gemm, weights in Constant nodes, one weight read twice, initializers as inputs."""
    first, second = _random(24, 32), _random(24, 24)
    nodes = [
        helper.make_node("Constant", [], ["c"], value=numpy_helper.from_array(second)),
        helper.make_node("Gemm", ["obs", "w", "b"], ["x"], transB=1),
        helper.make_node("MatMul", ["x", "c"], ["y"]),
        helper.make_node("MatMul", ["y", "c"], ["output"]),
    ]
    path = make(nodes, {"w": first, "b": _random(24)}, listed=True)
    output = tmp_path / "int8.onnx"
    assert quantise(path, output).layers == 2
    obs = _random(50, 32, seed=5)
    expected = (obs @ first.T + _random(24)) @ second @ second
    found = run_session(open_session(output), obs)
    assert np.abs(found - expected).max() < 0.02 * np.abs(expected).max()


def test_recurrent_and_convolutional_weights_are_stored_as_int8(tmp_path: Path) -> None:
    hidden, size = 16, 8
    weights = {
        "w": _random(1, 4 * hidden, size),
        "r": _random(1, 4 * hidden, hidden),
        "k": _random(8, 1, 3),
    }
    nodes = [
        helper.make_node("Conv", ["obs", "k"], ["c"], pads=[1, 1]),
        helper.make_node("LSTM", ["c", "w", "r"], ["output"], hidden_size=hidden),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("obs", TensorProto.FLOAT, [5, 1, size])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [5, 1, 8, hidden])],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path, output = tmp_path / "m.onnx", tmp_path / "int8.onnx"
    path.write_bytes(proto.SerializeToString())
    done = quantise(path, output)
    assert done.layers == 2
    assert done.kept == ("k: too small to gain",)
    obs = _random(5, 1, size)
    one, two = (open_session(file).run(None, {"obs": obs})[0] for file in (path, output))
    assert 0.0 < np.abs(one - two).max() < 0.05
    with pytest.raises(HarnessError, match=r"no layer of .* can be made int8"):
        quantise(path, tmp_path / "dynamic.onnx", DYNAMIC)


@pytest.mark.parametrize("method", METHODS)
def test_files_that_cannot_be_quantised(tmp_path: Path, method: str, make: Make) -> None:
    output = tmp_path / "out" / "int8.onnx"

    def refused(path: Path, message: str, kind: type[Exception] = ModelError) -> None:
        with pytest.raises(kind, match=message) as caught:
            quantise(path, output, method)
        assert "\n" not in str(caught.value)
        assert not output.exists()

    refused(tmp_path / "none.onnx", "no model at")
    (tmp_path / "text.onnx").write_text("not a model")
    refused(tmp_path / "text.onnx", "is not an ONNX model")
    (tmp_path / "empty.onnx").write_bytes(b"")
    refused(tmp_path / "empty.onnx", "is not an ONNX model")
    refused(make([helper.make_node("Tanh", ["obs"], ["output"])], {}), "no dense layer .* Tanh")
    twice = helper.make_node("MatMul", ["obs", "obs"], ["output"])
    refused(make([twice], {}), "no dense layer")
    tiny = {"w": _random(2, 2)}
    layer = helper.make_node("MatMul", ["obs", "w"], ["output"])
    refused(make([layer], tiny, size=2), "nothing was written", HarnessError)
    quantise(SHIPPED, tmp_path / "once.onnx", method)
    refused(tmp_path / "once.onnx", "quantised already")


def test_weights_that_are_not_numbers_are_refused(tmp_path: Path, make: Make) -> None:
    weight = _random(32, 32)
    weight[3, 4] = np.nan
    path = make([helper.make_node("MatMul", ["obs", "w"], ["output"])], {"w": weight})
    with pytest.raises(ModelError, match="'w' holds NaN or INF"):
        quantise(path, tmp_path / "int8.onnx")


def test_old_opsets_are_refused_with_advice(tmp_path: Path, make: Make) -> None:
    layer = [helper.make_node("MatMul", ["obs", "w"], ["output"])]
    weights = {"w": _random(32, 32)}
    path = make(layer, weights, opset=11)
    with pytest.raises(ModelError, match=r"opset 11, its int8 form needs 13: .*--per_tensor"):
        quantise(path, tmp_path / "int8.onnx")
    quantise(path, tmp_path / "int8.onnx", per_channel=False)
    assert 0.0 < _error(path, tmp_path / "int8.onnx", 32) < 1.0
    path = make(layer, weights, opset=9)
    with pytest.raises(ModelError, match=r"needs 10: export it again with opset_version=17$"):
        quantise(path, tmp_path / "int8.onnx", per_channel=False)


def test_a_file_that_was_there_stays_when_it_fails(tmp_path: Path, make: Make) -> None:
    output = tmp_path / "int8.onnx"
    output.write_bytes(b"earlier")
    with pytest.raises(ModelError):
        quantise(make([helper.make_node("Tanh", ["obs"], ["output"])], {}), output)
    assert output.read_bytes() == b"earlier"
    with pytest.raises(ModelError, match="would replace the model"):
        quantise(SHIPPED, SHIPPED)
    with pytest.raises(ModelError, match="expected one of weights, dynamic"):
        quantise(SHIPPED, output, "int4")
