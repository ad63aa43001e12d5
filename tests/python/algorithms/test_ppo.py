from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from stable_baselines3.common.vec_env import VecNormalize

from rl_training.algorithms.ppo import load_model, make_model, normalise, rollout_shape
from rl_training.checkpoints.checkpoint import CheckpointMeta, save_checkpoint
from rl_training.checkpoints.normaliser import Normaliser
from rl_training.config import PPOConfig
from rl_training.errors import ModelError
from tests.python.tiny_env import tiny_vec_env

SMALL = PPOConfig(n_steps=16, batch_size=32, n_epochs=1)


@pytest.mark.parametrize("agents", [1, 7, 60, 64, 100, 512])
def test_batches_divide_the_rollout(agents: int) -> None:
    n_steps, batch_size = rollout_shape(PPOConfig(), agents, 1_000_000)
    rollout = n_steps * agents
    assert rollout % batch_size == 0
    assert 6000 <= rollout <= 11_000
    assert 1500 <= batch_size <= 3000


def test_a_short_run_gets_several_rollouts() -> None:
    n_steps, batch_size = rollout_shape(PPOConfig(), 16, 4096)
    assert n_steps * 16 == 1024
    assert batch_size <= 1024


def test_what_was_asked_for_is_kept() -> None:
    assert rollout_shape(PPOConfig(n_steps=50, batch_size=100), 8, 10**6) == (50, 100)


def test_a_fresh_model_has_the_settings() -> None:
    config = PPOConfig(net_arch=(32,), gamma=0.9, learning_rate=0.5, log_std_init=-1.0, n_steps=8)
    model = make_model(tiny_vec_env(), config, seed=5, timesteps=100)
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
        model = make_model(tiny_vec_env(), SMALL, seed=5, timesteps=100)
        model.learn(64)
        actions.append(model.predict({"obs": np.ones((1, 12), np.float32)}, deterministic=True)[0])
    np.testing.assert_array_equal(actions[0], actions[1])


def test_normalising_can_be_switched_off() -> None:
    both_off = PPOConfig(normalise_obs=False, normalise_reward=False)
    assert normalise(tiny_vec_env(), both_off) is None
    wrapper = normalise(tiny_vec_env(), PPOConfig(normalise_obs=False))
    assert isinstance(wrapper, VecNormalize)
    assert not wrapper.norm_obs


def _checkpoint(path: Path, config: PPOConfig = SMALL) -> Path:
    env = normalise(tiny_vec_env(), config)
    model = make_model(env or tiny_vec_env(), config, seed=5, timesteps=128)
    model.learn(128)
    stats = None if env is None else Normaliser.of(env)
    save_checkpoint(path, model, stats, CheckpointMeta(timesteps=128, seed=5))
    return path


def test_a_loaded_model_goes_on_with_new_rates(tmp_path: Path) -> None:
    path = _checkpoint(tmp_path / "m.zip")
    env = normalise(tiny_vec_env(agents=8), SMALL)
    assert env is not None
    config = SMALL.replace({"learning_rate": 0.25, "n_steps": 4, "gamma": 0.5})
    model = load_model(path, env, config, seed=5, timesteps=256)
    assert model.num_timesteps == 128
    assert model.lr_schedule(1.0) == 0.25
    assert (model.n_steps, model.n_envs, model.gamma) == (4, 8, 0.5)
    assert Normaliser.of(env).obs["obs"].count > 128
    model.learn(64, reset_num_timesteps=False)
    assert model.num_timesteps >= 192


def test_a_resumed_run_does_not_replay_its_episodes(tmp_path: Path) -> None:
    path = _checkpoint(tmp_path / "m.zip")
    env = normalise(tiny_vec_env(), SMALL)
    assert env is not None
    load_model(path, env, SMALL, seed=5, timesteps=256)
    again = env.reset()
    env.seed(5)
    first = env.reset()
    assert isinstance(again, dict)
    assert isinstance(first, dict)
    assert not np.array_equal(again["obs"], first["obs"])


def test_what_cannot_change_in_a_resumed_run_is_refused(tmp_path: Path) -> None:
    path = _checkpoint(tmp_path / "m.zip")
    env = normalise(tiny_vec_env(), SMALL)
    assert env is not None
    with pytest.raises(ModelError, match=r"has layers \[64, 64\], the settings ask for \[32\]"):
        load_model(path, env, SMALL.replace({"net_arch": [32]}), seed=5, timesteps=256)
    with pytest.raises(
        ModelError, match="was trained with a normaliser, the settings ask for none"
    ):
        load_model(path, tiny_vec_env(), SMALL, seed=5, timesteps=256)
