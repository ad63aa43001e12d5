from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import onnx
import pytest
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from rl_training.checkpoints.checkpoint import CheckpointMeta
from rl_training.checkpoints.normaliser import Normaliser
from rl_training.errors import HarnessError, ModelError
from rl_training.policy_export.layout import flatten, observation_parts, unflatten
from rl_training.policy_export.onnx_export import export, read_metadata
from rl_training.policy_export.verify import open_session, run_session, verify
from tests.python.policy_export.policies import SpacesEnv
from tests.python.tiny_env import TinyEnv, tiny_vec_env

META = CheckpointMeta(
    scenario="walk", seed=3, timesteps=128, observation_names={"obs": [f"o{i}" for i in range(12)]}
)


class _TwoKeys(TinyEnv):
    """Observes two vectors whose keys are not in the order of their names' lengths."""

    def __init__(self) -> None:
        super().__init__()
        self.observation_space = gym.spaces.Dict(
            {
                "wide": gym.spaces.Box(-5.0, 5.0, (5,), np.float32),
                "a": gym.spaces.Box(-1.0, 1.0, (2,), np.float32),
            }
        )

    def _observe(self) -> dict[str, Any]:
        return dict(self.observation_space.sample())


def _trained(discrete: bool = False, normalise: bool = True) -> tuple[PPO, Normaliser | None]:
    env: Any = tiny_vec_env(discrete=discrete)
    if normalise:
        env = VecNormalize(env)
    model = PPO("MultiInputPolicy", env, n_steps=32, batch_size=64, seed=1, device="cpu")
    model.learn(256)
    return model, Normaliser.of(env) if normalise else None


@pytest.fixture(name="trained", scope="module")
def _trained_once() -> tuple[PPO, Normaliser | None]:
    return _trained()


def test_normaliser_and_clipping_are_inside(
    trained: tuple[PPO, Normaliser], tmp_path: Path
) -> None:
    model, normaliser = trained
    path = tmp_path / "policy.onnx"
    export(model, normaliser, path, META)
    raw = np.random.default_rng(0).normal(scale=30, size=(64, 12)).astype(np.float32)
    found = run_session(open_session(path), raw)
    normal = normaliser.normalise({"obs": raw})
    expected, _ = model.predict(normal, deterministic=True)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert found.min() >= -1.0
    assert found.max() <= 1.0
    result = verify(path, model, normaliser, recorded={"obs": raw})
    assert result.samples == 256 + 64
    assert result.max_difference <= 1e-5


def test_names_shapes_and_batches_are_godot_rls(
    trained: tuple[PPO, Normaliser], tmp_path: Path
) -> None:
    path = tmp_path / "policy.onnx"
    export(*trained, path, META)
    session = open_session(path)
    assert [item.name for item in session.get_inputs()] == ["obs", "state_ins"]
    assert [item.name for item in session.get_outputs()][:2] == ["output", "state_outs"]
    for batch in (1, 7):
        feed = {"obs": np.zeros((batch, 12), np.float32), "state_ins": np.zeros(batch, np.float32)}
        output, state = session.run(["output", "state_outs"], feed)
        assert output.shape == (batch, 4)
        assert state.shape == (batch,)


def test_operators_are_those_that_the_engine_runs(
    trained: tuple[PPO, Normaliser], tmp_path: Path
) -> None:
    path = tmp_path / "policy.onnx"
    export(*trained, path, META)
    proto = onnx.load(str(path))
    assert {node.op_type for node in proto.graph.node} <= {
        *("Gemm", "MatMul", "Add", "Sub", "Mul", "Div", "Tanh", "Relu", "Clip", "Concat"),
        *("Flatten", "Reshape", "Identity", "Constant", "Shape", "ConstantOfShape"),
    }
    assert proto.opset_import[0].version == 17


def test_metadata_tells_what_it_is(trained: tuple[PPO, Normaliser], tmp_path: Path) -> None:
    path = tmp_path / "policy.onnx"
    export(*trained, path, META)
    found = read_metadata(path)
    assert found["scenario"] == "walk"
    assert found["seed"] == "3"
    assert found["harness"].startswith("spacetime-rl")
    assert found["commit"]
    observations = json.loads(found["observations"])
    assert observations[0]["key"] == "obs"
    assert observations[0]["size"] == 12
    assert observations[0]["names"][11] == "o11"
    assert json.loads(found["actions"])["type"] == "continuous"


