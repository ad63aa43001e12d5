"""A chaser and a runner of unlike spaces on the real engine, each played by a model of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from stable_baselines3 import PPO

import rl_training
from rl_training.checkpoints.checkpoint import CheckpointMeta, save_checkpoint
from rl_training.checkpoints.policy_set import SetMember, write_policy_set
from rl_training.data.recording import read_recording
from rl_training.engine import find_xvfb
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.errors import EngineDiedError, HarnessError, UsageError
from rl_training.evaluation.report import EvaluationReport
from rl_training.gate.regression import check_regression
from rl_training.replay.replay import ReplayRequest, replay
from rl_training.reporting.report_junit import as_junit
from rl_training.reporting.report_text import summary
from tests.python.evaluation.unlike_models import SCENE, chaser, runner

pytestmark = pytest.mark.engine

Models = Mapping[str, Path | str]
Play = Callable[..., EvaluationReport]

MODES = pytest.mark.parametrize("in_engine", [True, False], ids=["in_engine", "python"])


@pytest.fixture(name="models", scope="module")
def _models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    return {
        "chaser": chaser(folder / "chaser.onnx"),
        "away": chaser(folder / "away.onnx", towards=-50.0),
        "runner": runner(folder / "runner.onnx", 2),
        "left": runner(folder / "left.onnx", 0),
    }


@pytest.fixture(name="play")
def _play(repository: Path, free_port: int) -> Play:
    def evaluate(models: Models | Path, **changes: Any) -> EvaluationReport:
        options: dict[str, Any] = {
            "scenario": "custom",
            "episodes": 12,
            "num_envs": 1,
            "arenas": 3,
            "project_path": str(repository),
            "scene_path": SCENE,
            "port": free_port,
            **changes,
        }
        return rl_training.evaluate(rl_training.EvaluationRequest(models, **options))

    return evaluate


def _both(models: Mapping[str, Path]) -> dict[str, Path | str]:
    return {name: models[name] for name in ("chaser", "runner")}


def test_both_ways_play_the_same_and_show_both_sides(play: Play, models: dict[str, Path]) -> None:
    engine = play(_both(models), in_engine=True)
    python = play(_both(models), num_envs=2, arenas=1)
    told = [
        [
            (row.episode, row.seed, row.agent, row.agent_path, row.policy, row.length, row.success)
            for row in one.episodes
        ]
        for one in (engine, python)
    ]
    assert told[0] == told[1]
    for report in (engine, python):
        assert report.models == {name: str(models[name]) for name in ("chaser", "runner")}
        sides = [report.policies[name] for name in ("chaser", "runner")]
        assert [side.num_episodes for side in sides] == [6, 6]
        assert sides[0].mean_reward == pytest.approx(-sides[1].mean_reward)
        rates = [side.success_rate or 0.0 for side in sides]
        assert sum(rates) == pytest.approx(1.0)
        assert 0.0 < rates[0] < 1.0
    text = summary(engine)
    assert f"chaser  {models['chaser']}" in text
    assert f"runner  {models['runner']}" in text
    junit = as_junit(engine)
    assert '"chaser/success_rate"' in junit
    assert '"runner/mean_reward"' in junit
    worse = check_regression(play({**_both(models), "runner": models["left"]}, in_engine=True),
                             engine, alpha=0.2)  # fmt: skip
    verdicts = {each.metric: each.verdict for each in worse.verdicts}
    assert verdicts["runner/success_rate"] == "worse"
    assert verdicts["chaser/success_rate"] == "ok"


@MODES
def test_parameters_reach_scene_rows_report_and_gate(
    in_engine: bool, play: Play, models: dict[str, Path]
) -> None:
    slow = play(_both(models), in_engine=in_engine, parameters={"runner_speed": 0.0})
    assert slow.parameters == {"runner_speed": 0.0}
    assert all(row.parameters == {"runner_speed": 0.0} for row in slow.episodes)
    assert slow.policies["chaser"].success_rate == 1.0
    assert "parameters     runner_speed=0" in summary(slow)
    usual = play(_both(models), in_engine=in_engine)
    assert usual.policies["chaser"].success_rate != 1.0
    assert "parameters" not in usual.to_dict()["episodes"][0]
    with pytest.raises(
        UsageError, match="with no parameters, the current report with runner_speed"
    ):
        check_regression(slow, usual)
    check = check_regression(slow, usual, other_parameters=True)
    assert "parameters: baseline no parameters, current runner_speed=0" in check.notes


def test_both_ways_draw_the_same_from_a_sampler(play: Play, models: dict[str, Path]) -> None:
    """The numbers follow from the episode's seed, not from engine, arena or who decides."""
    parameters: dict[str, Any] = {
        "runner_speed": "uniform(0, 6)",
        "round_seconds": {"sampler": "choice", "values": [1.5, 2.5]},
        "pillars": "gaussian(3, 0.7)",
        "speed": "log_uniform(0.01, 10)",
        "mass": "multirange_uniform(0, 0.1, 7, 9.3)",
    }
    engine = play(_both(models), in_engine=True, parameters=parameters)
    python = play(_both(models), num_envs=2, arenas=1, parameters=parameters)
    drawn = [
        [(row.episode, row.seed, row.parameters, row.length, row.success) for row in one.episodes]
        for one in (engine, python)
    ]
    assert drawn[0] == drawn[1]
    assert all(set(row.parameters) == set(parameters) for row in engine.episodes)
    speeds = {row.parameters["runner_speed"] for row in engine.episodes}
    assert len(speeds) >= 6  # both agents of an arena play the same round
    assert engine.parameters == python.parameters
    assert engine.parameters["runner_speed"] == "uniform(0, 6)"
    assert check_regression(python, engine).passed


