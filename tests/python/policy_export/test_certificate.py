from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from stable_baselines3 import PPO

from rl_training.checkpoints.checkpoint import CheckpointMeta
from rl_training.checkpoints.normaliser import Normaliser
from rl_training.errors import ModelError
from rl_training.policy_export import certificate as certificate_module
from rl_training.policy_export.certificate import (
    DRAWN,
    MAX_RECORDED_BYTES,
    PROPERTY,
    ROWS,
    SCENE,
    Certificate,
    check_certificate,
    evenly_spread,
    read_certificate,
    renew,
)
from rl_training.policy_export.onnx_export import export, read_metadata
from tests.python.tiny_env import tiny_model

NAMES = [f"o{i}" for i in range(12)]
ACTIONS = [
    {"key": "move", "action_type": "continuous", "size": 3},
    {"key": "turn", "action_type": "continuous", "size": 1},
]
META = CheckpointMeta(
    scenario="walk",
    timesteps=128,
    commit="abc",
    observation_names={"obs": NAMES},
    scene={
        "actions": ACTIONS,
        "scene": "res://walk.tscn",
        "action_repeat": 9,
        "physics_ticks_per_second": 90,
    },
)


@pytest.fixture(name="trained", scope="module")
def _trained() -> tuple[PPO, Normaliser]:
    model, env = tiny_model()
    return model, Normaliser.of(env)


@pytest.fixture(name="seen")
def _seen() -> dict[str, Any]:
    return {"obs": np.random.default_rng(2).normal(size=(40, 12)).astype(np.float32)}


@pytest.fixture(name="path")
def _exported(trained: tuple[PPO, Normaliser], seen: dict[str, Any], tmp_path: Path) -> Path:
    path = tmp_path / "policy.onnx"
    export(*trained, path, META, seen)
    return path


def _read(path: Path) -> Certificate:
    found = read_certificate(path)
    assert found is not None
    return found


def test_it_says_what_the_policy_was_trained_on(path: Path) -> None:
    found = _read(path)
    assert found.observations == ({"key": "obs", "size": 12, "names": NAMES},)
    assert found.actions == tuple(ACTIONS)
    assert found.settings == {
        "algorithm": "PPO",
        "deterministic": True,
        "normaliser_clip": 10.0,
        "scene": "res://walk.tscn",
        "action_repeat": 9,
        "physics_ticks_per_second": 90,
    }
    assert (found.commit, found.scenario, found.timesteps) == ("abc", "walk", 128)
    assert found.protocol == 1
    assert found.harness.startswith("spacetime-rl")


def test_the_outputs_are_those_of_the_trained_policy(
    path: Path, trained: tuple[PPO, Normaliser], seen: dict[str, Any]
) -> None:
    model, normaliser = trained
    found = _read(path)
    assert (found.rows, found.source) == (ROWS, SCENE)
    raw = found.inputs["obs"]
    assert {row.tobytes() for row in raw} <= {row.tobytes() for row in seen["obs"]}
    expected, _ = model.predict(normaliser.normalise({"obs": raw}), deterministic=True)
    np.testing.assert_array_equal(found.outputs["output"], expected)
    check = check_certificate(path, found)
    assert check.passed
    assert check.difference <= 1e-5


def test_without_recorded_observations_usual_ones_are_drawn(
    trained: tuple[PPO, Normaliser], tmp_path: Path
) -> None:
    model, normaliser = trained
    export(model, normaliser, tmp_path / "p.onnx", META)
    found = _read(tmp_path / "p.onnx")
    assert (found.source, found.rows) == (DRAWN, ROWS)
    stats = normaliser.obs["obs"]
    assert np.abs((found.inputs["obs"] - stats.mean) / np.sqrt(stats.var + 1e-8)).mean() < 2.0


def test_changed_weights_are_found_out(path: Path) -> None:
    proto = onnx.load(path)
    weights = proto.graph.initializer[-1]
    changed = numpy_helper.to_array(weights) + np.float32(0.01)
    weights.CopyFrom(numpy_helper.from_array(changed, weights.name))
    onnx.save(proto, path)
    check = check_certificate(path, _read(path))
    assert not check.passed
    assert check.difference == pytest.approx(0.01, rel=0.5)


