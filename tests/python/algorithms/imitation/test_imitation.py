"""Behavioural cloning and DAgger: what they learn from, learn, refuse, and leave for PPO."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import VecEnv

from rl_training.algorithms.imitation.actions import as_outputs, as_taken
from rl_training.algorithms.imitation.call import BehavioralCloning, train_behavioral_cloning
from rl_training.algorithms.imitation.examples import (
    discounted,
    make_examples,
    running_returns,
    split,
)
from rl_training.checkpoints.checkpoint import load_checkpoint
from rl_training.data import (
    DataCollector,
    Trajectory,
    create_synthetic_dataset,
    save_trajectories,
)
from rl_training.data.synthetic import expert_matrix
from rl_training.errors import ConfigError, DataError, HarnessError, ModelError
from rl_training.policy_export.verify import open_session, run_session
from rl_training.protocol.action_field import ActionField
from rl_training.protocol.hybrid_box import HybridBox
from rl_training.runs.metrics import read_metrics
from rl_training.runs.paths import RunPaths
from rl_training.training.pipeline import train
from tests.python.data.test_trajectory import made
from tests.python.learners import config_of, learner
from tests.python.tiny_env import tiny_vec_env

torch.set_num_threads(1)


def sign_of_first(obs: Any) -> Any:
    """Tell what pays in `TinyEnv`: the sign of observation 0, everywhere."""
    up = np.sign(obs["obs"][:, :1])
    return np.tile(up, (1, 4))


def first_choice(obs: Any) -> Any:
    """Tell it with choices of three and two."""
    up = (obs["obs"][:, 0] > 0).astype(np.int64)
    return np.stack([2 * up, up], axis=1)


def broken(_obs: Any) -> Any:
    """Fail, as a user's script may."""
    raise KeyError("lidar")


def demonstrations(discrete: bool = False, episodes: int = 30) -> list[Trajectory]:
    expert = first_choice if discrete else sign_of_first
    with DataCollector(lambda: tiny_vec_env(5, discrete=discrete)) as collector:
        return list(collector.collect_episodes(episodes, expert))


@pytest.mark.parametrize("loss", ["likelihood", "mse"])
def test_a_linear_expert_is_learned(loss: str, tmp_path: Path) -> None:
    given = create_synthetic_dataset(30, 4, 2, noise=0.02)
    cloned = train_behavioral_cloning(
        given, timesteps=15_000, settings={"loss": loss, "learning_rate": 3e-3}
    )
    seen = np.random.default_rng(1).uniform(-0.5, 0.5, (64, 4)).astype(np.float32)
    wanted = np.clip(seen @ expert_matrix(4, 2), -1.0, 1.0)
    untrained = train_behavioral_cloning(given, timesteps=1)
    error = np.abs(cloned.predict({"obs": seen})[0] - wanted).mean()
    assert error < 0.5 * np.abs(untrained.predict({"obs": seen})[0] - wanted).mean()
    assert error < 0.12
    first, last = cloned.passes[0], cloned.passes[-1]
    assert first.validation_loss is not None
    assert last.validation_loss is not None
    assert last.validation_loss < first.validation_loss
    cloned.save(tmp_path / "cloned.zip")
    for again in (BehavioralCloning.load, BehavioralCloning.load_checkpoint):
        actions = again(tmp_path / "cloned.zip").predict({"obs": seen})[0]
        np.testing.assert_array_equal(actions, cloned.predict({"obs": seen})[0])
    cloned.export(tmp_path / "cloned.onnx")
    found = run_session(open_session(tmp_path / "cloned.onnx"), seen)
    np.testing.assert_allclose(np.clip(found, -1, 1), cloned.predict({"obs": seen})[0], atol=1e-5)


def test_the_deviation_is_what_is_left_over() -> None:
    given = create_synthetic_dataset(30, 2, 1, noise=0.3)
    cloned = train_behavioral_cloning(given, timesteps=15_000, settings={"learning_rate": 3e-3})
    deviation = float(np.exp(cloned.model.policy.log_std.detach().numpy()[0]))
    assert 0.2 < deviation < 0.4


def test_choices_are_learned() -> None:
    cloned = train_behavioral_cloning(
        demonstrations(discrete=True),
        timesteps=6_000,
        settings={"batch_size": 64, "learning_rate": 5e-3},
    )
    assert isinstance(cloned.model.action_space, spaces.MultiDiscrete)
    assert cloned.passes[-1].error < 0.15


