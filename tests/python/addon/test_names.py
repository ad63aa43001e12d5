"""A game may have classes of any names: the addon's enums and inner classes are prefixed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from rl_training.engine.find import find_engine
from tests.python.addon.life import copy_game

pytestmark = pytest.mark.engine

LIMIT_S = 120.0
PUBLIC = {"ControlModes", "ActionChoices"}  # on the face of controllers
CHECK = """extends SceneTree


func _init() -> void:
	var paths: PackedStringArray = FileAccess.get_file_as_string("res://scripts.txt").split("\\n")
	for path: String in paths:
		var script: GDScript = load("res://" + path)
		if script == null or not (script.can_instantiate() or script.is_abstract()):
			print("BROKEN ", path)
	print("CHECKED ", paths.size())
	quit()
"""


def test_every_script_compiles_beside_a_games_classes(tmp_path: Path) -> None:
    game = copy_game(tmp_path / "game")
    scripts = sorted(game.glob("addons/**/*.gd"))
    named = [
        name
        for script in scripts
        for name in re.findall(r"(?m)^\s*(?:enum|class) (?:RL)?(\w+)", script.read_text())
    ]
    assert {"Stage", "Next", "Slot", "Mode", "Group"} <= set(named)
    for name in set(named) - PUBLIC:
        (game / f"game_{name.lower()}.gd").write_text(f"class_name {name}\nextends Node\n")
    (game / "scripts.txt").write_text("\n".join(str(path.relative_to(game)) for path in scripts))
    (game / "check.gd").write_text(CHECK)
    engine = [str(find_engine().path), "--headless", "--path", str(game)]
    subprocess.run([*engine, "--import"], capture_output=True, timeout=LIMIT_S, check=False)
    ran = subprocess.run(
        [*engine, "--script", "res://check.gd"], capture_output=True, text=True, timeout=LIMIT_S
    )
    assert f"CHECKED {len(scripts)}" in ran.stdout, ran.stdout + ran.stderr
    assert "BROKEN" not in ran.stdout, ran.stdout + ran.stderr
