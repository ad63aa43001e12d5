"""Levels where several policies learn in the same arenas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rl_training.config import TrainConfig
from rl_training.errors import ConfigError
from rl_training.runs.metrics import read_metrics
from rl_training.runs.paths import RunPaths
from rl_training.training.pipeline import train
from tests.python.learners import config_of
from tests.python.training.party.group_world import GroupWorld


def _config(root: Path, sampler: str) -> TrainConfig:
    return config_of(
        experiment_name="tag",
        training={"timesteps": 2048, "save_frequency": 2048, "hints": False, "export_onnx": False},
        run_root=str(root),
        environment={"num_envs": 1},
        algorithm={"n_steps": 32, "batch_size": 64, "n_epochs": 1},
        network={"net_arch": [8]},
        levels={"sampler": sampler, "count": 40},
    )


def _train(config: TrainConfig, **world: Any) -> GroupWorld:
    made = GroupWorld(**world)
    train(config, lambda *_: made)
    return made


@pytest.mark.parametrize("sampler", ["uniform", "learnability"])
def test_the_agents_of_an_arena_play_one_level(tmp_path: Path, sampler: str) -> None:
    world = _train(_config(tmp_path, sampler))
    orders = [told[1] for told in world.told if told[0] == "levels"]
    assert all(sorted(order) == [0, 1, 2, 3] for order in orders)
    # Before the first reset, then between the learners' rollouts.
    assert world.told.index(("levels", orders[0])) < world.told.index("reset")
    assert len(orders) > 4
    rows = [row for row in read_metrics(RunPaths("tag", tmp_path).metrics) if "levels/known" in row]
    assert rows[-1]["levels/known"] == 40.0
    # One of the two wins each episode: every level is solved half of the time.
    assert rows[-1]["levels/success_mean"] == pytest.approx(0.5)


def test_regret_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="2 policies that learn do not share; choose learnab"):
        _train(_config(tmp_path, "regret"))


def test_one_of_two_groups_may_learn_by_regret(tmp_path: Path) -> None:
    config = _config(tmp_path, "regret").replace({"policies": {"runner": {"state": "scripted"}}})
    _train(config)
    rows = [row for row in read_metrics(RunPaths("tag", tmp_path).metrics) if "levels/known" in row]
    assert rows[-1]["levels/known"] == 40.0
