from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecEnv

from rl_training.checkpoints.checkpoint import CheckpointMeta, load_checkpoint, save_checkpoint
from rl_training.commands import evaluate as command
from rl_training.commands import play
from rl_training.envs.settings import EnvSettings
from rl_training.errors import ConfigError, ModelError, SceneNotFoundError, UsageError
from rl_training.evaluation.evaluate import evaluate, longest_play_s
from rl_training.evaluation.report import EvaluationReport
from rl_training.evaluation.request import DEFAULT_SEED, EvaluationRequest
from rl_training.gate.baseline import write_baseline
from rl_training.gate.regression import check_regression
from rl_training.play.players import RANDOM
from rl_training.policy_export.onnx_export import export
from rl_training.reporting.play_again import replay_command
from rl_training.reporting.report_text import summary
from rl_training.runs.seeds import episode_seed
from rl_training.scenarios import get_scenario
from tests.python.tiny_env import tiny_vec_env

BASELINES = Path(__file__).parents[3] / "baselines"


@pytest.fixture(name="model")
def _model(tmp_path: Path) -> Path:
    model = PPO("MultiInputPolicy", tiny_vec_env(), device="cpu")
    save_checkpoint(tmp_path / "m.zip", model, None, CheckpointMeta())
    return tmp_path / "m.zip"


def _evaluate(request: EvaluationRequest) -> tuple[EvaluationReport, EnvSettings]:
    seen: list[EnvSettings] = []

    def factory(settings: EnvSettings, _kind: str) -> VecEnv:
        seen.append(settings)
        return tiny_vec_env()

    return evaluate(request, make_env=factory), seen[0]


def test_a_report_of_unseen_episodes_in_own_worlds(model: Path) -> None:
    report, settings = _evaluate(EvaluationRequest(model, episodes=6, num_envs=2))
    assert report.num_episodes == 6
    assert report.mode == "python"
    assert report.seed == DEFAULT_SEED == settings.seed
    assert settings.isolation == "worlds"
    assert settings.action_repeat == 9
    # No more agents than episodes.
    assert (settings.num_envs, settings.arenas) == (2, 3)
    assert report.to_dict()["game"] == {}


def test_decisions_are_as_frequent_as_in_training(tmp_path: Path) -> None:
    model = PPO("MultiInputPolicy", tiny_vec_env(), device="cpu")
    meta = CheckpointMeta(scene={"action_repeat": 6})
    save_checkpoint(tmp_path / "m.zip", model, None, meta)
    _, settings = _evaluate(EvaluationRequest(tmp_path / "m.zip", episodes=2))
    assert settings.action_repeat == 6
    export(model, None, tmp_path / "m.onnx", meta)
    _, settings = _evaluate(EvaluationRequest(tmp_path / "m.onnx", episodes=2))
    assert settings.action_repeat == 6


def test_episodes_are_recorded_when_asked(model: Path, tmp_path: Path) -> None:
    _, settings = _evaluate(EvaluationRequest(model, episodes=6))
    assert not any(argument.startswith("--record") for argument in settings.env_args)
    request = EvaluationRequest(model, episodes=6, record=tmp_path / "out")
    with pytest.raises(UsageError, match=r"6 of 6 episodes were not recorded to .*out, the first"):
        _evaluate(request)
    (tmp_path / "out").mkdir()
    for index in range(6):
        name = f"episode_{index:06d}_{episode_seed(DEFAULT_SEED, index)}.replay"
        (tmp_path / "out" / name).write_bytes(b"")
    report, settings = _evaluate(request)
    assert report.episodes[5].recording == str(tmp_path / "out" / name)
    assert {f"--record={tmp_path / 'out'}", "--record_episodes=6"} <= set(settings.env_args)


def test_a_window_shows_one_arena(model: Path) -> None:
    _, settings = _evaluate(EvaluationRequest(model, episodes=6, viz=True))
    assert (settings.num_envs, settings.arenas, settings.show_window) == (1, 1, True)


def test_who_watches_episodes_that_last_is_not_cut_off() -> None:
    scenario = get_scenario("vr_locomotion")
    decisions = math.ceil(2 * scenario.time_limit_s * 10)
    alone = EvaluationRequest(Path("m.onnx"), episodes=10)
    watched = replace(alone, viz=True)
    # Ten episodes to their end, drawn at a fifth of the clock's speed.
    slow = 10 * scenario.time_limit_s * 5
    assert (
        longest_play_s(watched, scenario, decisions)
        > slow
        > longest_play_s(alone, scenario, decisions)
    )
    assert longest_play_s(watched, scenario, None) == longest_play_s(alone, scenario, None) == 3600


def test_other_projects_choose_their_arenas(model: Path) -> None:
    request = EvaluationRequest(model, scenario="custom", project_path="/some/where", episodes=2)
    report, settings = _evaluate(request)
    assert settings.arenas is None
    assert settings.scene_path is None
    assert report.to_dict()["game"] == {"project_path": "/some/where"}


def test_random_play_is_evaluated_as_a_model_is() -> None:
    report, _ = _evaluate(EvaluationRequest(RANDOM, episodes=6))
    assert (report.num_episodes, report.model) == (6, "random")
    assert report.provenance is None or report.provenance.model is None
    with pytest.raises(UsageError, match="random play goes through Python"):
        evaluate(EvaluationRequest(RANDOM, episodes=6, in_engine=True))


