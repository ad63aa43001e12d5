"""Dreamer on recorded episodes alone: the call for scripts, its files, its refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from rl_training.algorithms.dreamer import DreamerTrainer, train_dreamer
from rl_training.data.synthetic import create_synthetic_dataset
from rl_training.errors import ConfigError, DataError
from tests.python.algorithms.world_model.systems import bar_episode
from tests.python.learners import ppo_model
from tests.python.tiny_env import tiny_vec_env

QUICK = {"batch_size": 4, "sequence_length": 8, "imagination_starts": 16, "imagine_horizon": 4}


def test_vectors_and_the_file(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    data = create_synthetic_dataset(8, 3, 2, length=20)

    trained = train_dreamer(data, (3,), 12, settings=QUICK, seed=2)
    trained.save(tmp_path / "dreamer.zip")
    loaded = DreamerTrainer.load_checkpoint(tmp_path / "dreamer.zip")

    assert trained.updates == loaded.updates == 12
    losses = [one["model_loss"] for one in trained.history]
    assert np.mean(losses[-3:]) < np.mean(losses[:3])
    obs = {"obs": np.ones((5, 3), np.float32)}
    wanted, _ = trained.model.predict(obs, deterministic=True)
    found, _ = loaded.model.predict(obs, deterministic=True)
    assert wanted.shape == (5, 2)
    np.testing.assert_array_equal(found, wanted)
    loaded.fit(data, 1)
    assert loaded.updates == 13


def test_pictures_of_64x64() -> None:
    trained = train_dreamer([bar_episode(0, size=64, length=9)], {"camera": (64, 64, 3)}, 1,
                            settings=QUICK)  # fmt: skip

    actions, _ = trained.model.predict({"camera": np.zeros((2, 64, 64, 3), np.uint8)})

    assert actions.shape == (2, 1)
    assert set(actions.ravel().tolist()) <= {0, 1, 2}


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    data = create_synthetic_dataset(2, 3, 2, length=9)
    with pytest.raises(DataError, match="num_steps must be at least 1"):
        train_dreamer(data, (3,), 0)
    with pytest.raises(DataError, match=r"'obs' must be \(5,\)"):
        train_dreamer(data, (5,), 1)
    with pytest.raises(ConfigError, match="Did you mean 'size'"):
        train_dreamer(data, (3,), 1, settings={"siez": "tiny"})
    ppo_model(tiny_vec_env()).save(tmp_path / "ppo.zip")
    with pytest.raises(Exception, match="expected Dreamer"):
        DreamerTrainer.load(tmp_path / "ppo.zip")
