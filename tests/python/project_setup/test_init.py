"""`spacetime-rl init` on projects that were made from nothing, up to the doctor on the engine."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest
import yaml

from rl_training.commands import doctor, export_addon
from rl_training.commands import init as command
from rl_training.commands.running import run_main
from rl_training.engine import find_engine
from rl_training.engine.project import ensure_imported
from rl_training.errors import ProjectError, UsageError
from rl_training.project_files import ADDON, our_addon
from rl_training.project_setup.addon_files import addon_files
from rl_training.project_setup.addon_files import export_addon as write_addon
from rl_training.project_setup.agent_scenes import agent_scenes, scene_hint
from rl_training.project_setup.init import CONTROLLER, SETTINGS, Dimension, init_project

STRICT = ("untyped_declaration", "unsafe_property_access", "unsafe_method_access", "unsafe_cast")
EMPTY = """config_version=5

[application]

config/name="New"
config/features=PackedStringArray("4.5", "GL Compatibility")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "my game"
    folder.mkdir()
    (folder / "project.godot").write_text(EMPTY)
    return folder


def _texts(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".godot" not in path.parts
    }


def _scene(project: Path, dimension: str) -> None:
    """Write a scene with one agent of the template and make it the main one."""
    kind = f"Node{dimension.upper()}"
    (project / "main.tscn").write_text(
        f"""[gd_scene load_steps=2 format=3]

[ext_resource type="Script" path="res://{CONTROLLER}" id="1"]

[node name="Game" type="{kind}"]

[node name="Player" type="{kind}" parent="."]

[node name="Agent" type="{kind}" parent="Player"]
script = ExtResource("1")
"""
    )
    settings = project / "project.godot"
    text = settings.read_text()
    text = text.replace("[application]\n\n", '[application]\n\nrun/main_scene="res://main.tscn"\n')
    warnings = "".join(f"gdscript/warnings/{name}=2\n" for name in STRICT)
    settings.write_text(f"{text}\n[debug]\n\n{warnings}")


def test_a_second_time_changes_nothing(project: Path) -> None:
    first = init_project(project, "2d")
    assert first.changed
    after = _texts(project)
    assert {f"{ADDON}/{path.as_posix()}" for path in addon_files()} <= after.keys()
    assert f"{ADDON}/sync.gd.uid" in after
    assert b"GodotRLAgentsSync=" in after["project.godot"]
    monitor = b'VoxelPerformanceMonitor="*res://addons/godot_rl/monitor/performance_monitor.gd"'
    assert monitor in after["project.godot"]
    assert b"res://addons/godot_rl/plugin.cfg" in after["project.godot"]
    again = init_project(project, "2d")
    assert not again.changed
    assert _texts(project) == after
    data = yaml.safe_load((project / SETTINGS).read_text())
    assert data == {"environment": {"project_path": "."}, "training": {"timesteps": 500_000}}


def test_what_was_changed_is_kept(project: Path) -> None:
    init_project(project, "3d")
    (project / CONTROLLER).write_text("extends AIController3D\n")
    (project / SETTINGS).write_text("training:\n  timesteps: 7\n")
    report = init_project(project, "3d")
    assert f"{CONTROLLER}: is there and was kept" in report.lines
    assert (project / SETTINGS).read_text() == "training:\n  timesteps: 7\n"
    sync = project / ADDON / "sync.gd"
    sync.write_text("# another version\n")
    with pytest.raises(UsageError, match=r"1 files of addons/godot_rl differ .*--force replaces"):
        init_project(project, "3d")
    assert sync.read_text() == "# another version\n"
    init_project(project, "3d", force=True)
    assert sync.read_bytes() == (our_addon() / "sync.gd").read_bytes()
    assert "begin_episode" in (project / CONTROLLER).read_text()


def test_line_ends_of_windows_stay(project: Path) -> None:
    settings = project / "project.godot"
    settings.write_bytes(EMPTY.replace("\n", "\r\n").encode())
    init_project(project, "3d")
    content = settings.read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n")


