"""Every family of algorithms: the exported file does what Stable-Baselines3 does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from sb3_contrib import QRDQN
from stable_baselines3.common.base_class import BaseAlgorithm

from rl_training.checkpoints.checkpoint import CheckpointMeta
from rl_training.checkpoints.normaliser import Normaliser
from rl_training.errors import HarnessError, ModelError
from rl_training.policy_export.layout import flatten, observation_parts
from rl_training.policy_export.onnx_export import export, read_metadata
from rl_training.policy_export.verify import open_session, run_policy, run_session, verify
from rl_training.protocol.hybrid_box import HybridBox
from tests.python.policy_export.policies import CASES, VECTOR, SpacesEnv, make

Exported = tuple[Path, BaseAlgorithm, Normaliser | None]


@pytest.fixture(name="exported", scope="module")
def _exported(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("exported")
    made: dict[str, Exported] = {}

    def get(name: str) -> Exported:
        if name not in made:
            model, normaliser = make(CASES[name])
            path = folder / f"{name}.onnx"
            export(model, normaliser, path, CheckpointMeta())
            made[name] = path, model, normaliser
        return made[name]

    return get


@pytest.mark.parametrize("name", CASES)
def test_it_is_the_policy(name: str, exported: Any) -> None:
    path, model, normaliser = exported(name)
    result = verify(path, model, normaliser)
    assert result.max_difference <= 1e-5
    assert result.samples == (448 if "recurrent" in name else 256)
    policy = json.loads(read_metadata(path)["policy"])
    assert policy["algorithm"] == type(model).__name__
    assert policy["distribution"] == CASES[name].distribution


@pytest.mark.parametrize("name", ["ppo", "ppo_branches", "dqn", "maskable_one", "sac_uneven"])
def test_the_most_probable_action_is_sb3s(name: str, exported: Any) -> None:
    path, model, normaliser = exported(name)
    raw = np.random.default_rng(1).normal(scale=3.0, size=(64, 6)).astype(np.float32)
    output = run_session(open_session(path), raw)
    expected, _ = model.predict(normaliser.normalise(raw), deterministic=True)
    if isinstance(model.action_space, gym.spaces.Box):
        np.testing.assert_allclose(output, expected, atol=1e-5)
        assert np.all(output >= model.action_space.low)
        assert np.all(output <= model.action_space.high)
    elif isinstance(model.action_space, gym.spaces.Discrete):
        np.testing.assert_array_equal(output.argmax(1), expected)
    else:
        picks = np.stack([output[:, :3].argmax(1), output[:, 3:].argmax(1)], axis=1)
        np.testing.assert_array_equal(picks, expected)


@pytest.mark.parametrize("name", ["ppo", "sac_uneven", "ppo_sde_squashed"])
def test_actions_drawn_from_mean_and_std_are_sb3s(name: str, exported: Any) -> None:
    # 4000 draws of one observation: means within 5 standard errors, deviations within 10 %.
    path, model, normaliser = exported(name)
    raw = np.random.default_rng(4).normal(size=(1, 6)).astype(np.float32)
    found = run_policy(open_session(path), raw)
    noise = np.random.default_rng(2).standard_normal((4000, found["mean"].shape[1]))
    ours = found["mean"] + found["std"] * noise
    low, high = model.action_space.low, model.action_space.high
    if "squashed" in CASES[name].distribution:
        ours = low + 0.5 * (np.tanh(ours) + 1.0) * (high - low)
    ours = np.clip(ours, low, high)
    torch.manual_seed(0)
    normal = np.repeat(normaliser.normalise(raw), 4000, axis=0)
    if "sde" in name:
        model.policy.reset_noise(4000)
    theirs, _ = model.predict(normal, deterministic=False)
    error = np.sqrt((ours.var(0) + theirs.var(0)) / 4000)
    assert np.all(np.abs(ours.mean(0) - theirs.mean(0)) <= 5.0 * error + 1e-6)
    np.testing.assert_allclose(ours.std(0), theirs.std(0), rtol=0.1, atol=1e-6)


def test_a_masked_choice_is_sb3s(exported: Any) -> None:
    """The rule of the engine: the largest logit that is allowed."""
    path, model, normaliser = exported("maskable")
    rng = np.random.default_rng(5)
    raw = rng.normal(size=(200, 6)).astype(np.float32)
    masks = rng.random((200, 5)) < 0.5
    masks[:, 0] |= ~masks[:, :3].any(1)
    masks[:, 3] |= ~masks[:, 3:].any(1)
    logits = np.where(masks, run_session(open_session(path), raw), -np.inf)
    expected, _ = model.predict(normaliser.normalise(raw), action_masks=masks, deterministic=True)
    picks = np.stack([logits[:, :3].argmax(1), logits[:, 3:].argmax(1)], axis=1)
    np.testing.assert_array_equal(picks, expected)


@pytest.mark.parametrize("name", [n for n in CASES if "recurrent" not in n])
def test_godot_rls_runner_can_feed_it(name: str, exported: Any) -> None:
    """Its C# runner feeds obs [1, n] and state_ins [1], reads the width of `output` from the file.

    edbeeching/godot_rl_agents_plugin, addons/godot_rl_agents/onnx/csharp/ONNXInference.cs.
    """
    path, _, _ = exported(name)
    session = open_session(path)
    given = session.get_inputs()[0]
    assert (given.name, given.type, len(given.shape)) == ("obs", "tensor(float)", 2)
    outputs = {item.name: item for item in session.get_outputs()}
    width = outputs["output"].shape[1]
    assert isinstance(width, int)
    feed = {"obs": np.zeros((1, given.shape[1]), np.float32)}
    names = [item.name for item in session.get_inputs()]
    assert set(names) == {"obs", "state_ins"}
    feed["state_ins"] = np.ones(1, np.float32)
    output, state = session.run(["output", "state_outs"], feed)
    assert output.shape == (1, width)
    assert output.dtype == np.float32
    assert state.tolist() == [1.0]


def test_a_recurrent_model_fails_there_and_says_so(exported: Any) -> None:
    """That runner keeps no state: it must not play a policy that needs one without a word."""
    path, _, _ = exported("recurrent")
    session = open_session(path)
    feed = {"obs": np.zeros((1, 6), np.float32), "state_ins": np.ones(1, np.float32)}
    with pytest.raises(Exception, match=r"[Ii]nvalid rank for input: state_ins"):
        session.run(["output", "state_outs"], feed)


def test_the_state_is_told(exported: Any) -> None:
    path, _, _ = exported("recurrent")
    state = json.loads(read_metadata(path)["state"])
    assert state["size"] == 20
    assert state["parts"] == [
        {"name": "hidden", "layers": 2, "units": 5},
        {"name": "cell", "layers": 2, "units": 5},
    ]
    inputs = {item.name: item.shape for item in open_session(path).get_inputs()}
    assert inputs["state_ins"] == ["batch_size", 20]
    assert "state" not in read_metadata(exported("ppo")[0])


def test_agents_in_a_batch_do_not_touch_each_other(exported: Any) -> None:
    path, _, _ = exported("recurrent_continuous")
    session = open_session(path)
    rng = np.random.default_rng(0)
    obs = rng.normal(size=(3, 6)).astype(np.float32)
    state = rng.normal(size=(3, 20)).astype(np.float32)
    together = run_policy(session, obs, state)
    for row in range(3):
        alone = run_policy(session, obs[row : row + 1], state[row : row + 1])
        for name, value in alone.items():
            np.testing.assert_allclose(value[0], together[name][row], atol=1e-6)


def test_keys_are_taken_in_alphabetical_order(exported: Any) -> None:
    path, model, _ = exported("ppo_several")
    parts = observation_parts(model.observation_space)
    assert [part.key for part in parts] == ["a", "camera_2d", "grid", "wide"]
    told = json.loads(read_metadata(path)["observations"])
    assert [(one["key"], one["kind"], one["size"]) for one in told] == [
        ("a", "discrete", 1),
        ("camera_2d", "image", 3 * 36 * 36),
        ("grid", "vector", 6),
        ("wide", "vector", 6),
    ]


def test_images_with_the_channels_last(tmp_path: Path) -> None:
    """SB3 turns such images before it trains; the file turns them too."""
    case = CASES["ppo_cnn"]
    model, _ = make(case)
    path = tmp_path / "policy.onnx"
    export(model, None, path, CheckpointMeta(), channels_last=True)
    assert verify(path, model, None, channels_last=True).max_difference <= 1e-5
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (4, 36, 36, 3)).astype(np.uint8)
    parts = observation_parts(model.observation_space, channels_last=True)
    found = run_session(open_session(path), flatten(images, parts))
    expected, _ = model.predict(images.transpose(0, 3, 1, 2), deterministic=True)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    with pytest.raises(HarnessError, match="do not ship it"):
        verify(path, model, None)


def test_a_forgotten_state_is_found_out(exported: Any, tmp_path: Path) -> None:
    """A file whose state stands still differs from the second decision on."""
    path, model, normaliser = exported("recurrent")
    proto = onnx.load(str(path))
    for node in proto.graph.node:
        node.output[:] = ["lost" if name == "state_outs" else name for name in node.output]
    proto.graph.node.append(onnx.helper.make_node("Identity", ["state_ins"], ["state_outs"]))
    broken = tmp_path / "broken.onnx"
    onnx.save(proto, str(broken))
    with pytest.raises(HarnessError, match="do not ship it"):
        verify(broken, model, normaliser)


def test_nothing_of_training_changes(exported: Any) -> None:
    """Exporting leaves the model as it was: it may be exported in the middle of a run."""
    model, normaliser = make(CASES["sac"])
    before = {name: value.clone() for name, value in model.policy.state_dict().items()}
    actions, _ = model.predict(np.zeros((1, 6), np.float32), deterministic=True)
    path, _, _ = exported("sac")
    export(model, normaliser, path.with_name("again.onnx"), CheckpointMeta())
    for name, value in model.policy.state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0)
    again, _ = model.predict(np.zeros((1, 6), np.float32), deterministic=True)
    np.testing.assert_array_equal(actions, again)


def test_int8_runs_too(exported: Any, tmp_path: Path) -> None:
    """Quantised weights: the recurrent layers are dense ones, which the quantiser knows."""
    from onnxruntime.quantization import quantize_dynamic

    path, _, _ = exported("recurrent")
    small = tmp_path / "int8.onnx"
    quantize_dynamic(str(path), str(small))
    proto = onnx.load(str(small))
    assert {one.domain for one in proto.opset_import if one.domain not in ("", "ai.onnx")} <= {
        *("ai.onnx.ml", "com.microsoft"),
    }
    assert all(node.domain == "" for node in proto.graph.node)
    assert isinstance(open_session(small), onnxruntime.InferenceSession)


@pytest.mark.parametrize(
    ("lstm", "message"), [({"bidirectional": True}, "bidirectional"), ({"proj_size": 3}, "proj")]
)
def test_lstms_of_other_kinds_are_refused(
    lstm: dict[str, Any], message: str, tmp_path: Path
) -> None:
    model, _ = make(CASES["recurrent"])
    policy: Any = model.policy
    policy.lstm_kwargs = lstm
    policy.lstm_actor = torch.nn.LSTM(6, 5, **lstm)
    with pytest.raises(ModelError, match=f"cannot export an LSTM .*{message}"):
        export(model, None, tmp_path / "policy.onnx", CheckpointMeta())


def test_unknown_algorithms_are_refused_by_name(tmp_path: Path) -> None:
    env = SpacesEnv(VECTOR, gym.spaces.Discrete(3))
    model = QRDQN("MlpPolicy", env, buffer_size=10, device="cpu")
    with pytest.raises(ModelError, match=r"cannot export a QRDQN .*known: PPO, .*DQN"):
        export(model, None, tmp_path / "policy.onnx", CheckpointMeta())


def test_cases_cover_the_issue() -> None:
    kinds = {case.kind.__name__ for case in CASES.values()}
    assert kinds >= {"PPO", "SAC", "TD3", "DQN", "RecurrentPPO", "MaskablePPO"}
    assert {type(case.actions) for case in CASES.values()} == {
        *(gym.spaces.Box, gym.spaces.MultiDiscrete, gym.spaces.Discrete, HybridBox),
    }
