"""Updates on a graphics card.

There is none here: a second name of the CPU stands for it, memory is copied wherever something
moves, and what becomes NumPy must have been brought back before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gymnasium as gym
import pytest
import torch
from sb3_contrib import RecurrentPPO
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv

from rl_training.algorithms.collection import collecting
from rl_training.algorithms.devices import CPU, update_device, updating_on
from rl_training.errors import ConfigError

CARD = torch.device("cpu:0")
KINDS = [(PPO, "MlpPolicy"), (RecurrentPPO, "MlpLstmPolicy")]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def learned(kind: Any, policy: str, device: torch.device) -> Any:
    env = DummyVecEnv([lambda: gym.make("CartPole-v1")] * 2)
    model: Any = collecting(kind)(
        policy, env, n_steps=16, batch_size=16, n_epochs=2, seed=3, device="cpu"
    )
    model.learns_on = device
    model.learn(96)
    return model


def pretend(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let what moves be copied, and tell where modules went."""
    went: list[str] = []
    back, to_numpy = torch.Tensor.cpu, torch.Tensor.numpy

    def to(module: Any, device: torch.device) -> Any:
        went.append(str(device))
        return module._apply(lambda tensor: tensor.clone())

    def cpu(tensor: torch.Tensor) -> torch.Tensor:
        here = back(tensor).clone()
        here.is_here = True  # type: ignore[attr-defined]
        return here

    def numpy(tensor: torch.Tensor, *how: Any, **kwargs: Any) -> Any:
        on_card = went and went[-1] == str(CARD)
        assert not on_card or hasattr(tensor, "is_here"), "a tensor of the card becomes NumPy"
        return to_numpy(tensor, *how, **kwargs)

    monkeypatch.setattr(torch.nn.Module, "to", to)
    monkeypatch.setattr(torch.Tensor, "cpu", cpu)
    monkeypatch.setattr(torch.Tensor, "numpy", numpy)
    return went


@pytest.mark.parametrize(("kind", "policy"), KINDS)
def test_the_same_is_learned_and_all_is_back_afterwards(
    kind: Any, policy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = learned(kind, policy, CPU).policy.state_dict()
    with monkeypatch.context() as patch:
        went = pretend(patch)
        there = learned(kind, policy, CARD)
        # Made on the CPU; then to the card and back in each of three updates.
        assert went[-6:] == [str(CARD), "cpu"] * 3
    assert there.device == there.rollout_buffer.device == CPU
    for name, weights in there.policy.state_dict().items():
        assert torch.equal(weights, here[name]), name


def test_an_update_that_fails_leaves_nothing_on_the_card(monkeypatch: pytest.MonkeyPatch) -> None:
    model = learned(PPO, "MlpPolicy", CPU)
    went = pretend(monkeypatch)
    with pytest.raises(MemoryError), updating_on(model, CARD):
        raise MemoryError
    assert went == [str(CARD), "cpu"]
    assert model.device == CPU


def test_what_a_setting_means(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert update_device("cpu") == update_device("auto") == CPU
    with pytest.raises(ConfigError, match=r"device is 'cuda', but torch .* take auto or cpu"):
        update_device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert update_device("auto") == update_device("cuda") == torch.device("cuda")
