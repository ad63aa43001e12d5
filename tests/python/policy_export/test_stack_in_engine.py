"""The last observations as one: the same in training, in Python's evaluation and in the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from stable_baselines3.common.logger import Logger

from rl_training.checkpoints.checkpoint import CheckpointMeta, load_checkpoint, read_meta
from rl_training.envs import EnvSettings, GodotVecEnv
from rl_training.play.in_engine import play_in_engine
from rl_training.play.policies import load_policy
from rl_training.play.through_python import play
from rl_training.policy_export.certificate import read_certificate
from rl_training.policy_export.onnx_export import export
from rl_training.policy_export.verify import verify
from rl_training.training.scene_facts import ObservationSamples, observation_names, scene_facts
from tests.python.learners import learner

REPOSITORY = Path(__file__).parents[3]
FIXTURES = "res://tests/godot/fixtures"
SEED = 9

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


def _settings(scene: str, arenas: int, transport: Literal["auto", "json"] = "auto") -> EnvSettings:
    return EnvSettings(
        project_path=str(REPOSITORY),
        scene_path=f"{FIXTURES}/{scene}.tscn",
        num_envs=1,
        arenas=arenas,
        seed=SEED,
        action_repeat=1,
        transport=transport,
    )


def _trained(scene: str, folder: Path, timesteps: int, **settings: Any) -> tuple[Path, Path]:
    """Train on a scene; return the .zip and the .onnx."""
    with GodotVecEnv.from_settings(_settings(scene, 16)) as env:
        given = {"n_steps": 64, "batch_size": 256, "learning_rate": 3e-3, "gamma": 0.5, **settings}
        made = learner(env, "ppo", seed=1, training={"timesteps": timesteps}, algorithm=given)
        samples = ObservationSamples()
        made.learn([samples], Logger(None, []), False)
        meta = CheckpointMeta(
            algorithm="PPO",
            scene=scene_facts(env),
            observation_names=observation_names(env),
        )
        made.save(folder / f"{scene}.zip", meta, {}, samples.recorded())
    saved = load_checkpoint(folder / f"{scene}.zip")
    path = folder / f"{scene}.onnx"
    export(saved.model, saved.normaliser, path, saved.meta, saved.recorded)
    verify(path, saved.model, saved.normaliser, saved.recorded)
    return folder / f"{scene}.zip", path


@pytest.fixture(name="written", scope="module")
def _written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return _trained("delayed_written", tmp_path_factory.mktemp("stack"), 16384)


def _play(path: Path, scene: str, transport: Literal["auto", "json"] = "auto") -> list[Any]:
    with GodotVecEnv.from_settings(_settings(scene, 4, transport)) as env:
        episodes = play(env, load_policy(path, env), 12, SEED)
    return [(one.success, one.metrics, one.length) for one in episodes]


def _alone(path: Path, scene: str) -> list[Any]:
    played = play_in_engine(path, _settings(scene, 4), episodes=12, limit_s=60)
    return [(one.success, one.metrics, one.length) for one in played.episodes]


@pytest.mark.parametrize("transport", ["auto", "json"])
@pytest.mark.parametrize("scene", ["delayed_written", "delayed_listed"])
def test_frames_follow_each_other(scene: str, transport: Literal["auto", "json"]) -> None:
    with GodotVecEnv.from_settings(_settings(scene, 2, transport)) as env:
        field = env.env_info.observations.fields[0]
        assert field.stack == env.env_info.observations.stack == 3
        assert field.names == ("cue[-2]", "time[-2]", "cue[-1]", "time[-1]", "cue", "time")
        obs: Any = env.reset()
        before = obs["obs"].copy()
        np.testing.assert_array_equal(before[:, :4], 0.0)
        ends = 0
        for _ in range(25):
            obs, _, dones, infos = env.step(np.zeros((2, 1), np.int64))
            for agent, done in enumerate(dones):
                if not done:
                    continue
                last = infos[agent]["terminal_observation"]["obs"]
                np.testing.assert_array_equal(last[:4], before[agent, 2:])
                assert last[5] > before[agent, 5]
                np.testing.assert_array_equal(obs["obs"][agent, :4], 0.0)
                before[agent, 2:] = 0.0
                ends += 1
            np.testing.assert_array_equal(obs["obs"][:, :4], before[:, 2:])
            before = obs["obs"].copy()
        assert ends == 4


def test_it_learns_and_the_same_is_played_everywhere(written: tuple[Path, Path]) -> None:
    alone = _alone(written[1], "delayed_written")
    assert all(success for success, _, _ in alone)
    for scene in ("delayed_written", "delayed_listed"):
        assert _play(written[0], scene) == alone
        assert _play(written[1], scene) == alone
        assert _play(written[1], scene, "json") == alone
        assert _alone(written[1], scene) == alone


def test_the_file_and_the_checkpoint_carry_the_number(written: tuple[Path, Path]) -> None:
    assert read_meta(written[0]).scene["observation_stack"] == 3
    certificate = read_certificate(written[1])
    assert certificate is not None
    assert certificate.settings["observation_stack"] == 3
    assert certificate.observations[0]["names"][0] == "cue[-2]"


def test_an_agent_with_another_number_gets_the_models(written: tuple[Path, Path]) -> None:
    """The two scenes differ in `observation_stack` alone."""
    text = [
        Path(REPOSITORY, "tests/godot/fixtures", f"delayed_{name}.tscn").read_text()
        for name in ("written", "unstacked")
    ]
    assert text[0] == text[1] + "observation_stack = 3\n"
    assert _alone(written[1], "delayed_unstacked") == _alone(written[1], "delayed_written")


@pytest.mark.parametrize("scene", ["delayed_keys", "delayed_keys_once"])
def test_several_keys_with_an_image_play_the_same_everywhere(scene: str, tmp_path: Path) -> None:
    checkpoint, path = _trained(scene, tmp_path, 2048, n_steps=16, batch_size=128, n_epochs=4)
    with GodotVecEnv.from_settings(_settings(scene, 2)) as env:
        space = env.observation_space
        stack = env.env_info.observations.stack
    assert stack == (3 if scene == "delayed_keys" else 1)
    assert space["camera_2d"].shape == (stack, 36, 36)
    assert space["after"].shape == (stack,)
    assert space["phase"].n == 3
    alone = _alone(path, scene)
    assert _play(checkpoint, scene) == alone
    assert _play(path, scene, "json") == alone
