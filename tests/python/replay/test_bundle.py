"""A bundle holds what a report needs, opens again, and tells which files have changed since."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from rl_training.data.recording import read_recording
from rl_training.errors import RecordingError, UsageError
from rl_training.replay.bundle import is_bundle, open_bundle, write_bundle
from rl_training.replay.project_files import LARGEST_FILE, needed_files
from rl_training.replay.replay import ReplayResult
from rl_training.replay.replay_file import play_file
from tests.python.data import recordings as make

REPOSITORY = Path(__file__).parents[3]
LEVEL = '[ext_resource path="res://game/level.gd"]\n[ext_resource path="res://art/rock.png"]\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project: a level, the class that its script names, and what it does not need."""
    files = {
        "project.godot": 'config_version=5\n[autoload]\nSync="*res://addons/godot_rl/sync.gd"\n',
        "addons/godot_rl/sync.gd": "extends Node\n",
        "addons/godot_rl/policies/lazy.gd": "extends RefCounted\n",
        "level.tscn": LEVEL,
        "game/level.gd": "extends Node\nvar rock: RollingRock\n",
        "game/rock.gd": 'class_name RollingRock\nextends Node\nvar sound: String = "res://a.wav"\n',
        "game/other.gd": "class_name OtherThing\nextends Node\n",
        "art/rock.png": "pixels",
        "art/rock.png.import": "[remap]\n",
        "a.wav": "x" * (LARGEST_FILE + 1),
        "notes/.gdignore": "",
        "notes/more.gd": "class_name Level\n",
    }
    for name, text in files.items():
        (tmp_path / "project" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "project" / name).write_text(text)
    return tmp_path / "project"


def _result(folder: Path) -> ReplayResult:
    recorded = read_recording(make.write(folder / "episode_000003_77.replay", make.episode()))
    return ReplayResult(recorded, recorded, None, "", {}, ("Godot Engine v4.6", "ERROR: no"))


def test_what_a_scene_needs_is_found(project: Path) -> None:
    assert needed_files(project, "res://level.tscn") == [
        "a.wav",
        "addons/godot_rl/policies/lazy.gd",
        "addons/godot_rl/sync.gd",
        "art/rock.png",
        "art/rock.png.import",
        "game/level.gd",
        "game/rock.gd",
        "level.tscn",
        "project.godot",
    ]


def test_the_vr_scene_needs_its_scripts_and_no_others() -> None:
    found = needed_files(REPOSITORY, "res://scenes/features/vr_locomotion_test.tscn")
    scripts = {path.name for path in (REPOSITORY / "scenes/features/vr_locomotion").glob("*.gd")}
    assert scripts <= {Path(name).name for name in found}
    assert "addons/godot_rl/policies/replay_policy.gd" in found
    assert not any(name.startswith(("tests/", "rl_training/")) for name in found)


def test_a_bundle_opens_again(tmp_path: Path, project: Path) -> None:
    path, replayed = tmp_path / "report.zip", tmp_path / "again.replay"
    replayed.write_bytes(b"again")
    write_bundle(path, _result(tmp_path), replayed, project)
    assert is_bundle(path)
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        readme = archive.read("README.md").decode()
        assert archive.read("replayed.replay") == b"again"
        assert archive.read("engine.log") == b"Godot Engine v4.6\nERROR: no\n"
        assert json.loads(archive.read("verdict.json"))["identical"] is True
    assert {"project/game/rock.gd", "project/art/rock.png", "changes.diff"} <= names
    assert "project/a.wav" not in names
    assert "python rl_training/replay_episode.py report.zip" in readme
    with open_bundle(path) as bundle:
        assert len(read_recording(bundle.recording).decisions) == make.DECISIONS
        assert bundle.left_out == ("a.wav",)
        assert bundle.project is not None
        assert (bundle.project / "level.tscn").read_text() == LEVEL
        assert bundle.changed_files(project) == []
        (project / "game" / "rock.gd").write_text("class_name RollingRock\n")
        (project / "art" / "rock.png").unlink()
        assert bundle.changed_files(project) == ["art/rock.png", "game/rock.gd"]


def test_an_exported_game_has_no_files_to_pack(tmp_path: Path) -> None:
    path = tmp_path / "report.zip"
    write_bundle(path, _result(tmp_path), None, None)
    with open_bundle(path) as bundle:
        assert bundle.project is None
        assert bundle.files == {}
    with pytest.raises(UsageError, match="holds no project"):
        play_file(path, from_bundle=True)


def test_what_is_no_bundle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "hello")
    with pytest.raises(RecordingError, match=r"is no bundle of replay_episode\.py"):
        play_file(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("bundle.json", json.dumps({"format": "spacetime_rl_bundle", "version": 9}))
    with pytest.raises(RecordingError, match="version 9, this harness reads"):
        play_file(path)
    manifest = {"format": "spacetime_rl_bundle", "version": 1, "recording": "a", "files": {}}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("bundle.json", json.dumps({**manifest, "left_out": []}))
        archive.writestr("../outside.txt", "hello")
    with pytest.raises(RecordingError, match="outside itself"):
        play_file(path)
    assert not (tmp_path / "outside.txt").exists()


def test_a_recording_is_no_bundle(tmp_path: Path) -> None:
    path = make.write(tmp_path / "a.replay", make.episode())
    with pytest.raises(UsageError, match="is no bundle"):
        play_file(path, from_bundle=True)