def test_an_lstm_learns_what_one_observation_does_not_tell() -> None:
    # The action is the sign that was seen at the first decision, and never again.
    random = np.random.default_rng(0)
    given = []
    for _ in range(40):
        sign = random.choice([-1.0, 1.0])
        seen = np.zeros((9, 1), np.float32)
        seen[0] = sign
        actions = np.full((8, 1), sign, np.float32)
        given.append(Trajectory({"obs": seen}, actions, np.zeros(8), True))
    settings = {"sequence_length": 8, "batch_size": 64, "learning_rate": 1e-2, "patience": 0,
                "lstm_hidden_size": 8}  # fmt: skip
    cloned = train_behavioral_cloning(given, True, timesteps=10_000, settings=settings)
    state, start, answers = None, np.ones(2, np.bool_), []
    for step in range(8):
        obs = np.array([[1.0], [-1.0]], np.float32) * (step == 0)
        action, state = cloned.predict({"obs": obs}, state, start)
        start = np.zeros(2, np.bool_)
        answers.append(action[:, 0])
    assert (np.sign(answers) == [[1, -1]] * 8).all()
    blind = {k: v for k, v in settings.items() if k in ("batch_size", "learning_rate", "patience")}
    flat = train_behavioral_cloning(given, timesteps=4_000, settings=blind)
    assert flat.passes[-1].error > 2 * cloned.passes[-1].error


def test_pictures_are_learned() -> None:
    random = np.random.default_rng(0)
    given = []
    for _ in range(6):
        bright = random.integers(0, 2, 9)
        seen = (200 * bright[:, None, None, None] * np.ones((9, 36, 36, 3))).astype(np.uint8)
        given.append(Trajectory({"camera": seen}, bright[:8, None], np.zeros(8), True))
    settings = {"batch_size": 16, "learning_rate": 1e-3, "patience": 0}
    cloned = train_behavioral_cloning(given, timesteps=400, settings=settings)
    assert cloned.passes[-1].error == 0.0


def test_noise_and_early_stop() -> None:
    given = create_synthetic_dataset(20, 3, 1)
    settings = {"patience": 2, "noise": 0.1, "learning_rate": 1e-2}
    cloned = train_behavioral_cloning(given, timesteps=500_000, settings=settings)
    errors = [one.error for one in cloned.passes]
    assert int(np.argmin(errors)) == len(errors) - 3  # two passes without a better one
    again = train_behavioral_cloning(given, timesteps=500_000, settings=settings)
    assert [one.error for one in again.passes] == errors


def test_one_strange_action_that_is_held_back_does_not_end_it() -> None:
    # Seen with eight demonstrations: as the deviation falls, what misses is ever less likely.
    given = create_synthetic_dataset(8, 3, 1)
    _, held = split(given, 0.1, seed=0)
    held[0].actions[3] += 3.0
    settings = {"learning_rate": 1e-3, "log_std_min": -3.0, "batch_size": 32}
    cloned = train_behavioral_cloning(given, timesteps=200_000, settings=settings)
    likely = int(np.argmin([one.validation_loss or 0.0 for one in cloned.passes]))
    kept = int(np.argmin([one.error for one in cloned.passes]))
    assert cloned.passes[kept].error < 0.7 * cloned.passes[likely].error
    assert len(cloned.passes) == kept + 11


def test_sequences_see_more_than_they_learn_from() -> None:
    given = [made(7, terminated=False, truncated=True), made(3)]
    space = spaces.Dict({"obs": spaces.Box(-np.inf, np.inf, (3,), np.float32)})
    examples = make_examples(given, space, spaces.Box(-99, 99, (2,), np.float32), 0.9)
    assert examples.sequences(4, 1) == [(0, 0, 4), (3, 4, 7), (7, 7, 10)]
    assert examples.starts.tolist() == [0, 7, 10]
    np.testing.assert_allclose(examples.returns[-3:], discounted(np.array([0.0, 1.0, 2.0]), 0.9))
    np.testing.assert_allclose(discounted(np.array([1.0, 2.0]), 0.5), [2.0, 2.0])
    np.testing.assert_allclose(running_returns(np.array([1.0, 2.0]), 0.5), [1.0, 2.5])


