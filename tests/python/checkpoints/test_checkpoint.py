from __future__ import annotations

import logging
import random
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecNormalize

from rl_training.checkpoints.checkpoint import (
    CheckpointMeta,
    load_checkpoint,
    read_meta,
    restore_random_states,
    save_checkpoint,
)
from rl_training.checkpoints.normaliser import Normaliser
from rl_training.errors import ModelError
from tests.python.tiny_env import tiny_model, tiny_vec_env


@pytest.fixture(name="saved")
def _saved(tmp_path: Path) -> tuple[Path, PPO, VecNormalize]:
    model, env = tiny_model()
    path = tmp_path / "models" / "walk_step_128.zip"
    meta = CheckpointMeta(scenario="walk", seed=7, timesteps=128, config={"timesteps": 128})
    save_checkpoint(path, model, Normaliser.of(env), meta)
    return path, model, env


def test_model_normaliser_and_meta_come_back(saved: tuple[Path, PPO, VecNormalize]) -> None:
    path, model, env = saved
    checkpoint = load_checkpoint(path)
    assert checkpoint.meta.scenario == "walk"
    assert checkpoint.meta.seed == 7
    assert checkpoint.meta.config == {"timesteps": 128}
    assert checkpoint.meta.versions["torch"]
    assert checkpoint.model.num_timesteps == 128
    obs = {"obs": np.random.default_rng(0).normal(size=(5, 12)).astype(np.float32)}
    assert checkpoint.normaliser is not None
    ours = checkpoint.normaliser.normalise(obs)
    theirs = env.normalize_obs(obs)
    assert isinstance(ours, dict)
    assert isinstance(theirs, dict)
    np.testing.assert_array_equal(ours["obs"], theirs["obs"])
    expected, _ = model.predict(theirs, deterministic=True)
    found, _ = checkpoint.model.predict(ours, deterministic=True)
    np.testing.assert_array_equal(found, expected)


def test_the_optimiser_comes_back(saved: tuple[Path, PPO, VecNormalize]) -> None:
    path, model, env = saved
    loaded = load_checkpoint(path, env=env).model
    ours = loaded.policy.optimizer.state_dict()["state"]
    theirs = model.policy.optimizer.state_dict()["state"]
    assert ours[0]["step"] == theirs[0]["step"] > 0
    assert torch.equal(ours[0]["exp_avg"], theirs[0]["exp_avg"])


def test_plain_sb3_loads_it(saved: tuple[Path, PPO, VecNormalize]) -> None:
    model = PPO.load(saved[0], device="cpu")
    assert model.num_timesteps == 128


def test_a_plain_sb3_model_loads_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model, _ = tiny_model()
    model.save(tmp_path / "plain.zip")
    with caplog.at_level(logging.WARNING):
        checkpoint = load_checkpoint(tmp_path / "plain.zip")
    assert checkpoint.normaliser is None
    assert "plain Stable-Baselines3 model: no normaliser" in caplog.text


def test_random_states_come_back(saved: tuple[Path, PPO, VecNormalize]) -> None:
    path, model, env = saved
    random.seed(3)
    np.random.seed(4)
    torch.manual_seed(5)
    random.gauss(0, 1)
    np.random.normal()
    save_checkpoint(path, model, Normaliser.of(env), CheckpointMeta())
    expected = (random.gauss(0, 1), np.random.normal(), torch.rand(3).tolist())
    restore_random_states(path)
    assert (random.gauss(0, 1), np.random.normal(), torch.rand(3).tolist()) == expected


def test_statistics_can_be_put_back(saved: tuple[Path, PPO, VecNormalize]) -> None:
    path, _, env = saved
    other = VecNormalize(tiny_vec_env())
    normaliser = load_checkpoint(path).normaliser
    assert normaliser is not None
    normaliser.apply_to(other)
    assert Normaliser.of(other).to_bytes() == Normaliser.of(env).to_bytes()


def test_missing_files_name_the_nearest(saved: tuple[Path, PPO, VecNormalize]) -> None:
    with pytest.raises(ModelError, match=r"no model at .*walk_step_129.*'walk_step_128\.zip'"):
        read_meta(saved[0].with_name("walk_step_129.zip"))
    with pytest.raises(ModelError, match="no model at"):
        load_checkpoint(Path("/nowhere/at/all.zip"))


def test_other_files_are_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.zip"
    text.write_text("not a zip")
    with pytest.raises(ModelError, match="is not a model"):
        load_checkpoint(text)
    foreign = tmp_path / "foreign.zip"
    with zipfile.ZipFile(foreign, "w") as archive:
        archive.writestr("readme.txt", "x")
    with pytest.raises(ModelError, match="not a Stable-Baselines3 model"):
        load_checkpoint(foreign)


def test_damaged_files_are_refused(saved: tuple[Path, PPO, VecNormalize]) -> None:
    path = saved[0]
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    # The weights are zip files too: half of a checkpoint may look like another kind of zip.
    with pytest.raises(ModelError, match=r"is not a model|not a Stable-Baselines3 model"):
        load_checkpoint(path)
    # The directory of the zip is intact, a member is not.
    spoiled = bytearray(whole)
    at = whole.index(b"policy.pth") + 2000
    spoiled[at : at + 64] = bytes(64)
    path.write_bytes(bytes(spoiled))
    with pytest.raises(ModelError, match="cannot load"):
        load_checkpoint(path)


def test_a_newer_format_is_refused(saved: tuple[Path, PPO, VecNormalize]) -> None:
    path, model, env = saved
    save_checkpoint(path, model, Normaliser.of(env), CheckpointMeta(format=99))
    with pytest.raises(ModelError, match="format 99, this harness reads up to 1"):
        load_checkpoint(path)


def test_a_model_of_other_spaces_is_refused(saved: tuple[Path, PPO, VecNormalize]) -> None:
    with pytest.raises(ModelError, match="Action spaces do not match"):
        load_checkpoint(saved[0], env=tiny_vec_env(discrete=True))
