from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rl_training.engine import find_engine
from rl_training.errors import EngineDiedError, EngineTimeoutError, ModelError, ProjectError
from rl_training.policy_export import in_engine_timing
from rl_training.policy_export.in_engine_timing import time_in_engine

MODELS = Path(__file__).parents[2] / "godot" / "inference" / "models"
SHIPPED = MODELS / "shipped_12_64_64_4.onnx"

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="the fake engine is a shell script")


@pytest.fixture(name="fake_engine")
def _fake_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An executable that stands for the engine; a test writes what it does."""
    monkeypatch.setattr(in_engine_timing, "read_version", lambda _: (4, 6, 0))
    monkeypatch.setattr(in_engine_timing, "ensure_imported", lambda *_: None)
    path = tmp_path / "engine"
    path.touch(mode=0o755)
    return path


@pytest.mark.engine
def test_models_are_timed_beside_each_other() -> None:
    files = [SHIPPED, MODELS / "unsupported.onnx", MODELS / "two_inputs.onnx"]
    engine = find_engine(install=False).path
    good, refused, other = time_in_engine(files, engine, batches=(1, 16), rounds=3)
    assert good.error == ""
    assert good.load_ms is not None
    assert good.load_ms > 0.0
    assert good.forward_us is not None
    # Sixteen observations take longer than one, on whatever machine.
    assert 0.0 < good.forward_us[1] < good.forward_us[16]
    assert "not supported by the in-engine runner" in refused.error
    assert "forward() does not serve it" in other.error
    assert (refused.load_ms, refused.forward_us, other.forward_us) == (None, None, None)


@posix_only
def test_the_median_of_the_rounds_counts(fake_engine: Path) -> None:
    answer = (
        '{"models": [{"error": "", "load_ms": [9, 2, 3], "forward_us": '
        '{"1": [5, 7, 100], "16": [50, 40, 60]}}, {"error": "bad", "load_ms": []}]}'
    )
    fake_engine.write_text(f"#!/bin/sh\necho '{answer}' > \"${{8#--onnx_response=}}\"\n")
    first, second = time_in_engine([SHIPPED, SHIPPED], fake_engine)
    assert (first.load_ms, first.forward_us) == (3, {1: 7, 16: 50})
    assert second.error == "bad"


@posix_only
def test_engines_that_fail(fake_engine: Path) -> None:
    fake_engine.write_text("#!/bin/sh\necho out of memory; exit 3\n")
    with pytest.raises(EngineDiedError, match=r"code 3 .* last words: out of memory"):
        time_in_engine([SHIPPED], fake_engine)
    fake_engine.write_text("#!/bin/sh\nsleep 30\n")
    with pytest.raises(EngineTimeoutError, match="within 1 s"):
        time_in_engine([SHIPPED], fake_engine, timeout_s=1.0)


def test_what_is_missing_is_said_before_an_engine_starts(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model at"):
        time_in_engine([tmp_path / "none.onnx"], tmp_path / "engine")
    with pytest.raises(ProjectError, match=r"does not carry addons/godot_rl/inference"):
        time_in_engine([SHIPPED], tmp_path / "engine", project=tmp_path)
