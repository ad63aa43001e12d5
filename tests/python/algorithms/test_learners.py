"""Every algorithm through the one pipeline, without an engine and on a small game in one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal

import gymnasium as gym
import numpy as np
import pytest
from stable_baselines3.common.vec_env import VecEnv

from rl_training.algorithms import algorithm_names, learner_class, register, registry
from rl_training.algorithms.on_policy import PPOLearner
from rl_training.checkpoints.checkpoint import load_checkpoint, read_meta
from rl_training.checkpoints.replay_buffer import buffer_path
from rl_training.config import TrainConfig
from rl_training.config.algorithms import SETTINGS, AlgorithmSettings, PPOSettings
from rl_training.errors import ActionSpaceError, ConfigError, ModelError
from rl_training.evaluation.evaluate import evaluate
from rl_training.evaluation.request import EvaluationRequest
from rl_training.runs.metrics import read_metrics
from rl_training.runs.paths import RunPaths
from rl_training.training.configuration import default_config
from rl_training.training.pipeline import train
from tests.python.learners import config_of, learner
from tests.python.tiny_env import tiny_vec_env

GAMES = "res://tests/python/algorithms/games"
OFF_POLICY = ("sac", "td3", "tqc", "crossq", "dqn")
ON_POLICY = ("ppo", "a2c", "trpo", "recurrent_ppo")


def _one_choice(*_: Any) -> VecEnv:
    env = tiny_vec_env(discrete=True)
    env.action_space = gym.spaces.MultiDiscrete([3])
    return env


def _env(name: str) -> Any:
    return _one_choice if name == "dqn" else lambda *_: tiny_vec_env()


def _config(root: Path, name: str, **changes: Any) -> TrainConfig:
    given: dict[str, Any] = {"learning_starts": 64, "batch_size": 32, "buffer_size": 1000}
    if name in ON_POLICY:
        given = {"n_steps": 16}
    return config_of(
        experiment_name="walk",
        run_root=str(root),
        timesteps=256,
        save_frequency=128,
        network={"net_arch": [16]},
        algorithm={"name": name, **given},
    ).replace(changes)


@pytest.mark.parametrize("name", [*ON_POLICY, *OFF_POLICY])
def test_all_are_trained_saved_exported_and_resumed(tmp_path: Path, name: str) -> None:
    result = train(_config(tmp_path, name), _env(name))
    paths = RunPaths("walk", tmp_path)
    assert result.timesteps == 256
    assert result.onnx_difference is not None
    assert result.onnx_difference <= 1e-5
    assert [path.name for path in paths.checkpoints()] == ["walk_step_128.zip", "walk_step_256.zip"]
    assert read_meta(paths.final_model).config["algorithm"]["name"] == name
    rows = read_metrics(paths.metrics)
    assert {"rollout/ep_rew_mean", "episode/success", "engine/restarts"} <= rows[-1].keys()
    before = load_checkpoint(paths.final_model)
    resumed = train(_config(tmp_path, name, timesteps=512, resume=True), _env(name))
    assert resumed.timesteps == 512
    after = load_checkpoint(paths.final_model)
    assert (before.model.num_timesteps, after.model.num_timesteps) == (256, 512)


@pytest.mark.parametrize("name", OFF_POLICY)
def test_a_resumed_run_has_its_replay_buffer(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    train(_config(tmp_path, name, export_onnx=False), _env(name))
    model = RunPaths("walk", tmp_path).final_model
    made = learner(_env(name)(), name, algorithm={"buffer_size": 1000}, network={"net_arch": [16]})
    made.restore(model)
    buffer = made.model.replay_buffer
    assert buffer.size() == 64
    with np.load(buffer_path(model)) as saved:
        np.testing.assert_array_equal(buffer.rewards[:64], saved["rewards"])
        assert int(saved["timesteps"]) == 256
    # A smaller buffer keeps the newest.
    small = learner(_env(name)(), name, algorithm={"buffer_size": 80}, network={"net_arch": [16]})
    small.restore(model)
    np.testing.assert_array_equal(small.model.replay_buffer.rewards, buffer.rewards[44:64])
    assert small.model.replay_buffer.full
    buffer_path(model).unlink()
    with caplog.at_level(logging.WARNING):
        made.restore(model)
    assert "the replay buffer was not saved" in caplog.text
    assert made.model.learning_starts == 256 + made.config.algorithm.learning_starts


def test_a_run_may_keep_no_replay_buffer(tmp_path: Path) -> None:
    config = _config(tmp_path, "sac", algorithm={"save_replay_buffer": False})
    train(config, _env("sac"))
    assert not buffer_path(RunPaths("walk", tmp_path).final_model).exists()


def test_a_damaged_replay_buffer_is_refused(tmp_path: Path) -> None:
    train(_config(tmp_path, "td3"), _env("td3"))
    model = RunPaths("walk", tmp_path).final_model
    buffer_path(model).write_bytes(b"no buffer")
    with pytest.raises(ModelError, match=r"cannot be used: .*; delete it to go on without it"):
        train(_config(tmp_path, "td3", timesteps=512, resume=True), _env("td3"))


@pytest.mark.parametrize("name", [*ON_POLICY, *OFF_POLICY])
def test_one_seed_gives_one_run(tmp_path: Path, name: str) -> None:
    actions = []
    for part in ("a", "b"):
        train(_config(tmp_path / part, name, export_onnx=False), _env(name))
        model = load_checkpoint(RunPaths("walk", tmp_path / part).final_model).model
        obs: Any = {"obs": np.linspace(-1, 1, 12, dtype=np.float32)[None]}
        if name == "crossq":
            obs = obs["obs"]
        actions.append(model.predict(obs, deterministic=True)[0])
    np.testing.assert_array_equal(actions[0], actions[1])


@pytest.mark.parametrize("name", ["sac", "td3", "tqc", "crossq"])
def test_discrete_actions_are_refused_where_they_cannot_be_learned(name: str) -> None:
    with pytest.raises(ActionSpaceError, match=f"{name} learns continuous actions only"):
        learner(tiny_vec_env(discrete=True), name)


def test_continuous_actions_are_refused_where_choices_are_needed() -> None:
    with pytest.raises(ActionSpaceError, match="maskable_ppo learns discrete actions only"):
        learner(tiny_vec_env(), "maskable_ppo")
    with pytest.raises(ActionSpaceError, match="one discrete action is needed"):
        learner(tiny_vec_env(), "dqn")


def test_masks_are_needed_to_learn_with_masks(tmp_path: Path) -> None:
    config = config_of(
        experiment_name="walk",
        run_root=str(tmp_path),
        timesteps=64,
        algorithm={"name": "maskable_ppo", "n_steps": 16},
    )
    with pytest.raises(ActionSpaceError, match="needs agents that define action_masks"):
        train(config, lambda *_: tiny_vec_env(discrete=True))


class _OwnSettings(PPOSettings):
    name: Literal["own"] = "own"  # type: ignore[assignment]
    strength: float = 0.5


class _OwnLearner(PPOLearner):
    settings: ClassVar[type[AlgorithmSettings]] = _OwnSettings


@pytest.fixture(name="own_algorithm")
def _own_algorithm(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(registry, "_registered", {})
    register("own", _OwnLearner)
    yield
    SETTINGS.pop("own", None)


@pytest.mark.usefixtures("own_algorithm")
def test_an_algorithm_of_ones_own_is_trained_by_its_name(tmp_path: Path) -> None:
    config = config_of(
        experiment_name="walk",
        run_root=str(tmp_path),
        timesteps=128,
        algorithm={"name": "own", "strength": 0.25, "n_steps": 16},
    )
    assert train(config, lambda *_: tiny_vec_env()).timesteps == 128
    saved = read_meta(RunPaths("walk", tmp_path).final_model).config["algorithm"]
    assert (saved["name"], saved["strength"]) == ("own", 0.25)
    with pytest.raises(ConfigError, match="exists already"):
        register("own", PPOLearner)


def test_names_are_ours_to_give() -> None:
    with pytest.raises(ConfigError, match="the algorithm 'ppo' exists already"):
        register("ppo", _OwnLearner)
    with pytest.raises(ConfigError, match=r"_OwnSettings.name must be 'mine' by default"):
        register("mine", _OwnLearner)
    with pytest.raises(ConfigError, match=r"no algorithm 'sax'. Did you mean 'sac'"):
        learner_class("sax")
    assert set(algorithm_names()) >= {*ON_POLICY, *OFF_POLICY, "maskable_ppo", "distillation"}


_PPO = {"n_steps": 32, "batch_size": 512}
_ENTROPY = {"learning_starts": 1000, "updates_per_step": 0.1, "ent_coef": 0.01}
_TASKS: dict[str, tuple[str, int, dict[str, Any]]] = {
    "ppo": ("seeker", 20_000, _PPO),
    "a2c": ("seeker", 30_000, {}),
    "trpo": ("seeker", 20_000, _PPO),
    "recurrent_ppo": ("seeker", 20_000, {}),
    "maskable_ppo": ("chooser", 20_000, _PPO),
    "dqn": (
        "chooser",
        15_000,
        {"learning_starts": 1000, "updates_per_step": 0.1, "target_update_interval": 500},
    ),
    "td3": ("seeker", 6_000, {"learning_starts": 1000, "updates_per_step": 0.05}),
    "sac": ("seeker", 8_000, _ENTROPY),
    "tqc": ("seeker", 8_000, _ENTROPY),
    "crossq": ("seeker", 8_000, _ENTROPY),
}
_SLOW = ("a2c", "maskable_ppo", "recurrent_ppo", "tqc", "crossq", "td3", "trpo")


@pytest.mark.engine
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.nightly if name in _SLOW else ())
        for name in sorted(_TASKS)
    ],
)
def test_each_learns_a_small_game_in_the_engine(
    tmp_path: Path, repository: Path, name: str
) -> None:
    """Untrained policies reach the goal in 10 to 30 % of the episodes."""
    scene, timesteps, given = _TASKS[name]
    game: dict[str, Any] = {"project_path": str(repository), "scene_path": f"{GAMES}/{scene}.tscn"}
    config = default_config(
        "custom",
        {
            "experiment_name": "walk",
            "run_root": str(tmp_path),
            "network": {"net_arch": [32, 32]},
            "algorithm": {"name": name, "gamma": 0.9, "learning_rate": 3e-3, **given},
            "environment": {"num_envs": 1, "arenas": 32, "check_arenas": False, **game},
            "training": {"timesteps": timesteps, "save_frequency": timesteps},
        },
    )
    result = train(config)
    assert result.onnx is not None
    for model, in_engine in ((result.onnx, True), (result.model, False)):
        request = EvaluationRequest(
            model=model, scenario="custom", episodes=50, in_engine=in_engine, num_envs=1, **game
        )
        assert (evaluate(request).success_rate or 0.0) >= 0.9
