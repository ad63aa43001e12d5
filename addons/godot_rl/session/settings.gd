extends RefCounted
## What holds for a session: Sync's settings, overruled by the launch options.
##
## Sync makes one when a session begins; sessions and RLPolicyChooser read it.

const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")

const ADDON_VERSION: String = "0.1.0"

## Where actions come from for controllers that inherit it, as Sync.ControlModes.
var control_mode: int = 0
## Physics ticks per decision, at least 1.
var action_repeat: int = 8
## Physics ticks per decision of ONNX policies; 0: as their certificates say.
var onnx_action_repeat: int = 0
## Factor on the physics rate and the time scale, above 0.
var speed_up: float = 1.0
## Policy of agents that play one and name none themselves.
var onnx_model_path: String = ""
## Whether ONNX policies draw their actions.
var sample_actions: bool = false


## Lets [param options] overrule what Sync says.
func overrule(options: RLLaunchOptions) -> void:
	if not options.onnx_model.is_empty():
		onnx_model_path = options.onnx_model
	if not options.actions.is_empty():
		sample_actions = options.actions == "sampled"
	if options.action_repeat > 0:
		action_repeat = options.action_repeat
		onnx_action_repeat = options.action_repeat
	if options.onnx_action_repeat > 0:
		onnx_action_repeat = options.onnx_action_repeat
	if options.speedup > 0.0:
		speed_up = options.speedup


## What a report and a trainer are told of a session in [param scene].
func about(scene: String, arenas: int, options: RLLaunchOptions) -> Dictionary:
	return {
		"addon_version": ADDON_VERSION,
		"engine": Engine.get_version_info()["string"],
		"scene": scene,
		"arenas": arenas,
		"isolation": options.isolation,
		"action_repeat": action_repeat,
		"physics_ticks_per_second": roundi(Engine.physics_ticks_per_second / speed_up),
	}
