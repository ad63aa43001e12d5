"""A run with a pool of opponents, from its settings to its log, on a world without an engine."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stable_baselines3.common.callbacks import BaseCallback

from rl_training.config import TrainConfig
from rl_training.envs.settings import EnvSettings
from rl_training.errors import ConfigError
from rl_training.runs.metrics import read_metrics
from rl_training.runs.milestones import list_milestones
from rl_training.runs.paths import RunPaths
from rl_training.runs.status import read_status
from rl_training.training.pipeline import train
from rl_training.training.result import TrainResult
from tests.python.learners import config_of
from tests.python.training.party.group_world import GroupWorld

ALIKE = ("runner", "runnerx")
"""Two groups with like spaces: one policy can play both."""


def config(root: Path, **changes: Any) -> TrainConfig:
    base = config_of(
        experiment_name="duel",
        training={"timesteps": 1024, "milestone_interval": 256, "hints": False},
        run_root=str(root),
        environment={"num_envs": 1},
        algorithm={"n_steps": 32, "batch_size": 64, "n_epochs": 1},
        network={"net_arch": [8]},
        policies={"runnerx": {"shares": "runner"}},
        self_play={"enabled": True, "newest_share": 0.5},
    )
    return base.replace(changes)


class Looks(BaseCallback):
    """Keeps which rows the learner was told to be empty."""

    def __init__(self) -> None:
        super().__init__()
        self.vacant: list[int] = []
        self.played_by: set[str] = set()

    def _on_step(self) -> bool:
        vacant = getattr(self.training_env.unwrapped, "vacant", None)
        self.vacant.append(0 if vacant is None else int(vacant.sum()))
        infos = self.locals["infos"]
        self.played_by |= {info["played_by"] for info in infos if "played_by" in info}
        return True


def run(
    given: TrainConfig, names: tuple[str, ...] = ALIKE, looks: BaseCallback | None = None
) -> tuple[TrainResult, GroupWorld]:
    made: list[GroupWorld] = []

    def make(_settings: EnvSettings, _kind: str) -> GroupWorld:
        made.append(GroupWorld(names=names))
        return made[-1]

    return train(given, make, [looks] if looks else []), made[0]


def test_milestones_play_a_share_of_the_arenas_one_side_each(tmp_path: Path) -> None:
    looks = Looks()
    result, world = run(config(tmp_path), looks=looks)
    paths = RunPaths("duel", tmp_path)
    names = [each.name for each in list_milestones(paths)]
    assert names[0] == "Phase1-vr_locomotion/000.000256M"
    assert len(names) == 4
    # Half of four arenas, in turn one side and the other.
    sides = {(group, arena) for group, _, arenas in world.loaded for arena in arenas}
    assert len(sides) == 2
    assert {group for group, _ in sides} == set(ALIKE)
    assert len({arena for _, arena in sides}) == 2
    # The newest and a past one at a time, and only milestones.
    assert {name for _, name, _ in world.loaded} <= set(names)
    assert looks.played_by <= set(names)
    assert len(looks.played_by) > 1
    # Nothing at first, then two of eight rows are empty to the learner.
    assert looks.vacant[0] == 0
    assert looks.vacant[-1] == 2
    assert sum(world.ignored.values()) == pytest.approx(sum(looks.vacant), abs=4)
    assert result.timesteps == 1024


def test_win_rates_are_logged_and_told(tmp_path: Path) -> None:
    run(config(tmp_path))
    paths = RunPaths("duel", tmp_path)
    last = read_metrics(paths.metrics)[-1]
    assert last["self_play/live"] == 1.0
    assert last["self_play/arenas"] == 2.0
    rates = {tag: value for tag, value in last.items() if tag.startswith("self_play/win_rate/")}
    assert rates
    assert all(0.0 <= float(rate) <= 1.0 for rate in rates.values())
    assert last["self_play/win_rate_mean"] == pytest.approx(np.mean(list(rates.values())))
    assert not any(tag.startswith("opponents/") for tag in last)
    status = read_status(paths.status)
    assert status is not None
    assert status.self_play["live"] is True
    assert set(status.self_play["playing"]) <= set(status.self_play["opponents"])


def test_opponents_wait_for_the_measure(tmp_path: Path) -> None:
    rule = {"measure": "progress", "threshold": 0.5}
    _, world = run(config(tmp_path, self_play={"enable_at": [rule]}))
    rows = read_metrics(RunPaths("duel", tmp_path).metrics)
    live = {
        row["time/total_timesteps"]: row["self_play/live"]
        for row in rows
        if "self_play/live" in row
    }
    assert live[256] == live[512] == 0.0
    assert live[768] == live[1024] == 1.0
    assert world.loaded
    _, world = run(
        config(tmp_path, self_play={"enable_at": [{"measure": "time", "threshold": 99.0}]})
    )
    assert not world.loaded


def test_each_of_two_policies_meets_the_others_past(tmp_path: Path) -> None:
    _, world = run(config(tmp_path, policies={"runnerx": {"shares": None}}))
    paths = RunPaths("duel", tmp_path)
    newest = list_milestones(paths)[-1]
    assert newest.onnx("runner").is_file()
    assert newest.onnx("runnerx").is_file()
    assert {group for group, _, _ in world.loaded} == set(ALIKE)
    assert "self_play/win_rate_mean" in read_metrics(paths.metrics)[-1]


def test_unlike_sides_play_each_others_past(tmp_path: Path) -> None:
    given = config(tmp_path).to_dict() | {"policies": {}}
    _, world = run(TrainConfig.from_dict(given), names=("chaser", "runner"))
    assert {group for group, _, _ in world.loaded} == {"chaser", "runner"}


def test_a_resumed_run_has_its_opponents_from_the_first_episode(tmp_path: Path) -> None:
    run(config(tmp_path, training={"timesteps": 512}))
    before = [each.name for each in list_milestones(RunPaths("duel", tmp_path))]
    _, world = run(config(tmp_path, training={"resume": True}))
    # Sent before the first reset.
    assert world.told.index("reset") > [told[0] for told in world.told].index("load")
    assert {name for _, name, _ in world.loaded} & set(before)
    after = [each.name for each in list_milestones(RunPaths("duel", tmp_path))]
    assert after[: len(before)] == before
    assert len(after) == 4


def test_the_same_seed_is_the_same_run(tmp_path: Path) -> None:
    told = []
    for name in ("one", "other"):
        _, world = run(config(tmp_path, experiment_name=name))
        rows = read_metrics(RunPaths(name, tmp_path).metrics)
        told.append((world.loaded, [row.get("rollout/ep_rew_mean") for row in rows]))
    assert told[0] == told[1]


def test_a_curriculum_goes_on_beside_opponents(tmp_path: Path) -> None:
    """Episodes of seats that an opponent took over are not waited for."""
    lessons = [
        {"value": 0.0, "go_on": {"measure": "time", "threshold": 0.0, "min_episodes": 60}},
        {"value": 0.1},
    ]
    run(config(tmp_path, curriculum={"wind": {"lessons": lessons}}))
    status = read_status(RunPaths("duel", tmp_path).status)
    assert status is not None
    assert status.curriculum["wind"]["lesson"] == 2


def test_milestones_tell_what_they_are(tmp_path: Path) -> None:
    run(config(tmp_path, training={"phase": "Phase2-Duels"}))
    made = list_milestones(RunPaths("duel", tmp_path))[-1]
    meta = json.loads((made.folder / "meta.json").read_text("utf-8"))
    assert meta["name"] == "Phase2-Duels/000.001024M"
    assert meta["timesteps"] == 1024
    assert meta["entropy"][""] > 0.0
    assert meta["kl"][""] >= 0.0
    assert meta["reward"] is not None
    assert meta["commit"]
    assert meta["config"]["experiment_name"] == "duel"
    shapes = meta["shapes"][""]
    assert shapes["observation"] == {"obs": [4]}
    assert (shapes["policy"], shapes["critic"]) == ("4-8-3", "4-8-1")
    assert made.checkpoint.is_file()


@pytest.mark.parametrize(
    "policies",
    [{"runnerx": {"shares": None, "state": "scripted"}}, {"runner": {"state": "scripted"}}],
)
def test_one_side_that_learns_is_not_enough(tmp_path: Path, policies: dict[str, Any]) -> None:
    given = config(tmp_path, policies={"runnerx": {"shares": None}, **policies})
    with pytest.raises(ConfigError, match="needs two groups of agents that learn"):
        run(given)


def test_the_pool_needs_milestones(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"needs training\.milestone_interval"):
        config(tmp_path, training={"milestone_interval": 0})


def test_the_log_says_who_plays(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        run(config(tmp_path, training={"timesteps": 512}))
    assert "milestone Phase1-vr_locomotion/000.000256M at 256 steps" in caplog.text
    assert "opponents in 2 arenas: Phase1-vr_locomotion/000.000256M in 2" in caplog.text
