from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper, VecNormalize

from rl_training.algorithms.distillation.learner import Iteration
from rl_training.algorithms.distillation.student import Student, chosen, divergence
from rl_training.checkpoints.checkpoint import CheckpointMeta, load_checkpoint, save_checkpoint
from rl_training.checkpoints.normaliser import Normaliser
from rl_training.config import TrainConfig
from rl_training.envs.settings import EnvSettings
from rl_training.errors import ConfigError, HarnessError, ModelError
from rl_training.policy_export.onnx_export import export
from rl_training.policy_export.verify import open_session, run_session
from rl_training.runs.metrics import read_metrics
from rl_training.runs.paths import RunPaths
from rl_training.training import pipeline
from rl_training.training.pipeline import TrainResult, train
from rl_training.training.stop import StopRequest
from tests.python.learners import config_of, ppo_model
from tests.python.tiny_env import tiny_vec_env


class _Recorded(VecEnvWrapper):
    """Keeps every observation and the actions that answered it."""

    def __init__(self, venv: VecEnv, on_step: Callable[[int], None] | None = None) -> None:
        super().__init__(venv)
        self.seen: list[Any] = []
        self.actions: list[Any] = []
        self.closed = False
        self._on_step = on_step

    def reset(self) -> Any:
        obs: Any = self.venv.reset()
        self.seen.append({key: value.copy() for key, value in obs.items()})
        return obs

    def step_async(self, actions: Any) -> None:
        self.actions.append(actions.copy())
        self.venv.step_async(actions)

    def step_wait(self) -> Any:
        if self._on_step is not None:
            self._on_step(len(self.actions))
        received: Any = self.venv.step_wait()
        self.seen.append({key: value.copy() for key, value in received[0].items()})
        return received

    def close(self) -> None:
        self.closed = True
        super().close()


