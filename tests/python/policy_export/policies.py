"""One small policy of every family that is exported, untrained but far from zero."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from sb3_contrib import TQC, TRPO, CrossQ, MaskablePPO, RecurrentPPO
from stable_baselines3 import A2C, DDPG, DQN, PPO, SAC, TD3
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.running_mean_std import RunningMeanStd
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from rl_training.algorithms.hybrid_policy import HybridLstmPolicy, HybridPolicy
from rl_training.checkpoints.normaliser import Normaliser, RunningStats
from rl_training.protocol.action_field import ActionField
from rl_training.protocol.hybrid_box import HybridBox

VECTOR = gym.spaces.Box(-1.0, 1.0, (6,), np.float32)
IMAGE = gym.spaces.Box(0, 255, (3, 36, 36), np.uint8)
SEVERAL = gym.spaces.Dict(
    {"wide": VECTOR, "camera_2d": IMAGE, "a": gym.spaces.Discrete(3), "grid": VECTOR}
)
MOVE = gym.spaces.Box(-1.0, 1.0, (3,), np.float32)
UNEVEN = gym.spaces.Box(np.array([-1, 0], np.float32), np.array([1, 4], np.float32))
BRANCHES = gym.spaces.MultiDiscrete([3, 2])
ONE_OF = gym.spaces.Discrete(4)
HYBRID = HybridBox(
    (
        ActionField("jump", "discrete", 2),
        ActionField("move", "continuous", 2),
        ActionField("turn", "discrete", 3),
    )
)
SMALL = {"net_arch": [16, 16]}


class SpacesEnv(gym.Env[Any, Any]):
    """Only its spaces matter."""

    def __init__(self, obs: gym.Space[Any], actions: gym.Space[Any]) -> None:
        self.observation_space = obs
        self.action_space = actions

    def reset(self, **_: Any) -> tuple[Any, dict[str, Any]]:
        return self.observation_space.sample(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        return self.observation_space.sample(), 0.0, False, False, {}


@dataclass(frozen=True)
class Case:
    """A policy to make.

    Attributes:
        kind: the algorithm.
        obs: what it observes.
        actions: what it does.
        policy: the policy's class, or SB3's name of it.
        arguments: of the algorithm.
        policy_kwargs: of the policy.
        distribution: what the exported file must say.
    """

    kind: type[BaseAlgorithm]
    obs: gym.Space[Any]
    actions: gym.Space[Any]
    distribution: str
    policy: str | type[BasePolicy] = "MlpPolicy"
    arguments: dict[str, Any] = field(default_factory=dict)
    policy_kwargs: dict[str, Any] = field(default_factory=lambda: SMALL)


_REPLAY = {"buffer_size": 10}
_LSTM = {**SMALL, "lstm_hidden_size": 5, "n_lstm_layers": 2}
_SQUASH = {**SMALL, "squash_output": True}
_SDE = {"use_sde": True}
_CNN = {**SMALL, "features_extractor_kwargs": {"features_dim": 16}}
_KEYS = {**SMALL, "features_extractor_kwargs": {"cnn_output_dim": 16}}

CASES: dict[str, Case] = {
    "ppo": Case(PPO, VECTOR, MOVE, "gaussian"),
    "ppo_uneven": Case(PPO, VECTOR, UNEVEN, "gaussian"),
    "ppo_branches": Case(PPO, VECTOR, BRANCHES, "categorical"),
    "ppo_sde": Case(PPO, VECTOR, MOVE, "gaussian", arguments=_SDE),
    "ppo_sde_squashed": Case(
        PPO, VECTOR, UNEVEN, "squashed_gaussian", arguments=_SDE, policy_kwargs=_SQUASH
    ),
    "ppo_cnn": Case(PPO, IMAGE, MOVE, "gaussian", "CnnPolicy", policy_kwargs=_CNN),
    "ppo_several": Case(
        PPO, SEVERAL, BRANCHES, "categorical", "MultiInputPolicy", policy_kwargs=_KEYS
    ),
    "ppo_own_extractors": Case(
        PPO, VECTOR, MOVE, "gaussian", policy_kwargs={**SMALL, "share_features_extractor": False}
    ),
    "ppo_hybrid": Case(PPO, VECTOR, HYBRID, "hybrid", HybridPolicy),
    "ppo_scores": Case(PPO, VECTOR, HYBRID, "gaussian"),
    "a2c": Case(A2C, VECTOR, MOVE, "gaussian"),
    "trpo": Case(TRPO, VECTOR, MOVE, "gaussian"),
    "sac": Case(SAC, VECTOR, MOVE, "squashed_gaussian", arguments=_REPLAY),
    "sac_uneven": Case(SAC, VECTOR, UNEVEN, "squashed_gaussian", arguments=_REPLAY),
    "sac_sde": Case(SAC, VECTOR, MOVE, "squashed_gaussian", arguments={**_REPLAY, **_SDE}),
    "sac_several": Case(
        SAC, SEVERAL, MOVE, "squashed_gaussian", "MultiInputPolicy", _REPLAY, _KEYS
    ),
    "sac_hybrid": Case(SAC, VECTOR, HYBRID, "squashed_gaussian", arguments=_REPLAY),
    "tqc": Case(TQC, VECTOR, MOVE, "squashed_gaussian", arguments=_REPLAY),
    "crossq": Case(CrossQ, VECTOR, MOVE, "squashed_gaussian", arguments=_REPLAY),
    "crossq_uneven": Case(CrossQ, VECTOR, UNEVEN, "squashed_gaussian", arguments=_REPLAY),
    "td3": Case(TD3, VECTOR, MOVE, "none", arguments=_REPLAY),
    "td3_uneven": Case(TD3, VECTOR, UNEVEN, "none", arguments=_REPLAY),
    "ddpg": Case(DDPG, VECTOR, MOVE, "none", arguments=_REPLAY),
    "dqn": Case(DQN, VECTOR, ONE_OF, "none", arguments=_REPLAY),
    "dqn_cnn": Case(DQN, IMAGE, ONE_OF, "none", "CnnPolicy", _REPLAY, _CNN),
    "maskable": Case(MaskablePPO, VECTOR, BRANCHES, "categorical"),
    "maskable_one": Case(MaskablePPO, VECTOR, ONE_OF, "categorical"),
    "recurrent": Case(
        RecurrentPPO, VECTOR, BRANCHES, "categorical", "MlpLstmPolicy", policy_kwargs=_LSTM
    ),
    "recurrent_continuous": Case(
        RecurrentPPO, VECTOR, MOVE, "gaussian", "MlpLstmPolicy", policy_kwargs=_LSTM
    ),
    "recurrent_hybrid": Case(
        RecurrentPPO, VECTOR, HYBRID, "hybrid", HybridLstmPolicy, policy_kwargs=_LSTM
    ),
    "recurrent_shared": Case(
        RecurrentPPO,
        VECTOR,
        ONE_OF,
        "categorical",
        "MlpLstmPolicy",
        policy_kwargs={**_LSTM, "shared_lstm": True, "enable_critic_lstm": False},
    ),
    "recurrent_plain_critic": Case(
        RecurrentPPO,
        VECTOR,
        ONE_OF,
        "categorical",
        "MlpLstmPolicy",
        policy_kwargs={**_LSTM, "enable_critic_lstm": False, "lstm_kwargs": {"bias": False}},
    ),
    "recurrent_several": Case(
        RecurrentPPO,
        SEVERAL,
        BRANCHES,
        "categorical",
        "MultiInputLstmPolicy",
        policy_kwargs={**_LSTM, **_KEYS},
    ),
}


def make(case: Case, seed: int = 3) -> tuple[BaseAlgorithm, Normaliser | None]:
    """Make the model, and a normaliser of every vector that it observes."""
    torch.set_num_threads(1)
    env: Any = DummyVecEnv([lambda: SpacesEnv(case.obs, case.actions)])
    normaliser = None
    if case.obs is VECTOR or case.obs is SEVERAL:
        keys = ["wide", "grid"] if case.obs is SEVERAL else None
        env = VecNormalize(env, norm_obs_keys=keys)
        normaliser = Normaliser.of(env)
        for number, key in enumerate(normaliser.obs):
            normaliser.obs[key] = _stats(number)
    model = case.kind(
        case.policy,
        env,
        seed=seed,
        device="cpu",
        policy_kwargs=dict(case.policy_kwargs),
        **case.arguments,
    )
    with torch.no_grad():
        for weights in model.policy.parameters():
            # So that actions reach beyond their bounds and deviations differ.
            spread = weights.abs().mean() if weights.ndim > 1 else 0.1
            weights.add_(spread * torch.randn_like(weights))
        for name, statistics in model.policy.named_buffers():
            # Those of a batch normalisation, away from zero and one.
            if name.endswith(("ra_mean", "ra_var")):
                statistics.add_(torch.rand_like(statistics))
    return model, normaliser


def _stats(number: int) -> RunningStats:
    rms = RunningMeanStd(shape=VECTOR.shape)
    rms.update(np.random.default_rng(number).normal(0.5, 2.0, (100, *VECTOR.shape)))
    return RunningStats(np.array(rms.mean), np.array(rms.var), float(rms.count))
