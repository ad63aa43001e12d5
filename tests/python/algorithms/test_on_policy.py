from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stable_baselines3.common.vec_env import VecNormalize

from rl_training.algorithms.normalisation import normalise
from rl_training.algorithms.on_policy import rollout_shape
from rl_training.checkpoints.checkpoint import CheckpointMeta
from rl_training.checkpoints.normaliser import Normaliser
from rl_training.config.algorithms import PPOSettings
from rl_training.errors import ModelError
from tests.python.learners import config_of, learner
from tests.python.tiny_env import tiny_vec_env

SMALL: dict[str, Any] = {"ppo": {"n_steps": 16, "batch_size": 32, "n_epochs": 1}}


@pytest.mark.parametrize("agents", [1, 7, 60, 64, 100, 512])
def test_batches_divide_the_rollout(agents: int) -> None:
    n_steps, batch_size = rollout_shape(PPOSettings(), agents, 1_000_000)
    rollout = n_steps * agents
    assert rollout % batch_size == 0
    assert 6000 <= rollout <= 11_000
    assert 1500 <= batch_size <= 3000


def test_a_short_run_gets_several_rollouts() -> None:
    n_steps, batch_size = rollout_shape(PPOSettings(), 16, 4096)
    assert n_steps * 16 == 1024
    assert batch_size <= 1024


def test_what_was_asked_for_is_kept() -> None:
    assert rollout_shape(PPOSettings(n_steps=50, batch_size=100), 8, 10**6) == (50, 100)


def test_a_fresh_model_has_the_settings() -> None:
    model = learner(
        tiny_vec_env(),
        seed=5,
        timesteps=100,
        network={"net_arch": [32]},
        algorithm={"gamma": 0.9, "learning_rate": 0.5, "n_steps": 8},
        actions={"log_std_init": -1.0},
    ).model
    assert model.gamma == 0.9
    assert model.n_steps == 8
    assert model.lr_schedule(1.0) == 0.5
    assert model.lr_schedule(0.5) == 0.25
    assert model.lr_schedule(-0.1) == 0.0
    assert model.policy.mlp_extractor.policy_net[0].out_features == 32
    assert model.policy.log_std.tolist() == [-1.0] * 4


def test_models_of_one_seed_are_equal() -> None:
    actions = []
    for _ in range(2):
        model = learner(tiny_vec_env(), seed=5, timesteps=100, **SMALL).model
        model.learn(64)
        actions.append(model.predict({"obs": np.ones((1, 12), np.float32)}, deterministic=True)[0])
    np.testing.assert_array_equal(actions[0], actions[1])


def test_normalising_can_be_switched_off() -> None:
    off = {"normalise": False}
    assert normalise(tiny_vec_env(), config_of(observations=off, rewards=off)) is None
    wrapper = normalise(tiny_vec_env(), config_of(observations=off))
    assert isinstance(wrapper, VecNormalize)
    assert not wrapper.norm_obs


def _checkpoint(path: Path) -> Path:
    made = learner(tiny_vec_env(), seed=5, timesteps=128, **SMALL)
    made.model.learn(128)
    made.save(path, CheckpointMeta(timesteps=128, seed=5), {}, None)
    return path


def test_a_loaded_model_goes_on_with_new_rates(tmp_path: Path) -> None:
    path = _checkpoint(tmp_path / "m.zip")
    changed = {"n_steps": 4, "batch_size": 32, "n_epochs": 1, "learning_rate": 0.25, "gamma": 0.5}
    made = learner(tiny_vec_env(agents=8), seed=5, timesteps=256, algorithm=changed)
    made.restore(path)
    model = made.model
    assert model.num_timesteps == 128
    assert model.lr_schedule(1.0) == 0.25
    assert (model.n_steps, model.n_envs, model.gamma) == (4, 8, 0.5)
    assert Normaliser.of(made.env).obs["obs"].count > 128
    model.learn(64, reset_num_timesteps=False)
    assert model.num_timesteps >= 192


def test_a_resumed_run_does_not_replay_its_episodes(tmp_path: Path) -> None:
    path = _checkpoint(tmp_path / "m.zip")
    made = learner(tiny_vec_env(), seed=5, timesteps=256, **SMALL)
    made.restore(path)
    again = made.env.reset()
    made.env.seed(5)
    first = made.env.reset()
    assert not np.array_equal(again["obs"], first["obs"])


def test_what_cannot_change_in_a_resumed_run_is_refused(tmp_path: Path) -> None:
    path = _checkpoint(tmp_path / "m.zip")
    smaller = learner(tiny_vec_env(), network={"net_arch": [32]}, **SMALL)
    with pytest.raises(ModelError, match=r"has layers \[64, 64\], the settings ask for \[32\]"):
        smaller.restore(path)
    off = {"normalise": False}
    raw = learner(tiny_vec_env(), observations=off, rewards=off, **SMALL)
    with pytest.raises(
        ModelError, match="was trained with a normaliser, the settings ask for none"
    ):
        raw.restore(path)
