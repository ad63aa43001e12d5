"""project.godot and .NET files before and after a migration."""

from __future__ import annotations

from pathlib import Path

from rl_training.migration.context import read_context
from rl_training.migration.dotnet import plan_dotnet
from rl_training.migration.settings import Settings, migrate_settings
from tests.python.migration import projects

_SYNC = '"*res://addons/godot_rl/sync.gd"'
_MONITOR = '"*res://addons/godot_rl/monitor/performance_monitor.gd"'
_OURS = f"GodotRLAgentsSync={_SYNC}\nVoxelPerformanceMonitor={_MONITOR}\n"


def test_plugin_autoload_and_features() -> None:
    text = projects.settings("Game", "main.tscn", dotnet=True)
    new, entries = migrate_settings(text, drop_dotnet=True)
    assert new == (
        "; Engine configuration file.\n\nconfig_version=5\n\n[application]\n\n"
        'config/name="Game"\nrun/main_scene="res://main.tscn"\n'
        'config/features=PackedStringArray("4.3", "Forward Plus")\n\n[autoload]\n\n'
        f"{_OURS}\n[editor_plugins]\n\n"
        'enabled=PackedStringArray("res://addons/godot_rl/plugin.cfg")\n\n[input]\n\n'
        'go_left={\n"deadzone": 0.5,\n"events": []\n}\n'
    )
    lines = new.splitlines()
    assert [lines[entry.line - 1].split("=")[0] for entry in entries if entry.line] == [
        "config/features",
        "GodotRLAgentsSync",
        "VoxelPerformanceMonitor",
        "enabled",
    ]
    assert migrate_settings(new, drop_dotnet=True) == (new, [])


def test_other_plugins_and_autoloads_stay() -> None:
    text = (
        '[autoload]\n\nGame="*res://game.gd"\nSync="*res://addons/godot_rl_agents/sync.gd"\n\n'
        '[editor_plugins]\n\nenabled=PackedStringArray("res://addons/gut/plugin.cfg", '
        '"res://addons/godot_rl_agents/plugin.cfg")\n'
    )
    new, entries = migrate_settings(text, drop_dotnet=False)
    assert new == (
        f'[autoload]\n\nGame="*res://game.gd"\n{_OURS}\n'
        '[editor_plugins]\n\nenabled=PackedStringArray("res://addons/gut/plugin.cfg", '
        '"res://addons/godot_rl/plugin.cfg")\n'
    )
    assert [entry.remedy for entry in entries if entry.kind == "left"] == [
        "Where scripts name Sync, write GodotRLAgentsSync"
    ]


def test_an_autoload_of_that_name_that_is_another_script_is_left() -> None:
    text = '[autoload]\n\nGodotRLAgentsSync="*res://mine.gd"\n'
    new, entries = migrate_settings(text, drop_dotnet=False)
    assert 'GodotRLAgentsSync="*res://mine.gd"' in new
    assert [entry.kind for entry in entries] == ["left", "change", "change"]


def test_a_monitor_of_that_name_that_is_another_script_is_kept() -> None:
    text = '[autoload]\n\nVoxelPerformanceMonitor="*res://mine.gd"\n'
    new, _ = migrate_settings(text, drop_dotnet=False)
    assert 'VoxelPerformanceMonitor="*res://mine.gd"' in new
    assert _MONITOR not in new


def test_a_file_without_sections_gets_them() -> None:
    new, _ = migrate_settings("config_version=5", drop_dotnet=False)
    assert Settings(new).value("autoload", "GodotRLAgentsSync") == _SYNC
    assert new.startswith("config_version=5\n\n[autoload]\n\n")


def test_physics_ticks_other_than_the_stock_plugins_are_noted() -> None:
    text = "[physics]\n\ncommon/physics_ticks_per_second=90\n"
    notes = [e for e in migrate_settings(text, drop_dotnet=False)[1] if e.kind == "note"]
    assert [(entry.line, entry.text[:2]) for entry in notes] == [(12, "90")]


def test_a_project_with_csharp_of_its_own_keeps_its_project_file(tmp_path: Path) -> None:
    projects.chase_2d(tmp_path)
    (tmp_path / "door.cs").write_text("public partial class Door : Node {}\n")
    plan = plan_dotnet(read_context(tmp_path))
    assert plan.needed
    assert plan.removed == []
    assert "OnnxRuntime" not in plan.texts["Chase.csproj"]
    assert "<ItemGroup>" not in plan.texts["Chase.csproj"]
    assert "EnableDynamicLoading" in plan.texts["Chase.csproj"]


def test_agents_in_csharp_are_left(tmp_path: Path) -> None:
    projects.chase_2d(tmp_path)
    (tmp_path / "agent.cs").write_text(
        "using Microsoft.ML.OnnxRuntime;\npublic partial class AIControllerSharp3D : Node3D {}\n"
    )
    entries = plan_dotnet(read_context(tmp_path)).entries
    assert [(e.line, e.text) for e in entries if e.kind == "left"] == [
        (2, "an agent written in C#"),
        (1, "uses ONNX Runtime by itself"),
    ]


def test_without_csharp_project_file_and_solution_go(tmp_path: Path) -> None:
    plan = plan_dotnet(read_context(projects.chase_2d(tmp_path)))
    assert plan.removed == ["Chase.csproj", "Chase.sln"]
    assert not plan.needed
