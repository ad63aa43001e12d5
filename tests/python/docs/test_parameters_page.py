"""The examples of docs/parameters.md run as they stand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine

REPOSITORY = Path(__file__).parents[3]
PAGE = REPOSITORY / "docs" / "parameters.md"
PROJECT = """\
config_version=5
[application]
config/name="Wind"
[autoload]
GodotRLAgentsSync="*res://addons/godot_rl/sync.gd"
[debug]
gdscript/warnings/untyped_declaration=2
gdscript/warnings/exclude_addons=false
[editor_plugins]
enabled=PackedStringArray("res://addons/godot_rl/plugin.cfg")
"""
SCENE = """\
[gd_scene load_steps=2 format=3]
[ext_resource type="Script" path="res://wind.gd" id="1"]
[node name="Wind" type="Node2D"]
[node name="Agent" type="Node2D" parent="."]
script = ExtResource("1")
"""


def block(language: str, number: int = 0) -> str:
    """One of the page's code blocks of a language."""
    found = re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text("utf-8"), re.S | re.M)
    return str(found[number])


@pytest.fixture
def game(tmp_path: Path) -> Path:
    shutil.copytree(REPOSITORY / "addons" / "godot_rl", tmp_path / "addons" / "godot_rl")
    (tmp_path / "project.godot").write_text(PROJECT)
    (tmp_path / "wind.gd").write_text(block("gdscript"))
    (tmp_path / "wind.tscn").write_text(SCENE)
    return tmp_path


@pytest.mark.parametrize("number", [0, 1])
def test_what_a_trainer_sets_holds_in_its_arenas(game: Path, number: int) -> None:
    example = block("python", number)
    result = subprocess.run(
        [sys.executable, "-c", example],
        cwd=game,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    told = re.search(r"print\(.*\) +# (.*)", example)
    assert told is not None
    assert result.stdout.strip() == told[1]
