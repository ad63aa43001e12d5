"""The addon in a project whose unsafe and untyped code is an error, addons included.

Godot leaves addons alone unless a project says `directory_rules={}`. Those that do cannot use an
addon that does not compile.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from rl_training.engine import ensure_imported, find_engine

WARNINGS = (
    "untyped_declaration",
    "unsafe_property_access",
    "unsafe_method_access",
    "unsafe_cast",
    "unsafe_call_argument",
)
LOADER = """extends SceneTree


func _initialize() -> void:
	for path: String in _scripts("res://addons/godot_rl"):
		var script: GDScript = load(path) as GDScript
		print("loaded " if script != null else "refused ", path)
	quit()


func _scripts(folder: String) -> PackedStringArray:
	var found: PackedStringArray = []
	if FileAccess.file_exists(folder.path_join(".gdignore")):
		return found
	for sub: String in DirAccess.get_directories_at(folder):
		found.append_array(_scripts(folder.path_join(sub)))
	for file: String in DirAccess.get_files_at(folder):
		if file.ends_with(".gd"):
			found.append(folder.path_join(file))
	return found
"""
pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def warned(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Script to the warnings that made it an error, of all scripts of the addon."""
    project = tmp_path_factory.mktemp("strict")
    shutil.copytree(repository / "addons/godot_rl", project / "addons/godot_rl")
    levels = "".join(f"gdscript/warnings/{name}=2\n" for name in WARNINGS)
    head = 'config_version=5\n\n[application]\n\nconfig/name="Strict"\n\n[debug]\n\n'
    settings = project / "project.godot"
    # Class names are found before anything is refused.
    settings.write_text(head)
    (project / "load_all.gd").write_text(LOADER)
    engine = find_engine(install=False)
    ensure_imported(engine, project)
    settings.write_text(f"{head}{levels}gdscript/warnings/directory_rules={{}}\n")
    output = subprocess.run(
        [engine.path, "--headless", "--path", project, "--script", "res://load_all.gd"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=True,
    ).stdout
    assert "loaded res://addons/godot_rl/logger.gd" in output
    found: dict[str, list[str]] = {}
    pattern = r"Parse Error: (.+) \(Warning treated as error\.\)\n\s+at: GDScript::reload \((\S+):"
    for message, path in re.findall(pattern, output):
        found.setdefault(path, []).append(message)
    return found


def test_every_script_compiles(warned: dict[str, list[str]]) -> None:
    assert warned == {}
