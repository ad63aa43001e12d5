extends RefCounted
## Tells where an agent's actions come from, and makes the policy that gives them.
##
## Sessions call it. It holds no agent.

const RLEpisodeRecorder := preload("res://addons/godot_rl/evaluation/episode_recorder.gd")
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
## Counts the episodes of ONNX policies in an evaluation; null: none.
var recorder: RLEpisodeRecorder
## The connection to a trainer; null: none.
var stream: RefCounted
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
	if mode == modes.TRAINING and not _options.onnx_model.is_empty():
		mode = modes.ONNX_INFERENCE
	if mode == modes.TRAINING:
		return RANDOM if _options.random_policy > 0 else REMOTE
	if mode == modes.ONNX_INFERENCE:
		var own_path: String = controller.onnx_model_path
		return ONNX + (own_path if not own_path.is_empty() else _settings.onnx_model_path)
	return RECORD if mode == modes.RECORD_EXPERT_DEMOS else HUMAN


## Makes the policy of a source; null with [member error] set when it cannot.
func make(source: String) -> RLPolicy:
	error = ""
	var policy: RLPolicy = _make(source)
	if policy == null:
		return null
	policy.physics_ticks_per_second = about.get("physics_ticks_per_second", 0)
	if source.begins_with(ONNX):
		policy.action_repeat = _settings.onnx_action_repeat
	return policy


func _make(source: String) -> RLPolicy:
	match source:
		REMOTE:
			var headless: bool = DisplayServer.get_name() == "headless"
			return _script("remote_policy").new(stream, headless, about)
		RANDOM:
			return _script("random_policy").new(
				_options.random_policy, _options.env_seed, _options.report, about
			)
		REPLAY:
			return _script("replay_policy").new(_options.replay)
		ONNX:
			error = "no policy: set onnx_model_path on the controller or on Sync"
			return null
	if source.begins_with(ONNX):
		return _script("onnx_policy").new(
			source.trim_prefix(ONNX), recorder, _settings.sample_actions
		)
	return _script("recorder_policy" if source == RECORD else "human_policy").new()


# Policies are compiled when they are needed: naming their classes here would make every start of
# the game compile all of them, the ONNX runner included.
func _script(file: String) -> GDScript:
	return load("res://addons/godot_rl/policies/%s.gd" % file)
