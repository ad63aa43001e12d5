"""A small project with the addon's plugin enabled and nothing else done, for the editor's tests."""

from __future__ import annotations

import shutil
from pathlib import Path

PROJECT = """config_version=5

[application]

config/name="Small Game"
run/main_scene="res://game.tscn"
config/features=PackedStringArray("4.5", "GL Compatibility")

[editor_plugins]

enabled=PackedStringArray("res://addons/godot_rl/plugin.cfg")

[rendering]

renderer/rendering_method="gl_compatibility"
"""
AGENT = """extends AIController3D


func begin_episode(_episode_seed: int) -> void:
	position = Vector3.ZERO


func get_obs() -> Dictionary:
	return {"obs": [position.x, position.z]}


func get_action_space() -> Dictionary:
	return {"move": {"size": 2, "action_type": "continuous"}}


func set_action(_action: Variant) -> void:
	pass
"""
SCENE = """[gd_scene load_steps=2 format=3]

[ext_resource type="Script" path="res://agent.gd" id="1"]

[node name="Game" type="Node3D"]

[node name="Agent" type="Node3D" parent="."]
script = ExtResource("1")
"""


def write_small_game(repository: Path, folder: Path) -> Path:
    """Write the project into an empty folder and return that."""
    shutil.copytree(repository / "addons/godot_rl", folder / "addons/godot_rl")
    (folder / "project.godot").write_text(PROJECT)
    (folder / "agent.gd").write_text(AGENT)
    (folder / "game.tscn").write_text(SCENE)
    return folder