def test_sampled_actions_are_told_repeat_and_are_not_held_against_others(
    model: Path, tmp_path: Path
) -> None:
    def returns(report: EvaluationReport) -> list[float]:
        return [row.episode_return for row in report.episodes]

    sure, settings = _evaluate(EvaluationRequest(model, episodes=6))
    assert not any(word.startswith("--actions") for word in settings.env_args)
    assert "actions" not in sure.to_dict()
    drawn, settings = _evaluate(EvaluationRequest(model, episodes=6, actions="sampled"))
    again, _ = _evaluate(EvaluationRequest(model, episodes=6, actions="sampled"))
    assert returns(drawn) == returns(again) != returns(sure)
    # What the engine is told when it plays alone.
    assert "--actions=sampled" in settings.env_args
    drawn.save(tmp_path / "r.json")
    assert EvaluationReport.load(tmp_path / "r.json").actions == "sampled"
    assert "(python, sampled)" in summary(drawn)
    assert "--actions sampled" in replay_command(drawn, drawn.episodes[0], None)
    with pytest.raises(UsageError, match=r"with deterministic actions, .* --actions deterministic"):
        check_regression(drawn, sure)
    checkpoint = load_checkpoint(model)
    export(checkpoint.model, None, tmp_path / "m.onnx", checkpoint.meta)
    with pytest.raises(UsageError, match=r"only a .zip can be sampled; .* --in_engine"):
        _evaluate(EvaluationRequest(tmp_path / "m.onnx", episodes=6, actions="sampled"))


def test_users_mistakes(model: Path) -> None:
    with pytest.raises(ModelError, match="no model at"):
        _evaluate(EvaluationRequest(model.with_name("none.zip")))
    with pytest.raises(SceneNotFoundError, match="no scenario 'walk'"):
        _evaluate(EvaluationRequest(model, scenario="walk"))
    with pytest.raises(ConfigError, match="episodes must be at least 1"):
        EvaluationRequest(model, episodes=0)
    with pytest.raises(ConfigError, match="seed must be in"):
        EvaluationRequest(model, seed=-1)
    with pytest.raises(ConfigError, match="actions must be deterministic or sampled; found 'any'"):
        EvaluationRequest(model, actions="any")  # type: ignore[arg-type]


def test_flags_of_the_evaluation() -> None:
    request, output = command.parse(
        [
            "--model",
            "m.onnx",
            "--episodes",
            "7",
            "--seed",
            "3",
            "--output",
            "r.json",
            "--junit",
            "r.xml",
            "--in-engine",
            "--actions",
            "sampled",
        ]
    )
    assert request == EvaluationRequest(
        Path("m.onnx"), episodes=7, seed=3, in_engine=True, actions="sampled"
    )
    assert output == command.Outputs(Path("r.json"), Path("r.xml"))


def test_an_evaluation_is_played_as_another_was(model: Path, tmp_path: Path) -> None:
    request = EvaluationRequest(model, "tag", 6, 3, actions="sampled")
    report, _ = _evaluate(request)
    # The tiny environment takes no parameters.
    request = replace(request, parameters={"speed": "uniform(2, 5)"})
    report = report.model_copy(update={"parameters": {"speed": "uniform(2, 5)"}})
    path = tmp_path / "r.json"
    report.save(path)
    assert command.parse(["--like", str(path)])[0] == request
    given = ["--like", str(path), "--model", "x.onnx", "--seed", "4", "--actions", "deterministic"]
    given += ["--parameter", "speed=3", "--parameter", "pillars=0", "--in_engine"]
    changed, _ = command.parse(given)
    assert changed == EvaluationRequest(
        Path("x.onnx"), "tag", 6, 4, in_engine=True, parameters={"speed": 3.0, "pillars": 0.0}
    )
    # A baseline has its policy beside it.
    (tmp_path / "p.onnx").write_bytes(b"policy")
    write_baseline(report, tmp_path / "b.json", "train", tmp_path / "p.onnx")
    assert command.parse(["--like", str(tmp_path / "b.json")])[0].model == tmp_path / "b.onnx"
    with pytest.raises(UsageError, match=r"no report at .*none.json"):
        command.parse(["--like", str(tmp_path / "none.json")])
    with pytest.raises(SystemExit):
        command.parse(["--like"])


def test_baselines_play_as_they_were_played() -> None:
    for path in BASELINES.glob("*_baseline.json"):
        request, _ = command.parse(["--like", str(path)])
        assert request.in_engine
        assert request.scenario == path.name.removesuffix("_baseline.json")
        assert request.players.files
        assert all(file.is_file() for file in request.players.files)


def test_playing_takes_the_newest_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newest = tmp_path / "walk_final.onnx"
    monkeypatch.setattr("rl_training.commands.play.newest_model", lambda: newest)
    assert play.parse([], None, False).model == newest
    assert play.parse(["--model", "x.zip"], None, False).model == Path("x.zip")


def test_people_play_alone_where_there_is_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_none() -> Path:
        raise ModelError("no model")

    monkeypatch.setattr("rl_training.commands.play.newest_model", find_none)
    players = play.parse(["--human", "walkers"], None, True).players
    assert players.files == ()
    assert players.model_of("walkers") is None
    with pytest.raises(ModelError, match="no model"):
        play.parse([], None, True)
