"""Levels in a whole training, on arenas without an engine: what is played, told, saved, refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rl_training.checkpoints.checkpoint import read_callbacks
from rl_training.config import TrainConfig
from rl_training.errors import ConfigError
from rl_training.runs.metrics import read_metrics
from rl_training.runs.paths import RunPaths
from rl_training.runs.status import read_status
from rl_training.training.levels.make import make_sampler
from rl_training.training.levels.samplers import Uniform
from rl_training.training.pipeline import train
from tests.python.learners import config_of
from tests.python.tiny_env import tiny_vec_env
from tests.python.training.levels.level_world import LevelWorld


def config(root: Path, sampler: str = "learnability", **changes: Any) -> TrainConfig:
    settings: dict[str, Any] = {
        "experiment_name": "levels",
        "run_root": str(root),
        "environment": {"num_envs": 1},
        "training": {"timesteps": 4096, "save_frequency": 2048, "export_onnx": False},
        "algorithm": {"name": "ppo", "n_steps": 64, "batch_size": 128, "n_epochs": 2},
        "levels": {"sampler": sampler, "count": 200},
    }
    for path, value in changes.items():
        settings[path] = {**settings.get(path, {}), **value}
    return config_of(**settings)


@pytest.mark.parametrize("sampler", ["uniform", "learnability", "regret"])
def test_all_episodes_are_levels_and_the_log_tells_of_them(tmp_path: Path, sampler: str) -> None:
    world = LevelWorld()
    settings = config(tmp_path, sampler)
    train(settings, lambda *_: world)
    played = [level for arena in range(8) for level in world.world(arena).played]
    assert len(played) > 500
    assert min(played) >= 0  # the first episodes, and those at a rollout's end, too
    rows = read_metrics(RunPaths("levels", tmp_path).metrics)
    last = rows[-1]
    assert last["levels/known"] == 200.0
    assert 0.0 < last["levels/success_mean"] < 1.0
    assert 0.0 <= last["levels/chosen_success_mean"] <= 1.0
    assert last["levels/overhead_ms"] > 0.0
    if sampler == "uniform":
        assert last["levels/replayed_share"] == 1.0
        known = make_sampler(settings.levels, settings).known.levels.tolist()
        assert set(played) <= set(known)
    else:
        assert 0.3 < last["levels/replayed_share"] < 0.7
        assert last["levels/score_mean"] > 0.0
        assert 0.0 <= last["levels/new_success_mean"] <= 1.0
    status = read_status(RunPaths("levels", tmp_path).status)
    assert status is not None
    assert status.levels["known"] == 200.0


def test_fresh_levels_order_nothing(tmp_path: Path) -> None:
    world = LevelWorld()
    train(config(tmp_path, "fresh"), lambda *_: world)
    assert world.orders == []
    assert not any(
        "levels/known" in row for row in read_metrics(RunPaths("levels", tmp_path).metrics)
    )


def test_queues_are_as_long_as_rollouts_need(tmp_path: Path) -> None:
    world = LevelWorld()
    train(config(tmp_path), lambda *_: world)
    lengths = [len(queue) for order in world.orders for queue in order.values()]
    assert lengths[0] == 65  # nothing is known of episodes yet: one may end at every decision
    assert lengths[-1] == 64 // 3 + 2  # the shortest have three


@pytest.mark.parametrize("sampler", ["uniform", "learnability", "regret"])
def test_a_resumed_run_goes_on_with_the_same_levels(tmp_path: Path, sampler: str) -> None:
    first = LevelWorld()
    train(config(tmp_path, sampler), lambda *_: first)
    half = RunPaths("levels", tmp_path).checkpoints()[0]
    state = read_callbacks(half)["levels"]
    # The order after the checkpoint of the whole run is the first one of the resumed run.
    at = next(n for n, order in enumerate(first.orders) if n * 64 * 8 >= 2048)
    resumed = LevelWorld()
    for later in RunPaths("levels", tmp_path).checkpoints()[1:]:
        later.unlink()
    RunPaths("levels", tmp_path).final_model.unlink()
    train(config(tmp_path, sampler, training={"resume": True}), lambda *_: resumed)
    assert resumed.orders[0] == first.orders[at]
    again = make_sampler(config(tmp_path, sampler).levels, config(tmp_path, sampler))
    again.restore(json.loads(json.dumps(state)))
    assert {**again.state()}.items() <= state.items()


def test_another_sampler_begins_anew(tmp_path: Path) -> None:
    train(config(tmp_path, "regret", training={"timesteps": 2048}), lambda *_: LevelWorld())
    world = LevelWorld()
    changed = config(tmp_path, "learnability", training={"resume": True})
    assert train(changed, lambda *_: world).timesteps == 4096
    assert world.orders


def test_learnability_is_refused_without_success(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="learnability needs the scene to tell is_success"):
        train(config(tmp_path), lambda *_: LevelWorld(tells_success=False))
    train(config(tmp_path, "regret"), lambda *_: LevelWorld(tells_success=False))


def test_regret_is_refused_without_advantages(tmp_path: Path) -> None:
    settings = config(tmp_path, "regret").to_dict()
    settings["algorithm"] = {"name": "sac"}
    with pytest.raises(ConfigError, match="which sac has none of; choose learnability or uniform"):
        train(TrainConfig.from_dict(settings), lambda *_: LevelWorld())
    assert not RunPaths("levels", tmp_path).logs.exists()  # nothing of an earlier run was moved


def test_a_game_that_takes_no_levels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="this environment takes no levels"):
        train(config(tmp_path), lambda *_: tiny_vec_env())


def test_an_off_policy_learner_plays_levels_too(tmp_path: Path) -> None:
    settings = config(tmp_path, "learnability", training={"timesteps": 1024}).to_dict()
    settings["algorithm"] = {"name": "sac", "learning_starts": 100}
    world = LevelWorld()
    train(TrainConfig.from_dict(settings), lambda *_: world)
    played = [level for arena in range(8) for level in world.world(arena).played]
    assert min(played) >= 0
    # One order every 16 decisions, not one a rollout: those are a decision long.
    assert len(world.orders) <= 1024 // 8 // 16 + 1


def test_levels_have_a_seed_of_their_own(tmp_path: Path) -> None:
    def levels(**changes: Any) -> list[int]:
        settings = config(tmp_path, "uniform").replace(changes)
        sampler = make_sampler(settings.levels, settings)
        assert isinstance(sampler, Uniform)
        return sampler.known.levels.tolist()  # type: ignore[no-any-return]

    assert levels(seed=1) != levels(seed=2)
    assert levels(seed=1, levels={"seed": 5}) == levels(seed=2, levels={"seed": 5})
