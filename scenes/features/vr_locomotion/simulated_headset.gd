class_name SimulatedHeadset
extends "res://addons/godot_rl/xr/simulated_rig.gd"
## Stands in for a headset where none is worn, and steps aside when a person puts one on.
##
## VRLocomotionController feeds it the sticks, the agent's or the keyboard's; VRPlayer lets its time
## pass.
## The scene switches [member moves] on: head and hands are never still, as a person's.

## A person put the headset on, or took it off.
signal worn(is_on: bool)

const HeadsetSession := preload("res://addons/godot_rl/xr/headset_session.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")

var _session: HeadsetSession


func _init() -> void:
	advances_itself = false


func _exit_tree() -> void:
	take_off()
	super()


## Sets what the controllers report: both sticks in [-1, 1] (x right, y forward), trigger in [0, 1].
func set_inputs(left_stick: Vector2, right_stick: Vector2, right_trigger: float) -> void:
	if is_simulating:
		trackers.left.set_input(VRLocomotion.STICK, left_stick)
		trackers.right.set_input(VRLocomotion.STICK, right_stick)
		trackers.right.set_input(VRLocomotion.TRIGGER, right_trigger)


## Lets a person in: starts the headset, if there is one and a screen, and hands the nodes over to
## it. False where there is none; nothing has changed then.
func put_on(interface_name: String = "OpenXR") -> bool:
	if not is_simulating:
		return true
	var session: HeadsetSession = HeadsetSession.new()
	if not session.start(get_viewport(), interface_name):
		if HeadsetSession.finds_runtime():
			RLLog.info(
				"to enter with a headset, start its runtime, then the game with --xr-mode on"
			)
		return false
	_session = session
	var origin: XROrigin3D = camera.get_parent()
	origin.current = true
	hand_over()
	worn.emit(true)
	return true


## Gives the scene back to the screen and to the simulated trackers.
func take_off() -> void:
	if _session == null:
		return
	_session.stop()
	_session = null
	take_back()
	worn.emit(false)
