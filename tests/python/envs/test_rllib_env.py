"""RLlib's PPO on the real engine; skipped where RLlib is not installed (docs/rllib.md)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

# Ray alone, as the extra `ray` brings it, lacks what RLlib needs.
pytest.importorskip("ray.rllib.algorithms.ppo", reason="no RLlib", exc_type=ImportError)
import ray
from ray.rllib.algorithms.ppo import PPOConfig

from rl_training.envs.rllib_env import RLlibEnv, RLlibMultiAgentEnv, group_of

pytestmark = [pytest.mark.engine, pytest.mark.timeout(900)]

GAMES = "res://tests/python/envs/games"
PPO = {
    "lr": 3e-3,
    "gamma": 0.98,
    "train_batch_size_per_learner": 1024,
    "minibatch_size": 256,
    "num_epochs": 6,
}


@pytest.fixture
def cluster() -> Iterator[None]:
    torch.set_num_threads(1)
    ray.init(num_cpus=2, include_dashboard=False, logging_level="ERROR")
    yield
    ray.shutdown()


def best_returns(config: Any, iterations: int, good: float) -> dict[str, float]:
    """Train until every module's mean return is `good`; return the best of each."""
    algorithm = config.build_algo()
    best: dict[str, float] = {}
    try:
        for _ in range(iterations):
            runners = algorithm.train()["env_runners"]
            told = runners.get("module_episode_returns_mean") or {  # of several modules only
                "default_policy": runners.get("episode_return_mean", -99.0)
            }
            best = {name: max(float(told[name]), best.get(name, -99.0)) for name in told}
            if best and min(best.values()) > good:
                break
    finally:
        algorithm.stop()
    return best


@pytest.mark.usefixtures("cluster")
def test_one_agent_learns(repository: Path) -> None:
    game = {"project_path": str(repository), "scene_path": f"{GAMES}/seek_2d.tscn"}
    config = (
        PPOConfig()
        .environment(RLlibEnv, env_config=game)
        .env_runners(num_env_runners=0, num_envs_per_env_runner=4)
        .training(**PPO)
        .debugging(seed=1)
    )
    assert best_returns(config, 15, 1.5)["default_policy"] > 1.5


@pytest.mark.usefixtures("cluster")
def test_two_unlike_agents_learn_at_once(repository: Path) -> None:
    game = {"project_path": str(repository), "scene_path": f"{GAMES}/seek_pair_2d.tscn"}
    config = (
        PPOConfig()
        .environment(RLlibMultiAgentEnv, env_config=game)
        .multi_agent(policies={"steerer", "chooser"}, policy_mapping_fn=group_of)
        .env_runners(num_env_runners=0, num_envs_per_env_runner=2)
        .training(**PPO)
        .debugging(seed=1)
    )
    assert min(best_returns(config, 25, 1.4).values()) > 1.4


@pytest.mark.usefixtures("cluster")
def test_agents_that_leave_and_join(repository: Path) -> None:
    game = {"project_path": str(repository), "scene_path": f"{GAMES}/crew_guests_2d.tscn"}
    config = (
        PPOConfig()
        .environment(RLlibMultiAgentEnv, env_config=game)
        .multi_agent(policies={"sailors", "cook"}, policy_mapping_fn=group_of)
        .env_runners(num_env_runners=0)
        .training(train_batch_size_per_learner=256, minibatch_size=64, num_epochs=1)
    )
    assert set(best_returns(config, 2, 1e9)) == {"sailors", "cook"}
