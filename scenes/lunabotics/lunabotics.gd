class_name Lunabotics
extends Node2D
## Root of the scenario `lunabotics`: a rover digs out orbs and lays them on a berm.
##
## README.md beside this file lists observation, actions, rewards and ends. The root says how much
## room a copy takes and gives the engine its own physics rate back.

## Space that one copy of this scene takes, px; copies are placed side by side at this distance.
@export var arena_size: Vector2 = Vector2(900.0, 700.0)


func _exit_tree() -> void:
	Engine.physics_ticks_per_second = ProjectSettings.get_setting(
		"physics/common/physics_ticks_per_second"
	)
