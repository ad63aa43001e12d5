"""Episodes recorded on the real engine, in both ways to play them, and played again."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from rl_training import replay_episode
from rl_training.data.recording import read_recording
from rl_training.engine import find_xvfb
from rl_training.envs import GodotVecEnv
from rl_training.envs.recording import record_episodes, record_failures
from rl_training.errors import HarnessError, RecordingError, UsageError
from rl_training.evaluation.evaluate import evaluate
from rl_training.evaluation.request import EvaluationRequest
from rl_training.replay.replay import ReplayRequest, ReplayResult, replay
from rl_training.replay.replay_file import play_file

REPOSITORY = Path(__file__).parents[3]
ROLLING = "res://tests/godot/fixtures/rolling_arena.tscn"
OTHER = "res://tests/godot/fixtures/rolling_other.tscn"
PAIR = "res://tests/godot/fixtures/rolling_pair.tscn"
DECISIONS = 15  # reset_after / action_repeat
EPISODES = 4

engine = [pytest.mark.engine, pytest.mark.usefixtures("no_process_left")]


@dataclass(frozen=True)
class Run:
    """What Python saw of a recorded run: (steps, agents, ...) of each."""

    folder: Path
    obs: NDArray[np.float32]
    actions: NDArray[np.float32]
    rewards: NDArray[np.float32]

    def file(self, episode: int) -> Path:
        return next(self.folder.glob(f"episode_{episode:06d}_*.replay"))


def _run(folder: Path, port: int, steps: int = 2 * DECISIONS + 1, **settings: Any) -> Run:
    settings = {"scene_path": ROLLING, "arenas": 2, "isolation": "worlds", **settings}
    arguments = settings.pop("env_args", record_episodes(folder, EPISODES))
    generator = np.random.default_rng(3)
    with GodotVecEnv(
        project_path=REPOSITORY,
        port=port,
        action_repeat=4,
        seed=9,
        env_args=arguments,
        **settings,
    ) as env:
        assert env.action_space.shape is not None
        obs, actions, rewards = [env.reset()["obs"]], [], []
        for _ in range(steps):
            shape = (env.num_envs, *env.action_space.shape)
            actions.append(generator.uniform(-0.5, 1.0, shape).astype(np.float32))
            seen, reward, _, _ = env.step(actions[-1])
            obs.append(seen["obs"])
            rewards.append(reward)
    return Run(folder, np.array(obs), np.array(actions), np.array(rewards))


def _replay(file: Path, *env_args: str, **changes: Any) -> ReplayResult:
    return replay(ReplayRequest(recording=file, env_args=env_args, **changes))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two arenas in worlds of their own, two episodes each."""
    return _run(tmp_path_factory.mktemp("recorded"), 23000 + os.getpid() % 400 * 20)


