"""Frozen opponents on the real engine: who plays is who the table says, and a run with a pool."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_training.commands.rate import main as rate_main
from rl_training.ratings.record import MatchSettings, Player, Ratings, sha256_of
from rl_training.ratings.tournament import Engines
from rl_training.runs.metrics import read_metrics
from rl_training.runs.milestones import list_milestones
from rl_training.runs.paths import RunPaths
from rl_training.training.configuration import default_config
from rl_training.training.milestones.rating import MilestoneRater
from rl_training.training.party.frozen_seats import PLAYED_BY
from rl_training.training.party.lockstep import Lockstep
from rl_training.training.pipeline import train
from tests.python.scenarios.random_play import open_scenario

pytestmark = [
    pytest.mark.engine,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("no_process_left"),
]


def test_a_pool_plays_pong_and_the_table_agrees_with_the_engine(tmp_path: Path) -> None:
    path = _ladder(tmp_path / "ladder.json")
    given = default_config(
        "pong",
        {
            "experiment_name": "duel",
            "run_root": str(tmp_path),
            "training": {
                "timesteps": 3072,
                "milestone_interval": 1024,
                "milestone_games": 2,
                "milestone_ladder": str(path),
                "hints": False,
            },
            "environment": {"num_envs": 1, "arenas": 8, "check_arenas": False, "port": None},
            "algorithm": {"n_steps": 64, "batch_size": 256, "n_epochs": 1},
            "parameters": {"round_seconds": 2.0},
            "self_play": {"enabled": True, "newest_share": 0.5},
        },
    )
    train(given)
    paths = RunPaths("duel", tmp_path)
    milestones = list_milestones(paths)
    assert len(milestones) == 3
    last = read_metrics(paths.metrics)[-1]
    assert last["self_play/arenas"] == 4.0
    rates = [value for tag, value in last.items() if tag.startswith("self_play/win_rate/")]
    assert rates
    ladder = Ratings.load(path).as_fixed()
    for each in milestones:
        rating = each.meta.rating
        assert rating["rating/low"] < rating["rating/mu"] < rating["rating/high"]
        assert rating["rating/games"] == 4.0
        assert each.meta.ladder == sha256_of(ladder)
    assert last["rating/mu"] in {each.meta.rating["rating/mu"] for each in milestones}
    rate = MilestoneRater(ladder, path, 2, Engines(num_envs=1), lambda: True, nullcontext)
    assert rate(milestones[0]) is None
    _climbs(path, [each.onnx("") for each in milestones])
    _agrees({each.name: each.onnx("").read_bytes() for each in milestones})


def _climbs(path: Path, files: list[Path]) -> None:
    """Place a model on a ladder, make it a rung, and place another one, which meets it."""
    before = Ratings.load(path)
    common = ["--ladder", str(path), "--starts", "1", "--num_envs", "1", "--arenas", "4"]
    assert rate_main([*common, f"late={files[-1]}", "--add_to_ladder"]) == 0
    after = Ratings.load(path)
    assert set(after.names) == {"game", "late", "random"}
    assert all(each.fixed for each in after.players)
    for each in before.players:
        assert after.player(each.name).mu == each.mu
    assert after.player("late").model == "ladder.late.onnx"
    assert (path.parent / "ladder.late.onnx").read_bytes() == files[-1].read_bytes()
    output = path.with_name("early.json")
    assert rate_main([*common, f"early={files[0]}", "--output", str(output)]) == 0
    placed = Ratings.load(output)
    assert placed.ladder == sha256_of(after.as_fixed())
    met = {frozenset(each.match[:2]) for each in placed.results}
    assert met == {frozenset(("early", name)) for name in after.names}
    assert not placed.player("early").fixed


def _ladder(path: Path) -> Path:
    """Write a ladder of one who acts at random and the game's own paddle."""
    match = MatchSettings(
        scenario="pong",
        score="success",
        action_repeat=6,
        parameters={"round_seconds": 1.0},
        seed=1,
    )
    rated: dict[str, Any] = {"sigma": 1.0, "low": 20.0, "high": 30.0}
    people = (
        Player(name="random", kind="random", mu=22.0, **rated),
        Player(name="game", kind="driver", mu=28.0, **rated),
    )
    Ratings(match=match, players=people).save(path)
    return path


def _agrees(files: dict[str, bytes]) -> None:
    """Play with opponents that change; the engine names who played, so does the table."""
    names = list(files)
    with open_scenario("pong", arenas=4) as env:
        env.set_parameters({"round_seconds": 1.0})
        lockstep = Lockstep(env, [["left", "right"]])
        view, told = lockstep.views[0], _Raw(env)
        lockstep.env = told
        random = np.random.default_rng(0)
        ends = 0
        view.reset()
        for decision in range(160):
            if decision % 40 == 20:
                for arena in range(3):
                    side = ("left", "right")[arena % 2]
                    name = names[(decision // 40 + arena) % len(names)]
                    env.load_policy(side, files[name], [arena], name=name)
                    lockstep.seats.order(side, arena, name)
            before = {
                group: [lockstep.seats.player(group, row) for row in range(4)]
                for group in env.groups
            }
            _, rewards, dones, infos = view.step(random.integers(0, 3, view.num_envs))
            for group, first in (("left", 0), ("right", 4)):
                for row in range(4):
                    player, raw = before[group][row], told.last[group]
                    if raw.dones[row]:
                        ends += 1
                        assert raw.infos[row].get("policy", "") == player
                    seen = first + row
                    assert (infos[seen].get(PLAYED_BY, "") == "") == (player == "")
                    if player:
                        assert not dones[seen]
                        assert rewards[seen] == 0.0
                    else:
                        assert dones[seen] == raw.dones[row]
        assert ends > 40
        played = {name for players in before.values() for name in players if name}
        assert len(played) == 3
        assert view.vacant is not None
        assert int(view.vacant.sum()) == 3


class _Raw:
    """The environment, which keeps what the engine said before the table saw it."""

    def __init__(self, env: Any) -> None:
        self._env = env
        self.last: Any = None

    def step_groups(self, actions: Any) -> Any:
        self.last = self._env.step_groups(actions)
        return self.last

    def __getattr__(self, name: str) -> Any:
        return getattr(self._env, name)
