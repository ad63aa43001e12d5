@icon("res://addons/godot_rl/icons/sync.svg")
class_name Sync
extends Node
## The tick: it lets each policy complete the last transition and set the next actions, every
## action_repeat physics ticks of that policy.
##
## It is the autoload GodotRLAgentsSync. A node of this script inside a scene (as the stock godot-rl
## plugin wants it) only hands its settings to the autoload. It coordinates; it knows no scene, no
## message and no byte. It runs before every other node of a tick, so that an action takes effect in
## the tick in which it was decided.

## Emitted once, when the agents were found and their policies chosen.
signal started

## Where actions come from for controllers that inherit it.
enum ControlModes {
	HUMAN,  ## The player.
	TRAINING,  ## A trainer over TCP; the player when none listens.
	ONNX_INFERENCE,  ## The policy at [member onnx_model_path].
}

enum Stage { LOOK, BEGIN, RUN, IDLE }

const RLArenaBuilder := preload("res://addons/godot_rl/arenas/arena_builder.gd")
const RLEpisodeRecorder := preload("res://addons/godot_rl/evaluation/episode_recorder.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")
const RLPolicy := preload("res://addons/godot_rl/policies/policy.gd")
const RLPolicyChooser := preload("res://addons/godot_rl/policies/policy_chooser.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const ADDON_VERSION: String = "0.1.0"

@export_group("Decisions")
## Where actions come from for controllers that inherit it.
@export var control_mode: ControlModes = ControlModes.TRAINING
## Physics ticks per decision, at least 1; `--action_repeat` overrides it.
@export_range(1, 100, 1, "or_greater") var action_repeat: int = 8
## Physics ticks per decision of ONNX policies, the action held in between; 0: as each policy was
## trained, where its certificate tells, else [member action_repeat]. `--onnx_action_repeat` and
## `--action_repeat` override it.
@export_range(0, 100, 1, "or_greater") var onnx_action_repeat: int = 0
## Factor on the physics rate and the time scale, above 0; `--speedup` overrides it.
@export_range(0.1, 100.0, 0.1, "or_greater") var speed_up: float = 1.0

@export_group("ONNX Policy")
## Policy for ONNX_INFERENCE mode; `--onnx_model` overrides it.
@export_file("*.onnx") var onnx_model_path: String = ""
## Whether ONNX policies draw their actions, as in training, instead of taking the most probable
## ones; `--actions` overrides it, a controller's [member AIController3D.action_choice] both.
@export var sample_actions: bool = false

var _options: RLLaunchOptions
var _roster: RLRoster = RLRoster.new()
var _policies: Array[RLPolicy] = []
var _undecided: Array[RLPolicy] = []
var _recorder: RLEpisodeRecorder
# An RLFlightRecorder, compiled only when something is recorded.
var _flight: RefCounted
var _arena_roots: Array[Node] = []
# The tree stands still for us, not because the game paused it.
var _holds_tree: bool = false
var _stage: Stage = Stage.LOOK


func _ready() -> void:
	process_physics_priority = -1000000
	process_priority = -1000000
	process_mode = Node.PROCESS_MODE_ALWAYS
	set_physics_process(false)
	set_process(false)
	var autoload: Sync = get_node_or_null("/root/GodotRLAgentsSync") as Sync
	if autoload == self:
		_options = RLLaunchOptions.from_command_line()
		set_physics_process(true)
		set_process(true)
	elif autoload == null:
		RLLog.error("the autoload GodotRLAgentsSync is missing: enable the plugin Godot RL")
	else:
		autoload.take_settings(self)


func _process(_delta: float) -> void:
	if _stage == Stage.LOOK:
		_look()
	_roster.tick_times.end_frame(_stage == Stage.RUN and not _holds_tree)


func _physics_process(_delta: float) -> void:
	_roster.tick_times.end_tick()
	match _stage:
		Stage.LOOK:
			_look()
		Stage.BEGIN:
			_begin()
		Stage.RUN:
			_overrule_pause()
			if _undecided.is_empty() and not get_tree().paused:
				_count_tick()
			if not _undecided.is_empty():
				_decide()
	_roster.tick_times.begin_tick(_stage == Stage.RUN and not get_tree().paused)


## Takes over the settings of a Sync node that stands in a scene.
func take_settings(node: Sync) -> void:
	control_mode = node.control_mode
	action_repeat = node.action_repeat
	speed_up = node.speed_up
	onnx_action_repeat = node.onnx_action_repeat
	onnx_model_path = node.onnx_model_path
	sample_actions = node.sample_actions


## Reports why the run cannot go on, tells the trainer, and ends the engine with exit code 1.
func fail(reason: String) -> void:
	RLLog.error(reason)
	_end(1, reason)


## First tick: stands the world still and makes the arenas, if there is anything to drive.
func _look() -> void:
	_stage = Stage.IDLE
	if not _options.error.is_empty():
		fail(_options.error)
		return
	var scene: Node = get_tree().current_scene
	var agents: Array[Node] = []
	if scene != null:
		agents = RLRoster.find_agents(scene)
	if agents.is_empty():
		if _options.wants_agents():
			fail(
				(
					"no AIController in the scene %s: add an AIController2D or AIController3D to it"
					% (scene.scene_file_path if scene != null else "(none is running)")
				)
			)
		return
	var stranger: String = RLRoster.stranger_error(agents)
	if not stranger.is_empty():
		fail(stranger)
		return
	_hold_tree(true)
	seed(_options.env_seed)
	if _options.arena_cell.is_empty():
		_arena_roots = RLArenaBuilder.build(scene, _options.arenas, _options.isolation)
	else:
		_arena_roots = RLArenaBuilder.build_cell(
			scene, _options.arena_cell[0], _options.arena_cell[1]
		)
	if _arena_roots.is_empty():
		_end(1, "the arenas cannot be made")
		return
	_stage = Stage.BEGIN


## Second tick, when every copy is ready: chooses policies and starts the first episodes.
func _begin() -> void:
	_stage = Stage.IDLE
	_apply_options()
	_roster.collect(_arena_roots, _options)
	_roster.begin_all()
	if _options.episodes > 0:
		_recorder = RLEpisodeRecorder.new(_options.episodes)
	_roster.tick_times.remembers = _options.episode_times
	var chooser: RLPolicyChooser = RLPolicyChooser.new(_options, _roster, _recorder, _about())
	_policies = chooser.choose(control_mode, onnx_model_path, onnx_action_repeat, sample_actions)
	if _policies.is_empty():
		fail(chooser.error)
		return
	for policy: RLPolicy in _policies:
		if policy.action_repeat == 0:
			policy.action_repeat = action_repeat
	var problem: String = "" if _options.record.is_empty() else _record()
	if not problem.is_empty():
		fail(problem)
		return
	_stage = Stage.RUN
	started.emit()
	_undecided.assign(_policies)
	_decide()


# Makes the recorder; returns why that cannot be, or "".
func _record() -> String:
	var about: Dictionary = _about()
	about["action_repeat"] = _policies[0].action_repeat
	for policy: RLPolicy in _policies:
		if policy.action_repeat != _policies[0].action_repeat:
			return (
				(
					"--record needs agents that decide at one interval; these do every %d and %d ticks: "
					% [_policies[0].action_repeat, policy.action_repeat]
				)
				+ "give --action_repeat"
			)
	var script: GDScript = load("res://addons/godot_rl/replay/flight_recorder.gd")
	_flight = script.new(_options, _roster, _arena_roots, about)
	for policy: RLPolicy in _policies:
		policy.flight_recorder = _flight
	return _flight.get("error")


func _apply_options() -> void:
	if not _options.onnx_model.is_empty():
		onnx_model_path = _options.onnx_model
	if not _options.actions.is_empty():
		sample_actions = _options.actions == "sampled"
	if _options.action_repeat > 0:
		action_repeat = _options.action_repeat
		onnx_action_repeat = _options.action_repeat
	if _options.onnx_action_repeat > 0:
		onnx_action_repeat = _options.onnx_action_repeat
	if _options.speedup > 0.0:
		speed_up = _options.speedup
	if speed_up != 1.0:
		Engine.physics_ticks_per_second = roundi(Engine.physics_ticks_per_second * speed_up)
		Engine.time_scale = speed_up


func _about() -> Dictionary:
	return {
		"addon_version": ADDON_VERSION,
		"engine": Engine.get_version_info()["string"],
		"scene": _arena_roots[0].scene_file_path,
		"arenas": _arena_roots.size(),
		"isolation": _options.isolation,
		"action_repeat": action_repeat,
		"physics_ticks_per_second": roundi(Engine.physics_ticks_per_second / speed_up),
	}


## One physics tick has passed: finds the policies that decide now.
func _count_tick() -> void:
	_roster.tick += 1
	_roster.close_rewards()
	for policy: RLPolicy in _policies:
		policy.ticks_to_decision -= 1
		if policy.ticks_to_decision <= 0 and _roster.settled(policy.agents):
			_undecided.append(policy)


func _decide() -> void:
	var waits: bool = false
	for policy: RLPolicy in _undecided.duplicate():
		var wish: RLPolicy.Next = policy.decide()
		if not policy.error.is_empty():
			fail(policy.error)
			return
		if policy.finished:
			_finish(policy)
			return
		if wish == RLPolicy.Next.WAIT:
			waits = true
			continue
		_undecided.erase(policy)
		policy.ticks_to_decision = policy.action_repeat if wish == RLPolicy.Next.RUN else 1
	if _flight != null and _undecided.is_empty() and not _flight.call("close_decision"):
		fail(_flight.get("error"))
		return
	_hold_tree(waits)


## The game paused itself, and nobody is there who would go on.
func _overrule_pause() -> void:
	if get_tree().paused and not _holds_tree:
		for policy: RLPolicy in _policies:
			if policy.overrules_pause:
				get_tree().paused = false


func _hold_tree(hold: bool) -> void:
	if hold or _holds_tree:
		get_tree().paused = hold
	_holds_tree = hold


func _finish(policy: RLPolicy) -> void:
	if _recorder == null:
		_end(0, "")
		return
	var run: Dictionary = _about()
	run["action_repeat"] = policy.action_repeat
	run["model"] = onnx_model_path
	run["actions"] = "sampled" if sample_actions else "deterministic"
	run["seed"] = _options.env_seed
	var text: String = JSON.stringify(_recorder.report(run), "  ", false, true)
	if _options.report.is_empty():
		RLLog.info("report: " + text)
		_end(0, "")
		return
	var file: FileAccess = FileAccess.open(_options.report, FileAccess.WRITE)
	if file == null or not file.store_string(text):
		fail("the report %s cannot be written" % _options.report)
		return
	RLLog.info("report: " + file.get_path_absolute())
	file.close()
	_end(0, "")


func _end(exit_code: int, reason: String) -> void:
	_stage = Stage.IDLE
	if _flight != null:
		_flight.call("close", reason)
	for policy: RLPolicy in _policies:
		policy.close(reason)
	get_tree().quit(exit_code)