def test_folders_that_are_no_project(tmp_path: Path, project: Path) -> None:
    with pytest.raises(ProjectError, match=r"holds no project\.godot"):
        init_project(tmp_path, "3d")
    (project / "addons/godot_rl_agents").mkdir(parents=True)
    with pytest.raises(ProjectError, match="spacetime-rl migrate"):
        init_project(project, "3d")


def test_the_next_commands_are_quoted(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_main(lambda: command.main([str(project)])) == 0
    out = capsys.readouterr().out
    assert f"doctor --project_path '{project}'" in out
    assert f"train --config '{project / SETTINGS}'" in out


def test_the_addon_as_a_zip_and_as_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive, folder = tmp_path / "out/addon.zip", tmp_path / "folder"
    assert export_addon.main(["--output", str(archive)]) == 0
    assert "files below addons/godot_rl" in capsys.readouterr().out
    first = archive.read_bytes()
    write_addon(archive)
    assert archive.read_bytes() == first
    with zipfile.ZipFile(archive) as opened:
        names = opened.namelist()
        assert opened.testzip() is None
    assert f"{ADDON}/plugin.cfg" in names
    assert all(name.startswith(f"{ADDON}/") for name in names)
    assert write_addon(folder) == len(names)
    (folder / ADDON / "sync.gd").write_text("")
    with pytest.raises(UsageError, match="choose another folder"):
        write_addon(folder)


def test_the_scenes_with_agents_are_named(project: Path) -> None:
    init_project(project, "2d")
    _scene(project, "2d")
    (project / "own.gd").write_text("class_name Own\nextends AIController2D\n")
    (project / "heir.gd").write_text("extends Own\n")
    (project / "menu.tscn").write_text('[gd_scene format=3]\n\n[node name="Menu" type="Control"]\n')
    for name, used in (("level", "heir.gd"), ("world", "level.tscn")):
        (project / f"{name}.tscn").write_text(
            f'[gd_scene format=3]\n\n[ext_resource path="res://{used}" id="1"]\n'
        )
    scenes = ["res://level.tscn", "res://main.tscn", "res://world.tscn"]
    assert agent_scenes(project) == scenes
    assert scene_hint(str(project), "res://level.tscn") == ""
    assert "--scene_path res://level.tscn" in scene_hint(str(project), "res://menu.tscn")
    assert scene_hint(None, None) == ""


@pytest.mark.engine
@pytest.mark.timeout(300)
@pytest.mark.parametrize("dimension", ["2d", "3d"])
def test_the_template_plays(
    project: Path, dimension: Dimension, capsys: pytest.CaptureFixture[str]
) -> None:
    """All scripts compile with strict warnings as errors; the doctor finds nothing wrong."""
    assert run_main(lambda: command.main([str(project), "--dimension", dimension])) == 0
    _scene(project, dimension)
    ensure_imported(find_engine(), project)
    capsys.readouterr()
    flags = ["--project_path", str(project), "--decisions", "600", "--num_envs", "1", "--json"]
    assert doctor.main(flags) == 0
    output = capsys.readouterr()
    findings = {each["check"]: each for each in json.loads(output.out)["findings"]}
    for check in (
        *("scene", "addon", "autoload", "begin_episode", "scripts", "agents", "spaces"),
        *("constant observations", "scale of observations", "episodes end", "rewards"),
        *("script errors", "addon's warnings", "determinism", "arenas"),
    ):
        assert findings[check]["status"] == "ok", findings[check]
    assert output.err.count("physics: ") == 1


@pytest.mark.engine
@pytest.mark.timeout(300)
def test_a_menu_is_told_the_scenes_with_agents(
    project: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from rl_training.commands import train

    init_project(project, "3d")
    _scene(project, "3d")
    shutil.copy(project / "main.tscn", project / "level.tscn")
    (project / "main.tscn").write_text('[gd_scene format=3]\n\n[node name="Menu" type="Node3D"]\n')
    words = ["--project_path", str(project), "--run_root", str(tmp_path), "--num_envs", "1"]
    assert run_main(lambda: train.main([*words, "--no-check_arenas", "--timesteps", "100"])) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert "these scenes have: --scene_path res://level.tscn" in last
