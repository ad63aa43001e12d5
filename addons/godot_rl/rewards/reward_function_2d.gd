@tool
@icon("res://addons/godot_rl/icons/reward_2d.svg")
class_name RewardFunction2D
extends Node2D
## Base of a reward term that lives in the scene.
##
## A controller adds [method get_reward] of its terms once a decision and calls [method reset] when
## an episode starts. A subclass overrides both.


## The reward since the last call. To be written by the subclass; 0 here.
func get_reward() -> float:
	return 0.0


## Starts a new episode. A subclass that remembers something forgets it here.
func reset() -> void:
	pass
