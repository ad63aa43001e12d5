extends RefCounted
## Groups a run's agents by where their actions come from and makes one policy per group.

const RLEpisodeRecorder := preload("res://addons/godot_rl/evaluation/episode_recorder.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")
const RLMessageStream := preload("res://addons/godot_rl/wire/message_stream.gd")
const RLPolicy := preload("res://addons/godot_rl/policies/policy.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")

## Why no policies could be made; empty when they were.
var error: String = ""

var _options: RLLaunchOptions
var _roster: RLRoster
var _recorder: RLEpisodeRecorder
var _about: Dictionary
# Some agent plays an ONNX policy, so that episodes are counted.
var _has_player: bool = false
var _sample_actions: bool = false


func _init(
	options: RLLaunchOptions, roster: RLRoster, recorder: RLEpisodeRecorder, about: Dictionary
) -> void:
	_options = options
	_roster = roster
	_recorder = recorder
	_about = about


## Returns the policies of all agents; [param inherited], [param onnx_path] and
## [param sample_actions] are what controllers get that inherit them. ONNX policies decide every
## [param onnx_action_repeat] physics ticks; 0: as their certificates say. On failure returns [] and
## sets [member error].
func choose(
	inherited: int, onnx_path: String, onnx_action_repeat: int = 0, sample_actions: bool = false
) -> Array[RLPolicy]:
	_sample_actions = sample_actions
	var groups: Dictionary[String, Array] = {}
	for controller: Node in _roster.agents:
		var source: String = _source(controller, inherited, onnx_path)
		if not groups.has(source):
			groups[source] = []
		groups[source].append(controller)
	var policies: Array[RLPolicy] = []
	for source: String in groups:
		var members: Array[Node] = []
		members.assign(groups[source])
		var policy: RLPolicy = _make(source)
		if policy == null:
			return []
		policy.physics_ticks_per_second = _about.get("physics_ticks_per_second", 0)
		if source.begins_with("onnx:"):
			policy.action_repeat = onnx_action_repeat
		if not policy.take_over(members, _roster):
			error = policy.error
			policy.close(error)
			return []
		policies.append(policy)
	if _recorder != null and not _has_player:
		error = "--episodes needs a policy: --onnx_model=FILE, or an agent in ONNX inference mode"
		for policy: RLPolicy in policies:
			policy.close(error)
		return []
	return policies


func _source(controller: Node, inherited: int, onnx_path: String) -> String:
	if not _options.replay.is_empty():
		return "replay"
	var modes: Dictionary = controller.ControlModes
	var mode: int = controller.control_mode
	if mode == modes.INHERIT_FROM_SYNC:
		mode = [modes.HUMAN, modes.TRAINING, modes.ONNX_INFERENCE][inherited]
	if mode == modes.TRAINING and not _options.onnx_model.is_empty():
		mode = modes.ONNX_INFERENCE
	if mode == modes.TRAINING:
		return "random" if _options.random_policy > 0 else "remote"
	if mode == modes.ONNX_INFERENCE:
		var own_path: String = controller.onnx_model_path
		return "onnx:" + (own_path if not own_path.is_empty() else onnx_path)
	return "record" if mode == modes.RECORD_EXPERT_DEMOS else "human"


func _make(source: String) -> RLPolicy:
	if source == "remote":
		return _make_remote()
	if source == "random":
		return _script("random_policy").new(
			_options.random_policy, _options.env_seed, _options.report, _about
		)
	if source == "replay":
		return _script("replay_policy").new(_options.replay)
	if source == "onnx:":
		error = "no policy: set onnx_model_path on the controller or on Sync, or --onnx_model=FILE"
		return null
	if source.begins_with("onnx:"):
		_has_player = true
		return _script("onnx_policy").new(source.substr(5), _recorder, _sample_actions)
	return _script("recorder_policy" if source == "record" else "human_policy").new()


func _make_remote() -> RLPolicy:
	var launched: bool = _options.port > 0
	var stream: RLMessageStream = RLMessageStream.new()
	if launched or OS.is_debug_build():
		var port: int = _options.port if launched else RLLaunchOptions.DEFAULT_PORT
		if stream.open(_options.host, port) and stream.introduce(_options.token):
			var headless: bool = DisplayServer.get_name() == "headless"
			return _script("remote_policy").new(stream, headless, _about)
	if launched:
		error = stream.error
		return null
	RLLog.info("no trainer listens, the player acts")
	return _script("human_policy").new()


# Policies are compiled when they are needed: naming their classes here would make every start of
# the game compile all of them, the ONNX runner included.
func _script(file: String) -> GDScript:
	return load("res://addons/godot_rl/policies/%s.gd" % file)
