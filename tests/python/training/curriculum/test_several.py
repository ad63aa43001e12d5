"""A curriculum for several policies in one run, on a world without an engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rl_training.checkpoints.policy_set import read_policy_set
from rl_training.config import TrainConfig
from rl_training.errors import ConfigError
from rl_training.runs.metrics import read_metrics
from rl_training.runs.paths import RunPaths
from rl_training.training.party.pupil import remembered_in
from rl_training.training.pipeline import train
from tests.python.learners import config_of
from tests.python.training.curriculum.lesson_play import go_on
from tests.python.training.party.group_world import GroupWorld


def _config(root: Path, measure: str, threshold: float, **changes: Any) -> TrainConfig:
    lessons = [
        {"value": 0.0, "go_on": go_on(threshold, measure=measure, min_episodes=40)},
        {"value": 0.05},
    ]
    base = config_of(
        experiment_name="tag",
        training={
            "timesteps": 1024,
            "save_frequency": 512,
            "hints": False,
            "export_onnx": False,
        },
        run_root=str(root),
        environment={"num_envs": 1},
        algorithm={"n_steps": 32, "batch_size": 64, "n_epochs": 1},
        network={"net_arch": [4]},
        curriculum={"wind": {"lessons": lessons}},
    )
    return base.replace(changes)


def _train(config: TrainConfig) -> GroupWorld:
    made: list[GroupWorld] = []

    def make(*_: Any) -> GroupWorld:
        made.append(GroupWorld())
        return made[-1]

    train(config, make)
    return made[0]


def _winds(world: GroupWorld) -> list[float]:
    return [told[1]["wind"] for told in world.told if told[0] == "parameters"]


# A chaser that hardly moves catches nobody: runners win nearly always, all together half of them.
@pytest.mark.parametrize(
    ("measure", "threshold", "moves"),
    [
        ("success_rate", 0.4, True),  # of each arena one of both succeeds
        ("success_rate", 0.6, False),
        ("runner/success_rate", 0.6, True),
        ("chaser/success_rate", 0.6, False),
        ("chaser/time", 5.0, True),
        ("runner/rollout/ep_len_mean", 5.0, True),
        ("chaser/reward/closing", 1000.0, False),
    ],
)
def test_whose_episodes_count(tmp_path: Path, measure: str, threshold: float, moves: bool) -> None:
    world = _train(_config(tmp_path, measure, threshold))
    assert _winds(world) == ([0.0, 0.05] if moves else [0.0])
    rows = read_metrics(RunPaths("tag", tmp_path).metrics)
    assert rows[-1]["curriculum/wind/lesson"] == (2.0 if moves else 1.0)


def test_the_rewards_are_the_scenes_own(tmp_path: Path) -> None:
    """What a chaser gains a runner loses: the mean of both is zero, of returns as the scene tells.

    Learners see them normalised, which would not sum up.
    """
    _train(_config(tmp_path, "mean_reward", 9.0))
    rows = read_metrics(RunPaths("tag", tmp_path).metrics)
    assert rows[-1]["curriculum/wind/measure"] == pytest.approx(0.0, abs=0.6)
    assert rows[-1]["curriculum/wind/episodes"] > 50


def test_the_lesson_is_in_the_set_of_policies(tmp_path: Path) -> None:
    config = _config(tmp_path, "runner/success_rate", 0.6)
    _train(config)
    final = read_policy_set(RunPaths("tag", tmp_path).final_model)
    member = final.extract("chaser", tmp_path)
    assert member is not None
    remembered, _ = remembered_in(member)
    assert remembered["curriculum"]["wind"]["lesson"] == 2
    resumed = config.replace({"training": {"timesteps": 2048, "resume": True}})
    assert _winds(_train(resumed)) == [0.0, 0.05]


def test_learners_with_replay_buffers(tmp_path: Path) -> None:
    policies = {
        "chaser": {"algorithm": {"name": "sac", "learning_starts": 32, "batch_size": 16}},
    }
    world = _train(_config(tmp_path, "runner/success_rate", 0.6, policies=policies))
    assert _winds(world) == [0.0, 0.05]


def test_a_policy_that_does_not_learn_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is of 'runer', which does not learn"):
        _train(_config(tmp_path, "runer/success_rate", 0.5))
