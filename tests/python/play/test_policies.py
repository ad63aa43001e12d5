from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from rl_training.checkpoints.checkpoint import CheckpointMeta, save_checkpoint
from rl_training.checkpoints.normaliser import Normaliser
from rl_training.errors import ModelError
from rl_training.play.players import RANDOM
from rl_training.play.policies import load_policy
from rl_training.policy_export.onnx_export import export
from tests.python.policy_export.policies import CASES, SpacesEnv, make
from tests.python.tiny_env import tiny_vec_env


def _saved(folder: Path, discrete: bool) -> tuple[Path, Path]:
    env = VecNormalize(tiny_vec_env(discrete=discrete))
    model = PPO("MultiInputPolicy", env, n_steps=16, batch_size=64, seed=1, device="cpu")
    model.learn(128)
    normaliser = Normaliser.of(env)
    save_checkpoint(folder / "m.zip", model, normaliser, CheckpointMeta())
    export(model, normaliser, folder / "m.onnx", CheckpointMeta())
    return folder / "m.zip", folder / "m.onnx"


@pytest.mark.parametrize("discrete", [False, True])
def test_both_files_act_alike(tmp_path: Path, discrete: bool) -> None:
    env = tiny_vec_env(discrete=discrete)
    policies = [load_policy(path, env) for path in _saved(tmp_path, discrete)]
    obs = {"obs": np.random.default_rng(0).normal(size=(50, 12)).astype(np.float32)}
    first, second = (policy.act(obs) for policy in policies)
    assert first.shape == second.shape
    np.testing.assert_allclose(first, second, atol=1e-5)
    env.reset()
    env.step(first[:4])


@pytest.mark.parametrize("name", ["recurrent", "recurrent_continuous"])
def test_both_files_remember_alike(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    env = DummyVecEnv([lambda: SpacesEnv(case.obs, case.actions)] * 3)
    model, normaliser = make(case)
    save_checkpoint(tmp_path / "m.zip", model, normaliser, CheckpointMeta(algorithm="RecurrentPPO"))
    export(model, normaliser, tmp_path / "m.onnx", CheckpointMeta())
    policies = [load_policy(tmp_path / file, env) for file in ("m.zip", "m.onnx", "m.onnx")]
    forgetful = policies[2]
    rng = np.random.default_rng(0)
    differing = 0
    for step in range(20):
        obs = rng.normal(size=(3, 6)).astype(np.float32)
        starts = rng.random(3) < 0.2 if step else np.ones(3, dtype=np.bool_)
        for policy in policies[:2]:
            policy.begin(starts)
        forgetful.begin(np.ones(3, dtype=np.bool_))
        first, second, third = (policy.act(obs) for policy in policies)
        np.testing.assert_allclose(first, second, atol=1e-5)
        differing += int(not np.allclose(second, third, atol=1e-3))
    # The choices of this discrete policy are the same either way; its memory changes logits only.
    assert differing > 0 or name == "recurrent"


def test_models_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    as_zip, as_onnx = _saved(tmp_path, discrete=False)
    other = tiny_vec_env(discrete=True)
    with pytest.raises(ModelError, match="does not fit the scene: Action spaces"):
        load_policy(as_zip, other)
    with pytest.raises(ModelError, match="gives 4 outputs, the scene's actions need 5"):
        load_policy(as_onnx, other)


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "m.pt").write_text("x")
    with pytest.raises(ModelError, match=r"must end in \.zip or \.onnx"):
        load_policy(tmp_path / "m.pt", tiny_vec_env())


class MaskedEnv(SpacesEnv):
    """Allows the second choice of two, and the first and third of three."""

    def action_masks(self) -> np.ndarray[Any, Any]:
        return np.array([False, True, True, False, True])


SPREAD = {
    "continuous": (
        SpacesEnv,
        spaces.Box(np.array([-1, 0], np.float32), np.array([1, 4], np.float32)),
    ),
    "discrete": (SpacesEnv, spaces.MultiDiscrete([2, 3])),
    "masked": (MaskedEnv, spaces.MultiDiscrete([2, 3])),
}


@pytest.mark.parametrize("name", SPREAD)
def test_random_play_is_spread_repeats_and_keeps_to_the_masks(name: str) -> None:
    kind, actions = SPREAD[name]
    box = spaces.Dict({"obs": spaces.Box(-1.0, 1.0, (2,))})
    env = DummyVecEnv([lambda: kind(box, actions)] * 3000)
    obs = {"obs": np.zeros((3000, 2), np.float32)}
    first, second = (load_policy(RANDOM, env).act(obs) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    if name == "continuous":
        np.testing.assert_allclose([first.min(0), first.max(0)], [[-1, 0], [1, 4]], atol=0.02)
        return
    shares = [np.bincount(first[:, i], minlength=n) / 3000 for i, n in enumerate((2, 3))]
    wanted = [[0.5, 0.5], [1 / 3] * 3] if name == "discrete" else [[0.0, 1.0], [0.5, 0.0, 0.5]]
    for share, expected in zip(shares, wanted, strict=True):
        np.testing.assert_allclose(share, expected, atol=0.05)