class TestRecordings:
    pytestmark = engine

    def test_what_is_recorded_is_what_python_saw(self, recorded: Run) -> None:
        assert len(list(recorded.folder.iterdir())) == EPISODES
        episode = read_recording(recorded.file(2)).trajectory()  # the second of agent 0
        steps = slice(DECISIONS, 2 * DECISIONS)
        assert episode["obs"][:-1].tobytes() == recorded.obs[steps, 0].tobytes()
        assert episode["rewards"].astype(np.float32).tolist() == recorded.rewards[steps, 0].tolist()
        assert episode["actions"][:, 0].tolist() == recorded.actions[steps, 0, 0].tolist()
        assert episode["truncated"]

    def test_an_episode_comes_again_bit_by_bit(self, recorded: Run, tmp_path: Path) -> None:
        kept = tmp_path / "again.replay"
        result = _replay(recorded.file(3), keep=kept)
        assert result.is_identical
        assert result.changes == {}
        assert result.lines()[-1].startswith(f"bit-identical: {DECISIONS} decisions, 60 ticks")
        hashes = [
            [decision.state_hash for decision in read_recording(path).decisions]
            for path in (recorded.file(3), kept)
        ]
        assert hashes[0] == hashes[1]

    def test_an_obstacle_moved_by_a_millimetre_is_named(self, recorded: Run) -> None:
        result = _replay(recorded.file(0), "--shift_obstacle=0.001")
        assert not result.is_identical
        assert result.divergence is not None
        assert result.divergence.decision == 0
        first = result.divergence.first
        assert (first.what, first.name, first.component) == ("node", "Obstacle", "origin.x")
        assert first.difference == pytest.approx(0.001, rel=1e-3)
        assert "hint: the episode begins differently" in result.lines()[-1]

    def test_a_push_that_is_stronger_shows_in_the_body_that_is_pushed(self, recorded: Run) -> None:
        result = _replay(recorded.file(0), "--strength=20.01")
        assert result.divergence is not None
        assert result.divergence.decision == 1
        assert result.divergence.first.name == "Player"
        names = {each.name for each in result.divergence.differences}
        assert {"place", "speed"} <= names

    def test_the_script_tells_by_its_exit_code(
        self, recorded: Run, capsys: pytest.CaptureFixture[str]
    ) -> None:
        files = [str(recorded.file(0)), str(recorded.file(1))]
        assert replay_episode.main([*files, "--json"]) == 0
        verdicts = json.loads(capsys.readouterr().out)
        assert [verdict["identical"] for verdict in verdicts] == [True, True]
        assert replay_episode.main([files[0], "--scene_path", OTHER]) == 1
        said = capsys.readouterr().out
        assert "DIFFERS first at decision 0" in said
        assert "node Obstacle/Shape origin.x: recorded 0, now 0.00100" in said

    def test_a_scene_that_is_not_there(self, recorded: Run) -> None:
        with pytest.raises(UsageError, match=r"no scene res://none\.tscn"):
            _replay(recorded.file(0), scene_path="res://none.tscn")

    def test_a_scene_with_other_agents_is_refused(self, recorded: Run) -> None:
        with pytest.raises(HarnessError, match="is of 1 agents, the scene has 2"):
            _replay(recorded.file(0), scene_path=PAIR)

    def test_arenas_side_by_side_are_played_again_at_their_place(
        self, tmp_path: Path, free_port: int
    ) -> None:
        run = _run(tmp_path, free_port, arenas=4, isolation="shared")
        assert _replay(run.file(3)).is_identical

    def test_agents_of_one_arena_share_a_recording(self, tmp_path: Path, free_port: int) -> None:
        run = _run(tmp_path, free_port, scene_path=PAIR)
        assert len(list(tmp_path.iterdir())) == EPISODES / 2
        assert [agent.episode for agent in read_recording(run.file(2)).agents] == [2, 3]
        assert _replay(run.file(2)).is_identical
        moved = _replay(run.file(2), "--shift_obstacle=0.001").divergence
        assert moved is not None
        assert [each.name for each in moved.differences] == ["Left/Obstacle", "Right/Obstacle"]

    def test_a_bundle_plays_by_itself(self, recorded: Run, tmp_path: Path) -> None:
        bundle = tmp_path / "report.zip"
        result, notes = play_file(recorded.file(1), bundle=bundle)
        assert result.is_identical
        assert notes == [f"packed into {bundle}"]
        again, notes = play_file(bundle, from_bundle=True)
        assert again.is_identical
        assert notes == []

    @pytest.mark.skipif(find_xvfb() is None, reason="no virtual screen")
    def test_a_replay_is_filmed(self, recorded: Run, tmp_path: Path) -> None:
        film = tmp_path / "film.avi"
        assert _replay(recorded.file(0), video=film, video_fps=10).is_identical
        assert film.read_bytes()[:4] == b"RIFF"


class TestFailures:
    pytestmark = engine

    def test_an_engine_that_crashed_left_what_it_did(self, tmp_path: Path, free_port: int) -> None:
        arguments = (*record_episodes(tmp_path, EPISODES), "--quit_at=5")
        with pytest.raises(HarnessError, match="signal SIGKILL"):
            _run(tmp_path, free_port, arenas=1, env_args=arguments)
        part = next(tmp_path.glob("episode_000000_*.part"))
        assert len(read_recording(part).decisions) == 4
        survived = _replay(part)
        assert survived.is_identical
        assert "its engine ended there; this one did not" in survived.lines()[-1]

    def test_a_failure_comes_again(self, recorded: Run) -> None:
        result = _replay(recorded.file(0), "--quit_at=5")
        assert result.divergence is None
        assert not result.is_identical
        assert "SIGKILL" in result.failure
        assert result.lines()[-1] == "decisions: 4; it is not over"

    def test_the_observation_that_ended_a_run_is_named(
        self, tmp_path: Path, free_port: int
    ) -> None:
        arguments = (*record_episodes(tmp_path, EPISODES), "--nan_at=5")
        with pytest.raises(HarnessError, match=r"\(place\) is nan"):
            _run(tmp_path, free_port, arenas=1, env_args=arguments)
        part = next(tmp_path.glob("*.part"))
        result = _replay(part, "--nan_at=5")
        assert "after it the observation place is nan" in result.lines()[-1]

    def test_the_newest_failures_are_kept_and_no_more(self, tmp_path: Path, free_port: int) -> None:
        folder = tmp_path / "failures"
        run = _run(
            folder,
            free_port,
            steps=4 * DECISIONS + 1,
            arenas=4,
            isolation="shared",
            env_args=record_failures(folder, 3, engines=1),
        )
        files = list(folder.glob("*.replay"))
        assert 1 <= len(files) <= 3
        found = read_recording(files[0])
        assert not found.has_scene
        assert found.ends[0]["info"]["is_success"] is False
        assert run.obs.shape[1] == 4
        assert _replay(files[0]).is_identical

    def test_a_folder_that_cannot_be_made_ends_the_run(
        self, tmp_path: Path, free_port: int
    ) -> None:
        (tmp_path / "file").write_text("")
        arguments = record_episodes(tmp_path / "file" / "folder", 2)
        with pytest.raises(HarnessError, match="of --record cannot be made"):
            _run(tmp_path, free_port, env_args=arguments)


