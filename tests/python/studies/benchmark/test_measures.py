"""What runs inside a cell, without an engine."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from stable_baselines3 import PPO

from rl_training.studies.benchmark.default_learner import DefaultLearner
from rl_training.studies.benchmark.env_cells import action_pool, timed_loop
from rl_training.studies.benchmark.ppo_cells import RateCallback
from rl_training.studies.benchmark.task import WARM_UP_DECISIONS, Task
from tests.python.studies.benchmark.examples import BASE
from tests.python.tiny_env import tiny_vec_env


def _task(**changes: Any) -> Task:
    return Task.from_dict({**BASE.to_dict(), **changes})


def test_the_loop_plays_the_decisions_it_is_told() -> None:
    calls: list[int] = []
    pace = timed_loop(lambda a: calls.append(int(a[0])), _pool(), _task(decisions=70, seconds=5.0))
    assert len(calls) == WARM_UP_DECISIONS + 70
    assert pace.calls_per_s > 70 / 5.0


def test_the_loop_ends_by_the_clock() -> None:
    pace = timed_loop(lambda _: time.sleep(0.0005), _pool(), _task(decisions=0, seconds=0.05))
    assert 0.0 < pace.calls_per_s < 2000.0
    # Waiting for an engine takes no processor time.
    assert 0.0 <= pace.python_ms < 0.5


@pytest.mark.parametrize(
    "space",
    [
        spaces.Box(-1.0, 1.0, (3,), np.float32),
        spaces.MultiDiscrete([3, 2]),
        spaces.Discrete(4),
    ],
)
def test_pooled_actions_fit_the_space_and_the_seed(space: spaces.Space[Any]) -> None:
    pool = action_pool(space, 5, seed=3)
    assert all(len(actions) == 5 for actions in pool)
    assert all(space.contains(action) for actions in pool for action in actions)
    again = action_pool(space, 5, seed=3)
    assert all(np.array_equal(a, b) for a, b in zip(pool, again, strict=True))


def test_the_rate_spans_whole_iterations_after_the_first(tmp_path: Path) -> None:
    model = PPO("MultiInputPolicy", tiny_vec_env(2), n_steps=8, batch_size=8, n_epochs=1)
    callback = RateCallback(seconds=0.0, save_to=tmp_path, save_every=16)
    model.learn(10_000, callback=callback)
    assert [steps for _, steps in callback.marks] == [0, 16, 32]
    (start, _), (end, _) = callback.marks[1:]
    assert callback.rate() == pytest.approx(16 / (end - start))
    saved = sorted(int(path.stem.split("_")[0]) for path in tmp_path.glob("*.zip"))
    assert saved[:2] == [16, 32]


def test_the_lent_learner_is_the_training_scripts() -> None:
    from rl_training.algorithms.collection import CollectingPPO
    from rl_training.training.configuration import default_config

    config = default_config("vr_locomotion")
    model = DefaultLearner().make(tiny_vec_env(4), "vr_locomotion", torch_forward=False)
    shape = DefaultLearner().shape("vr_locomotion", 4)
    assert (model.n_steps, model.batch_size, model.n_epochs) == shape
    assert model.n_epochs == config.algorithm.to_dict()["n_epochs"]
    assert (model.get_vec_normalize_env() is not None) == config.observations.normalise
    assert type(model) is CollectingPPO
    plain = DefaultLearner().make(tiny_vec_env(4), "vr_locomotion", torch_forward=True)
    assert type(plain) is PPO


def _pool() -> list[Any]:
    return [np.array([index]) for index in range(3)]
