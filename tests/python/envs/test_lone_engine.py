"""Engines without a trainer: how they end is told, and none is left behind."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rl_training.engine.launch import EngineCommand
from rl_training.envs.launch_plan import make_plan
from rl_training.envs.lone_engine import lone_command, run_alone
from rl_training.envs.settings import EnvSettings
from rl_training.errors import EngineDiedError, EngineTimeoutError, UsageError

pytestmark = [
    pytest.mark.usefixtures("no_process_left"),
    pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script"),
]


def script(folder: Path, name: str, text: str) -> EngineCommand:
    path = folder / name
    path.write_text(f"#!{sys.executable}\nimport sys, time\n{text}\n")
    path.chmod(0o755)
    return EngineCommand(path)


def test_a_failure_ends_the_others(tmp_path: Path) -> None:
    """The first engine would run for a minute; nobody waits for it."""
    commands = [
        script(tmp_path, "slow", "time.sleep(60)"),
        script(tmp_path, "bad", "print('ERROR: godot_rl: no agent'); sys.exit(1)"),
    ]
    with pytest.raises(EngineDiedError, match=r"engine 1 failed: it exited with code 1.*no agent"):
        run_alone(commands, 50.0, "its task")


def test_a_failure_can_be_told_instead(tmp_path: Path) -> None:
    commands = [
        script(tmp_path, "good", "print('fine')"),
        script(tmp_path, "bad", "print('SCRIPT ERROR: oh'); sys.exit(4)"),
    ]
    good, bad = run_alone(commands, 30.0, "its task", may_fail=True)
    assert (good.failure, good.log) == ("", ("fine",))
    assert "exited with code 4" in bad.failure
    assert bad.messages.script_errors.count == 1


def test_one_that_does_not_end_is_ended(tmp_path: Path) -> None:
    command = script(tmp_path, "slow", "print('thinking', flush=True); time.sleep(60)")
    with pytest.raises(EngineTimeoutError, match="engine 0 did not finish its task within 0 s"):
        run_alone([command], 0.4, "its task", may_fail=True)


def test_a_trainers_arguments_are_left_out(fake_game: Callable[..., str]) -> None:
    plan = make_plan(EnvSettings(env_path=fake_game(), arenas=3, num_envs=2, seed=4))
    command = lone_command(plan, 1, {"episodes": 5, "arena_offset": 9}, without=("arena_total",))
    assert dict(command.options) == {
        "env_seed": "4",
        "arenas": "3",
        "isolation": "shared",
        "arena_offset": "9",
        "episodes": "5",
    }


def test_other_plugins_cannot_play_alone(fake_game: Callable[..., str]) -> None:
    with pytest.raises(UsageError, match="only a game with addons/godot_rl can play without"):
        lone_command(make_plan(EnvSettings(env_path=fake_game(stock=True))), 0, {})
