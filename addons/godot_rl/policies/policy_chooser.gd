extends RefCounted
## Tells where an agent's actions come from, and makes the policy that gives them.
##
## Sessions call it. It holds no agent.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLPolicy := preload("res://addons/godot_rl/policies/policy.gd")
const RLSettings := preload("res://addons/godot_rl/session/settings.gd")

## The sources of actions. That of an ONNX policy has its path behind it.
const REMOTE: String = "remote"
const RANDOM: String = "random"
const REPLAY: String = "replay"
const HUMAN: String = "human"
const RECORD: String = "record"
const ONNX: String = "onnx:"

## Why the last policy could not be made; empty when it was.
var error: String = ""
## An RLEpisodeRecorder, which counts the episodes of ONNX policies in an evaluation; null: none.
var recorder: RefCounted
## The connection to a trainer; null: none.
var stream: RefCounted
## See RLSession.while_waiting.
var while_waiting: Callable
## What policies tell of the session.
var about: Dictionary = {}

var _options: RLLaunchOptions
var _settings: RLSettings


func _init(options: RLLaunchOptions, settings: RLSettings) -> void:
	_options = options
	_settings = settings


## Returns where the actions of [param controller] come from.
func source_of(controller: Node) -> String:
	if not _options.replay.is_empty():
		return REPLAY
	var modes: Dictionary = controller.ControlModes
	var mode: int = controller.control_mode
	if mode == modes.INHERIT_FROM_SYNC:
		mode = [modes.HUMAN, modes.TRAINING, modes.ONNX_INFERENCE][_settings.control_mode]
	var given: String = _options.onnx_models.get(controller.policy_name, "")
	if mode == modes.TRAINING and given == RLLaunchOptions.GAME:
		return HUMAN
	if mode == modes.TRAINING and not (given.is_empty() and _options.onnx_model.is_empty()):
		mode = modes.ONNX_INFERENCE
	if mode == modes.TRAINING:
		return RANDOM if _options.random_policy > 0 else REMOTE
	if mode == modes.ONNX_INFERENCE:
		var own_path: String = controller.onnx_model_path
		if own_path.is_empty():
			own_path = given if not given.is_empty() else _settings.onnx_model_path
		return ONNX + own_path
	return RECORD if mode == modes.RECORD_EXPERT_DEMOS else HUMAN


## Makes the policy of a source; null with [member error] set when it cannot.
func make(source: String) -> RLPolicy:
	error = ""
	var policy: RLPolicy = _make(source)
	if policy == null:
		return null
	policy.source = source
	policy.physics_ticks_per_second = about.get("physics_ticks_per_second", 0)
	if source.begins_with(ONNX):
		policy.action_repeat = _settings.onnx_action_repeat
	return policy


func _make(source: String) -> RLPolicy:
	if source == ONNX:
		error = "no policy: set onnx_model_path on the controller or on Sync"
		return null
	var file: String = source.get_slice(":", 0) + "_policy"
	if source == RECORD:
		file = "recorder_policy"
	var path: String = "res://addons/godot_rl/policies/%s.gd" % file
	if not ResourceLoader.exists(path):
		error = "this build was exported without %s, which only training and recording need" % file
		return null
	# Policies are compiled when they are needed: naming their classes here would make every start
	# of the game compile all of them, the ONNX runner included.
	var script: GDScript = load(path)
	var arguments: Array = []
	match file:
		"remote_policy":
			arguments = [stream, DisplayServer.get_name() == "headless", about, while_waiting]
		"random_policy":
			arguments = [_options.random_policy, _options.env_seed, _options.report, about]
		"replay_policy":
			arguments = [_options.replay]
		"onnx_policy":
			arguments = [source.trim_prefix(ONNX), recorder, _settings.sample_actions]
	return script.callv(&"new", arguments)
