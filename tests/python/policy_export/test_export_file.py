"""Models that were trained without this harness: what is told apart, and what is refused."""

from __future__ import annotations

import json
import pickle
import zipfile
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from rl_training import export_policy
from rl_training.checkpoints.sb3_classes import ALGORITHMS, algorithm_class
from rl_training.errors import ModelError
from rl_training.policy_export.export_file import export_file
from rl_training.policy_export.onnx_export import read_metadata
from rl_training.policy_export.verify import open_session, run_session
from tests.python.policy_export.policies import CASES, MOVE, VECTOR, SpacesEnv, make


@pytest.mark.parametrize(
    ("case", "name"),
    [
        *[
            ("ppo", "PPO"),
            ("a2c", "A2C"),
            ("trpo", "TRPO"),
            ("sac", "SAC"),
            ("tqc", "TQC"),
            ("td3", "TD3"),
        ],
        *[("ddpg", "TD3"), ("dqn", "DQN"), ("maskable", "MaskablePPO")],
        ("recurrent", "RecurrentPPO"),
    ],
)
def test_a_plain_zip_says_what_it_is(case: str, name: str, tmp_path: Path) -> None:
    model, _ = make(CASES[case])
    model.save(tmp_path / "model.zip")
    result = export_file(tmp_path / "model.zip", tmp_path / "model.onnx")
    assert result.algorithm == name
    assert result.size == 6
    assert result.difference <= 1e-5
    obs = np.random.default_rng(0).normal(size=(16, 6)).astype(np.float32)
    found = run_session(open_session(result.path), obs)
    if isinstance(model.action_space, gym.spaces.Box):
        expected, _ = model.predict(obs, deterministic=True)
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_script_takes_vec_normalizes_pickle(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    env = VecNormalize(DummyVecEnv([lambda: SpacesEnv(VECTOR, MOVE)]))
    env.obs_rms.update(np.random.default_rng(0).normal(0.5, 3.0, (50, 6)))
    model = PPO("MlpPolicy", env, device="cpu", n_steps=16, batch_size=16)
    model.save(tmp_path / "model.zip")
    env.save(str(tmp_path / "normaliser.pkl"))
    arguments = ["--model", str(tmp_path / "model.zip")]
    arguments += ["--normaliser", str(tmp_path / "normaliser.pkl"), "--algorithm", "PPO"]
    assert export_policy.main(arguments) == 0
    captured = capsys.readouterr()
    assert "no normaliser" not in captured.err
    told = captured.out
    assert "PPO, 6 floats in, 3 out" in told
    assert "over 256 observations" in told
    obs = np.random.default_rng(1).normal(size=(8, 6)).astype(np.float32)
    expected, _ = model.predict(env.normalize_obs(obs), deterministic=True)
    found = run_session(open_session(tmp_path / "model.onnx"), obs)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert json.loads(read_metadata(tmp_path / "model.onnx")["policy"])["algorithm"] == "PPO"


def test_what_cannot_be_exported_is_said(tmp_path: Path) -> None:
    model, _ = make(CASES["ppo"])
    model.save(tmp_path / "model.zip")
    output = tmp_path / "model.onnx"
    with pytest.raises(ModelError, match=r"unknown algorithm 'SACC'.*'SAC'"):
        export_file(tmp_path / "model.zip", output, "SACC")
    with pytest.raises(ModelError, match=r"cannot load .*model\.zip"):
        export_file(tmp_path / "model.zip", output, "DQN")
    with pytest.raises(ModelError, match="no normaliser at"):
        export_file(tmp_path / "model.zip", output, normaliser=tmp_path / "none.pkl")
    other = tmp_path / "other.pkl"
    other.write_bytes(pickle.dumps({"mean": 1}))
    with pytest.raises(ModelError, match=r"holds a dict, not what VecNormalize\.save writes"):
        export_file(tmp_path / "model.zip", output, normaliser=other)
    other.write_text("hello")
    with pytest.raises(ModelError, match=r"cannot read .*other\.pkl"):
        export_file(tmp_path / "model.zip", output, normaliser=other)
    assert not output.exists()


def test_a_policy_class_of_ones_own_needs_the_algorithms_name(tmp_path: Path) -> None:
    model, _ = make(CASES["ppo"])
    model.save(tmp_path / "model.zip")
    changed = tmp_path / "own.zip"
    with zipfile.ZipFile(tmp_path / "model.zip") as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "data":
                data = json.loads(content)
                data["policy_class"]["__module__"] = "somewhere.else"
                content = json.dumps(data).encode()
            new.writestr(name, content)
    with pytest.raises(ModelError, match=r"was trained with ''; known: PPO, .*--algorithm"):
        export_file(changed, tmp_path / "own.onnx")
    assert export_file(changed, tmp_path / "own.onnx", "PPO").algorithm == "PPO"


def test_every_known_algorithm_is_there() -> None:
    for name in ALGORITHMS:
        assert algorithm_class(name).__name__ == name
