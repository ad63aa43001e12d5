"""Discrete actions beside continuous ones: drawn, valued and learnt as what they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sb3_contrib import TRPO, RecurrentPPO
from stable_baselines3 import A2C, PPO, SAC, TD3
from stable_baselines3.common.distributions import kl_divergence
from stable_baselines3.common.logger import Logger
from torch.distributions import Categorical, Normal

from rl_training.algorithms.acting import ActorCritic, numpy_forward, numpy_predict
from rl_training.algorithms.collection import collecting
from rl_training.algorithms.drawing import HybridDraws, draws_for
from rl_training.algorithms.hybrid_distribution import HybridDistribution
from rl_training.algorithms.hybrid_policy import (
    HybridMultiInputLstmPolicy,
    HybridMultiInputPolicy,
)
from rl_training.errors import ActionSpaceError
from tests.python.hybrid_game import SPACE, hybrid_vec_env, mean_reward
from tests.python.learners import learner
from tests.python.tiny_env import tiny_vec_env

OUTPUTS = torch.tensor([[0.3, 1.0, 0.0, -2.0, 0.5, -0.5], [-2.0, -1.0, 3.0, 0.0, 0.0, 2.0]])
LOG_STD = torch.tensor([-0.7])


def distribution() -> HybridDistribution:
    return HybridDistribution(SPACE).proba_distribution(OUTPUTS, LOG_STD)


def test_probabilities_and_entropies_are_those_of_the_parts() -> None:
    found = distribution()
    torch.manual_seed(0)
    for _ in range(20):
        rows = found.sample()
        chosen = SPACE.chosen(rows.numpy())
        normal: Any = Normal(OUTPUTS[:, 0], LOG_STD.exp())
        gear: Any = Categorical(logits=OUTPUTS[:, 1:4])
        fire: Any = Categorical(logits=OUTPUTS[:, 4:6])
        wanted = (
            normal.log_prob(rows[:, 0])
            + gear.log_prob(torch.from_numpy(chosen[:, 0]))
            + fire.log_prob(torch.from_numpy(chosen[:, 1]))
        )
        torch.testing.assert_close(found.log_prob(rows), wanted)
        entropy = normal.entropy() + gear.entropy() + fire.entropy()
        torch.testing.assert_close(found.entropy(), entropy)


def test_draws_have_the_probabilities() -> None:
    torch.manual_seed(1)
    many = HybridDistribution(SPACE).proba_distribution(OUTPUTS[:1].repeat(20000, 1), LOG_STD)
    rows = many.sample()
    chosen = SPACE.chosen(rows.numpy())
    gears = np.bincount(chosen[:, 0], minlength=3) / 20000
    np.testing.assert_allclose(gears, torch.softmax(OUTPUTS[0, 1:4], 0).numpy(), atol=0.015)
    share = torch.softmax(OUTPUTS[0, 4:], 0)[1].item()
    np.testing.assert_allclose(chosen[:, 1].mean(), share, atol=0.015)
    np.testing.assert_allclose(rows[:, 0].std(), np.exp(-0.7), rtol=0.03)
    assert set(rows[:, 4].tolist()) == {-1.0, 1.0}
    assert (rows[:, 1:4].sum(dim=1) == 1.0).all()


def test_the_most_probable_row() -> None:
    np.testing.assert_allclose(
        distribution().mode(), [[0.3, 1, 0, 0, -1], [-2.0, 0, 1, 0, 1]], atol=1e-6
    )


def test_the_divergence_is_that_of_the_parts() -> None:
    one, other = distribution(), HybridDistribution(SPACE)
    other.proba_distribution(OUTPUTS * 0.5, LOG_STD + 0.3)
    drawn = HybridDistribution(SPACE).proba_distribution(OUTPUTS[:1].repeat(50000, 1), LOG_STD)
    against = HybridDistribution(SPACE)
    against.proba_distribution(0.5 * OUTPUTS[:1].repeat(50000, 1), LOG_STD + 0.3)
    torch.manual_seed(0)
    rows = drawn.sample()
    estimate = (drawn.log_prob(rows) - against.log_prob(rows)).mean()
    torch.testing.assert_close(kl_divergence(one, other)[0], estimate, atol=0.02, rtol=0.0)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (PPO, {"n_steps": 16, "batch_size": 32, "n_epochs": 2}),
        (A2C, {"n_steps": 8}),
        (TRPO, {"n_steps": 16, "batch_size": 32}),
    ],
)
def test_numpy_draws_what_torch_draws(kind: Any, options: dict[str, Any]) -> None:
    made: list[Any] = [
        each(HybridMultiInputPolicy, hybrid_vec_env(4), seed=4, device="cpu", **options).learn(128)
        for each in (collecting(kind), kind)
    ]
    assert numpy_forward(made[0].policy) is not None
    for name, value in made[0].policy.state_dict().items():
        theirs = made[1].policy.state_dict()[name]
        torch.testing.assert_close(value, theirs, rtol=1e-3, atol=1e-4)


def test_draws_of_a_free_rollout_are_those_of_the_policy() -> None:
    env = hybrid_vec_env(2)
    policy = PPO(HybridMultiInputPolicy, env, n_steps=8, batch_size=16, device="cpu").policy
    net = ActorCritic.of(policy)
    assert net is not None
    torch.manual_seed(0)
    draws = draws_for(net, 4000, 2)
    assert isinstance(draws, HybridDraws)
    outputs = OUTPUTS.numpy()
    rows = np.stack([draws.draw(outputs.copy(), step, slice(0, 2)) for step in range(4000)])
    dist = HybridDistribution(SPACE)
    dist.proba_distribution(torch.from_numpy(outputs).repeat(4000, 1), policy.log_std)
    with torch.no_grad():
        wanted = dist.log_prob(torch.from_numpy(rows.reshape(8000, -1))).numpy()
    np.testing.assert_allclose(draws.log_probs.reshape(-1), wanted, rtol=1e-4, atol=1e-5)
    for agent in range(2):
        gears = np.bincount(SPACE.chosen(rows[:, agent])[:, 0], minlength=3) / 4000
        shares = torch.softmax(OUTPUTS[agent, 1:4], 0).numpy()
        np.testing.assert_allclose(gears, shares, atol=0.03)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ppo", HybridMultiInputPolicy),
        ("a2c", HybridMultiInputPolicy),
        ("trpo", HybridMultiInputPolicy),
        ("recurrent_ppo", HybridMultiInputLstmPolicy),
    ],
)
def test_learners_take_the_policy(name: str, kind: type[Any]) -> None:
    made = learner(hybrid_vec_env(), name, training={"timesteps": 512})
    assert type(made.model.policy) is kind
    made.learn([], Logger(None, []), False)
    assert made.timesteps >= 512


def test_other_scenes_keep_their_policy() -> None:
    assert learner(tiny_vec_env(), "ppo").policy_name() == "MultiInputPolicy"
    assert learner(tiny_vec_env(), "recurrent_ppo").policy_name() == "MultiInputLstmPolicy"
    with pytest.raises(ActionSpaceError, match="is for continuous beside discrete actions"):
        PPO(HybridMultiInputPolicy, tiny_vec_env())
    with pytest.raises(ActionSpaceError, match="leave it out"):
        PPO(HybridMultiInputPolicy, hybrid_vec_env(), use_sde=True)


def test_ppo_learns_a_hybrid_game() -> None:
    options: dict[str, Any] = {"n_steps": 64, "batch_size": 128, "learning_rate": 3e-3}
    kind = collecting(PPO)
    model = kind(
        HybridMultiInputPolicy, hybrid_vec_env(), seed=1, device="cpu", ent_coef=0.002, **options
    )
    model.learn(16384)
    learned = mean_reward(lambda obs: model.predict(obs, deterministic=True)[0])
    at_random = mean_reward(lambda _: np.stack([SPACE.sample() for _ in range(10)]))
    assert learned > 0.93 > 0.6 > at_random


@pytest.mark.parametrize("kind", [SAC, TD3])
def test_algorithms_for_boxes_learn_it_by_scores(kind: Any) -> None:
    model = kind(
        "MultiInputPolicy",
        hybrid_vec_env(),
        learning_starts=200,
        buffer_size=4000,
        train_freq=1,
        gradient_steps=2,
        gamma=0.5,
        learning_rate=3e-3,
        seed=0,
        device="cpu",
        policy_kwargs={"net_arch": [32, 32]},
    )
    assert numpy_predict(model.policy) is not None
    model.learn(4000)
    # TD3 explores by noise alone: less is asked of it.
    least = 0.8 if kind is SAC else 0.6
    assert mean_reward(lambda obs: model.predict(obs, deterministic=True)[0]) > least


def test_checkpoints_load(tmp_path: Path) -> None:
    env = hybrid_vec_env(2)
    model = PPO(HybridMultiInputPolicy, env, n_steps=8, batch_size=16, seed=0, device="cpu")
    model.learn(16)
    model.save(tmp_path / "model.zip")
    again = PPO.load(tmp_path / "model.zip", env=env)
    assert again.action_space == SPACE
    obs: Any = env.reset()
    np.testing.assert_array_equal(
        again.predict(obs, deterministic=True)[0], model.predict(obs, deterministic=True)[0]
    )


def test_a_memory_draws_too() -> None:
    model = RecurrentPPO(
        HybridMultiInputLstmPolicy, hybrid_vec_env(2), n_steps=8, batch_size=8, device="cpu"
    )
    model.learn(32)
    obs: Any = hybrid_vec_env(2).reset()
    actions, state = model.predict(obs)
    assert actions.shape == (2, 5)
    assert state is not None
