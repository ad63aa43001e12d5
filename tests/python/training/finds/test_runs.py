"""Runs of the pipeline that are paid for finding bugs, against the fake game."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rl_training.commands.train import parse
from rl_training.errors import ConfigError
from rl_training.runs.paths import RunPaths
from rl_training.training.pipeline import train

Game = Callable[..., str]


def run(root: Path, game: str, *more: str, timesteps: int = 256) -> dict[str, Any]:
    """Train for a moment and return the counts."""
    words = [
        *("--env_path", game, "--run_root", str(root), "--experiment_name", "tester"),
        *("--timesteps", str(timesteps), "--num_envs", "2", "--arenas", "2"),
        *("--rollout_size", "128", "--batch_size", "64", "--n_epochs", "1", "--find_bugs", *more),
    ]
    found: dict[str, Any] = train(parse(words, "custom")).details["finds"]
    return found


def test_what_was_found_is_counted_logged_and_gone_on_from(
    tmp_path: Path, fake_game: Game, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    game = fake_game(agents=2, episode_length=4, find_step=3, cells=2)
    # Two agents in each of two arenas of two engines: eight rows, two of which wander.
    told = run(tmp_path, game)
    (kind,) = told["kinds"]
    assert told["decisions"] >= 256
    assert told["kinds"][kind]["episodes"] > told["episodes"] * 0.9
    assert told["kinds"][kind]["first_decision"] == 3 * 8
    assert told["cells"] == 3, "episodes of 4 and 5 decisions, 2 a cell"
    assert [f"found for the first time: {kind}" in line for line in caplog.messages].count(
        True
    ) == 1
    paths = RunPaths("tester", tmp_path)
    assert json.loads(paths.finds.read_text("utf-8")) == told
    rows = [json.loads(line) for line in paths.metrics.read_text("utf-8").splitlines()]
    assert rows[-1]["finds/kinds"] == 1
    assert rows[-1]["finds/cells"] == 3
    assert rows[-1]["finds/wanderers"] == 2
    assert 0 < rows[-1][f"finds/episodes/{kind}"] <= told["kinds"][kind]["episodes"]
    assert rows[-1]["rollout/ep_rew_mean"] > 1.0, "findings are paid"
    more = run(tmp_path, game, "--resume", timesteps=512)
    assert more["kinds"][kind]["first_decision"] == 24
    assert more["decisions"] >= 512
    assert more["kinds"][kind]["episodes"] > told["kinds"][kind]["episodes"]


def test_where_nothing_is_told_nothing_is_found(tmp_path: Path, fake_game: Game) -> None:
    told = run(tmp_path, fake_game(agents=1), "--set", "finds.wandering=0")
    assert (told["kinds"], told["cells"]) == ({}, 0)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--backend", "ray"], r"--find_bugs counts .*leave out --backend"),
        (["--scenario", "lunabotics"], r"--find_bugs looks at a game.*--simulator godot"),
    ],
)
def test_where_it_cannot_be_one_line_says_so(
    tmp_path: Path, words: list[str], message: str
) -> None:
    config = parse(["--run_root", str(tmp_path), "--find_bugs", *words], "vr_locomotion")
    with pytest.raises(ConfigError, match=message):
        train(config)


def test_several_groups_are_refused(tmp_path: Path, fake_game: Game) -> None:
    group = {"agents": 1, "obs": 3, "actions": {"move": {"action_type": "continuous", "size": 1}}}
    with pytest.raises(
        ConfigError, match=r"2 groups of agents \(a, b\): give them one policy_name"
    ):
        run(tmp_path, fake_game(groups={"a": group, "b": group}))
