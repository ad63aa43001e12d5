from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rl_training.engine.binary import EngineBinary
from rl_training.envs import GodotVecEnv, launch_plan
from rl_training.envs.launch_plan import DRAW_WINDOW, make_plan
from rl_training.envs.settings import SHORTEST_TOKEN, TOKEN_VARIABLE, EnvSettings
from rl_training.errors import ProjectError, SceneNotFoundError, UsageError

PROJECT = """config_version=5
[application]
run/main_scene="res://scenes/chase.tscn"
[autoload]
GodotRLAgentsSync="*res://addons/godot_rl/sync.gd"
[physics]
common/physics_ticks_per_second=90
"""
AUTOLOAD = 'GodotRLAgentsSync="*res://addons/godot_rl/sync.gd"'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "game"
    (folder / "scenes").mkdir(parents=True)
    (folder / "addons/godot_rl").mkdir(parents=True)
    (folder / "addons/godot_rl/sync.gd").touch()
    (folder / "project.godot").write_text(PROJECT)
    for name in ("chase", "vr_locomotion_test"):
        (folder / "scenes" / f"{name}.tscn").touch()
    return folder


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Stand in for finding an engine and importing; return what was asked for."""
    asked: list[Any] = []

    def find(explicit: str | None = None) -> EngineBinary:
        asked.append(explicit)
        return EngineBinary(Path("/opt/godot"), (4, 6, 3), "test")

    def import_project(engine: EngineBinary, folder: Path) -> None:
        asked.append(folder)

    monkeypatch.setattr(launch_plan, "find_engine", find)
    monkeypatch.setattr(launch_plan, "ensure_imported", import_project)
    monkeypatch.setattr(launch_plan, "display_environment", lambda engine: {"DRIVERS": "/d"})
    return asked


def argv(settings: EnvSettings, index: int = 0) -> list[str]:
    command = make_plan(settings).command(index, 11008 + index)
    assert command is not None
    return command.argv()


def test_project_command(project: Path, engine: list[Any]) -> None:
    settings = EnvSettings(
        project_path=str(project),
        scene_path="scenes/vr_locomotion_test.tscn",
        num_envs=4,
        arenas=3,
        seed=5,
        action_repeat=2,
        speedup=2.0,
        env_args=("--verbose",),
    )
    assert argv(settings, 2) == [
        *("/opt/godot", "--headless", "--xr-mode", "off", "--fixed-fps", "90"),
        *("--path", str(project)),
        "res://scenes/vr_locomotion_test.tscn",
        *("--port=11010", "--env_seed=5", "--arenas=3", "--isolation=shared"),
        *("--arena_offset=6", "--arena_total=12", "--action_repeat=2", "--speedup=2"),
        "--verbose",
    ]
    assert engine == [None, project]


def test_engine_can_be_named_in_two_ways(project: Path, engine: list[Any], tmp_path: Path) -> None:
    binary = tmp_path / "godot"
    binary.touch(0o755)
    make_plan(EnvSettings(project_path=str(project), env_path=str(binary)))
    make_plan(EnvSettings(project_path=str(project), godot="godot4"))
    assert engine == [str(binary), project, "godot4", project]


def test_main_scene_and_default_ticks(project: Path) -> None:
    (project / "project.godot").write_text(PROJECT.split("[physics]")[0])
    words = argv(EnvSettings(project_path=str(project)))
    assert "res://scenes/chase.tscn" in words
    assert words[words.index("--fixed-fps") + 1] == "60"


@pytest.mark.parametrize(("num_envs", "agents"), [(1, 128), (8, 16), (200, 1)])
def test_without_arenas_each_engine_counts_agents(
    project: Path, num_envs: int, agents: int
) -> None:
    words = argv(EnvSettings(project_path=str(project), num_envs=num_envs), num_envs - 1)
    assert [word for word in words if word.startswith(("--arena", "--rl."))] == [
        f"--rl.agents_per_engine={agents}",
        f"--arena_offset={num_envs - 1}",
        f"--arena_total={num_envs}",
    ]


@pytest.mark.parametrize(
    ("agents", "arenas", "total"), [(1, 64, 128), (16, 4, 128), (50, 1, 100), (100, 1, 200)]
)
def test_the_copies_that_engines_made_are_said(
    fake_game: Callable[..., str],
    free_port: int,
    caplog: pytest.LogCaptureFixture,
    agents: int,
    arenas: int,
    total: int,
) -> None:
    game = fake_game(agents=agents)
    with (
        caplog.at_level(logging.INFO),
        GodotVecEnv(env_path=game, num_envs=2, port=free_port) as env,
    ):
        assert env.num_envs == total
    told = f"arenas: {arenas} in each of 2 engine(s), chosen: {total} agents in all"
    assert told in caplog.text


def test_stock_plugin_gets_no_arenas_and_a_seed_of_its_own(project: Path) -> None:
    (project / "addons/godot_rl").rename(project / "addons/godot_rl_agents")
    words = argv(EnvSettings(project_path=str(project), num_envs=3, seed=10), 2)
    assert words[-2:] == ["--port=11010", "--env_seed=12"]
    with pytest.raises(UsageError, match="stock plugin, which has no arenas"):
        make_plan(EnvSettings(project_path=str(project), arenas=2))


@pytest.mark.parametrize(
    ("scene", "nearest"),
    [
        ("scenes/vr_locomotion.tscn", "res://scenes/vr_locomotion_test.tscn"),
        ("res://chase.tscn", "res://scenes/chase.tscn"),
    ],
)
def test_missing_scene_names_the_nearest(project: Path, scene: str, nearest: str) -> None:
    with pytest.raises(SceneNotFoundError, match=f"did you mean {nearest}"):
        make_plan(EnvSettings(project_path=str(project), scene_path=scene))


def test_missing_scene_without_a_near_one(project: Path) -> None:
    with pytest.raises(SceneNotFoundError, match=r"has no scene res://q$"):
        make_plan(EnvSettings(project_path=str(project), scene_path="q"))


def test_scene_outside_the_project(project: Path) -> None:
    (project.parent / "other.tscn").touch()
    with pytest.raises(SceneNotFoundError, match="lies outside the project"):
        make_plan(EnvSettings(project_path=str(project), scene_path="../other.tscn"))


def test_no_main_scene(project: Path) -> None:
    (project / "project.godot").write_text("config_version=5\n")
    with pytest.raises(SceneNotFoundError, match="no main scene; give the scene to run"):
        make_plan(EnvSettings(project_path=str(project)))


def test_not_a_project(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"holds no project\.godot"):
        make_plan(EnvSettings(project_path=str(tmp_path)))


def test_project_without_the_addon(project: Path) -> None:
    (project / "addons/godot_rl/sync.gd").unlink()
    with pytest.raises(ProjectError, match="has no reinforcement-learning addon: copy"):
        make_plan(EnvSettings(project_path=str(project)))


def test_a_missing_autoload_is_told_with_the_lines_to_paste(
    project: Path, engine: list[Any]
) -> None:
    file = project / "project.godot"
    file.write_text(PROJECT.replace(AUTOLOAD, ""))
    with pytest.raises(ProjectError) as raised:
        make_plan(EnvSettings(project_path=str(project)))
    assert "has no autoload GodotRLAgentsSync" in str(raised.value)
    assert AUTOLOAD in str(raised.value)
    assert 'enabled=PackedStringArray("res://addons/godot_rl/plugin.cfg")' in str(raised.value)
    assert engine == []  # nothing was looked for, nothing launched


@pytest.mark.parametrize("name", ["override.cfg", "mine.cfg"])
def test_an_autoload_by_uid_or_in_an_override_is_fine(project: Path, name: str) -> None:
    file = project / "project.godot"
    file.write_text(PROJECT.replace("res://addons/godot_rl/sync.gd", "uid://b2x7"))
    make_plan(EnvSettings(project_path=str(project)))
    chosen = (
        f'run/main_scene="res://scenes/chase.tscn"\nconfig/project_settings_override="res://{name}"'
    )
    without = PROJECT.replace(AUTOLOAD, "")
    file.write_text(without.replace('run/main_scene="res://scenes/chase.tscn"', chosen))
    (project / name).write_text(f"[autoload]\n{AUTOLOAD}\n")
    make_plan(EnvSettings(project_path=str(project)))


def test_the_stock_plugin_needs_no_autoload(project: Path) -> None:
    (project / "project.godot").write_text(PROJECT.replace(AUTOLOAD, ""))
    (project / "addons/godot_rl/sync.gd").unlink()
    (project / "addons/godot_rl_agents").mkdir()
    make_plan(EnvSettings(project_path=str(project)))


def test_exported_game(fake_game: Callable[..., str]) -> None:
    game = fake_game()
    words = argv(EnvSettings(env_path=game, arenas=2))
    assert words[:6] == [game, "--headless", "--xr-mode", "off", "--fixed-fps", "60"]
    assert "--arenas=2" in words
    assert "--path" not in words
    without_suffix = game.removesuffix(".x86_64")
    assert argv(EnvSettings(env_path=without_suffix))[0] == game


def test_exported_game_with_the_stock_plugin(fake_game: Callable[..., str]) -> None:
    words = argv(EnvSettings(env_path=fake_game(stock=True), seed=3), 1)
    assert words[-2:] == ["--port=11009", "--env_seed=4"]


def test_exported_game_that_cannot_run(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="does not exist; export it"):
        make_plan(EnvSettings(env_path=str(tmp_path / "none")))
    game = tmp_path / "game.x86_64"
    game.touch(0o644)
    with pytest.raises(ProjectError, match="is not executable; run: chmod"):
        make_plan(EnvSettings(env_path=str(game)))
    with pytest.raises(ProjectError, match="is not a file"):
        make_plan(EnvSettings(env_path=str(tmp_path)))


def test_window_opens_on_the_first_engine_only(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":1")
    settings = EnvSettings(project_path=str(project), show_window=True, num_envs=2)
    assert "--headless" not in argv(settings, 0)
    assert "--fixed-fps" not in argv(settings, 0)
    assert "--headless" in argv(settings, 1)


def test_window_without_a_screen(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(launch_plan, "find_xvfb", lambda: None)
    with pytest.raises(UsageError, match="this machine has no screen"):
        make_plan(EnvSettings(project_path=str(project), show_window=True))
    make_plan(EnvSettings(project_path=str(project)))


@pytest.fixture
def no_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose only screen is a virtual one."""
    xvfb = tmp_path / "Xvfb"
    xvfb.write_text(
        f"#!{sys.executable}\nimport os, sys, time\n"
        "os.write(int(sys.argv[sys.argv.index('-displayfd') + 1]), b'77\\n')\ntime.sleep(60)\n"
    )
    xvfb.chmod(0o755)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(launch_plan, "find_xvfb", lambda: xvfb)


