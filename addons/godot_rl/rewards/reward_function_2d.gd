@tool
@icon("res://addons/godot_rl/icons/reward_2d.svg")
class_name RewardFunction2D
extends Node2D
## Base of a reward term that lives in the scene.
##
## A controller adds [method get_reward] of its terms once a decision and calls [method reset] when
## an episode starts. A subclass overrides both.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")


## The reward since the last call. To be written by the subclass; 0 here.
func get_reward() -> float:
	return 0.0


## Starts a new episode. A subclass that remembers something forgets it here.
func reset() -> void:
	pass