def test_whole_episodes_are_held_back() -> None:
    given = [made(seed=number) for number in range(10)]
    learned, held = split(given, 0.2, seed=1)
    assert (len(learned), len(held)) == (8, 2)
    assert sorted(one.seed or 0 for one in [*learned, *held]) == list(range(10))
    assert [len(part) for part in split(given[:1], 0.5, 0)] == [1, 0]
    assert [len(part) for part in split(given, 0.0, 0)] == [10, 0]


def test_recorded_actions_become_the_scenes() -> None:
    hybrid = HybridBox(
        [
            ActionField("move", "continuous", 2),
            ActionField("jump", "discrete", 2),
            ActionField("tool", "discrete", 3),
        ]
    )
    recorded = np.array([[0.5, -2.0, 1.0, 2.0], [0.0, 0.0, 0.0, 0.0]])
    taken = as_taken(recorded, hybrid)
    np.testing.assert_array_equal(taken, [[0.5, -1, 1, 0, 0, 1], [0, 0, -1, 1, 0, 0]])
    np.testing.assert_array_equal(hybrid.to_engine(taken)[0], [0.5, -1.0, 1.0, 2.0])
    np.testing.assert_array_equal(as_taken(taken, hybrid), taken)
    many = spaces.MultiDiscrete([3, 2])
    choices = as_taken(np.array([[2.0, 1.0]]), many)
    np.testing.assert_array_equal(as_outputs(choices, many), [[0, 0, 20, 0, 20]])
    assert as_taken(np.array([[1.0]]), spaces.Discrete(2)).tolist() == [1]
    for wrong, space, message in (
        (np.array([[0.5, 1.0]]), many, "values in .0.5, 1., the scene takes choices of .3, 2."),
        (np.array([[3.0, 1.0]]), many, "the scene takes choices of"),
        (np.array([[1.0]]), many, "1 values, the scene takes 2 choices"),
        (np.zeros((1, 3)), spaces.Box(-1, 1, (2,)), "3 values, the scene takes 2 continuous"),
        (np.array([[0, 0, 0, 3.0]]), hybrid, "tool up to 3, the scene takes 3 choices"),
    ):
        with pytest.raises(DataError, match=message):
            as_taken(wrong, space)


def test_what_does_not_fit_is_told(tmp_path: Path) -> None:
    path = tmp_path / "other.traj"
    save_trajectories(path, [made()])
    with pytest.raises(DataError, match=r"observation 'obs' is \(3,\), the scene's \(12,\)"):
        learner(tiny_vec_env(), "bc", algorithm={"demonstrations": [str(path)]})
    with pytest.raises(ConfigError, match="bc needs demonstrations"):
        learner(tiny_vec_env(), "bc")
    with pytest.raises(DataError, match="none of 1 episodes succeeded"):
        train_behavioral_cloning([made()], settings={"only_successes": True})
    with pytest.raises(DataError, match="there is no file"):
        train_behavioral_cloning(str(tmp_path / "none.traj"))


def _run(root: Path, name: str, algorithm: dict[str, Any], **more: Any) -> RunPaths:
    config = config_of(
        scenario="vr_locomotion",
        experiment_name=name,
        run_root=str(root),
        environment={"check_arenas": False},
        algorithm=algorithm,
        **{"network": {"net_arch": [32]}, **more},
    )
    train(config, make_env=lambda *_: tiny_vec_env(5))
    return RunPaths(name, root)


def success_of(model: Path) -> float:
    from rl_training.play.policies import load_policy
    from rl_training.play.through_python import play

    env = tiny_vec_env(5)
    episodes = play(env, load_policy(model, env), 40, 7)
    return float(np.mean([bool(one.success) for one in episodes]))


