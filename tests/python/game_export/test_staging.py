from __future__ import annotations

from pathlib import Path

import pytest

from rl_training.envs.game import setting
from rl_training.errors import ConfigError
from rl_training.game_export import staging
from rl_training.game_export.presets import PLATFORMS, Preset, presets_text
from rl_training.game_export.request import ExportRequest
from rl_training.game_export.staging import POLICY_PATH, change_settings, stage_project

PROJECT = """; a comment
config_version=5

[application]

config/name="Mine"
run/main_scene="res://old.tscn"
run/main_scene.web="res://web.tscn"
run/main_scene_not="kept"

[input]

jump={
"deadzone": 0.5,
"events": [Object(InputEventKey,"keycode":32)
]
}
"""


def test_settings_are_replaced_or_added() -> None:
    changes = {"application/run/main_scene": '"res://new.tscn"', "godot_rl/action_repeat": "9"}
    text = change_settings(PROJECT, changes)
    assert setting(text, "application", "run/main_scene") == "res://new.tscn"
    assert setting(text, "godot_rl", "action_repeat") == "9"
    assert "web.tscn" not in text
    lines = {
        line for line in PROJECT.splitlines() if "old.tscn" not in line and "web.tscn" not in line
    }
    assert lines <= set(text.splitlines())
    assert change_settings(text, changes) == text


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for name in ("scenes", "docs", ".git", ".godot", "godot_rl_policy"):
        (folder / name).mkdir(parents=True)
    (folder / "docs/.gdignore").write_text("")
    (folder / ".godot/.gdignore").write_text("")
    (folder / "scenes/new.tscn").write_text("[gd_scene]")
    (folder / "icon.svg").write_text("<svg/>")
    (folder / "project.godot").write_text(PROJECT)
    (folder / "export_presets.cfg").write_text("mine")
    return folder


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("links", [True, False])
def test_the_stand_in_has_what_godot_needs(
    project: Path, tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not links:

        def refuse(*_: object, **__: object) -> None:
            raise OSError("a privilege is missing")

        monkeypatch.setattr(Path, "symlink_to", refuse)
    before = contents(project)
    stage, policy = tmp_path / "stage", tmp_path / "mine.onnx"
    stage.mkdir()
    policy.write_bytes(b"onnx")
    stage_project(project, stage, {"application/run/main_scene": '"res://a"'}, "presets", policy)
    assert sorted(path.name for path in stage.iterdir()) == [
        *(".godot", "export_presets.cfg", "godot_rl_policy", "icon.svg", "project.godot"),
        "scenes",
    ]
    assert (stage / POLICY_PATH.removeprefix("res://")).read_bytes() == b"onnx"
    assert (stage / "export_presets.cfg").read_text() == "presets"
    assert (stage / "scenes/new.tscn").read_text() == "[gd_scene]"
    assert (stage / "scenes").is_symlink() == links
    assert contents(project) == before


def test_without_a_policy(project: Path, tmp_path: Path) -> None:
    (tmp_path / "stage").mkdir()
    stage_project(project, tmp_path / "stage", {}, "", None)
    assert not (tmp_path / "stage" / staging.POLICY_FOLDER).exists()


def test_presets_of_all_platforms() -> None:
    text = presets_text([Preset(platform, name="my game") for platform in PLATFORMS])
    assert [setting(text, f"preset.{n}", "platform") for n in range(4)] == [
        *("Linux", "Windows Desktop", "macOS", "Web"),
    ]
    assert [setting(text, f"preset.{n}", "export_path") for n in range(4)] == [
        *("build/linux/my game", "build/windows/my game.exe", "build/macos/my game.zip"),
        "build/web/index.html",
    ]
    assert setting(text, "preset.0", "include_filter") == "*.onnx,*.json"
    assert setting(text, "preset.2.options", "application/bundle_identifier") == (
        "org.example.my-game"
    )
    assert setting(text, "preset.3.options", "variant/thread_support") == "false"
    assert setting(text, "preset.0.options", "custom_template/release") == ""


def test_a_template_with_an_odd_path() -> None:
    text = presets_text([Preset("linux", template=Path('/a "b"/t'))])
    assert r'custom_template/release="/a \"b\"/t"' in text.splitlines()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"action_repeat": 0}, "action_repeat must be at least 1; found 0"),
        ({"name": "../game"}, r"name must be that of a file.*found \.\./game"),
        ({"timeout_s": 0.0}, "timeout_s must be positive"),
    ],
)
def test_requests_are_checked(change: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ExportRequest(Path(), Path(), **change)  # type: ignore[arg-type]
