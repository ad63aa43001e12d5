"""The optional native library: how it is built, what is said where it cannot be, its results."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from rl_training import build_native
from rl_training.engine import find_engine
from rl_training.engine.binary import EngineBinary
from rl_training.errors import HarnessError, ModelError, ProjectError, UsageError
from rl_training.policy_export import native_library
from rl_training.policy_export.in_engine_check import check_in_engine
from rl_training.policy_export.native_library import (
    build_native_library,
    compile_library,
    extension_text,
    find_compiler,
    find_onnxruntime,
    write_header,
)

REPOSITORY = Path(__file__).parents[3]
MODELS = REPOSITORY / "tests/godot/inference/models"
COMPARE = REPOSITORY / "tests/godot/inference/compare_runners.gd"
SHARED = (
    *("godot_rl_dict", "godot_rl_ppo", "godot_rl_sac", "matmul", "old_clip", "shapes"),
    *("shipped_12_64_64_4", "shipped_wide", "static_batch", "two_inputs"),
)
NO_ENGINE = EngineBinary(Path("no engine is started"), (4, 6, 3), "test")

# The engine imports a fresh project once.
pytestmark = pytest.mark.timeout(300)
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="the native path is for Unix")


def make_project(folder: Path) -> Path:
    """A project with a copy of the addon, so that the repository stays as it is."""
    shutil.copytree(
        REPOSITORY / "addons/godot_rl",
        folder / "addons/godot_rl",
        ignore=shutil.ignore_patterns("native"),
    )
    (folder / "project.godot").write_text(
        'config_version=5\n[application]\nconfig/name="Native"\n'
        '[rendering]\nrenderer/rendering_method="gl_compatibility"\n'
    )
    return folder


@pytest.fixture(scope="module")
def engine() -> EngineBinary:
    return find_engine(install=False)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, engine: EngineBinary) -> Path:
    """A project with the library built into it."""
    try:
        find_compiler()
    except UsageError as error:
        pytest.skip(str(error))
    folder = make_project(tmp_path_factory.mktemp("native"))
    assert build_native.main(["--project", str(folder), "--godot", str(engine.path)]) == 0
    return folder


def write_cnn(path: Path) -> Path:
    """Write three convolutions and two dense layers, as an Atari policy has, for 3 x 36 x 36."""
    random = np.random.default_rng(0)
    nodes: list[onnx.NodeProto] = []
    weights: list[onnx.TensorProto] = []

    def add(kind: str, source: str, *arrays: Any, **attributes: Any) -> str:
        name = f"{kind}_{len(nodes)}"
        names = [f"{name}_w{index}" for index in range(len(arrays))]
        for weight, array in zip(names, arrays, strict=True):
            weights.append(numpy_helper.from_array(array.astype(np.float32), weight))
        nodes.append(helper.make_node(kind, [source, *names], [name], **attributes))
        return name

    value = "obs"
    for width, depth, size, stride in ((32, 3, 8, 4), (64, 32, 4, 2), (64, 64, 3, 1)):
        kernel = random.normal(scale=(depth * size * size) ** -0.5, size=(width, depth, size, size))
        bias = random.normal(scale=0.1, size=width)
        value = add("Conv", value, kernel, bias, strides=[stride, stride])
        value = add("Relu", value)
    value = add("Flatten", value)
    for inputs, outputs in ((64, 512), (512, 4)):
        matrix = random.normal(scale=inputs**-0.5, size=(inputs, outputs))
        value = add("Gemm", value, matrix, random.normal(scale=0.1, size=outputs))
        if outputs > 4:
            value = add("Relu", value)
    nodes.append(helper.make_node("Identity", [value], ["output"]))
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "cnn",
        [info("obs", TensorProto.FLOAT, ["batch", 3, 36, 36])],
        [info("output", TensorProto.FLOAT, ["batch", 4])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    return path


def compare(engine: EngineBinary, project: Path, models: list[Path]) -> dict[str, Any]:
    output = project / "comparison.json"
    command = [engine.path, "--headless", "--path", project, "--script", COMPARE, "--"]
    result = subprocess.run(
        [*map(str, command), f"--output={output}", *map(str, models)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    answer: dict[str, Any] = json.loads(output.read_text())
    return answer


@posix_only
@pytest.mark.engine
def test_the_sources_compile_for_windows(engine: EngineBinary, tmp_path: Path) -> None:
    """Compiled, not run: `apt-get install gcc-mingw-w64-x86-64` brings the compiler."""
    compiler = shutil.which("x86_64-w64-mingw32-gcc")
    if compiler is None:
        pytest.skip("MinGW-w64 is not installed")
    write_header(engine, tmp_path)
    library = tmp_path / "godot_rl_native.dll"
    compile_library(Path(compiler), tmp_path, library, ("-static-libgcc", "-Werror"))
    assert library.read_bytes()[:2] == b"MZ"
    assert b"godot_rl_native_init" in library.read_bytes()


@posix_only
@pytest.mark.engine
def test_both_runners_agree(project: Path, engine: EngineBinary) -> None:
    models = [MODELS / f"{name}.onnx" for name in SHARED]
    answer = compare(engine, project, models)
    assert answer["there"] is True
    for model in models:
        found = answer["models"][str(model)]
        assert found["error"] == "", model
        assert found["difference"] <= 1e-5, model
        assert found["version"][0].isdigit()
        print(model.name, found)


@posix_only
@pytest.mark.engine
def test_images_and_what_gdscript_does_not_know(
    project: Path, engine: EngineBinary, tmp_path: Path
) -> None:
    cnn = write_cnn(tmp_path / "cnn.onnx")
    check = check_in_engine(cnn, engine.path, samples=9, project=project, runner="native")
    assert check.passed
    assert check.fast_path
    assert check.forward_us > 0
    print(f"cnn: {check.forward_us:.0f} us in the engine, {check.onnxruntime_us:.0f} us in Python")
    unsupported = MODELS / "unsupported.onnx"
    assert check_in_engine(unsupported, engine.path, 5, project=project, runner="auto").passed
    with pytest.raises(ModelError, match=r"Einsum .* is not supported"):
        check_in_engine(unsupported, engine.path, 5, project=project)


@posix_only
@pytest.mark.engine
def test_integers_go_in_and_out(project: Path, engine: EngineBinary, tmp_path: Path) -> None:
    info = helper.make_tensor_value_info
    types = (TensorProto.UINT8, TensorProto.INT8, TensorProto.INT32, TensorProto.BOOL)
    nodes, inputs, outputs = [], [], []
    for index, kind in enumerate(types):
        nodes.append(helper.make_node("Cast", [f"i{index}"], [f"f{index}"], to=TensorProto.FLOAT))
        nodes.append(helper.make_node("Mul", ["x", f"f{index}"], [f"o{index}"]))
        nodes.append(helper.make_node("Identity", [f"i{index}"], [f"e{index}"]))
        inputs.append(info(f"i{index}", kind, ["batch", 5]))
        outputs += [
            info(f"o{index}", TensorProto.FLOAT, ["batch", 5]),
            info(f"e{index}", kind, None),
        ]
    inputs.append(info("x", TensorProto.FLOAT, ["batch", 5]))
    graph = helper.make_graph(nodes, "mixed", inputs, outputs)
    path = tmp_path / "mixed.onnx"
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, path)
    check = check_in_engine(path, engine.path, 7, project=project, runner="native")
    assert check.max_abs_diff == 0.0


@posix_only
@pytest.mark.engine
def test_insisting_on_what_was_not_built(engine: EngineBinary) -> None:
    if (REPOSITORY / native_library.FOLDER).exists():
        pytest.skip("the library was built in this repository")
    model = MODELS / "matmul.onnx"
    assert check_in_engine(model, engine.path, 3, runner="auto").passed
    with pytest.raises(ModelError, match="no native library: run `make native`"):
        check_in_engine(model, engine.path, 3, runner="native")


@posix_only
def test_what_is_missing_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("platform.system", lambda: "FreeBSD")
        with pytest.raises(UsageError, match="on Linux, macOS and Windows only"):
            build_native_library(tmp_path, NO_ENGINE)
    with pytest.raises(ProjectError, match="does not carry addons/godot_rl"):
        build_native_library(tmp_path, NO_ENGINE)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(UsageError, match=r"no C compiler found.*apt install gcc.*in GDScript"):
        find_compiler()
    monkeypatch.setenv("CC", "tcc")
    with pytest.raises(UsageError, match="CC names tcc, which is not there"):
        find_compiler()
    with pytest.raises(UsageError, match=r"holds no onnxruntime\.dll"):
        find_onnxruntime("onnxruntime.dll")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(UsageError, match="package onnxruntime is not installed: run `make setup`"):
        find_onnxruntime("libonnxruntime.so")


@posix_only
def test_a_compiler_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "addons/godot_rl").mkdir(parents=True)
    compiler = tmp_path / "cc"
    compiler.write_text("#!/bin/sh\necho 'a.c:1:2: error: no stdint.h'; echo later; exit 1\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("CC", str(compiler))
    monkeypatch.setattr(native_library, "write_header", lambda *_: None)
    with pytest.raises(HarnessError, match=r"cc cannot compile .*: a\.c:1:2: error: no stdint\.h"):
        build_native_library(tmp_path, NO_ENGINE)
    assert not (tmp_path / "addons/godot_rl/native").exists()


@posix_only
def test_the_description_names_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    monkeypatch.setattr("platform.system", lambda: "Linux")
    text = extension_text("a.so", "b.so")
    assert 'linux.arm64 = "a.so"' in text
    assert 'linux.arm64 = {"b.so": ""}' in text
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    assert 'macos.arm64 = "a.so"' in extension_text("a.so", "b.so")
    monkeypatch.setattr("platform.system", lambda: "Windows")
    assert 'windows.arm64 = "a.dll"' in extension_text("a.dll", "b.dll")
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(UsageError, match="cannot be built for riscv64 machines"):
        extension_text("a.so", "b.so")
