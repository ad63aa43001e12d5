class_name VRNavigation
extends Node3D
## Root of the scenario `vr_navigation`: a VR player finds the way to a goal.
##
## README.md beside this file lists observation, actions, rewards and ends. The root only says how
## much room a copy takes and lets the course's time pass before the player moves.

## Space that one copy of this scene takes, m; copies are placed side by side at this distance.
@export var arena_size: Vector3 = Vector3(24.0, 8.0, 24.0)
@export var course: NavCourse
@export var player: NavPlayer


func _physics_process(delta: float) -> void:
	if not player.frozen:
		course.tick(delta)