@pytest.fixture(name="teacher", scope="module")
def _teacher(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """Checkpoints of decided teachers of continuous (False) and discrete (True) actions."""
    folder = tmp_path_factory.mktemp("teachers")
    made = {}
    for discrete in (False, True):
        env = VecNormalize(tiny_vec_env(discrete=discrete))
        model = ppo_model(
            env,
            seed=2,
            network={"net_arch": [32, 32]},
            algorithm={"n_steps": 64, "batch_size": 64},
            actions={"log_std_init": -0.5},
        )
        env.reset()
        for _ in range(50):
            env.step(np.stack([env.action_space.sample() for _ in range(4)]))
        policy: Any = model.policy
        with torch.no_grad():
            policy.action_net.weight.mul_(60.0)
        made[discrete] = folder / f"{discrete}.zip"
        save_checkpoint(made[discrete], model, Normaliser.of(env), CheckpointMeta())
        export(model, Normaliser.of(env), folder / f"{discrete}.onnx", CheckpointMeta())
    return made


def _scene_observations() -> NDArray[np.float32]:
    """Return (200, 12) observations of the tiny scene that no student has learned from."""
    env = tiny_vec_env()
    env.seed(99)
    received: list[Any] = [env.reset() for _ in range(50)]
    return np.concatenate([obs["obs"].copy() for obs in received])


def _maker(discrete: bool) -> Callable[..., VecEnv]:
    return lambda *_: tiny_vec_env(discrete=discrete)


def _config(teacher: Path, root: Path, **changes: Any) -> TrainConfig:
    given: dict[str, Any] = {"iterations": 4, "updates": 60, "batch_size": 128, **changes}
    return config_of(
        experiment_name="student",
        run_root=str(root),
        timesteps=800,
        network={"net_arch": [8]},
        algorithm={"name": "distillation", "teacher": str(teacher), **given},
    )


def _onnx(result: TrainResult) -> Path:
    assert result.onnx is not None
    return result.onnx


def _iterations(result: TrainResult) -> list[Iteration]:
    return [Iteration(**one) for one in result.details["iterations"]]


@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("kind", [".zip", ".onnx"])
def test_the_student_learns_to_act_as_its_teacher(
    teacher: dict[bool, Path], tmp_path: Path, discrete: bool, kind: str
) -> None:
    path = teacher[discrete].with_suffix(kind)
    result = train(_config(path, tmp_path), _maker(discrete))
    assert [one.number for one in _iterations(result)] == [0, 1, 2, 3]
    assert [one.beta for one in _iterations(result)] == [1.0, 0.5, 0.25, 0.125]
    losses = [one.loss for one in _iterations(result)]
    assert losses[-1] < 0.5 * losses[0]
    told = [one.disagreement for one in _iterations(result)]
    assert told[0] is None
    assert told[1] is not None
    assert told[-1] is not None
    # On states that it had not learned from.
    assert told[-1] < told[1]
    assert result.timesteps == 800
    assert result.details["parameters"] == 8 * 13 + (5 if discrete else 4) * 9
    obs = _scene_observations()
    space = tiny_vec_env(discrete=discrete).action_space
    files = (teacher[discrete].with_suffix(".onnx"), _onnx(result))
    one, two = (chosen(run_session(open_session(file), obs), space) for file in files)
    if discrete:
        assert (one == two).all(axis=1).mean() > 0.7
    else:
        assert np.abs(one - two).mean() < 0.5 * np.abs(one).mean()


def test_the_student_visits_its_own_states(teacher: dict[bool, Path], tmp_path: Path) -> None:
    env = _Recorded(tiny_vec_env())
    result = train(_config(teacher[False], tmp_path, beta_decay=0.0), lambda *_: env)
    assert env.closed
    flat = [seen["obs"] for seen in env.seen[: len(env.actions)]]
    session = open_session(teacher[False].with_suffix(".onnx"))
    answers = [run_session(session, obs) for obs in flat]
    gaps = [np.abs(one - two).max() for one, two in zip(answers, env.actions, strict=True)]
    steps = len(gaps) // 4
    # The teacher plays the first iteration, and no decision of the others.
    assert max(gaps[:steps]) < 1e-5
    assert min(gaps[steps:]) > 1e-4
    # The answers that it learns from are the teacher's in its states, not what it did there itself.
    apart = np.abs(np.array(env.actions[-steps:]) - np.array(answers[-steps:])).mean()
    assert _iterations(result)[-1].disagreement == pytest.approx(apart, abs=1e-5)
    assert apart > 1e-3
    # What was played last is nearer to the student that was saved than to the teacher.
    final = open_session(_onnx(result))
    played = np.array(env.actions[-steps:])
    own = np.array([run_session(final, obs) for obs in flat[-steps:]])
    assert np.abs(own - played).mean() < np.abs(np.array(answers[-steps:]) - played).mean()


def test_beta_is_the_share_of_the_teachers_decisions(
    teacher: dict[bool, Path], tmp_path: Path
) -> None:
    env = _Recorded(tiny_vec_env())
    train(_config(teacher[False], tmp_path, beta_decay=0.5), lambda *_: env)
    session = open_session(teacher[False].with_suffix(".onnx"))
    shares = []
    for number in range(4):
        steps = range(50 * number, 50 * (number + 1))
        gaps = [
            np.abs(run_session(session, env.seen[i]["obs"]) - env.actions[i]).max(axis=1)
            for i in steps
        ]
        shares.append(float((np.concatenate(gaps) < 1e-5).mean()))
    assert shares[0] == 1.0
    assert shares[1] == pytest.approx(0.5, abs=0.15)
    assert shares[2] == pytest.approx(0.25, abs=0.15)


@pytest.fixture(name="distilled", scope="module")
def _distilled(
    teacher: dict[bool, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, TrainResult]:
    """One distillation with more updates: the run's root and its result."""
    root = tmp_path_factory.mktemp("distilled")
    return root, train(_config(teacher[False], root, updates=150), _maker(False))


def test_files_are_those_of_a_run(
    teacher: dict[bool, Path], distilled: tuple[Path, TrainResult]
) -> None:
    root, result = distilled
    paths = RunPaths("student", root)
    assert (result.model, result.onnx) == (paths.final_model, paths.final_onnx)
    assert (result.onnx_difference or 0.0) <= 1e-5
    checkpoint, source = load_checkpoint(result.model), load_checkpoint(teacher[False])
    assert checkpoint.normaliser is not None
    assert source.normaliser is not None
    assert checkpoint.normaliser.to_bytes() == source.normaliser.to_bytes()
    policies: list[Any] = [checkpoint.model.policy, source.model.policy]
    deviation, wanted = (policy.log_std.detach().numpy() for policy in policies)
    np.testing.assert_array_equal(deviation, wanted)
    assert checkpoint.meta.timesteps == checkpoint.model.num_timesteps == 800
    assert json.loads(paths.config.read_text())["network"]["net_arch"] == [8]
    rows = read_metrics(paths.metrics)
    assert [row["timesteps"] for row in rows] == [200, 400, 600, 800]
    assert {"distillation/loss", "distillation/beta"} <= rows[0].keys()
    assert {"distillation/disagreement", "rollout/success_rate"} <= rows[-1].keys()


def test_ppo_goes_on_with_a_student(distilled: tuple[Path, TrainResult]) -> None:
    paths = RunPaths("student", distilled[0])
    more = TrainConfig.from_dict(json.loads(paths.config.read_text()))
    resumed = train(more.replace({"timesteps": 1200, "resume": True}), _maker(False))
    assert resumed.timesteps >= 1200


def test_a_students_critic_knows_what_the_teachers_does(
    teacher: dict[bool, Path], distilled: tuple[Path, TrainResult]
) -> None:
    """A student that PPO goes on with does not begin with a critic that knows nothing."""
    obs = _scene_observations()
    values = []
    for path in (teacher[False], distilled[1].model):
        checkpoint = load_checkpoint(path)
        assert checkpoint.normaliser is not None
        policy: Any = checkpoint.model.policy
        tensor, _ = policy.obs_to_tensor(checkpoint.normaliser.normalise({"obs": obs}))
        with torch.no_grad():
            values.append(policy.predict_values(tensor).numpy()[:, 0])
    wanted, found = values
    assert np.mean((wanted - found) ** 2) < 0.6 * np.var(wanted)


def test_the_same_seed_gives_the_same_student(teacher: dict[bool, Path], tmp_path: Path) -> None:
    losses = []
    for number in range(2):
        config = _config(teacher[False], tmp_path / str(number), iterations=2, updates=20)
        result = train(config, _maker(False))
        losses.append([one.loss for one in _iterations(result)])
    assert losses[0] == losses[1]


def test_bounds_cut_the_students_error(teacher: dict[bool, Path]) -> None:
    """A teacher that is at its bound is matched by a student that wants to be beyond it."""
    checkpoint = load_checkpoint(teacher[False])
    assert isinstance(checkpoint.model, PPO)
    student = Student(checkpoint.model, checkpoint.normaliser, None, 10, 1e-3, 10, 0)
    target = torch.tensor([[1.0, -1.0, 1.0, 0.5]])
    output = torch.tensor([[1.7, -3.0, 0.4, 2.0]])
    error = student._action_error(output, target)
    np.testing.assert_allclose(error.numpy(), [[0.0, 0.0, -0.6, 1.5]], atol=1e-6)


def test_divergence_is_that_of_the_branches() -> None:
    teacher = torch.log(torch.tensor([[0.5, 0.5, 0.2, 0.3, 0.5]]))
    student = torch.log(torch.tensor([[0.25, 0.75, 0.2, 0.3, 0.5]])) + 3.0
    expected = 0.5 * np.log(0.5 / 0.25) + 0.5 * np.log(0.5 / 0.75)
    assert float(divergence(teacher, student, [2, 3])) == pytest.approx(expected, abs=1e-6)
    assert float(divergence(teacher, teacher - 5.0, [2, 3])) == pytest.approx(0.0, abs=1e-6)


def _untrained(env: VecEnv, folder: Path) -> Path:
    model = PPO("MultiInputPolicy", env, n_steps=16, batch_size=64, device="cpu")
    save_checkpoint(folder / "raw.zip", model, None, CheckpointMeta())
    return folder / "raw.zip"


def test_a_teacher_without_a_normaliser_gets_a_student_without(tmp_path: Path) -> None:
    path = _untrained(tiny_vec_env(), tmp_path)
    result = train(_config(path, tmp_path), _maker(False))
    assert load_checkpoint(result.model).normaliser is None
    paths = RunPaths("student", tmp_path)
    settings = json.loads(paths.config.read_text())
    assert settings["algorithm"]["name"] == "ppo"
    assert not settings["observations"]["normalise"]
    assert not settings["rewards"]["normalise"]


def test_what_cannot_be_taught(teacher: dict[bool, Path], tmp_path: Path) -> None:
    env = _Recorded(tiny_vec_env(discrete=True))

    def refused(path: Path, message: str, **changes: Any) -> None:
        with pytest.raises(ModelError, match=message) as caught:
            train(_config(path, tmp_path, **changes), lambda *_: env)
        assert "\n" not in str(caught.value)

    refused(tmp_path / "none.zip", "no model at")
    refused(teacher[False], "does not fit the scene: Action spaces")
    assert env.closed
    refused(teacher[False].with_suffix(".onnx"), "gives 4 outputs, the scene's actions need 5")
    shipped = Path(__file__).parents[3] / "godot" / "inference" / "models"
    refused(shipped / "godot_rl_ppo.onnx", "does not take the scene's 12 floats")
    (tmp_path / "text.onnx").write_text("x")
    refused(tmp_path / "text.onnx", "not a usable ONNX model")
    assert not list(tmp_path.glob("models/*"))


def test_a_student_does_not_replace_its_teacher(teacher: dict[bool, Path], tmp_path: Path) -> None:
    model = load_checkpoint(teacher[False])
    path = RunPaths("student", tmp_path).final_onnx
    path.parent.mkdir(parents=True)
    export(model.model, model.normaliser, path, CheckpointMeta())
    before = path.read_bytes()
    with pytest.raises(ModelError, match="the run would replace"):
        train(_config(path, tmp_path), _maker(False))
    assert path.read_bytes() == before


def test_a_stop_saves_what_was_learned(
    teacher: dict[bool, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests: list[Any] = []

    class _Stop(StopRequest):
        def __enter__(self) -> Any:
            requests.append(self)
            return super().__enter__()

    monkeypatch.setattr(pipeline, "StopRequest", _Stop)

    def stop_at(number: int) -> Callable[..., VecEnv]:
        def stop(step: int) -> None:
            if step == number:
                requests[-1].requested = True

        return lambda *_: _Recorded(tiny_vec_env(), stop)

    with pytest.raises(HarnessError, match="before the student had learned anything"):
        train(_config(teacher[False], tmp_path), stop_at(20))
    assert not list((tmp_path / "models").glob("*.zip"))
    result = train(_config(teacher[False], tmp_path), stop_at(120))
    assert result.stopped
    assert len(_iterations(result)) == 2
    assert result.timesteps == 4 * 120
    assert "stopped after 480 steps" in result.summary()
    assert load_checkpoint(result.model).model.num_timesteps == 480


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"iterations": 0}, "algorithm.iterations must be at least 1; found 0"),
        ({"updates": 0}, "algorithm.updates must be at least 1"),
        ({"beta_decay": 1.0}, r"algorithm.beta_decay must be less than 1; found 1.0"),
        ({"learning_rate": 0.0}, "algorithm.learning_rate must be greater than 0"),
        ({"teacher": "m.pt"}, r"must be a .zip checkpoint or an .onnx file; found 'm.pt'"),
    ],
)
def test_settings_out_of_range(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config_of(algorithm={"name": "distillation", "teacher": "m.zip", **changes})


def test_the_environment_is_the_runs(teacher: dict[bool, Path], tmp_path: Path) -> None:
    asked: list[EnvSettings] = []

    def factory(settings: EnvSettings, _kind: str) -> VecEnv:
        asked.append(settings)
        return tiny_vec_env()

    train(_config(teacher[False], tmp_path), factory)
    assert asked[0].isolation == "shared"
    assert asked[0].action_repeat == 9
    assert asked[0].scene_path == "res://scenes/features/vr_locomotion_test.tscn"