def test_the_pipeline_clones_and_ppo_goes_on(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "expert.traj"
    save_trajectories(path, demonstrations(episodes=40))
    bc = {"name": "bc", "demonstrations": [str(path)], "learning_rate": 5e-3, "batch_size": 64}
    cloned = _run(tmp_path, "cloned", bc, training={"timesteps": 8_000})
    assert "waiting for the first episode" not in capfd.readouterr().err
    rows = read_metrics(cloned.metrics)
    assert rows[-1]["imitation/validation_loss"] < rows[0]["imitation/validation_loss"]
    assert success_of(cloned.final_model) > 0.95
    assert cloned.final_onnx.exists()
    start = load_checkpoint(cloned.final_model)
    training = {"timesteps": 640, "start_from": str(cloned.final_model)}
    ppo = {"name": "ppo", "learning_rate": 1e-5}
    after = _run(tmp_path, "after", ppo, training=training)
    assert success_of(after.final_model) > 0.95
    went_on = load_checkpoint(after.final_model)
    assert went_on.meta.timesteps == 640
    for name, weights in went_on.model.policy.state_dict().items():
        if "weight" in name:
            assert torch.allclose(weights, start.model.policy.state_dict()[name], atol=1e-2)
    wider = _run(tmp_path, "wider", ppo, training={**training, "start_log_std": -0.25})
    deviation = load_checkpoint(wider.final_model).model.policy.state_dict()["log_std"]
    assert torch.allclose(deviation, torch.full_like(deviation, -0.25), atol=1e-2)
    fresh = _run(tmp_path, "fresh", ppo, training={"timesteps": 640})
    assert success_of(fresh.final_model) < 0.9
    with pytest.raises(ModelError, match="does not fit this run's"):
        _run(tmp_path, "wide", ppo, training=training, network={"net_arch": [8, 8]})


def test_who_has_no_deviation_is_not_widened(tmp_path: Path) -> None:
    sac = {"name": "sac", "learning_starts": 10, "batch_size": 8}
    first = _run(tmp_path, "first", sac, training={"timesteps": 40})
    start = {"timesteps": 40, "start_from": str(first.final_model), "start_log_std": -0.5}
    with pytest.raises(ConfigError, match=r"start_log_std sets one deviation.*leave it out"):
        _run(tmp_path, "second", sac, training=start)


def test_a_cloning_run_is_resumed(tmp_path: Path) -> None:
    path = tmp_path / "expert.traj"
    save_trajectories(path, demonstrations(episodes=10))
    bc = {"name": "bc", "demonstrations": [str(path)], "patience": 0}
    first = _run(tmp_path, "more", bc, training={"timesteps": 500})
    done = load_checkpoint(first.final_model).meta.timesteps
    _run(tmp_path, "more", bc, training={"timesteps": 1_500, "resume": True})
    assert 500 <= done < 1_500 <= load_checkpoint(first.final_model).meta.timesteps


HERE = "tests.python.algorithms.imitation.test_imitation"


def dagger(env: VecEnv, expert: str, **more: Any) -> Any:
    algorithm = {"expert": expert, "iterations": 3, "updates": 150, "batch_size": 128, **more}
    return learner(env, "dagger", algorithm=algorithm, timesteps=900, network={"net_arch": [32]})


@pytest.mark.parametrize("discrete", [False, True])
def test_dagger_with_a_script(discrete: bool) -> None:
    expert = f"{HERE}:{'first_choice' if discrete else 'sign_of_first'}"
    taught = dagger(tiny_vec_env(5, discrete=discrete), expert)
    taught.learn([], Logger(None, []), resumed=False)
    assert len(taught.iterations) == 3
    first, last = taught.iterations[1].disagreement, taught.iterations[-1].disagreement
    assert last <= first
    assert last < 0.35
    assert "DAgger, expert tests.python" in taught.describe()


def test_dagger_begins_with_demonstrations(tmp_path: Path) -> None:
    path = tmp_path / "expert.traj"
    save_trajectories(path, demonstrations(episodes=30))
    taught = dagger(
        tiny_vec_env(5), f"{HERE}:sign_of_first", demonstrations=[str(path)], iterations=1
    )
    taught.learn([], Logger(None, []), resumed=False)
    with_them = 900 + sum(len(one) for one in demonstrations(episodes=30))
    assert taught.student.examples == with_them
    assert "beginning with 300 decisions" in taught.describe()


def test_an_expert_that_does_not_fit_is_told() -> None:
    for expert, error, message in (
        ("nowhere:f", ConfigError, "names no function nowhere:f"),
        (f"{HERE}:HERE", ConfigError, "is no function"),
        ("game", ModelError, r"no method expert_action\(\)"),
        ("none.zip", ModelError, "no model at none.zip"),
    ):
        with pytest.raises(error, match=message):
            dagger(tiny_vec_env(), expert)
    with pytest.raises(ConfigError, match="expert must be a"):
        dagger(tiny_vec_env(), "me")
    for expert, message in (
        ("broken", "failed: KeyError: 'lidar'"),
        ("first_choice", "2 values, the scene takes 4 continuous"),
    ):
        taught = dagger(tiny_vec_env(), f"{HERE}:{expert}")
        with pytest.raises(HarnessError, match=message):
            taught.learn([], Logger(None, []), resumed=False)
