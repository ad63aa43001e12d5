"""A certified policy in the running game: it plays where it fits, and is refused where it does not.

An untrained PPO on VR locomotion is exported with observations of the real scene.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecNormalize

from rl_training import verify_onnx_in_engine
from rl_training.checkpoints.checkpoint import CheckpointMeta
from rl_training.checkpoints.normaliser import Normaliser
from rl_training.engine import find_engine
from rl_training.engine.commands import CommandResult, run_command
from rl_training.envs import GodotVecEnv
from rl_training.policy_export.certificate import SCENE, read_certificate
from rl_training.policy_export.onnx_export import export
from rl_training.training.scene_facts import ObservationSamples, observation_names, scene_facts

pytestmark = pytest.mark.engine

REPOSITORY = Path(__file__).parents[3]
VR = "res://scenes/features/vr_locomotion_test.tscn"
VR_WITH_SPEED = "res://tests/godot/fixtures/vr_with_speed.tscn"


@pytest.fixture(name="model", scope="module")
def _model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("certified") / "policy.onnx"
    with GodotVecEnv(
        project_path=REPOSITORY, scene_path=VR, arenas=4, action_repeat=9, seed=3
    ) as env:
        normalised = VecNormalize(env)
        samples = ObservationSamples()
        model = PPO("MultiInputPolicy", normalised, n_steps=16, batch_size=64, seed=1, device="cpu")
        model.learn(64, callback=samples)
        meta = CheckpointMeta(
            scenario="vr_locomotion",
            timesteps=64,
            observation_names=observation_names(env),
            scene=scene_facts(env),
        )
        export(model, Normaliser.of(normalised), path, meta, samples.recorded())
    return path


def _play(model: Path, report: Path, scene: str = VR, *options: str) -> CommandResult:
    return run_command(
        [
            find_engine(install=False).path,
            "--headless",
            *("--fixed-fps", "90", "--path", REPOSITORY, scene, "--"),
            f"--onnx_model={model}",
            *("--episodes=2", "--arenas=2", f"--report={report}"),
            *options,
        ],
        timeout_s=60,
    )


def test_it_plays_at_the_rate_it_was_trained_at(model: Path, tmp_path: Path) -> None:
    certificate = read_certificate(model)
    assert certificate is not None
    assert (certificate.source, certificate.rows) == (SCENE, 16)
    assert [entry["key"] for entry in certificate.actions] == [
        *("move_x", "move_z", "rotate", "teleport")
    ]
    assert certificate.settings["action_repeat"] == 9
    assert certificate.settings["physics_ticks_per_second"] == 90
    assert np.isfinite(certificate.inputs["obs"]).all()
    assert len(np.unique(certificate.inputs["obs"], axis=0)) == 16

    played = _play(model, tmp_path / "report.json")
    assert played.returncode == 0, played.output
    assert "was trained" not in played.output
    report: dict[str, Any] = json.loads((tmp_path / "report.json").read_text())
    assert report["action_repeat"] == 9
    assert len(report["episodes"]) == 2
    for row in report["episodes"]:
        assert row["decisions"] == -(-row["ticks"] // 9)


def test_another_rate_is_warned_of(model: Path, tmp_path: Path) -> None:
    played = _play(model, tmp_path / "report.json", VR, "--action_repeat=30")
    assert played.returncode == 0, played.output
    assert (
        "was trained at 10 decisions/s (every 9 of 90 physics ticks/s), here it decides at 3 "
        "decisions/s (every 30 of 90) and will act unlike it was trained"
    ) in played.output
    assert json.loads((tmp_path / "report.json").read_text())["action_repeat"] == 30


def test_a_controller_that_observes_more_is_refused(model: Path, tmp_path: Path) -> None:
    played = _play(model, tmp_path / "report.json", VR_WITH_SPEED)
    assert played.returncode == 1, played.output
    assert (
        "was trained on the observation {obs[32]}, the controller's is {obs[33]}; the first "
        "difference is obs[5]: 'velocity_right' in training, 'speed' now"
    ) in played.output
    assert not (tmp_path / "report.json").exists()


def test_a_changed_network_is_refused(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proto = onnx.load(model)
    # The weights from one observation, as a game would be off whose sensor has another unit.
    weights = next(one for one in proto.graph.initializer if len(one.dims) == 2)
    changed = numpy_helper.to_array(weights).copy()
    changed[:, 3] *= 10.0
    weights.CopyFrom(numpy_helper.from_array(changed, weights.name))
    other = tmp_path / "changed.onnx"
    onnx.save(proto, other)
    played = _play(other, tmp_path / "report.json")
    assert played.returncode == 1, played.output
    assert "is not the policy that was trained" in played.output
    assert "Python gave" in played.output

    engine = ["--godot", str(find_engine(install=False).path), "--samples", "4"]
    assert verify_onnx_in_engine.main(["--model", str(other), *engine]) == 1
    assert "is not the policy that was trained" in capsys.readouterr().out
    assert verify_onnx_in_engine.main(["--model", str(model), *engine]) == 0
    assert "certificate: 16 recorded observations (scene)" in capsys.readouterr().out
