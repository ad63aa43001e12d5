"""TD3+BC: what it makes of mixed data, what it refuses, and that it is a run like others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from stable_baselines3.common.logger import Logger

from rl_training.algorithms.offline.learner import TD3BCLearner
from rl_training.checkpoints.checkpoint import load_checkpoint, read_meta
from rl_training.data import DataCollector, Trajectory, create_synthetic_dataset
from rl_training.data.store import save_trajectories
from rl_training.errors import ActionSpaceError, ConfigError, DataError
from rl_training.runs.metrics import read_metrics
from rl_training.runs.paths import RunPaths
from rl_training.training.pipeline import train
from tests.python.learners import config_of
from tests.python.tiny_env import tiny_vec_env

torch.set_num_threads(1)
SETTINGS: dict[str, Any] = {
    "network": {"net_arch": [32, 32], "activation": "relu"},
    "rewards": {"normalise": False},
}


class Mixed:
    """Does what pays in `TinyEnv` half of the time, else the contrary, by agent."""

    def __call__(self, obs: Any) -> Any:
        pays = np.sign(obs["obs"][:, :1])
        way = np.where(np.arange(len(pays)) % 2 == 0, 1.0, -1.0)[:, None]
        return np.tile(0.8 * way * pays, (1, 4))


def mixed(episodes: int = 40) -> list[Trajectory]:
    with DataCollector(lambda: tiny_vec_env(4)) as collector:
        return list(collector.collect_episodes(episodes, Mixed()))


def trained(given: list[Trajectory], steps: int = 300, **algorithm: Any) -> Any:
    config = config_of(
        algorithm={"batch_size": 64, "learning_rate": 3e-3, **algorithm, "name": "td3_bc"},
        training={"timesteps": 64 * steps},
        **SETTINGS,
    )
    made = TD3BCLearner(tiny_vec_env(4), config, given)
    made.learn([], Logger(None, []), resumed=False)
    return made


def mean_reward(made: Any) -> float:
    model, normaliser = made.actor()

    def act(obs: Any) -> Any:
        return model.predict(normaliser.normalise(obs), deterministic=True)[0]

    with DataCollector(lambda: tiny_vec_env(4), seed=9) as collector:
        played = collector.collect_episodes(24, act)
    return float(np.mean([one.rewards.sum() for one in played]))


@pytest.mark.timeout(300)
def test_it_takes_the_better_half_of_mixed_data() -> None:
    given = mixed()
    in_data = np.mean([one.rewards.sum() for one in given])
    assert abs(in_data) < 3.0
    assert mean_reward(trained(given)) > in_data + 3.0
    # Without the value it is cloning, which takes the middle of both halves.
    assert mean_reward(trained(given, alpha=0.0)) < in_data + 3.0


def test_it_is_a_run_that_is_resumed_and_exported(tmp_path: Path) -> None:
    data = tmp_path / "mixed.traj"
    save_trajectories(data, mixed(8))
    config = config_of(
        algorithm={"name": "td3_bc", "demonstrations": (str(data),), "batch_size": 16},
        training={"timesteps": 320, "save_frequency": 160},
        experiment_name="offline",
        run_root=str(tmp_path),
        **SETTINGS,
    )
    first = train(config, lambda _settings, _kind: tiny_vec_env(4))
    assert (first.timesteps, first.onnx is not None) == (320, True)
    assert first.onnx_difference is not None
    assert first.onnx_difference < 1e-4
    assert len(first.checkpoints) >= 1
    rows = list(read_metrics(RunPaths("offline", tmp_path).metrics))
    assert any("offline/critic_loss" in str(row) for row in rows)
    more = config.replace({"training": {"timesteps": 480, "resume": True}})
    again = train(more, lambda _settings, _kind: tiny_vec_env(4))
    assert (again.timesteps, read_meta(again.model).timesteps) == (480, 480)
    updates: Any = load_checkpoint(again.model).model
    assert updates._n_updates == 480 // 16
    assert any("gradient steps" in line for line in again.notes)


def test_the_weights_are_the_same_from_the_same_seed() -> None:
    given = mixed(8)
    one, two = trained(given, 20), trained(given, 20)
    for left, right in zip(
        one.actor().model.policy.parameters(), two.actor().model.policy.parameters(), strict=True
    ):
        torch.testing.assert_close(left, right, rtol=0.0, atol=0.0)


def test_mistakes() -> None:
    env = tiny_vec_env(2)
    with pytest.raises(ConfigError, match="td3_bc needs data"):
        TD3BCLearner(env, config_of(algorithm={"name": "td3_bc"}, **SETTINGS))
    config = config_of(algorithm={"name": "td3_bc"}, **SETTINGS)
    flat = [
        Trajectory(one.observations, one.actions, np.zeros(len(one)), terminated=True)
        for one in mixed(4)
    ]
    with pytest.raises(DataError, match="all rewards of the demonstrations are the same"):
        TD3BCLearner(env, config, flat)
    with pytest.raises(DataError, match="were they recorded in this scene"):
        TD3BCLearner(env, config, create_synthetic_dataset(3, 4, 4))
    with pytest.raises(ActionSpaceError, match="continuous actions only"):
        TD3BCLearner(tiny_vec_env(2, discrete=True), config, mixed(4))
