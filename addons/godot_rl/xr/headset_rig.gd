extends "res://addons/godot_rl/xr/simulated_rig.gd"
## A simulated headset that a person can take over: it steps aside when one is put on, and stands in
## again when it is taken off.
##
## Use it in place of [code]simulated_rig.gd[/code] where people play in a headset too, and call
## [method serve] in the controller's set_heuristic. It never starts a headset by itself.

## A person put the headset on, or took it off.
signal worn(is_on: bool)

const HeadsetSession := preload("res://addons/godot_rl/xr/headset_session.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")

var _session: HeadsetSession


func _exit_tree() -> void:
	take_off()
	super()


## Lets in who plays: a person enters with a headset, where there is one; else it is taken off.
## [param who] is the controller's heuristic, [param arena] its arena_index.
func serve(who: String, arena: int) -> void:
	if may_enter(who, arena, DisplayServer.get_name()):
		put_on()
	else:
		take_off()


## Whether a headset is looked for: a person plays, in the first arena, and there is a screen.
static func may_enter(who: String, arena: int, display: String) -> bool:
	return who == "human" and arena == 0 and display != "headless"


## Lets a person in: starts the headset, if there is one and a screen, and hands the nodes over to
## it. The camera's parent must be the XROrigin3D. False where there is none; nothing has changed
## then.
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
