"""A small game made from nothing: a walker in a room, whose code holds a bug for each detector.

Each is switched on by an environment parameter of the same name; without, the game is well.
"""

from __future__ import annotations

import shutil
from pathlib import Path

PROJECT = """config_version=5

[application]

config/name="Room"
run/main_scene="res://room.tscn"
config/features=PackedStringArray("4.5", "GL Compatibility")

[autoload]

GodotRLAgentsSync="*res://addons/godot_rl/sync.gd"

[rendering]

renderer/rendering_method="gl_compatibility"
"""
SCENE = """[gd_scene load_steps=5 format=3]

[ext_resource type="Script" path="res://walker.gd" id="1"]
[ext_resource type="Script" path="res://walker_agent.gd" id="2"]

[sub_resource type="BoxShape3D" id="floor"]
size = Vector3(16, 1, 16)

[node name="Room" type="Node3D"]

[node name="Floor" type="StaticBody3D" parent="."]

[node name="Shape" type="CollisionShape3D" parent="Floor"]
transform = Transform3D(1, 0, 0, 0, 1, 0, 0, 0, 1, 0, -0.5, 0)
shape = SubResource("floor")

[node name="Walker" type="CharacterBody3D" parent="."]
script = ExtResource("1")

[node name="Agent" type="Node3D" parent="Walker"]
script = ExtResource("2")
reset_after = 400
"""
WALKER = """extends CharacterBody3D

const SPEED: float = 6.0
const EDGE: float = 7.9

var wish: Vector2 = Vector2.ZERO
var is_trapped: bool = false
var _enemy: Node = null


func begin(episode_seed: int) -> void:
	var rng: RandomNumberGenerator = RandomNumberGenerator.new()
	rng.seed = episode_seed
	position = Vector3(rng.randf_range(-1.0, 1.0), 0.0, rng.randf_range(-1.0, 1.0))
	wish = Vector2.ZERO
	is_trapped = false


func _physics_process(delta: float) -> void:
	if not is_trapped:
		position.x = clampf(position.x + wish.x * SPEED * delta, -EDGE, EDGE)
		position.z = clampf(position.z + wish.y * SPEED * delta, -EDGE, EDGE)
	if _has("bug_trap") and Vector2(position.x + 5.0, position.z - 5.0).length() < 1.0:
		is_trapped = true
	if _has("bug_pit") and position.x > 6.0 and position.z > 6.0:
		position.y -= 20.0 * delta
	if _has("bug_script") and position.x < -7.0:
		_enemy.queue_free()
	if _has("bug_error") and position.x > 7.0:
		push_error("the wall at %s has no texture" % position.x)
	if _has("bug_crash") and position.z < -7.5:
		OS.kill(OS.get_process_id())
	if _has("bug_hang") and position.z < -7.5:
		while true:
			OS.delay_msec(100)
	if _has("bug_slow") and position.z > 7.0:
		OS.delay_msec(40)
	if _has("bug_report") and position.x > 7.0:
		RLFindings.report(self, "wall_touched", "the walker is in the wall", {"at": position})


func _has(bug: String) -> bool:
	return Sync.get_parameter(bug, 0.0, self) > 0.5
"""
AGENT = """extends AIController3D

@onready var walker: CharacterBody3D = get_parent()


func begin_episode(episode_seed: int) -> void:
	reset_after = 100000 if Sync.get_parameter("bug_endless", 0.0) > 0.5 else 400
	walker.begin(episode_seed)


func get_obs() -> Dictionary:
	var x: float = walker.position.x / 8.0
	if Sync.get_parameter("bug_nan", 0.0, self) > 0.5 and x > 0.9:
		x = NAN
	var noise: float = 0.0
	if Sync.get_parameter("bug_clock", 0.0, self) > 0.5:
		noise = float(Time.get_ticks_usec() % 1000) / 1000.0
	return {"obs": [x, walker.position.z / 8.0, walker.position.y, noise]}


func get_action_space() -> Dictionary:
	return {"move": {"size": 2, "action_type": "continuous"}}


@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	walker.wish = Vector2(action["move"][0], action["move"][1])


func get_info() -> Dictionary:
	return {"is_success": true} if done else {}
"""
CELLS = """

func get_cell() -> String:
	return "%d,%d" % [floori(walker.position.x / 2.0), floori(walker.position.z / 2.0)]
"""


def write_room_game(repository: Path, folder: Path, *, cells: bool = False) -> Path:
    """Write the project into a folder and return that."""
    shutil.copytree(repository / "addons/godot_rl", folder / "addons/godot_rl")
    (folder / "project.godot").write_text(PROJECT)
    (folder / "walker.gd").write_text(WALKER)
    (folder / "walker_agent.gd").write_text(AGENT + (CELLS if cells else ""))
    (folder / "room.tscn").write_text(SCENE)
    return folder