@MODES
def test_a_misspelt_parameter_is_told(
    in_engine: bool, play: Play, models: dict[str, Path], caplog: pytest.LogCaptureFixture
) -> None:
    play(_both(models), in_engine=in_engine, parameters={"runer_speed": "uniform(5, 6)"})
    assert "has not asked for the parameter 'runer_speed'" in caplog.text
    assert "it asks for 'runner_speed' (default 4)" in caplog.text


@MODES
def test_the_games_own_control_plays_a_group(
    in_engine: bool, play: Play, models: dict[str, Path]
) -> None:
    # It does what the model does: it runs to the right.
    by_game = play({"chaser": models["chaser"], "runner": "game"}, in_engine=in_engine)
    by_model = play(_both(models), in_engine=in_engine)
    keys = {"episode", "seed", "length", "success", "terminated", "agent_path", "policy"}
    assert [row.model_dump(include=keys) for row in by_game.episodes] == [
        row.model_dump(include=keys) for row in by_model.episodes
    ]
    assert by_game.models["runner"] == "game"


def test_what_a_group_of_the_game_did_stands_beside_the_others_episodes(
    play: Play, models: dict[str, Path]
) -> None:
    report = play({"chaser": models["chaser"], "runner": "game"})
    for row in report.episodes:
        if row.policy == "chaser":
            (other,) = row.opponents
            assert (other.group, other.policy) == ("runner", "game")
            assert other.agent_path == "Runner/Controller"
            assert other.success is not row.success
            assert other.episode_return == pytest.approx(-row.episode_return, abs=1e-5)
        else:
            assert row.opponents == ()
    again = EvaluationReport.from_dict(json.loads(json.dumps(report.to_dict())))
    assert again.episodes == report.episodes


@MODES
def test_a_group_without_a_model_is_named(
    in_engine: bool, play: Play, models: dict[str, Path]
) -> None:
    kind: type[HarnessError] = EngineDiedError if in_engine else UsageError
    with pytest.raises(kind, match="the group 'runner' has no model"):
        play({"chaser": models["chaser"]}, in_engine=in_engine)
    with pytest.raises(UsageError, match=r"no group 'runer'\. Did you mean 'runner'"):
        play({**_both(models), "runer": models["runner"]}, in_engine=in_engine)


def _checkpoint(path: Path, group: str, env: GodotVecEnv) -> Path:
    model = PPO("MultiInputPolicy", env.group(group), n_steps=8, batch_size=8, device="cpu", seed=1)
    meta = CheckpointMeta(scene={"action_repeat": 8, "physics_ticks_per_second": 90}, timesteps=64)
    save_checkpoint(path, model, None, meta)
    return path