class TestEvaluation:
    pytestmark = engine

    @pytest.mark.parametrize("in_engine", [True, False], ids=["in_engine", "python"])
    def test_vr_locomotion_comes_again(self, tmp_path: Path, in_engine: bool) -> None:
        model = tmp_path / "policy.onnx"
        onnx.save(_random_policy(32, 4), model)
        request = EvaluationRequest(
            model, episodes=2, in_engine=in_engine, num_envs=1, arenas=1, record=tmp_path / "out"
        )
        rows = evaluate(request).episodes
        files = [Path(row.recording) for row in rows]
        assert sorted(files) == sorted((tmp_path / "out").iterdir())
        # The second one followed the first in its arena.
        result = replay(ReplayRequest(recording=files[1]))
        assert result.is_identical
        assert result.recorded.agents[0].seed == rows[1].seed
        assert len(result.recorded.decisions) == rows[1].length
        assert result.recorded.ends[0]["return"] == pytest.approx(rows[1].episode_return, rel=1e-5)

    @pytest.mark.parametrize("in_engine", [True, False], ids=["in_engine", "python"])
    def test_recording_changes_nothing(self, tmp_path: Path, in_engine: bool) -> None:
        model = tmp_path / "policy.onnx"
        onnx.save(_random_policy(3, 2), model)
        request = EvaluationRequest(
            model,
            scenario="custom",
            project_path=str(REPOSITORY),
            scene_path=ROLLING,
            episodes=4,
            in_engine=in_engine,
            num_envs=2,
            arenas=1,
        )
        before = evaluate(request).to_dict()["episodes"]
        rows = evaluate(replace(request, record=tmp_path / "out")).to_dict()["episodes"]
        assert all(Path(row.pop("recording")).is_file() for row in rows)
        for row in before + rows:
            times = row.pop("times")
            assert 0.0 < times["physics_ms_mean"] <= times["physics_ms_max"]
            assert times["physics_ms_mean"] < times["frame_ms_mean"] <= times["frame_ms_max"]
        assert rows == before

    def test_errors_of_the_games_scripts_are_told(self, tmp_path: Path) -> None:
        model = tmp_path / "policy.onnx"
        onnx.save(_random_policy(4, 2), model)
        request = EvaluationRequest(
            model,
            scenario="custom",
            project_path=str(REPOSITORY),
            scene_path="res://tests/python/evaluation/games/hit_walker.tscn",
            episodes=1,
            in_engine=True,
            num_envs=1,
            arenas=1,
            record=tmp_path / "out",
        )
        report = evaluate(request)
        assert report.engine_errors is not None
        result = replay(ReplayRequest(recording=Path(report.episodes[0].recording)))
        assert result.messages.script_errors.count >= 2
        assert result.messages.script_errors.texts == report.engine_errors.texts
        assert any("on a null value" in line for line in result.lines())
        assert result.to_dict()["engine_errors"]["script_errors"] >= 2


def _random_policy(observed: int, actions: int) -> onnx.ModelProto:
    """A model that moves about, without learning anything."""
    generator = np.random.default_rng(1)
    weights = generator.normal(0.0, 0.7, (observed, actions)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["obs", "weights"], ["mixed"]),
            helper.make_node("Tanh", ["mixed"], ["output"]),
        ],
        "random",
        [helper.make_tensor_value_info("obs", TensorProto.FLOAT, ["batch", observed])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", actions])],
        [numpy_helper.from_array(weights, "weights")],
    )
    opset = helper.make_opsetid("", 17)
    return helper.make_model(graph, ir_version=8, opset_imports=[opset])


def test_users_mistakes(tmp_path: Path) -> None:
    file = tmp_path / "a.replay"
    with pytest.raises(RecordingError, match="no recording at"):
        replay(ReplayRequest(recording=file))
    with pytest.raises(UsageError, match="--viz and --video cannot be combined"):
        ReplayRequest(recording=file, viz=True, video=tmp_path / "a.avi")
    with pytest.raises(UsageError, match="must end in"):
        ReplayRequest(recording=file, video=tmp_path / "a.mp4")
    with pytest.raises(SystemExit) as ended:
        replay_episode.main([str(file), str(file), "--keep", "b.replay"])
    assert ended.value.code == 2
