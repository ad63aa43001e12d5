"""The engine's ONNX runner against onnxruntime, and how the check fails."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from rl_training import verify_onnx_in_engine
from rl_training.engine import find_engine
from rl_training.errors import EngineDiedError, EngineTimeoutError, ModelError, ProjectError
from rl_training.policy_export import in_engine_check
from rl_training.policy_export.in_engine_check import check_in_engine

MODELS = Path(__file__).parents[2] / "godot" / "inference" / "models"
UNUSED = Path("no_engine_is_started")

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="the fake engine is a shell script")


@pytest.fixture(scope="module")
def engine() -> Path:
    return find_engine(install=False).path


@pytest.fixture
def fake_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An executable that stands for the engine; a test writes what it does."""
    monkeypatch.setattr(in_engine_check, "read_version", lambda _: (4, 6, 0))
    monkeypatch.setattr(in_engine_check, "ensure_imported", lambda *_: None)
    return tmp_path / "engine"


def write_program(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


@pytest.mark.engine
@pytest.mark.parametrize(
    "name", ["shipped_12_64_64_4", "godot_rl_sac", "two_inputs", "old_clip", "shapes"]
)
def test_models_agree(name: str, engine: Path) -> None:
    check = check_in_engine(MODELS / f"{name}.onnx", engine, samples=24)
    assert check.passed
    assert check.samples == 24
    assert check.forward_us > 0
    assert check.onnxruntime_us > 0
    assert check.fast_path == (name not in {"two_inputs", "old_clip"})


@pytest.mark.engine
def test_integer_inputs_and_two_outputs(engine: Path, tmp_path: Path) -> None:
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["n"], ["as_float"], to=TensorProto.FLOAT),
            helper.make_node("Mul", ["x", "as_float"], ["product"]),
            helper.make_node("Add", ["n", "n"], ["twice"]),
        ],
        "mixed",
        [
            value("x", TensorProto.FLOAT, ["batch", "free"]),
            value("n", TensorProto.INT32, ["batch", 1]),
        ],
        [
            value("product", TensorProto.FLOAT, None),
            value("twice", TensorProto.INT32, ["batch", 1]),
        ],
    )
    path = tmp_path / "mixed.onnx"
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, path)
    check = check_in_engine(path, engine, samples=5)
    assert check.max_abs_diff == 0.0
    assert not check.fast_path


@pytest.mark.engine
def test_script_prints_and_exits_0(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, engine: Path
) -> None:
    arguments = ["--model", str(MODELS / "shipped_wide.onnx"), "--samples", "8"]
    arguments += ["--godot", str(engine)]
    assert verify_onnx_in_engine.main([*arguments, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["passed"] is True
    assert report["samples"] == 8
    assert report["inputs"]["obs"][1] == 9
    monkeypatch.setattr(in_engine_check, "TOLERANCE", 1e-12)
    assert verify_onnx_in_engine.main(arguments) == 1
    assert "NOT EQUAL" in capsys.readouterr().out


@pytest.mark.engine
def test_unsupported_operator_is_named(engine: Path) -> None:
    with pytest.raises(ModelError, match=r"Einsum \(node 'odd_one', opset 17\) is not supported"):
        check_in_engine(MODELS / "unsupported.onnx", engine)


def test_missing_file() -> None:
    with pytest.raises(ModelError, match=r"no model at nowhere\.onnx"):
        check_in_engine(Path("nowhere.onnx"), UNUSED)


def test_file_that_is_not_onnx(tmp_path: Path) -> None:
    path = tmp_path / "notes.onnx"
    path.write_text("version https://git-lfs.github.com/spec/v1")
    with pytest.raises(ModelError, match=r"onnxruntime cannot load .*notes\.onnx"):
        check_in_engine(path, UNUSED)


def test_unsupported_type_of_an_input(tmp_path: Path) -> None:
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])],
        "double",
        [value("x", TensorProto.DOUBLE, [1])],
        [value("y", TensorProto.DOUBLE, [1])],
    )
    path = tmp_path / "double.onnx"
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, path)
    with pytest.raises(ModelError, match=r"'x' has the unsupported type tensor\(double\)"):
        check_in_engine(path, UNUSED)


def test_project_without_the_addon(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"does not carry addons/godot_rl/inference"):
        check_in_engine(MODELS / "shapes.onnx", UNUSED, project=tmp_path)


@posix_only
def test_engine_that_hangs_is_ended(fake_engine: Path) -> None:
    write_program(fake_engine, "sleep 30")
    with pytest.raises(EngineTimeoutError, match=r"did not run .*matmul\.onnx within 1 s"):
        check_in_engine(MODELS / "matmul.onnx", fake_engine, timeout_s=1.0)


@posix_only
def test_engine_that_ends_without_an_answer(fake_engine: Path) -> None:
    write_program(fake_engine, "echo the disk is full; exit 3")
    with pytest.raises(EngineDiedError, match=r"code 3 .* last words: the disk is full"):
        check_in_engine(MODELS / "matmul.onnx", fake_engine)


def test_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        verify_onnx_in_engine.main(["--modell", "x"])
    assert ended.value.code == 2
    assert "--model" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("left", "right", "difference"),
    [
        ([1.0, 2.0], [1.0, 2.5], 0.5),
        ([np.nan, np.inf], [np.nan, np.inf], 0.0),
        ([np.nan, 1.0], [0.0, 1.0], np.inf),
        ([np.inf], [-np.inf], np.inf),
        ([1.0], [1.0, 2.0], np.inf),
        ([], [], 0.0),
    ],
)
def test_difference(left: list[float], right: list[float], difference: float) -> None:
    found = in_engine_check._difference(
        np.array(left, dtype=np.float32), np.array(right, dtype=np.float32)
    )
    assert found == difference


def test_stored_expectations_are_onnxruntimes() -> None:
    """The GDScript tests compare with models/*.json: those must be what onnxruntime gives."""
    for path in MODELS.glob("*.json"):
        session = in_engine_check._open_session(path.with_suffix(".onnx"))
        for case in json.loads(path.read_text()):
            feeds = {
                name: np.array(given["data"], dtype=np.float32).reshape(given["shape"])
                for name, given in case["inputs"].items()
            }
            for name, array in in_engine_check._run_session(session, feeds, path).items():
                stored = np.array(case["outputs"][name]["data"], dtype=np.float32)
                np.testing.assert_allclose(array.ravel(), stored, atol=2e-6)


def test_models_stay_small() -> None:
    assert sum(path.stat().st_size for path in MODELS.iterdir()) < 200_000
    for path in MODELS.glob("*.onnx"):
        onnx.checker.check_model(onnx.load(path))
        for initializer in onnx.load(path).graph.initializer:
            assert np.isfinite(numpy_helper.to_array(initializer)).all()
