from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from rl_training.errors import ConfigError, ModelError
from rl_training.evaluation.report import EvaluationReport
from rl_training.evaluation.request import EvaluationRequest
from rl_training.measure_gate import main
from rl_training.policy_export.certificate import check_certificate, read_certificate
from rl_training.policy_export.verify import open_session
from rl_training.studies.gate.account import take_account
from rl_training.studies.gate.worsening import KINDS, Kind, corrected, find_strength, worsen
from tests.python.evaluation.reports import report_of

BASELINE = Path(__file__).parents[4] / "baselines" / "vr_locomotion_baseline.onnx"


def pool(mean: float, size: int = 400, spread: float = 4.0) -> EvaluationReport:
    rewards = np.random.default_rng(1).normal(mean, spread, size).tolist()
    infos = [{"is_success": True}] * size
    return report_of(
        infos,
        scenario="custom",
        reward=lambda index: float(rewards[index]),
        length=lambda _: 100,
        truncated=lambda _: False,
    )


def test_an_unchanged_policy_raises_hardly_an_alarm() -> None:
    good = pool(40.0)
    account = take_account(good, good, 50, 40, 0.01, 0.05, paired=False)
    assert account.repeats == 40
    assert account.rate <= 0.15
    assert take_account(good, good, 50, 10, 0.01, 0.05, paired=True).failed == 0


def test_a_worse_policy_is_caught_and_the_reason_counted() -> None:
    account = take_account(pool(40.0), pool(36.0), 50, 20, 0.05, 0.01, paired=True)
    assert (account.failed, account.metrics) == (20, {"mean_reward": 20})


def test_pools_must_fit() -> None:
    with pytest.raises(ConfigError, match="at least 500 episodes was expected: 400"):
        take_account(pool(1.0), pool(1.0), 250, 1, 0.1, 0.01, paired=True)
    other = pool(1.0)
    first, *rest = other.episodes
    other = other.with_episodes([first.model_copy(update={"seed": 7777}), *rest])
    with pytest.raises(ConfigError, match="the same episodes"):
        take_account(pool(1.0), other, 50, 1, 0.1, 0.01, paired=True)


def write_policy(path: Path) -> None:
    generator = np.random.default_rng(0)
    shapes = {"w1": (4, 8), "b1": (8,), "w2": (8, 2), "b2": (2,)}
    graph = helper.make_graph(
        [
            helper.make_node("Gemm", ["obs", "w1", "b1"], ["h"]),
            helper.make_node("Tanh", ["h"], ["t"]),
            helper.make_node("Gemm", ["t", "w2", "b2"], ["output"]),
        ],
        "policy",
        [helper.make_tensor_value_info("obs", TensorProto.FLOAT, ["n", 4])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["n", 2])],
        [
            numpy_helper.from_array(generator.normal(size=shape).astype(np.float32), name)
            for name, shape in shapes.items()
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())


def outputs(path: Path) -> np.ndarray[Any, Any]:
    obs = np.random.default_rng(5).normal(size=(16, 4)).astype(np.float32)
    found: np.ndarray[Any, Any] = open_session(path).run(None, {"obs": obs})[0]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_policy_is_worsened_by_its_strength(tmp_path: Path, kind: Kind) -> None:
    good, worse = tmp_path / "good.onnx", tmp_path / "worse.onnx"
    write_policy(good)
    expected = outputs(good)
    distances = []
    for strength in (0.0, 0.1, 0.5):
        worsen(good, worse, kind, strength)
        distances.append(float(np.abs(outputs(worse) - expected).mean()))
    assert distances[0] == 0.0
    assert 0.0 < distances[1] < distances[2]
    if kind == "weak":
        np.testing.assert_allclose(outputs(worse), 0.5 * expected, rtol=1e-5)


def test_a_worse_policy_is_certified_as_what_it_is(tmp_path: Path) -> None:
    # The engine refuses a policy that is not what its certificate says.
    worse = tmp_path / "worse.onnx"
    worsen(BASELINE, worse, "noise", 0.5)
    certificate = read_certificate(worse)
    assert certificate is not None
    assert check_certificate(worse, certificate).passed
    original = read_certificate(BASELINE)
    assert original is not None
    assert certificate.settings == original.settings
    assert not check_certificate(worse, original).passed


def test_a_model_without_layers_cannot_be_worsened(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    value = helper.make_tensor_value_info("obs", TensorProto.FLOAT, [1])
    graph = helper.make_graph(
        [helper.make_node("Tanh", ["obs"], ["output"])],
        "m",
        [value],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1])],
    )
    path.write_bytes(onnx.helper.make_model(graph).SerializeToString())
    with pytest.raises(ModelError, match="no dense layer to worsen"):
        worsen(path, tmp_path / "w.onnx", "noise", 0.1)


def test_the_strength_of_a_drop_is_found() -> None:
    found = find_strength(lambda strength: 40.0 - 80.0 * strength**2, 0.1)
    assert found == pytest.approx(np.sqrt(0.05), abs=0.03)
    # Rewards below zero fall too.
    found = find_strength(lambda strength: -40.0 - 80.0 * strength, 0.1)
    assert found == pytest.approx(0.05, abs=0.03)


def test_a_strength_that_lost_too_little_is_corrected() -> None:
    strength = 0.2
    for _ in range(4):
        if 2.0 * strength**2 >= 0.1:
            break
        strength = corrected(strength, 2.0 * strength**2, 0.1)
    assert 0.1 <= 2.0 * strength**2 < 0.105
    assert corrected(0.2, -0.01, 0.1) == pytest.approx(0.3)


def test_the_script_counts_both_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = _weights(BASELINE)

    def play(request: EvaluationRequest) -> EvaluationReport:
        change = np.linalg.norm(_weights(request.players.files[0]) - good) / np.linalg.norm(good)
        return pool(40.0 * (1.0 - 2.0 * float(change)), request.episodes, spread=3.0)

    monkeypatch.setattr("rl_training.evaluation.evaluate.evaluate", play)
    words = ["--model", str(BASELINE), "--repeats", "5", "--pool", "250"]
    assert main([*words, "--json", str(tmp_path / "gate.json")]) == 0
    head, *rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert head.startswith("| policy | mean reward | against | repeats | failed |")
    assert "| unchanged |  | other episodes | 25 |" in rows[1]
    assert [row.count("| 100.0% |") for row in rows[2:]] == [1, 1, 1, 1]
    data = json.loads((tmp_path / "gate.json").read_text())
    assert [row["failed"] for row in data[1:]] == [5, 5, 5, 5]
    # Both kinds lose what was asked for, and not much more.
    lost = [float(row["mean_reward"].split()[0]) for row in data[1:]]
    assert min(lost) > -14.0
    assert max(lost) <= -10.0


def _weights(path: Path) -> np.ndarray[Any, Any]:
    tensors = onnx.load(str(path)).graph.initializer
    return np.concatenate([numpy_helper.to_array(each).ravel() for each in tensors])
