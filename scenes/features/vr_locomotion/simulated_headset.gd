class_name SimulatedHeadset
extends "res://addons/godot_rl/xr/headset_rig.gd"
## Stands in for a headset where none is worn, and steps aside when a person puts one on.
##
## VRLocomotionController feeds it the sticks, the agent's or the keyboard's; VRPlayer lets its time
## pass.
## The scene switches [member moves] on: the head is never still, as a person's; the hands neither,
## where somebody sees them. What they hold counts in this game, where they are does not.


func _init() -> void:
	advances_itself = false
	hands_move = DisplayServer.get_name() != "headless"


## Sets what the controllers report: both sticks in [-1, 1] (x right, y forward), trigger in [0, 1].
func set_inputs(left_stick: Vector2, right_stick: Vector2, right_trigger: float) -> void:
	if is_simulating:
		trackers.left.set_input(VRLocomotion.STICK, left_stick)
		trackers.right.set_input(VRLocomotion.STICK, right_stick)
		trackers.right.set_input(VRLocomotion.TRIGGER, right_trigger)
