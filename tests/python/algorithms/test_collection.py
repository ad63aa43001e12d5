"""The NumPy forward of collection acts as SB3's policy does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces
from stable_baselines3 import PPO
from stable_baselines3.common.policies import ActorCriticPolicy, MultiInputActorCriticPolicy
from stable_baselines3.common.vec_env import DummyVecEnv

from rl_training.algorithms.collection import CollectingPPO, numpy_forward
from tests.python.tiny_env import TinyEnv

BOX = spaces.Box(-np.inf, np.inf, (7,), np.float32)
TWO_PARTS = spaces.Dict({"b": BOX, "a": spaces.Box(-1.0, 1.0, (3,), np.float32)})
ACTIONS = {
    "continuous": spaces.Box(-1.0, 1.0, (4,), np.float32),
    "discrete": spaces.Discrete(5),
    "multi": spaces.MultiDiscrete([3, 4]),
}


def make_policy(
    obs: spaces.Space[Any], actions: spaces.Space[Any], **options: Any
) -> ActorCriticPolicy:
    torch.manual_seed(3)
    kind: Any = MultiInputActorCriticPolicy if isinstance(obs, spaces.Dict) else ActorCriticPolicy
    policy: ActorCriticPolicy = kind(obs, actions, lambda _: 1e-3, log_std_init=-0.7, **options)
    policy.set_training_mode(False)
    return policy


def sample(space: spaces.Space[Any], n: int) -> Any:
    generator = np.random.default_rng(1)
    if isinstance(space, spaces.Dict):
        return {key: sample(part, n) for key, part in space.spaces.items()}
    assert space.shape is not None
    return torch.from_numpy(generator.normal(size=(n, *space.shape)).astype(np.float32))


@pytest.mark.parametrize("deterministic", [False, True])
@pytest.mark.parametrize("actions", list(ACTIONS))
@pytest.mark.parametrize("obs", [BOX, TWO_PARTS], ids=["box", "dict"])
@pytest.mark.parametrize("activation", [torch.nn.Tanh, torch.nn.ReLU])
def test_it_agrees_with_sb3(
    obs: spaces.Space[Any], actions: str, deterministic: bool, activation: Any
) -> None:
    policy = make_policy(obs, ACTIONS[actions], net_arch=[32, 16], activation_fn=activation)
    forward = numpy_forward(policy)
    assert forward is not None
    batch = sample(obs, 20)
    torch.manual_seed(0)
    with torch.no_grad():
        expected = policy(batch, deterministic=deterministic)
    torch.manual_seed(0)
    with torch.no_grad():
        found = forward(batch, deterministic=deterministic)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.shape == theirs.shape
        assert ours.dtype == theirs.dtype
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_changed_weights_and_deviations_are_seen() -> None:
    policy = make_policy(BOX, ACTIONS["continuous"], net_arch=[8])
    forward = numpy_forward(policy)
    assert forward is not None
    with torch.no_grad():
        for parameter in policy.parameters():
            parameter.mul_(0.5).add_(0.1)
        torch.manual_seed(0)
        expected = policy(sample(BOX, 3))
        torch.manual_seed(0)
        found = forward(sample(BOX, 3))
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("obs", "options"),
    [
        (BOX, {"use_sde": True}),
        (BOX, {"activation_fn": torch.nn.ELU}),
        (BOX, {"share_features_extractor": False}),
        (spaces.Box(0, 255, (36, 36, 3), np.uint8), {}),
        (spaces.Box(-1.0, 1.0, (2, 3), np.float32), {}),
        (spaces.Discrete(4), {}),
        (spaces.Dict({"image": spaces.Box(0, 255, (3, 36, 36), np.uint8), "v": BOX}), {}),
    ],
    ids=["sde", "elu", "two extractors", "image", "matrix", "discrete", "image in a dict"],
)
def test_other_policies_keep_their_own_forward(
    obs: spaces.Space[Any], options: dict[str, Any]
) -> None:
    assert numpy_forward(make_policy(obs, ACTIONS["continuous"], **options)) is None


def learned(algorithm: type[PPO]) -> PPO:
    env = DummyVecEnv([TinyEnv, TinyEnv])
    model = algorithm("MultiInputPolicy", env, n_steps=32, batch_size=32, n_epochs=2, seed=4)
    return model.learn(192)


def test_ppo_learns_the_same() -> None:
    ours, theirs = learned(CollectingPPO), learned(PPO)
    assert ours.rollout_buffer.actions.shape == theirs.rollout_buffer.actions.shape
    for name, value in ours.policy.state_dict().items():
        torch.testing.assert_close(value, theirs.policy.state_dict()[name], rtol=1e-3, atol=1e-4)
    assert "forward" not in vars(ours.policy)  # the policy is SB3's own again


def test_a_saved_model_is_plain_ppo(tmp_path: Any) -> None:
    learned(CollectingPPO).save(tmp_path / "model.zip")
    assert b"rl_training" not in (tmp_path / "model.zip").read_bytes()
    model = PPO.load(tmp_path / "model.zip")
    assert type(model) is PPO
    assert type(model.policy).__module__.startswith("stable_baselines3.")
