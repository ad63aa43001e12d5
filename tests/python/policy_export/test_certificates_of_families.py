"""Every family of algorithms is certified with what its own model gives, states included."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from rl_training.checkpoints.checkpoint import CheckpointMeta
from rl_training.engine import find_engine
from rl_training.policy_export.certificate import (
    Certificate,
    check_certificate,
    read_certificate,
)
from rl_training.policy_export.in_engine_check import check_in_engine
from rl_training.policy_export.onnx_export import export
from tests.python.policy_export.policies import CASES, make


def _exported(name: str, path: Path) -> Certificate:
    model, normaliser = make(CASES[name])
    export(model, normaliser, path, CheckpointMeta())
    found = read_certificate(path)
    assert found is not None
    return found


@pytest.mark.parametrize("name", CASES)
def test_the_file_fits_its_certificate(name: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.onnx"
    found = _exported(name, path)
    check = check_certificate(path, found)
    assert check.passed, check.difference
    outputs = {"output"}
    if "gaussian" in CASES[name].distribution or CASES[name].distribution == "hybrid":
        outputs |= {"mean", "std"}
    if "recurrent" in name:
        outputs |= {"state_outs"}
    assert set(found.outputs) == outputs


def test_an_image_is_recorded_a_few_times(tmp_path: Path) -> None:
    found = _exported("ppo_cnn", tmp_path / "policy.onnx")
    assert found.inputs["obs"].shape == (4, 3 * 36 * 36)
    assert found.observations[0]["size"] == 3 * 36 * 36


def test_weights_between_two_decisions_are_certified_too(tmp_path: Path) -> None:
    path = tmp_path / "policy.onnx"
    found = _exported("recurrent_continuous", path)
    state = found.inputs["state_ins"]
    assert state.shape == (16, 20)
    assert np.abs(state).min() > 0.0
    # The gates of the first layer: 6 features, then 5 hidden values.
    proto = onnx.load(path)
    changed = 0
    for weights in proto.graph.initializer:
        array = numpy_helper.to_array(weights).copy()
        if array.shape in ((20, 11), (11, 20)):
            hidden = array[:, 6:] if array.shape == (20, 11) else array[6:]
            hidden *= 1.5
            weights.CopyFrom(numpy_helper.from_array(array, weights.name))
            changed += 1
    assert changed == 1
    onnx.save(proto, path)
    assert not check_certificate(path, found).passed


@pytest.mark.engine
@pytest.mark.parametrize("name", ["recurrent_continuous", "sac_several", "dqn_cnn"])
def test_the_engine_accepts_it(name: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.onnx"
    _exported(name, path)
    check = check_in_engine(path, find_engine(install=False).path, samples=2)
    assert check.certified is True, check.certificate
