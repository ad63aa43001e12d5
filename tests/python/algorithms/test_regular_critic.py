"""SAC with dropout and layer normalisation in its critics, through the pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from stable_baselines3 import SAC
from torch import nn

from rl_training.algorithms.regular_critic import RegularCritic, RegularPolicy
from rl_training.checkpoints.checkpoint import load_checkpoint
from rl_training.errors import ConfigError
from rl_training.runs.paths import RunPaths
from rl_training.training.pipeline import train
from tests.python.learners import config_of
from tests.python.tiny_env import tiny_vec_env

DROPOUT = 0.25


def test_only_the_critics_have_dropout_and_only_while_they_learn(tmp_path: Path) -> None:
    given: dict[str, Any] = {
        "experiment_name": "walk",
        "run_root": str(tmp_path),
        "timesteps": 256,
        "network": {"net_arch": [16, 8]},
        "algorithm": {
            "name": "sac",
            "learning_starts": 64,
            "batch_size": 32,
            "buffer_size": 1000,
            "critic_dropout": DROPOUT,
        },
    }
    result = train(config_of(**given), lambda *_: tiny_vec_env())
    assert result.onnx_difference is not None
    assert result.onnx_difference <= 1e-5
    model: Any = load_checkpoint(RunPaths("walk", tmp_path).final_model).model
    for critic in (model.critic, model.critic_target):
        assert isinstance(critic, RegularCritic)
        for network in critic.q_networks:
            assert isinstance(network, nn.Sequential)
            assert [type(layer) for layer in network] == [
                nn.Linear, nn.Dropout, nn.LayerNorm, nn.ReLU,
                nn.Linear, nn.Dropout, nn.LayerNorm, nn.ReLU, nn.Linear,
            ]  # fmt: skip
            assert isinstance(network[1], nn.Dropout)
            assert network[1].p == DROPOUT
    assert not [one for one in model.actor.modules() if isinstance(one, nn.Dropout)]
    # What the optimiser moves is what the networks are.
    moved = {id(w) for group in model.critic.optimizer.param_groups for w in group["params"]}
    assert moved == {id(w) for w in model.critic.parameters()}
    resumed = train(
        config_of(**{**given, "timesteps": 384, "resume": True}), lambda *_: tiny_vec_env()
    )
    assert resumed.timesteps == 384


def test_dropout_draws_anew_in_learning_and_not_in_play() -> None:
    env = gym.make("Pendulum-v1")
    model = SAC(RegularPolicy, env, policy_kwargs={"dropout": DROPOUT, "net_arch": [32]}, seed=0)
    obs = torch.as_tensor(np.zeros((1, 3), np.float32))
    action = torch.zeros((1, 1))

    def values() -> set[float]:
        return {model.critic(obs, action)[0].item() for _ in range(20)}

    model.policy.set_training_mode(True)
    assert len(values()) > 1
    model.policy.set_training_mode(False)
    assert len(values()) == 1


def test_a_share_is_a_share() -> None:
    with pytest.raises(ConfigError, match="critic_dropout"):
        config_of(algorithm={"name": "sac", "critic_dropout": 1.0})
