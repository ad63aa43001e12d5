"""Learners of other kinds act through NumPy as they act through torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces
from sb3_contrib import QRDQN, TQC, TRPO, CrossQ, MaskablePPO, RecurrentPPO
from sb3_contrib.common.torch_layers import BatchRenorm1d
from stable_baselines3 import A2C, DDPG, DQN, PPO, SAC, TD3
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import DummyVecEnv

from rl_training.algorithms.acting import numpy_forward, numpy_predict
from rl_training.algorithms.collection import CollectingPPO, collecting
from tests.python.tiny_env import TinyEnv, tiny_vec_env

OFF_POLICY: dict[str, Any] = {
    "learning_starts": 8,
    "buffer_size": 200,
    "batch_size": 16,
    "train_freq": 2,
}


class OneChoice(TinyEnv):
    """What DQN can play: one action of three choices."""

    def __init__(self) -> None:
        super().__init__()
        self.action_space = spaces.Discrete(3)

    def action_masks(self) -> Any:
        return np.array([True, self._step % 2 == 0, True])


def learned(kind: Any, timesteps: int, env: Any = None, **options: Any) -> BaseAlgorithm:
    torch.set_num_threads(1)
    env = tiny_vec_env(2) if env is None else env
    model: BaseAlgorithm = kind("MultiInputPolicy", env, seed=4, device="cpu", **options)
    return model.learn(timesteps)


def assert_same(ours: BaseAlgorithm, theirs: BaseAlgorithm) -> None:
    assert ours.num_timesteps == theirs.num_timesteps
    for name, value in ours.policy.state_dict().items():
        torch.testing.assert_close(value, theirs.policy.state_dict()[name], rtol=1e-3, atol=1e-4)
    assert "forward" not in vars(ours.policy)  # the policy is SB3's own again
    assert "predict" not in vars(ours.policy)


@pytest.mark.parametrize("kind", [SAC, TQC, TD3, DDPG])
def test_off_policy_learners_learn_the_same(kind: Any) -> None:
    assert_same(learned(collecting(kind), 64, **OFF_POLICY), learned(kind, 64, **OFF_POLICY))


@pytest.mark.parametrize("kind", [DQN, QRDQN])
def test_learners_of_one_choice_learn_the_same(kind: Any) -> None:
    made = [
        learned(each, 64, DummyVecEnv([OneChoice, OneChoice]), **OFF_POLICY)
        for each in (collecting(kind), kind)
    ]
    assert_same(*made)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (A2C, {"n_steps": 8}),
        (TRPO, {"n_steps": 16, "batch_size": 16}),
        (PPO, {"n_steps": 16, "batch_size": 16, "n_epochs": 2}),
    ],
)
def test_on_policy_learners_learn_the_same(kind: Any, options: dict[str, Any]) -> None:
    assert_same(learned(collecting(kind), 96, **options), learned(kind, 96, **options))


def test_masks_hold_through_numpy() -> None:
    options: dict[str, Any] = {"n_steps": 16, "batch_size": 16, "n_epochs": 2}
    made: list[Any] = [
        learned(each, 96, DummyVecEnv([OneChoice, OneChoice]), **options)
        for each in (collecting(MaskablePPO), MaskablePPO)
    ]
    assert numpy_forward(made[0].policy) is not None
    assert_same(*made)


def test_a_policy_with_a_memory_keeps_its_own_forward() -> None:
    model = RecurrentPPO("MultiInputLstmPolicy", tiny_vec_env(2), n_steps=8, batch_size=8)
    assert numpy_forward(model.policy) is None
    options: dict[str, Any] = {"n_steps": 8, "batch_size": 8, "n_epochs": 1}
    env = tiny_vec_env(2)
    made = collecting(RecurrentPPO)("MultiInputLstmPolicy", env, seed=1, **options)
    made.learn(32)
    assert made.num_timesteps == 32


@pytest.mark.parametrize("deterministic", [False, True])
@pytest.mark.parametrize("kind", [SAC, TQC, TD3])
def test_predictions_agree(kind: Any, deterministic: bool) -> None:
    policy = kind("MultiInputPolicy", tiny_vec_env(2), device="cpu", buffer_size=10).policy
    predict = numpy_predict(policy)
    assert predict is not None
    obs = {"obs": np.random.default_rng(0).normal(size=(5, 12)).astype(np.float32)}
    torch.manual_seed(0)
    expected, _ = policy.predict(obs, deterministic=deterministic)
    torch.manual_seed(0)
    found, _ = predict(obs, deterministic=deterministic)
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    one = {"obs": obs["obs"][0]}
    torch.manual_seed(0)
    alone, _ = predict(one, deterministic=True)
    np.testing.assert_allclose(alone, policy.predict(one, deterministic=True)[0], atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (SAC, {"use_sde": True}),
        (SAC, {"policy_kwargs": {"activation_fn": torch.nn.ELU}}),
        (QRDQN, {}),
    ],
)
def test_other_layers_are_left_to_torch(kind: Any, options: dict[str, Any]) -> None:
    torch.set_num_threads(1)
    env = DummyVecEnv([OneChoice]) if kind is QRDQN else tiny_vec_env(1)
    model = kind("MultiInputPolicy", env, device="cpu", buffer_size=10, **options)
    assert numpy_predict(model.policy) is None


@pytest.mark.parametrize("deterministic", [False, True])
def test_batch_normalisation_acts_by_its_running_statistics(deterministic: bool) -> None:
    torch.set_num_threads(1)
    policy = CrossQ("MlpPolicy", "Pendulum-v1", device="cpu", buffer_size=10, seed=1).policy
    actor: Any = policy.actor
    generator = torch.Generator().manual_seed(2)
    layers: list[Any] = [part for part in actor.modules() if isinstance(part, BatchRenorm1d)]
    assert len(layers) == 3
    with torch.no_grad():
        for part in layers:
            for each in (part.ra_mean, part.bias, part.scale, part.ra_var):
                each.copy_(torch.rand(each.shape, generator=generator) + 0.2)
    predict = numpy_predict(policy)
    assert predict is not None
    obs = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    torch.manual_seed(0)
    expected, _ = policy.predict(obs, deterministic=deterministic)
    torch.manual_seed(0)
    found, _ = predict(obs, deterministic=deterministic)
    assert np.ptp(expected) > 0.1
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_a_collecting_class_is_made_once() -> None:
    assert collecting(PPO) is CollectingPPO
    assert collecting(CollectingPPO) is CollectingPPO
    assert collecting(SAC) is collecting(SAC)
    assert collecting(SAC).__name__ == "CollectingSAC"


@pytest.mark.parametrize("kind", [SAC, A2C])
def test_a_saved_model_is_sb3s_own(kind: Any, tmp_path: Any) -> None:
    options = OFF_POLICY if kind is SAC else {"n_steps": 8}
    learned(collecting(kind), 16, **options).save(tmp_path / "model.zip")
    assert b"rl_training" not in (tmp_path / "model.zip").read_bytes()
    assert type(kind.load(tmp_path / "model.zip")) is kind
    assert type(collecting(kind).load(tmp_path / "model.zip")) is collecting(kind)
