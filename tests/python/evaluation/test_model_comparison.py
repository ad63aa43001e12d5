from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stable_baselines3.common.vec_env import VecEnv

from rl_training.checkpoints.checkpoint import CheckpointMeta, save_checkpoint
from rl_training.checkpoints.normaliser import Normaliser
from rl_training.envs.settings import EnvSettings
from rl_training.errors import ConfigError, HarnessError, ModelError
from rl_training.evaluation import model_comparison
from rl_training.evaluation.model_comparison import ModelFigures, PlayFigures, compare_models
from rl_training.evaluation.observation_recording import record_observations
from rl_training.evaluation.report import EvaluationReport
from rl_training.evaluation.request import ComparisonOptions, EvaluationRequest
from rl_training.policy_export.in_engine_timing import EngineTiming
from rl_training.policy_export.onnx_export import export
from rl_training.policy_export.quantise import quantise
from rl_training.reporting.models_table import as_markdown
from tests.python.evaluation.reports import messages, report_of
from tests.python.tiny_env import tiny_model, tiny_vec_env


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one policy as m.zip, m.onnx and int8.onnx."""
    folder = tmp_path_factory.mktemp("models")
    model, env = tiny_model()
    normaliser = Normaliser.of(env)
    save_checkpoint(folder / "m.zip", model, normaliser, CheckpointMeta())
    export(model, normaliser, folder / "m.onnx", CheckpointMeta())
    quantise(folder / "m.onnx", folder / "int8.onnx")
    return folder


def _tiny(_settings: EnvSettings, _kind: str) -> VecEnv:
    return tiny_vec_env()


def _options(model: Path, **changes: Any) -> ComparisonOptions:
    given = {"play": True, "samples": 50, "tolerance": 0.05}
    return ComparisonOptions(EvaluationRequest(model, episodes=8), **{**given, **changes})


@pytest.fixture(name="played")
def _played(monkeypatch: pytest.MonkeyPatch) -> list[EvaluationRequest]:
    """Stand in for the engine: the first model succeeds in episodes 0 to 2, the others in 2, 3."""
    played: list[EvaluationRequest] = []

    def time_in_engine(models: Sequence[Path], *_: Any, **__: Any) -> tuple[EngineTiming, ...]:
        return tuple(EngineTiming("", 1.5, {1: 20.0, 16: 200.0}) for _ in models)

    def evaluate(request: EvaluationRequest) -> EvaluationReport:
        wins = (0, 1, 2) if not played else (2, 3)
        played.append(request)
        infos = [{"is_success": number in wins} for number in range(4)]
        return report_of(
            infos, scenario="custom", messages=messages(warnings=["WARNING: x"] * (len(played) - 1))
        )

    class _Found:
        path = Path("engine")

    monkeypatch.setattr(model_comparison, "time_in_engine", time_in_engine)
    monkeypatch.setattr(model_comparison, "evaluate", evaluate)
    monkeypatch.setattr(model_comparison, "find_engine", lambda _: _Found())
    return played


def test_figures_of_a_policy_and_its_int8_form(
    folder: Path, played: list[EvaluationRequest]
) -> None:
    files = [folder / "m.zip", folder / "int8.onnx"]
    first, second = compare_models(files, _options(files[0]), make_env=_tiny)
    assert (first.label, second.label) == ("m", "int8")
    assert first.file_bytes == (folder / "m.onnx").stat().st_size
    assert second.file_bytes == (folder / "int8.onnx").stat().st_size
    assert first.agreement is None
    assert second.agreement is not None
    assert second.agreement.observations == 50
    assert second.agreement.max_abs_diff is not None
    assert 0.0 < second.agreement.max_abs_diff < 0.05
    assert second.agreement.within_tolerance == 1.0
    assert all(request.in_engine and request.episodes == 8 for request in played)
    assert [request.players.files[0].suffix for request in played] == [".onnx", ".onnx"]
    assert second.play is not None
    assert (second.play.lost, second.play.gained) == (2, 1)
    assert second.play.success_rate == 0.5
    # What the engine complained of is told in every evaluation.
    assert second.play.engine_errors == {"script errors": 0, "pushed errors": 0, "warnings": 3}
    assert as_markdown([first, second]).endswith("\nint8: the engine told 3 warnings.")


def test_without_play_only_size_and_speed(folder: Path, played: list[EvaluationRequest]) -> None:
    def no_env(*_: Any) -> VecEnv:
        raise AssertionError("nothing may be played")

    files = [folder / "m.onnx", folder / "int8.onnx"]
    figures = compare_models(files, _options(files[0], play=False), make_env=no_env)
    assert played == []
    for row in figures:
        assert (row.agreement, row.play) == (None, None)
        assert row.timing.load_ms == 1.5


def test_table() -> None:
    play = PlayFigures(
        num_episodes=100,
        success_rate=0.98,
        success_rate_ci95=(0.93, 0.994),
        mean_reward=44.0,
        mean_reward_ci95=(43.0, 45.5),
        mean_episode_length=130.0,
        metrics={},
        lost=2,
        gained=0,
        engine_errors={},
    )
    timing = EngineTiming("", 3.21, {1: 25.4, 16: 301.0})
    rows = [
        ModelFigures("teacher", "t.onnx", 29056, timing, None, play),
        ModelFigures("other", "o.onnx", 900, EngineTiming("no such operator")),
    ]
    lines = as_markdown(rows).splitlines()
    assert "| Forward of 1, us | Forward of 16, us |" in lines[0]
    assert "| teacher | 29,056 | 3.2 | 25 | 301 | - | - | 98 % (93.0 to 99.4) |" in lines[2]
    assert lines[2].endswith("| 44.0 (43.0 to 45.5) | 2 / 0 |")
    assert lines[3] == "| other | 900 | - | - | - | - | - | - | - | - |"
    assert len({line.count("|") for line in lines}) == 1


@pytest.mark.usefixtures("played")
def test_models_that_cannot_be_compared(folder: Path, tmp_path: Path) -> None:
    model = folder / "m.onnx"

    def refused(other: Path, message: str, kind: type[HarnessError] = ModelError) -> None:
        with pytest.raises(kind, match=message):
            compare_models([model, other], _options(model), make_env=_tiny)

    refused(tmp_path / "none.onnx", "no model at")
    refused(tmp_path / "m.pt", r"must end in \.zip or \.onnx")
    (tmp_path / "text.onnx").write_text("x")
    refused(tmp_path / "text.onnx", "not a usable ONNX model")
    shipped = Path(__file__).parents[2] / "godot" / "inference" / "models"
    refused(shipped / "godot_rl_ppo.onnx", "does not take the scene's 12 floats")
    with pytest.raises(ConfigError, match="1 labels for 2 models"):
        compare_models([model, model], _options(model), ["one"], make_env=_tiny)
    with pytest.raises(ConfigError, match="samples must be at least 1"):
        _options(model, samples=0)
    with pytest.raises(ConfigError, match="--same_action must be at least 0"):
        _options(model, tolerance=float("nan"))


def test_observations_are_those_of_the_scene_and_repeatable(folder: Path) -> None:
    request = EvaluationRequest(folder / "m.onnx", episodes=40)
    first, second = (record_observations(request, 300, _tiny) for _ in range(2))
    # Forty episodes of ten decisions.
    assert len(record_observations(request, 1000, _tiny).observations) == 400
    assert first.observations.shape == (300, 12)
    assert first.observations.dtype == np.float32
    assert first.actions["type"] == "continuous"
    # The tiny scene's last element is constant, the others never come twice.
    assert (first.observations[:, 11] == np.float32(0.7)).all()
    assert len(np.unique(first.observations[:, 0])) == 300
    np.testing.assert_array_equal(first.observations, second.observations)
