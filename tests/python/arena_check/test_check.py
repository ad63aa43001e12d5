"""Shared arenas against one alone, on the real engine: wrong games are named, right ones pass."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rl_training.arena_check.check import check_arenas, require_equal_arenas
from rl_training.arena_check.play import short_settings
from rl_training.envs.settings import EnvSettings
from rl_training.errors import ArenasDifferError
from rl_training.training.pipeline import train
from tests.python.learners import config_of

pytestmark = pytest.mark.usefixtures("no_process_left")

GAMES = "res://tests/python/arena_check/games"
FIXTURES = "res://tests/godot/fixtures"


def settings(repository: Path, scene: str, **changes: object) -> EnvSettings:
    values = {"project_path": str(repository), "scene_path": scene, "timeout_s": 30.0, **changes}
    return EnvSettings(**values)  # type: ignore[arg-type]


@pytest.mark.engine
@pytest.mark.parametrize(
    ("game", "element", "line"),
    [
        ("world_walker_3d", "obs[goal_", "world_walker_3d.gd:14 (node Walker): "
         "player.global_position = Vector3.ZERO -> player.position = Vector3.ZERO"),
        ("world_walker_2d", "obs[goal_", "world_walker_2d.gd:14 (node Walker): "
         "player.global_position = Vector2.ZERO -> player.position = Vector2.ZERO"),
        ("velocity_walker_3d", "the reward", "world_walker_3d.gd:14: "),
        ("walker_of_two_groups", "obs[goal_", "world_walker_3d.gd:14 (node Walker): "
         "player.global_position = Vector3.ZERO -> player.position = Vector3.ZERO"),
        ("bounded_walker_3d", "obs[goal_x]", "bounded_walker_3d.gd:7 (node Walker): "),
    ],
)  # fmt: skip
def test_coordinates_of_the_world_are_told_with_the_line(
    repository: Path, game: str, element: str, line: str
) -> None:
    found = check_arenas(settings(repository, f"{GAMES}/{game}.tscn", action_repeat=8))
    assert found.verdict == "different"
    assert element in found.detail()
    assert "/root/Arena" in found.detail()
    assert found.remedy().startswith(f"use coordinates of the arena: {GAMES}/{line}")
    assert "--isolation worlds" in found.remedy()


@pytest.mark.engine
@pytest.mark.parametrize(
    ("scene", "action_repeat"),
    [
        (f"{GAMES}/local_walker_3d.tscn", 8),
        (f"{GAMES}/local_walker_2d.tscn", 8),
        (f"{GAMES}/billiard_3d.tscn", 20),
        (f"{FIXTURES}/counter_arena.tscn", 3),
        (f"{FIXTURES}/masked_arena.tscn", 8),
        (f"{FIXTURES}/unlike_arena.tscn", 8),
        (f"{FIXTURES}/rolling_arena.tscn", 8),
        (f"{FIXTURES}/rolling_pair.tscn", 8),
        ("res://scenes/features/vr_locomotion_test.tscn", 9),
        ("res://scenes/features/memory/memory.tscn", 6),
        ("res://scenes/features/tag/tag.tscn", 6),
    ],
)
def test_right_games_pass(repository: Path, scene: str, action_repeat: int) -> None:
    found = check_arenas(settings(repository, scene, action_repeat=action_repeat))
    assert found.verdict == "alike", found.detail()
    assert found.remedy() == ""


@pytest.mark.engine
def test_a_training_that_could_not_learn_does_not_start(repository: Path, tmp_path: Path) -> None:
    config = config_of(
        scenario="custom",
        experiment_name="wrong",
        timesteps=64,
        num_envs=1,
        arenas=4,
        project_path=str(repository),
        scene_path=f"{GAMES}/world_walker_3d.tscn",
        run_root=str(tmp_path),
        export_onnx=False,
    )
    config = config.replace({"ppo": {"n_steps": 8, "batch_size": 32, "n_epochs": 1}})
    with pytest.raises(ArenasDifferError, match=r"world_walker_3d\.gd:14 .*--no-check_arenas"):
        train(config)
    # Only the lock of its name.
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["wrong"]
    assert train(config.replace({"check_arenas": False})).timesteps == 64


def test_worlds_and_single_arenas_are_not_compared(
    fake_game: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: EnvSettings) -> None:
        raise AssertionError("an engine would be started")

    monkeypatch.setattr("rl_training.arena_check.check.check_arenas", refuse)
    require_equal_arenas(EnvSettings(env_path=fake_game(), isolation="worlds"))
    require_equal_arenas(EnvSettings(env_path=fake_game(), arenas=1))


def test_the_stock_plugin_has_nothing_to_compare(fake_game: Callable[..., str]) -> None:
    found = check_arenas(EnvSettings(env_path=fake_game(stock=True)))
    assert found.verdict == "not compared"


def test_an_engine_that_fails_in_mid_play_leaves_it_to_the_training(
    fake_game: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    require_equal_arenas(EnvSettings(env_path=fake_game(die_step=4), port=0))
    assert "arenas were not compared with one alone" in caplog.text


def test_what_is_launched_records_nothing_and_opens_no_window() -> None:
    asked = EnvSettings(
        env_path="game",
        num_envs=8,
        arenas=2,
        show_window=True,
        env_args=("--record=x", "--record_failures=3", "--level=4"),
    )
    short = short_settings(asked)
    assert (short.num_envs, short.show_window) == (1, False)
    assert short.env_args == ("--level=4",)