def test_discrete_actions_are_logits(tmp_path: Path) -> None:
    model, normaliser = _trained(discrete=True)
    path = tmp_path / "policy.onnx"
    export(model, normaliser, path, META)
    assert verify(path, model, normaliser).max_difference <= 1e-5
    raw = np.random.default_rng(0).normal(size=(32, 12)).astype(np.float32)
    logits = run_session(open_session(path), raw)
    assert logits.shape == (32, 5)
    assert normaliser is not None
    expected, _ = model.predict(normaliser.normalise({"obs": raw}), deterministic=True)
    found = np.stack([logits[:, :3].argmax(1), logits[:, 3:].argmax(1)], axis=1)
    np.testing.assert_array_equal(found, expected)
    assert json.loads(read_metadata(path)["actions"]) == {"type": "discrete", "nvec": [3, 2]}


def test_without_a_normaliser(tmp_path: Path) -> None:
    model, _ = _trained(normalise=False)
    path = tmp_path / "policy.onnx"
    export(model, None, path, META)
    assert verify(path, model, None).max_difference <= 1e-5


def test_several_keys_are_concatenated_as_sb3_does_it(tmp_path: Path) -> None:
    env = VecNormalize(DummyVecEnv([_TwoKeys]))
    model = PPO("MultiInputPolicy", env, n_steps=32, batch_size=32, device="cpu")
    model.learn(64)
    normaliser = Normaliser.of(env)
    path = tmp_path / "policy.onnx"
    export(model, normaliser, path, CheckpointMeta())
    assert verify(path, model, normaliser).max_difference <= 1e-5
    parts = observation_parts(model.observation_space)
    assert sum(part.size for part in parts) == 7
    obs = {key: sample[None] for key, sample in model.observation_space.sample().items()}
    again = unflatten(flatten(obs, parts), parts)
    assert isinstance(again, dict)
    for key in obs:
        np.testing.assert_array_equal(again[key], obs[key])


def test_an_element_that_hardly_changes_stays_exact(tmp_path: Path) -> None:
    # float32 cannot hold this mean; divided by the tiny deviation the loss would be 1e-3.
    model, normaliser = _trained()
    assert normaliser is not None
    stats = normaliser.obs["obs"]
    stats.mean[3] = 0.7 + 1e-9
    stats.var[3] = 0.0
    path = tmp_path / "policy.onnx"
    export(model, normaliser, path, META)
    raw = np.random.default_rng(0).normal(size=(64, 12)).astype(np.float32)
    raw[:, 3] = 0.7
    assert verify(path, model, normaliser, recorded={"obs": raw}).max_difference <= 1e-5


def test_a_wrong_file_is_found_out(trained: tuple[PPO, Normaliser], tmp_path: Path) -> None:
    model, normaliser = trained
    path = tmp_path / "policy.onnx"
    export(model, normaliser, path, META)
    bias: Any = model.policy.action_net.bias
    earlier = bias.data.clone()
    try:
        bias.data += torch.tensor([0.0, 0.0, 0.001, 0.0])
        with pytest.raises(HarnessError, match=r"differs from the trained policy by 1\.0\de-03"):
            verify(path, model, normaliser)
    finally:
        bias.data = earlier


def test_exporting_warns_of_nothing(trained: tuple[PPO, Normaliser], tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        export(*trained, tmp_path / "policy.onnx", META)
    assert [path.name for path in tmp_path.iterdir()] == ["policy.onnx"]


def test_what_the_engine_does_not_give_is_refused(tmp_path: Path) -> None:
    bits = gym.spaces.Dict({"keys": gym.spaces.MultiBinary(4)})
    with pytest.raises(ModelError, match=r"'keys'.*--no-export_onnx"):
        observation_parts(bits)
    env = SpacesEnv(gym.spaces.Box(-1.0, 1.0, (3,)), gym.spaces.MultiBinary(2))
    model = PPO("MlpPolicy", env, device="cpu")
    with pytest.raises(ModelError, match=r"cannot export action space MultiBinary\(2\)"):
        export(model, None, tmp_path / "policy.onnx", META)


def test_files_that_are_not_onnx_are_refused(tmp_path: Path) -> None:
    text = tmp_path / "policy.onnx"
    text.write_text("hello")
    with pytest.raises(ModelError, match="not a usable ONNX model"):
        open_session(text)
    with pytest.raises(ModelError, match="no model at"):
        open_session(tmp_path / "none.onnx")
    with pytest.raises(ModelError, match="no model at"):
        read_metadata(tmp_path / "none.onnx")
