"""A critic with layers and a step size of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from gymnasium import spaces
from stable_baselines3 import PPO

from rl_training.checkpoints.shapes import difference, layer_widths, read_shapes, shapes_of
from rl_training.errors import ConfigError
from tests.python.learners import learner
from tests.python.tiny_env import tiny_vec_env


def made(**settings: Any) -> Any:
    torch.set_num_threads(1)
    common = {"observations": {"normalise": False}, "rewards": {"normalise": False}}
    return learner(tiny_vec_env(4), **{**common, **settings}).model


def steps_of(rate: float | None) -> dict[str, torch.Tensor]:
    """Return how far one gradient step moves each weight."""
    algorithm = {"learning_rate": 1e-3, "critic_learning_rate": rate, "learning_rate_decay": False}
    model = made(algorithm=algorithm, network={"net_arch": [8]})
    torch.manual_seed(0)
    before = {name: weight.detach().clone() for name, weight in model.policy.named_parameters()}
    for weight in model.policy.parameters():
        weight.grad = torch.randn_like(weight)
    model.policy.optimizer.step()
    return {name: weight - before[name] for name, weight in model.policy.named_parameters()}


def test_the_critic_moves_at_its_own_rate_and_the_policy_as_before() -> None:
    alike, apart = steps_of(None), steps_of(3e-3)
    critic = {"mlp_extractor.value_net", "value_net"}
    for name, moved in alike.items():
        scale = 3.0 if any(name.startswith(each) for each in critic) else 1.0
        torch.testing.assert_close(apart[name], scale * moved, rtol=1e-3, atol=1e-6)


def test_the_critic_alone_learns_at_first() -> None:
    model = made(algorithm={"critic_first": 100, "learning_rate": 1e-3}, network={"net_arch": [8]})
    critic = ("mlp_extractor.value_net", "value_net")

    def moved(timesteps: int) -> set[bool]:
        before = {name: weight.detach().clone() for name, weight in model.policy.named_parameters()}
        model.num_timesteps = timesteps
        for weight in model.policy.parameters():
            weight.grad = torch.ones_like(weight)
        model.policy.optimizer.step()
        return {
            name.startswith(critic)
            for name, weight in model.policy.named_parameters()
            if not torch.equal(weight, before[name])
        }

    assert moved(100) == {True}
    assert moved(101) == {True, False}


def test_layers_apart_reach_the_networks_and_the_file(tmp_path: Path) -> None:
    model = made(network={"policy_arch": [8], "critic_arch": [16, 4]})
    shapes = shapes_of(model)
    assert layer_widths(shapes.policy) == "12-8-4"
    assert layer_widths(shapes.critic) == "12-16-4-1"
    model.save(tmp_path / "apart.zip")
    assert difference(read_shapes(tmp_path / "apart.zip"), shapes) == ""
    # A checkpoint of two rates is one that plain SB3 loads.
    assert isinstance(PPO.load(tmp_path / "apart.zip"), PPO)


def test_an_off_policy_critic_has_its_own_layers() -> None:
    model = made(name="sac", network={"policy_arch": [8], "critic_arch": [16]})
    shapes = shapes_of(model)
    assert [16, 16] in shapes.critic.values()
    assert [8, 12] in shapes.policy.values()


def test_dqn_has_one_network() -> None:
    env = tiny_vec_env(4)
    env.action_space = spaces.Discrete(4)
    with pytest.raises(ConfigError, match="dqn has one network for both"):
        learner(env, name="dqn", network={"policy_arch": [8], "critic_arch": [16]})


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"name": "a2c"}, "it was trained with PPO, this run is A2C"),
        ({"network": {"net_arch": [4]}}, "its policy has layers 12-64-64-4, this run's 12-4-4"),
        (
            {"network": {"critic_arch": [4]}},
            "its critic has layers 12-64-64-1, this run's 12-4-1",
        ),
    ],
)
def test_a_difference_is_one_line(wanted: dict[str, Any], words: str) -> None:
    assert difference(shapes_of(made()), shapes_of(made(**wanted))) == words
