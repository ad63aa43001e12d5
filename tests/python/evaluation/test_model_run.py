"""A report knows the run that its model came from, and keeps no secret of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rl_training.checkpoints.checkpoint import CheckpointMeta, save_checkpoint
from rl_training.evaluation.evaluate import evaluate
from rl_training.evaluation.model_run import config_sha256, run_of
from rl_training.evaluation.report_parts import Run
from rl_training.evaluation.request import EvaluationRequest
from rl_training.policy_export.onnx_export import export
from rl_training.redaction import without_secrets
from rl_training.runs.paths import RunPaths
from tests.python.tiny_env import tiny_model, tiny_vec_env

SECRET = "a token of sixteen letters"
CONFIG = {
    "experiment_name": "walk",
    "seed": 7,
    "token": SECRET,
    "environment": {"token": SECRET, "arenas": 4},
}
META = CheckpointMeta(
    algorithm="PPO", scenario="custom", seed=7, timesteps=4096, config=CONFIG, commit="abc"
)


@pytest.fixture(name="paths", scope="module")
def _paths(tmp_path_factory: pytest.TempPathFactory) -> RunPaths:
    """A run's files: the final model, its export, and the settings beside the logs."""
    paths = RunPaths("walk", tmp_path_factory.mktemp("root"))
    model, _ = tiny_model()
    paths.models.mkdir(parents=True)
    save_checkpoint(paths.final_model, model, None, META)
    export(model, None, paths.final_onnx, META)
    paths.logs.mkdir(parents=True)
    paths.config.write_text(json.dumps(CONFIG))
    return paths


@pytest.mark.parametrize("kind", ["final_model", "final_onnx"])
def test_a_model_of_a_run(paths: RunPaths, kind: str) -> None:
    run = run_of(getattr(paths, kind))
    assert run is not None
    assert (run.experiment, run.timesteps, run.seed, run.algorithm) == ("walk", 4096, 7, "PPO")
    assert (run.scenario, run.commit) == ("custom", "abc")
    assert run.config["environment"] == {"token": "", "arenas": 4}
    assert run.config_sha256 == config_sha256(CONFIG)
    assert SECRET not in run.model_dump_json()


def test_an_export_that_left_its_run_tells_what_its_certificate_holds(
    paths: RunPaths, tmp_path: Path
) -> None:
    moved = tmp_path / "walk_final.onnx"
    moved.write_bytes(paths.final_onnx.read_bytes())
    run = run_of(moved)
    assert run is not None
    assert (run.timesteps, run.algorithm, run.seed, run.config) == (4096, "PPO", None, {})
    assert (run.experiment, run.config_sha256) == ("", "")


def test_the_report_holds_it(paths: RunPaths, tmp_path: Path) -> None:
    request = EvaluationRequest(paths.final_model, "custom", episodes=2)
    report = evaluate(request, make_env=lambda *_: tiny_vec_env())
    assert report.run == run_of(paths.final_model)
    report.save(tmp_path / "r.json")
    assert SECRET not in (tmp_path / "r.json").read_text()


def test_other_settings_have_another_hash_and_order_does_not_count() -> None:
    reordered = dict(reversed(CONFIG.items()))
    assert config_sha256(reordered) == config_sha256(CONFIG)
    assert config_sha256({**CONFIG, "seed": 8}) != config_sha256(CONFIG)
    # A secret is no part of it.
    assert config_sha256({**CONFIG, "token": "another"}) == config_sha256(CONFIG)


def test_a_plain_model_has_no_run(tmp_path: Path) -> None:
    model, _ = tiny_model()
    model.save(tmp_path / "plain.zip")
    assert run_of(tmp_path / "plain.zip") is None


@pytest.mark.parametrize(
    ("settings", "clean"),
    [
        ({"token": SECRET, "port": 1}, {"token": "", "port": 1}),
        ({"token": ""}, {"token": ""}),
        ({"engines": [{"token": SECRET}]}, {"engines": [{"token": ""}]}),
    ],
)
def test_secrets_are_blanked_at_any_depth(settings: Any, clean: Any) -> None:
    assert without_secrets(settings) == clean
    assert Run(config=settings).config == clean
