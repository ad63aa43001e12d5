"""`train_policy`: from an environment's factory to a policy that is saved and loaded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rl_training.algorithms import TrainedPolicy, train_policy
from rl_training.errors import ConfigError, UsageError
from tests.python.tiny_env import TinyEnv, tiny_vec_env


@pytest.mark.parametrize("algorithm", ["ppo", "sac"])
def test_a_policy_is_trained_saved_and_loaded(algorithm: str, tmp_path: Path) -> None:
    policy = train_policy(lambda: tiny_vec_env(4), algorithm, 2, steps_per_iteration=100)
    assert policy.meta.timesteps >= 200
    obs = {"obs": np.zeros((3, 12), np.float32)}
    policy.save(tmp_path / "it.zip")
    again = TrainedPolicy.load_checkpoint(tmp_path / "it.zip")
    np.testing.assert_array_equal(again.predict(obs)[0], policy.predict(obs)[0])
    policy.export(tmp_path / "it.onnx")
    assert (tmp_path / "it.onnx").exists()


def test_a_lone_environment_and_mistakes() -> None:
    assert train_policy(TinyEnv, "ppo", 1, steps_per_iteration=64).model.num_timesteps >= 64
    with pytest.raises(UsageError, match="env_factory made a str"):
        train_policy(lambda: "game")
    with pytest.raises(ConfigError, match="no algorithm 'poo'"):
        train_policy(TinyEnv, "poo")
