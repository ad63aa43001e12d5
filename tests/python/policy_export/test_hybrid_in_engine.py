"""Continuous beside discrete actions from the real engine to the file that the engine plays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stable_baselines3 import SAC
from stable_baselines3.common.logger import Logger

from rl_training.algorithms.hybrid_policy import HybridMultiInputPolicy
from rl_training.checkpoints.checkpoint import CheckpointMeta, load_checkpoint
from rl_training.engine import find_engine
from rl_training.envs import EnvSettings, GodotVecEnv
from rl_training.play.episodes import Episode
from rl_training.play.in_engine import play_in_engine
from rl_training.play.policies import load_policy
from rl_training.play.through_python import play
from rl_training.policy_export.in_engine_check import check_in_engine
from rl_training.policy_export.onnx_export import export
from rl_training.policy_export.verify import verify
from rl_training.protocol.hybrid_box import HybridBox
from rl_training.training.scene_facts import scene_facts
from tests.python.learners import learner

REPOSITORY = Path(__file__).parents[3]
SCENE = "res://tests/godot/fixtures/hybrid_arena.tscn"

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


def _settings(arenas: int, *arguments: str) -> EnvSettings:
    return EnvSettings(
        project_path=str(REPOSITORY),
        scene_path=SCENE,
        num_envs=1,
        arenas=arenas,
        seed=9,
        action_repeat=1,
        env_args=arguments,
    )


@pytest.fixture(name="trained", scope="module")
def _trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A policy that learned the game: its .zip and its .onnx."""
    folder = tmp_path_factory.mktemp("hybrid")
    with GodotVecEnv.from_settings(_settings(16)) as env:
        assert isinstance(env.action_space, HybridBox)
        facts = scene_facts(env)
        made = learner(
            env,
            "ppo",
            seed=1,
            training={"timesteps": 16384},
            algorithm={"n_steps": 64, "batch_size": 256, "learning_rate": 3e-3, "gamma": 0.5},
        )
        assert type(made.model.policy) is HybridMultiInputPolicy
        made.learn([], Logger(None, []), False)
        meta = CheckpointMeta(algorithm="PPO", scene=facts)
        made.save(folder / "hybrid.zip", meta, {}, None)
    checkpoint = load_checkpoint(folder / "hybrid.zip")
    export(checkpoint.model, checkpoint.normaliser, folder / "hybrid.onnx", checkpoint.meta)
    verify(folder / "hybrid.onnx", checkpoint.model, checkpoint.normaliser)
    return folder / "hybrid.zip", folder / "hybrid.onnx"


def _earned(episodes: Any) -> float:
    return float(np.mean([episode.episode_return for episode in episodes]))


def _taken(episodes: list[Episode] | tuple[Episode, ...]) -> list[Any]:
    return [(one.index, one.episode_return, one.metrics) for one in episodes]


def test_it_learns_and_plays_the_same_everywhere(trained: tuple[Path, Path]) -> None:
    alone = play_in_engine(trained[1], _settings(4), episodes=12, limit_s=60).episodes
    assert _earned(alone) > 0.85
    for path in trained:
        with GodotVecEnv.from_settings(_settings(4)) as env:
            python = play(env, load_policy(path, env), 12, 9)
        for one, other in zip(python, alone, strict=True):
            assert one.episode_return == pytest.approx(other.episode_return, abs=1e-4)


def test_draws_are_reproducible_and_worse_than_the_most_probable(
    trained: tuple[Path, Path],
) -> None:
    runs = [
        play_in_engine(trained[1], _settings(arenas, "--actions=sampled"), episodes=12, limit_s=60)
        for arenas in (3, 4)
    ]
    assert _taken(runs[0].episodes) == _taken(runs[1].episodes)
    alone = play_in_engine(trained[1], _settings(4), episodes=12, limit_s=60).episodes
    assert 0.4 < _earned(runs[0].episodes) < _earned(alone)


def test_the_engines_runner_and_the_certificate_agree(trained: tuple[Path, Path]) -> None:
    check = check_in_engine(trained[1], find_engine(install=False).path, samples=16)
    assert check.passed
    assert check.certified
    assert set(check.outputs) == {"output", "state_outs", "mean", "std"}
    assert check.outputs["mean"][1] == 1


def test_scores_of_sac_play_the_same_everywhere(tmp_path: Path) -> None:
    with GodotVecEnv.from_settings(_settings(4)) as env:
        model = SAC(
            "MultiInputPolicy", env, learning_starts=64, buffer_size=400, seed=0, device="cpu"
        )
        model.learn(160)
        meta = CheckpointMeta(algorithm="SAC", scene=scene_facts(env))
    export(model, None, tmp_path / "sac.onnx", meta)
    verify(tmp_path / "sac.onnx", model, None)
    alone = play_in_engine(tmp_path / "sac.onnx", _settings(4), episodes=8, limit_s=60).episodes
    with GodotVecEnv.from_settings(_settings(4)) as env:
        python = play(env, load_policy(tmp_path / "sac.onnx", env), 8, 9)
    for one, other in zip(python, alone, strict=True):
        assert one.episode_return == pytest.approx(other.episode_return, abs=1e-4)