@pytest.mark.usefixtures("no_screen")
def test_virtual_screen_is_started_for_the_block(project: Path) -> None:
    plan = make_plan(EnvSettings(project_path=str(project), screen="virtual", num_envs=2))
    with plan.screen() as shown:
        for index in (0, 1):
            command = shown.command(index, 1)
            assert command is not None
            assert command.screen == "virtual"
            assert dict(command.environment) == {"DRIVERS": "/d", "DISPLAY": ":77"}
            assert command.fixed_fps == 90
            assert dict(command.options)[DRAW_WINDOW] == "0"


def test_a_window_that_somebody_sees_is_drawn(project: Path) -> None:
    command = make_plan(EnvSettings(project_path=str(project))).command(0, 1)
    assert command is not None
    assert DRAW_WINDOW not in dict(command.options)


@pytest.mark.usefixtures("no_screen")
@pytest.mark.parametrize(
    ("action_repeat", "fixed_fps", "expected"),
    [(6, None, 15), (9, None, 12), (None, None, 12), (1, None, 90), (7, None, 13), (9, 30, 30)],
)
def test_a_window_that_nobody_sees_draws_about_once_a_decision(
    project: Path, action_repeat: int | None, fixed_fps: int | None, expected: int
) -> None:
    settings = EnvSettings(
        project_path=str(project),
        show_window=True,
        num_envs=2,
        action_repeat=action_repeat,
        fixed_fps=fixed_fps,
    )
    plan = make_plan(settings)
    first, second = plan.command(0, 1), plan.command(1, 2)
    assert first is not None
    assert second is not None
    assert (first.screen, first.fixed_fps) == ("virtual", expected)
    assert (second.screen, second.fixed_fps) == ("headless", fixed_fps or 90)


