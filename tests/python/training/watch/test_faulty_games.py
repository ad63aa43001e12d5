"""Small games with one fault each, trained for real: the hint that names the fault is told."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from stable_baselines3 import PPO, SAC
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecMonitor, VecNormalize

from rl_training.arena_check.check import check_arenas
from rl_training.diagnosis.run_checks import examine_run
from rl_training.envs.factory import make_vec_env
from rl_training.envs.settings import EnvSettings
from rl_training.runs.metrics import MetricsWriter
from rl_training.runs.paths import RunPaths
from rl_training.training.callbacks import EpisodeMetricsCallback, JsonLinesOutput
from rl_training.training.evaluation_callback import EvaluationCallback, EvaluationPlan
from rl_training.training.watch.watch_callback import WatchCallback

Floats = NDArray[np.float32]


class Game(gym.Env[Floats, Any]):
    """Go where the first element points: a game without a fault; subclasses add one each.

    An episode ends after `LENGTH` decisions, half of them by time, and succeeds when most moves
    were right.
    """

    LENGTH = 10
    SIZE = 4

    def __init__(self, number: int = 0, discrete: bool = False) -> None:
        self.observation_space = gym.spaces.Box(-1.0, 1.0, (self.SIZE,), np.float32)
        self.action_space: gym.Space[Any] = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)
        if discrete:
            self.action_space = gym.spaces.Discrete(2)
        self.discrete = discrete
        self.number = number
        self.step_number = 0
        self.total = 0.0
        self.played = 0
        self.obs = np.zeros(self.SIZE, np.float32)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Floats, Any]:
        super().reset(seed=seed)
        self.step_number, self.total = 0, 0.0
        return self.observe(), {}

    def step(self, action: Any) -> tuple[Floats, float, bool, bool, dict[str, Any]]:
        self.step_number += 1
        self.played += 1
        move = float(action) * 2.0 - 1.0 if self.discrete else float(action[0])
        reward = self.reward(move)
        self.total += reward
        over = self.ends()
        by_time = over and self.by_time()
        info = self.info() if over else {}
        return self.observe(), reward, over and not by_time, by_time, info

    def observe(self) -> Floats:
        self.obs = self.np_random.uniform(-1.0, 1.0, self.SIZE).astype(np.float32)
        return self.obs

    def reward(self, move: float) -> float:
        return float(np.clip(move, -1, 1) * np.sign(self.obs[0]))

    def ends(self) -> bool:
        return self.step_number >= self.LENGTH

    def by_time(self) -> bool:
        return bool(self.np_random.random() < 0.5)

    def info(self) -> dict[str, Any]:
        return {"is_success": self.total > self.LENGTH * 0.3}


class Endless(Game):
    def ends(self) -> bool:
        return False


class OnlyTheQuickEnd(Game):
    """Half of the agents never meet their goal, and nothing cuts them off."""

    def ends(self) -> bool:
        return self.number % 2 == 0 and super().ends()

    def by_time(self) -> bool:
        return False

    def info(self) -> dict[str, Any]:
        return {"is_success": True}


class NeverReached(Game):
    def reward(self, move: float) -> float:
        return float(self.np_random.normal())  # nothing that it does counts

    def by_time(self) -> bool:
        return True

    def info(self) -> dict[str, Any]:
        return {"is_success": False}


class AlwaysFails(NeverReached):
    def by_time(self) -> bool:
        return False


class NoReward(Game):
    def reward(self, move: float) -> float:
        return 0.0

    def info(self) -> dict[str, Any]:
        return {"is_success": False}


class Drowning(Game):
    def info(self) -> dict[str, Any]:
        return {"reward_terms": {"alive": 1000.0, "progress": self.total, "effort": -0.1}}


class PaidToFail(Game):
    """Each move to the left pays; success needs moves to the right."""

    def reward(self, move: float) -> float:
        return -move

    def info(self) -> dict[str, Any]:
        return {"is_success": self.total < 0.0}


class DeadSensor(Game):
    def observe(self) -> Floats:
        super().observe()
        self.obs[2] = 0.0
        return self.obs


class InPixels(Game):
    def observe(self) -> Floats:
        super().observe()
        self.obs[1] *= 1920.0
        return self.obs


class InPixelsForNothing(NeverReached, InPixels):
    def reward(self, move: float) -> float:
        return 0.01 * super().reward(move)


class NeverReset(Game):
    """A clock that runs on through all episodes."""

    def observe(self) -> Floats:
        super().observe()
        self.obs[3] = 5.0 * self.played
        return self.obs


class LongEpisodes(NeverReached):
    LENGTH = 200


class NoiseWins(Game):
    """Success needs one move beyond 1, which the noise of training gives and the mean does not."""

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Floats, Any]:
        self.reached = False
        return super().reset(seed=seed)

    def step(self, action: Any) -> tuple[Floats, float, bool, bool, dict[str, Any]]:
        self.reached = self.reached or abs(float(action[0])) >= 1.0
        return super().step(action)

    def reward(self, move: float) -> float:
        return 0.0

    def info(self) -> dict[str, Any]:
        return {"is_success": self.reached, "metrics": {}}


def _env(game: Callable[..., gym.Env[Any, Any]], agents: int = 4, **options: Any) -> VecEnv:
    torch.set_num_threads(1)
    makers: list[Callable[[], gym.Env[Any, Any]]] = [
        functools.partial(game, number, **options) for number in range(agents)
    ]
    return VecMonitor(DummyVecEnv(makers))


def _watch(
    env: VecEnv,
    rollouts: int,
    logs: RunPaths | None = None,
    callbacks: Any = (),
    **settings: Any,
) -> dict[str, str]:
    """Train and return the hints by name."""
    chosen: dict[str, Any] = {"n_steps": 32, "batch_size": 128, "n_epochs": 1, "seed": 1}
    policy = "MultiInputPolicy" if isinstance(env.observation_space, gym.spaces.Dict) else None
    model = PPO(policy or "MlpPolicy", env, device="cpu", **(chosen | settings))
    outputs = [] if logs is None else [JsonLinesOutput(MetricsWriter(logs.metrics))]
    model.set_logger(Logger(None, list(outputs)))
    watch = WatchCallback(None if logs is None else logs.observations, examine_every_s=0.0)
    model.learn(
        rollouts * model.n_steps * env.num_envs,
        callback=[EpisodeMetricsCallback(), *callbacks, watch],
    )
    model.logger.close()
    return watch.told


CASES: list[tuple[Any, str, int, dict[str, Any], str]] = [
    (Endless, "no episode ends", 64, {}, "none has ended in 2,"),
    (OnlyTheQuickEnd, "some episodes never end", 64, {}, "2 agents have not ended one in 2,"),
    (NeverReached, "one end reason only", 40, {}, "ran out of time, none succeeded"),
    (AlwaysFails, "one end reason only", 40, {}, "ended in failure"),
    (NoReward, "reward constant", 12, {}, "every episode returned 0"),
    (Drowning, "one reward term drowns the rest", 14, {}, "alive comes to 1e+03 an episode"),
    (PaidToFail, "success and reward disagree", 60, {"learning_rate": 3e-3}, "success went from"),
    (DeadSensor, "observation constant", 130, {}, "1 of 4 elements never changed in 2,"),
    (InPixels, "observation out of range", 4, {}, r"1 of 4 elements go beyond 100: obs[1]"),
    (NeverReset, "observation exploding", 140, {}, "obs[3] grew from"),
    (
        NeverReached,
        "entropy collapsed",
        20,
        {"policy_kwargs": {"log_std_init": -5.0}, "learning_rate": 1e-5},
        "actions deviate by 0.0067",
    ),
    (NeverReached, "entropy not falling", 45, {"learning_rate": 1e-5}, "after 4"),
    (NeverReached, "KL near zero", 25, {"learning_rate": 1e-6}, "changes the policy by"),
    (
        NeverReached,
        "KL too large",
        12,
        {"learning_rate": 0.01, "n_epochs": 10, "clip_range": 10.0},
        "usual: 0.01",
    ),
    (
        InPixelsForNothing,
        "explained variance negative",
        24,
        {"vf_coef": 0.0, "learning_rate": 1e-6},
        "worse than a constant",
    ),
    (LongEpisodes, "too few decisions per rollout", 120, {"n_steps": 8}, "an episode has 200"),
]


@pytest.mark.parametrize(
    ("game", "name", "rollouts", "settings", "detail"), CASES, ids=[case[1] for case in CASES]
)
def test_the_fault_is_named_once_and_in_the_logs_too(
    game: Any,
    name: str,
    rollouts: int,
    settings: dict[str, Any],
    detail: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    paths = RunPaths("walk", tmp_path)
    with caplog.at_level(logging.WARNING):
        told = _watch(_env(game), rollouts, paths, **settings)
    assert name in told
    assert detail in told[name]
    assert caplog.text.count(f"it may not be learning: {name}:") == 1
    # The doctor finds the same afterwards, in the logs alone.
    offline = {finding.check for finding in examine_run(paths) if finding.status == "warning"}
    assert name in offline


def test_an_evaluation_that_the_noise_of_training_does_not_help() -> None:
    plan = EvaluationPlan(every=512, episodes=20)
    evaluation = EvaluationCallback(
        plan, lambda: _env(NoiseWins), lambda: Path("best.zip"), lambda _: None
    )
    told = _watch(_env(NoiseWins), 12, callbacks=[evaluation])
    assert "success is 0 % in evaluation" in told["evaluation far from training"]


@pytest.mark.parametrize("discrete", [False, True])
def test_a_game_without_a_fault_is_left_alone(tmp_path: Path, discrete: bool) -> None:
    paths = RunPaths("walk", tmp_path)
    told = _watch(_env(Game, discrete=discrete), 120, paths, learning_rate=1e-3)
    assert told == {}
    run, *_, learning = examine_run(paths)
    assert run.detail == "walk: 15,360 steps"
    assert learning.status == "ok"
    assert "nothing stands out; reward" in learning.detail


def test_raw_observations_are_watched_behind_a_normaliser() -> None:
    told = _watch(VecNormalize(_env(InPixels)), 4)
    assert "obs[1]" in told["observation out of range"]


def test_off_policy_learners_are_watched_as_well(tmp_path: Path) -> None:
    env = _env(Endless, agents=1)
    model = SAC("MlpPolicy", env, learning_starts=10_000, buffer_size=100, device="cpu")
    watch = WatchCallback(examine_every_s=0.0)
    model.set_logger(Logger(None, []))
    model.learn(2500, callback=watch)
    # Nothing is ever dumped: an off-policy learner logs at the ends of episodes.
    assert "no episode ends" in watch.told
    # Nor is it told of rollouts, which it has none of.
    assert "watch/rollout_decisions" not in model.logger.name_to_value
    assert "watch/decisions" in model.logger.name_to_value


WORLD = "res://tests/python/arena_check/games/world_walker_2d.tscn"


@pytest.mark.engine
def test_copies_that_use_coordinates_of_the_world(repository: Path) -> None:
    settings = EnvSettings(project_path=str(repository), scene_path=WORLD, num_envs=1, arenas=4)
    assert check_arenas(settings).verdict == "different"
    with make_vec_env(settings) as env:
        told = _watch(VecMonitor(env), 40, n_steps=64)
    assert "the first copy of the scene earns" in told["copies differ"]
