"""From what a run goes on: the file, the milestone, the newest that fits, or nothing."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Any

import pytest

from rl_training.config import TrainConfig
from rl_training.envs.settings import EnvSettings
from rl_training.errors import ModelError
from rl_training.runs.milestones import list_milestones
from rl_training.runs.paths import RunPaths
from rl_training.training.pipeline import train
from rl_training.training.result import TrainResult
from tests.python.learners import config_of
from tests.python.tiny_env import tiny_vec_env


def config(root: Path, **training: Any) -> TrainConfig:
    given = {"timesteps": 512, "milestone_interval": 128, "save_frequency": 256}
    return config_of(
        experiment_name="walk",
        training={**given, "hints": False, "export_onnx": False, **training},
        run_root=str(root),
        algorithm={"n_steps": 32, "batch_size": 64, "n_epochs": 1},
        network={"net_arch": [8]},
    )


def run(given: TrainConfig) -> TrainResult:
    def make(_settings: EnvSettings, _kind: str) -> Any:
        return tiny_vec_env(4)

    return train(given, make)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the root of a run of 256 steps with milestones at 128 and 256; nobody changes it."""
    root = tmp_path_factory.mktemp("trained")
    run(config(root, timesteps=256))
    return root


@pytest.fixture
def root(trained: Path, tmp_path: Path) -> Path:
    """Return a copy of it."""
    return Path(shutil.copytree(trained, tmp_path / "runs"))


def went_on_from(caplog: pytest.LogCaptureFixture) -> list[str]:
    lines = [record.getMessage() for record in caplog.records]
    return [line for line in lines if line.startswith("going on from")]


def test_a_milestone_is_gone_on_from(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        result = run(config(root, milestone="000.000128M"))
    assert went_on_from(caplog) == ["going on from checkpoint.zip at 128 steps"]
    assert result.timesteps == 512
    names = [each.name for each in list_milestones(RunPaths("walk", root))]
    # What the first part made at 256 stays; the second part's stands beside it.
    assert "Phase1-vr_locomotion/000.000256M" in names
    assert "Phase1-vr_locomotion/000.000256M-2" in names


def test_a_given_file_counts_before_all(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = list_milestones(RunPaths("walk", root))[0].checkpoint
    with caplog.at_level(logging.INFO):
        run(config(root, resume_from=str(file), milestone="000.000256M", auto_resume=True))
    assert went_on_from(caplog) == ["going on from checkpoint.zip at 128 steps"]


def test_auto_resume_takes_the_newest(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        result = run(config(root, auto_resume=True))
    assert went_on_from(caplog) == ["going on from walk_final.zip at 256 steps"]
    assert result.timesteps == 512


def test_auto_resume_begins_anew_where_nothing_fits(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    given = config(root, auto_resume=True).replace({"network": {"critic_arch": [16]}})
    with caplog.at_level(logging.INFO):
        result = run(given)
    assert not went_on_from(caplog)
    refused = [each for each in caplog.messages if each.startswith("not going on from")]
    assert len(refused) == 4
    assert "its critic has layers 12-8-1, this run's 12-16-1" in refused[0]
    assert result.timesteps == 512
    # The earlier run is in the archive, its milestones with it.
    assert list((root / "logs" / "archive").glob("*/checkpoints/milestones/*/*/meta.json"))


def test_auto_resume_begins_where_there_is_nothing(tmp_path: Path) -> None:
    assert run(config(tmp_path, auto_resume=True, timesteps=128)).timesteps == 128


@pytest.mark.parametrize(
    ("network", "words"),
    [
        ({"net_arch": [16]}, "its policy has layers 12-8-4, this run's 12-16-4"),
        ({"policy_arch": [8, 8]}, "its policy has layers 12-8-4, this run's 12-8-8-4"),
        ({"critic_arch": [16]}, "its critic has layers 12-8-1, this run's 12-16-1"),
    ],
)
def test_a_milestone_that_does_not_fit_is_refused_with_the_difference(
    root: Path, network: dict[str, Any], words: str
) -> None:
    given = config(root, milestone="000.000256M").replace({"network": network})
    with pytest.raises(ModelError, match=f"cannot go on from .*checkpoint.zip: {words}$") as found:
        run(given)
    assert found.value.exit_code == 2


def test_a_milestone_that_is_not_there_is_named_with_those_that_are(root: Path) -> None:
    with pytest.raises(ModelError, match=r"no milestone '000\.000129M'.*It has Phase1-vr_loc"):
        run(config(root, milestone="000.000129M"))


def test_a_given_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"training\.resume_from: no model at .*gone\.zip"):
        run(config(tmp_path, resume_from=str(tmp_path / "gone.zip")))