def test_a_set_of_policies_plays_as_its_checkpoints_do(
    play: Play, models: dict[str, Path], repository: Path, tmp_path: Path, free_port: int
) -> None:
    with GodotVecEnv(
        project_path=repository, scene_path=SCENE, arenas=1, port=free_port + 5
    ) as env:
        files = {name: _checkpoint(tmp_path / f"{name}.zip", name, env) for name in env.groups}
    both = tmp_path / "both.zip"
    write_policy_set(both, [SetMember(name) for name in files], files, 128)
    mixed = tmp_path / "mixed.zip"
    members = [SetMember("chaser", "frozen"), SetMember("runner", "scripted")]
    write_policy_set(mixed, members, {"chaser": models["chaser"]}, 128)
    of_set = play(both)
    assert of_set.models == {"chaser": str(both), "runner": str(both)}
    assert {name: run.timesteps for name, run in of_set.runs.items()} == {
        "chaser": 64,
        "runner": 64,
    }
    each = play(files)
    assert [row.episode_return for row in of_set.episodes] == [
        row.episode_return for row in each.episodes
    ]
    alone = play(both, in_engine=True)
    assert [row.length for row in alone.episodes] == [row.length for row in of_set.episodes]
    scripted = play(mixed, in_engine=True)
    assert [row.length for row in scripted.episodes] == [
        row.length for row in play(_both(models), in_engine=True).episodes
    ]
    only_one = play({"chaser": both, "runner": models["left"]}, in_engine=True)
    assert only_one.models == {"chaser": str(both), "runner": str(models["left"])}


@MODES
def test_one_recording_holds_both_and_is_played_again_with_its_parameters(
    in_engine: bool, play: Play, models: dict[str, Path], repository: Path, tmp_path: Path
) -> None:
    report = play(
        _both(models),
        in_engine=in_engine,
        record=tmp_path,
        parameters={"runner_speed": "uniform(5, 6)"},
    )
    files = {row.recording for row in report.episodes}
    assert len(files) == len(report.episodes) / 2
    row = report.episodes[9]
    recording = read_recording(Path(row.recording))
    # What was drawn for the arena: its first agent's.
    assert recording.parameters == report.episodes[8].parameters
    assert recording.names() == ("chaser", "runner")
    assert [agent.episode for agent in recording.agents] == [8, 9]
    assert recording.elements() == (
        "chaser own", "chaser runner", "runner own", "runner gap", "runner one"
    )  # fmt: skip
    assert recording.trajectory(1)["obs"].shape == (row.length + 1, 3)
    again = replay(ReplayRequest(Path(row.recording), project_path=str(repository)))
    assert again.is_identical
    assert again.changes == {}
    said = again.lines()[0]
    assert "chaser: return" in said
    assert "parameters runner_speed=5." in said


def test_wins_of_a_group_against_each_model_of_the_other(
    run: Callable[..., tuple[int, str, str]],
    models: dict[str, Path],
    repository: Path,
    tmp_path: Path,
) -> None:
    game = ["--project_path", str(repository), "--scene_path", SCENE, "--num_envs", "1"]
    code, out, err = run(
        "commands.compare",
        *("--wins_of", "chaser", "--in_engine", "--episodes", "24", "--arenas", "3"),
        *("--model", f"chaser={models['chaser']}", "--model", f"runner={models['runner']}"),
        *("--model", f"runner={models['left']}", "--json", str(tmp_path / "wins.json"), *game),
    )
    assert code == 0, err
    data = json.loads((tmp_path / "wins.json").read_text())
    right, left = data["matches"]
    assert right["models"] == {"chaser": str(models["chaser"]), "runner": str(models["runner"])}
    assert left["wins"] == left["episodes"] == 12
    assert left["win_rate_ci95"][0] == pytest.approx(0.757, abs=0.001)
    assert right["wins"] < 12
    assert "| chaser.onnx | left.onnx | 12 of 12 | 100.0 % | 75.8 to 100.0 % |" in out
    assert "- chaser chaser.onnx against runner runner.onnx and left.onnx:" in out


@pytest.mark.skipif(find_xvfb() is None, reason="no virtual screen")
def test_a_person_plays_one_side_in_a_window(
    run: Callable[..., tuple[int, str, str]], models: dict[str, Path], repository: Path
) -> None:
    code, out, err = run(
        "commands.play",
        *("--model", f"chaser={models['chaser']}", "--human", "runner", "--episodes", "2"),
        *("--project_path", str(repository), "--scene_path", SCENE),
    )
    assert code == 0, err
    assert f"playing chaser={models['chaser']}, runner=game" in out
    assert "episode    0  chaser" in out
    assert "episode    1  runner" in out