def test_what_goes_wrong_is_far_above_the_tolerance(
    path: Path, trained: tuple[PPO, Normaliser], seen: dict[str, Any], tmp_path: Path
) -> None:
    model, normaliser = trained
    found = _read(path)
    raw = found.inputs["obs"]
    swapped, rescaled = raw.copy(), raw.copy()
    swapped[:, [2, 3]] = raw[:, [3, 2]]
    rescaled[:, 4] *= 1.1
    for wrong in (swapped, rescaled):
        inputs = {**found.inputs, "obs": wrong}
        check = check_certificate(path, replace(found, inputs=inputs))
        assert check.difference > 10 * found.tolerance
        assert not check.passed
    another, _ = tiny_model(seed=2)
    for wrong_model, scaling in ((model, None), (another, normaliser)):
        export(wrong_model, scaling, tmp_path / "wrong.onnx", META, seen)
        check = check_certificate(tmp_path / "wrong.onnx", found)
        assert check.difference > 10 * found.tolerance
        assert not check.passed


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('"action_repeat":9', '"action_repeat":1', "does not fit its checksum"),
        ("o3", "o4", "does not fit its checksum"),
        ('"}', "", "does not fit its checksum"),
        ('"format":1', '"format":2', r"has format 2, this harness reads up to 1"),
    ],
)
def test_a_changed_certificate_is_refused(
    path: Path, before: str, after: str, message: str
) -> None:
    text = read_metadata(path)[PROPERTY]
    assert before in text
    with pytest.raises(ModelError, match=message):
        Certificate.from_text(text.replace(before, after), "p.onnx")


def test_a_certificate_that_lacks_a_part_is_refused(path: Path) -> None:
    text = read_metadata(path)[PROPERTY]
    data = json.loads(text)
    for key in ("sha256", "rows"):
        del data[key]
    signed = certificate_module._signed(json.dumps(data)[:-1])
    with pytest.raises(ModelError, match=r"certificate of p\.onnx cannot be read: KeyError"):
        Certificate.from_text(signed, "p.onnx")
    for text in ("", "{}", "[1]", "hello"):
        with pytest.raises(ModelError, match="does not fit its checksum"):
            Certificate.from_text(text)


def test_text_comes_back_as_it_was(path: Path) -> None:
    text = read_metadata(path)[PROPERTY]
    assert Certificate.from_text(text).to_text() == text
    assert len(text) < 5000


def test_other_makers_models_have_none() -> None:
    models = Path(__file__).parents[2] / "godot" / "inference" / "models"
    assert read_certificate(models / "godot_rl_ppo.onnx") is None
    with pytest.raises(ModelError, match="no model at"):
        read_certificate(models / "none.onnx")


def test_a_changed_model_is_certified_anew(path: Path) -> None:
    old = _read(path)
    proto = onnx.load(path)
    for weights in proto.graph.initializer:
        coarse = numpy_helper.to_array(weights).astype(np.float16).astype(np.float32)
        weights.CopyFrom(numpy_helper.from_array(coarse, weights.name))
    onnx.save(proto, path)
    assert check_certificate(path, old).difference > 1e-5
    renew(path, old, tolerance=1e-3)
    new = _read(path)
    assert check_certificate(path, new).difference == 0.0
    assert new.tolerance == 1e-3
    assert new.observations == old.observations
    np.testing.assert_array_equal(new.inputs["obs"], old.inputs["obs"])


def test_another_models_certificate_is_said(path: Path) -> None:
    found = _read(path)
    narrow = replace(found, inputs={**found.inputs, "obs": found.inputs["obs"][:, :5]})
    with pytest.raises(ModelError, match=r"cannot run .* on its recorded observations"):
        check_certificate(path, narrow)
    with pytest.raises(ModelError, match=r"gives 'output' \(16, 4\), its certificate \(16, 3\)"):
        check_certificate(path, replace(found, outputs={"output": np.zeros((16, 3), np.float32)}))


def test_nan_is_not_certified(path: Path) -> None:
    with pytest.raises(ModelError, match="a recorded 'output' holds NaN"):
        replace(_read(path), outputs={"output": np.full((16, 4), np.nan, np.float32)})


@pytest.mark.parametrize(
    ("shape", "rows"),
    [
        ((1, 12), [0]),
        ((3, 12), [0, 1, 2]),
        ((16, 12), list(range(16))),
        ((151, 12), list(range(0, 151, 10))),
        ((9, 3, 36, 36), [0, 3, 5, 8]),
        ((9, MAX_RECORDED_BYTES), [0]),
    ],
)
def test_rows_are_few_and_evenly_spread(shape: tuple[int, ...], rows: list[int]) -> None:
    assert evenly_spread(shape) == rows