def test_editor() -> None:
    plan = make_plan(EnvSettings())
    assert plan.command(0, 11008) is None


@pytest.mark.skipif(sys.platform != "linux", reason="binding a process to a core is Linux's")
@pytest.mark.parametrize(
    ("setting", "asked", "bound"),
    [
        ("", None, True),  # GodotPhysics is what a project has that says nothing
        ('3d/physics_engine="GodotPhysics3D"\n', None, True),
        ('3d/physics_engine="Jolt Physics"\n', None, False),
        ('3d/physics_engine="Jolt Physics"\n', True, True),
        ("", False, False),
    ],
)
def test_engines_get_a_core_each_unless_jolt_needs_all(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
    asked: bool | None,
    bound: bool,
) -> None:
    (project / "project.godot").write_text(PROJECT + setting)
    monkeypatch.setattr(launch_plan, "usable_cores", lambda: (2, 5))
    plan = make_plan(EnvSettings(project_path=str(project), num_envs=3, pin_cores=asked))
    commands = [plan.command(index, 11008 + index) for index in range(3)]
    cores = [command.core for command in commands if command is not None]
    assert cores == ([2, 5, 2] if bound else [None, None, None])


def test_binding_on_another_system_is_warned_about(
    project: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(launch_plan, "usable_cores", lambda: ())
    plan = make_plan(EnvSettings(project_path=str(project), pin_cores=True))
    command = plan.command(0, 11008)
    assert command is not None
    assert command.core is None
    assert "cannot be bound to cores" in caplog.text


def token_of(settings: EnvSettings) -> str | None:
    command = make_plan(settings).command(0, 11008)
    assert command is not None
    return dict(command.environment).get(TOKEN_VARIABLE)


def test_each_launch_of_our_addon_has_a_token_of_its_own(
    project: Path, fake_game: Callable[..., str]
) -> None:
    options = project / "addons/godot_rl/launch_options.gd"
    source = EnvSettings(project_path=str(project))
    assert token_of(source) is None  # an addon from before tokens
    options.write_text(f'const TOKEN_VARIABLE: String = "{TOKEN_VARIABLE}"\n')
    first, second = token_of(source), token_of(source)
    assert first is not None
    assert first != second
    assert len(first) >= SHORTEST_TOKEN
    assert first not in repr(make_plan(source))
    own = "a token of the user's own"
    assert token_of(EnvSettings(project_path=str(project), token=own)) == own
    for word in ("--token=x", "--rl.token=x"):
        assert token_of(EnvSettings(project_path=str(project), env_args=(word,))) is None
    assert token_of(EnvSettings(env_path=fake_game())) is not None
    assert token_of(EnvSettings(env_path=fake_game(stock=True))) is None


def test_no_token_for_an_editor() -> None:
    assert make_plan(EnvSettings()).token == ""
