"""Evaluation while a policy learns, on tiny environments and on the real engine."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sb3_contrib import RecurrentPPO
from stable_baselines3 import DQN, PPO, SAC
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import VecEnv, VecMonitor, VecNormalize

from rl_training.checkpoints.checkpoint import CheckpointMeta, save_checkpoint
from rl_training.checkpoints.normaliser import Normaliser
from rl_training.envs.factory import make_vec_env
from rl_training.envs.settings import EnvSettings
from rl_training.errors import ConfigError, EngineDiedError
from rl_training.evaluation.evaluate import evaluate
from rl_training.evaluation.request import EvaluationRequest
from rl_training.play.episodes import make_episode
from rl_training.runs.metrics import MetricsWriter, read_metrics
from rl_training.runs.paths import RunPaths
from rl_training.runs.session import open_run
from rl_training.training.callbacks import JsonLinesOutput, StopCallback
from rl_training.training.evaluation_callback import (
    EvaluationCallback,
    EvaluationPlan,
    evaluation_settings,
    summarise,
)
from rl_training.training.stop import StopRequest
from tests.python.learners import ppo_model
from tests.python.tiny_env import tiny_vec_env


class Made:
    """Makes environments and counts them."""

    def __init__(self, make: Callable[[], VecEnv] = tiny_vec_env) -> None:
        self.envs: list[VecEnv] = []
        self._make = make

    def __call__(self) -> VecEnv:
        self.envs.append(self._make())
        return self.envs[-1]


def _callback(plan: EvaluationPlan, **changes: Any) -> EvaluationCallback:
    settings: dict[str, Any] = {
        "make_env": Made(),
        "save_best": lambda: Path("best.zip"),
        "end": lambda _: None,
    }
    return EvaluationCallback(plan, **(settings | changes))


def _ppo(**changes: Any) -> PPO:
    settings: dict[str, Any] = {"n_steps": 16, "batch_size": 64, "n_epochs": 1, "seed": 3}
    return PPO("MultiInputPolicy", VecNormalize(tiny_vec_env()), **(settings | changes))


def test_it_evaluates_every_so_often_in_one_environment_of_its_own() -> None:
    made = Made()
    callback = _callback(EvaluationPlan(every=128, episodes=8), make_env=made)
    model = _ppo()
    model.learn(512, callback=callback)
    assert [done for done, _ in callback.history] == [128, 256, 384, 512]
    assert len(made.envs) == 1
    results = callback.history[-1][1]
    assert {"mean_reward", "success_rate", "mean_length", "collisions", "best"} <= results.keys()
    assert results["mean_length"] == 10.0
    callback.close()
    callback.close()


def test_training_is_the_same_with_and_without_it() -> None:
    weights = []
    for callback in (None, _callback(EvaluationPlan(every=64, episodes=4))):
        model = _ppo()
        model.learn(256, callback=callback)
        weights.append(torch.cat([part.flatten() for part in model.policy.parameters()]))
    assert torch.equal(weights[0], weights[1])


def test_the_episodes_are_fixed_and_the_normaliser_is_that_of_the_moment() -> None:
    """Evaluating twice without learning in between gives the same; learned statistics count."""
    callback = _callback(EvaluationPlan(every=64, episodes=8, seed=5))
    model = _ppo(learning_rate=1e-12)
    model.learn(128, callback=callback)
    (_, first), (_, second) = callback.history
    seen = callback._play(callback._env or tiny_vec_env())
    again = callback._play(callback._env or tiny_vec_env())
    assert [each.episode_return for each in seen] == [each.episode_return for each in again]
    # The weights stayed; what changed is how observations are normalised.
    assert first["mean_reward"] != second["mean_reward"]


@pytest.mark.parametrize("kind", ["SAC", "DQN", "RecurrentPPO"])
def test_it_works_for_every_kind_of_learner(kind: str) -> None:
    discrete = kind == "DQN"

    def make() -> VecEnv:
        env = tiny_vec_env(agents=2)
        if discrete:
            import gymnasium as gym
            from stable_baselines3.common.vec_env import DummyVecEnv

            env = DummyVecEnv([lambda: gym.make("CartPole-v1")])
        return env

    model: Any
    if kind == "SAC":
        model = SAC("MultiInputPolicy", make(), learning_starts=20, buffer_size=500)
    elif kind == "DQN":
        model = DQN("MlpPolicy", make(), learning_starts=20, buffer_size=500)
    else:
        model = RecurrentPPO("MultiInputLstmPolicy", make(), n_steps=16, batch_size=16)
    callback = _callback(EvaluationPlan(every=50, episodes=3), make_env=Made(make))
    model.learn(100, callback=callback)
    assert len(callback.history) == 2


class _Scripted(EvaluationCallback):
    """Evaluations whose rewards are given; the rest is real."""

    rewards: list[float]

    def _play(self, env: VecEnv) -> Any:
        value = self.rewards.pop(0)
        return [make_episode(0, 0, value, 10, truncated=False, info={"metrics": {"hits": -value}})]


@pytest.mark.parametrize(
    ("metric", "higher", "rewards", "best_at"),
    [
        ("mean_reward", True, [1.0, 3.0, 2.0, 3.0], 256),
        ("hits", False, [1.0, 3.0, 2.0, 3.0], 256),
        ("hits", True, [1.0, 3.0, 2.0, 0.5], 512),
        ("success_rate", True, [1.0, 3.0, 2.0, 4.0], 512),  # none is reported: the reward
    ],
)
def test_the_best_is_kept_by_the_metric(
    metric: str, higher: bool, rewards: list[float], best_at: int
) -> None:
    saved: list[int] = []
    model = _ppo()

    def save() -> Path:
        saved.append(model.num_timesteps)
        return Path("best.zip")

    plan = EvaluationPlan(every=128, episodes=1, metric=metric, higher_is_better=higher)
    callback = _Scripted(plan, Made(), save, lambda _: None)
    callback.rewards = list(rewards)
    model.learn(512, callback=callback)
    assert saved[-1] == best_at


def test_patience_ends_a_run_and_goes_on_in_a_resumed_one() -> None:
    reasons: list[str] = []
    stop = StopRequest()

    def end(reason: str) -> None:
        reasons.append(reason)
        stop.ask(reason)

    plan = EvaluationPlan(every=64, episodes=1, metric="mean_reward", patience=3)
    first = _Scripted(plan, Made(), lambda: Path("b"), end)
    first.rewards = [5.0, 1.0, 1.0]
    _ppo().learn(192, callback=[first, StopCallback(stop)])
    assert reasons == []
    second = _Scripted(plan, Made(), lambda: Path("b"), end)
    second.restore(first.state())
    second.rewards = [1.0] * 10
    model = _ppo()
    model.learn(640, callback=[second, StopCallback(stop)])
    assert reasons == ["3 evaluations without a better mean_reward"]
    assert len(second.history) == 1
    third = _Scripted(EvaluationPlan(every=64, metric="hits"), Made(), lambda: Path("b"), stop.ask)
    third.restore(first.state())
    assert third.state()["best"] is None  # another metric


def test_a_metric_that_the_scene_does_not_report() -> None:
    callback = _callback(EvaluationPlan(every=64, episodes=1, metric="crashes"))
    with pytest.raises(ConfigError, match=r"'crashes', which the scene does not report.*collision"):
        _ppo().learn(128, callback=callback)


def test_an_engine_that_fails_is_started_again(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(_Scripted):
        def _play(self, env: VecEnv) -> Any:
            if len(self.rewards) == 3:
                self.rewards.pop()
                raise EngineDiedError("engine 0 is gone")
            return super()._play(env)

    made = Made()
    callback = Failing(EvaluationPlan(every=64), made, lambda: Path("b"), lambda _: None)
    callback.rewards = [1.0, 1.0, 1.0]
    _ppo().learn(192, callback=callback)
    assert len(made.envs) == 2
    assert len(callback.history) == 2
    assert "evaluation at 64 steps failed: engine 0 is gone" in caplog.text


def test_what_is_logged_has_lines_of_its_own(tmp_path: Path) -> None:
    paths = RunPaths("walk", tmp_path)
    model = _ppo()
    model.set_logger(Logger(None, [JsonLinesOutput(MetricsWriter(paths.metrics))]))
    model.learn(128, callback=_callback(EvaluationPlan(every=64, episodes=2)))
    model.logger.close()
    rows = read_metrics(paths.metrics)
    assert [row["timesteps"] for row in rows] == [64, 64, 128, 128]
    assert all(tag.startswith("eval/") for tag in list(rows[1])[2:])
    assert "train/loss" in rows[2]
    assert rows[3]["eval/best"] >= rows[3]["eval/success_rate"]


def test_means_over_the_episodes_that_report() -> None:
    infos: list[dict[str, Any]] = [
        {"metrics": {"hits": 1.0, "odd": math.nan}, "is_success": True},
        {"metrics": {}},
    ]
    episodes = [make_episode(i, 0, i, 10 + i, truncated=False, info=infos[i]) for i in (0, 1)]
    assert summarise(episodes) == {
        "hits": 1.0,
        "mean_reward": 0.5,
        "mean_length": 10.5,
        "success_rate": 1.0,
    }


def test_settings_out_of_range() -> None:
    with pytest.raises(ConfigError, match=r"evaluation\.episodes must be at least 1; found 0"):
        EvaluationPlan(every=1, episodes=0)


SCENE = "res://scenes/features/vr_locomotion_test.tscn"


@pytest.mark.engine
def test_on_the_engine_it_is_what_evaluate_gives(
    tmp_path: Path, repository: Path, no_process_left: None
) -> None:
    """The best model, evaluated afterwards on the same episodes, has the figures of the log."""
    settings = EnvSettings(
        project_path=str(repository), scene_path=SCENE, num_envs=1, arenas=8, action_repeat=9
    )
    plan = EvaluationPlan(every=1024, episodes=12, metric="mean_reward", seed=77)
    paths = RunPaths("walk", tmp_path)
    with make_vec_env(settings) as raw, open_run(paths, resume=False, total=1) as session:
        env = VecNormalize(VecMonitor(raw))
        model = ppo_model(env, seed=1, timesteps=2048)

        def save() -> Path:
            meta = CheckpointMeta(scene={"action_repeat": 9})
            save_checkpoint(paths.best_model, model, Normaliser.of(env), meta)
            return paths.best_model

        callback = EvaluationCallback(
            plan,
            lambda: make_vec_env(evaluation_settings(settings, plan)),
            save,
            lambda _: None,
            session,
        )
        try:
            model.learn(2048, callback=callback)
        finally:
            callback.close()
    best = max((results for _, results in callback.history), key=lambda row: row["mean_reward"])
    report = evaluate(EvaluationRequest(model=paths.best_model, episodes=12, seed=77))
    assert report.mean_reward == pytest.approx(best["mean_reward"], abs=1e-9)
    np.testing.assert_allclose(report.mean_episode_length, best["mean_length"])
