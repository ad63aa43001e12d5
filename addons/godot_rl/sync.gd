@icon("res://addons/godot_rl/icons/sync.svg")
class_name Sync
extends Node
## The autoload GodotRLAgentsSync: it knows which agents are in the tree, and lets the session that
## is going on decide at the start of each physics tick.
##
## A node of this script inside a scene (as the stock godot-rl plugin wants it) only hands its
## settings to the autoload. Where a run was asked for on the command line, the session is a run
## from the first frame on (RLRunSession); else it is a game (RLPlaySession), which begins with the
## first agent. With no agent in the tree this node sleeps. It runs before every other node of a
## tick, so that an action takes effect in the tick in which it was decided.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## Emitted once, when a session has its agents and their policies.
signal started
## Emitted when a controller has entered the tree; its children may not be ready yet.
signal agent_entered(controller: Node)
## Emitted when a controller is about to leave the tree.
signal agent_left(controller: Node)

## Where actions come from for controllers that inherit it.
enum ControlModes {
	HUMAN,  ## The player.
	TRAINING,  ## A trainer over TCP; the player when none listens.
	ONNX_INFERENCE,  ## The policy at [member onnx_model_path].
}

const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")
const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")
const RLPlaySession := preload("res://addons/godot_rl/session/play_session.gd")
const RLProjectSettings := preload("res://addons/godot_rl/project_settings.gd")
const RLSession := preload("res://addons/godot_rl/session/session.gd")
const RLSettings := preload("res://addons/godot_rl/session/settings.gd")
# Loaded when they are needed: a shipped game has neither to compile nor to carry them.
const RUN_SESSION: String = "res://addons/godot_rl/session/run_session.gd"
const GAME_WINDOW: String = "res://addons/godot_rl/agents/game_window.gd"
const OVERLAY_SWITCH: String = "res://addons/godot_rl/monitor/overlay_switch.gd"
const WATCHER: String = "res://addons/godot_rl/watch/watcher.gd"
const HTTP_SERVICE: String = "res://addons/godot_rl/http/service.gd"
const RLTickTimes := preload("res://addons/godot_rl/agents/tick_times.gd")
const ADDON_VERSION: String = RLSettings.ADDON_VERSION

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
var _session: RLSession
var _has_started: bool = false
# The RLHttpService and its RLTreeGate; null: the HTTP API is off.
var _http: Node
var _gate: RefCounted
# The controllers in the tree.
var _agents: Dictionary[Node, bool] = {}


func _ready() -> void:
	process_physics_priority = -1000000
	process_priority = -1000000
	process_mode = Node.PROCESS_MODE_ALWAYS
	var autoload: Sync = get_node_or_null("/root/GodotRLAgentsSync") as Sync
	_sleep()
	if autoload == null:
		RLLog.error("the autoload GodotRLAgentsSync is missing: enable the plugin Godot RL")
	elif autoload != self:
		autoload.take_settings(self)
	else:
		_prepare_window()
		if not _get_options().watch.is_empty():
			add_child((load(WATCHER) as GDScript).new(_options.watch))
			return
		if _get_options().wants_http():
			_add_http()
		if _get_options().wants_run() or _http != null or not _agents.is_empty():
			_wake()


func _exit_tree() -> void:
	if _session != null:
		_session.dispose()


func _process(_delta: float) -> void:
	if _session == null:
		_begin()
	_session.frame()
	var times: RLTickTimes = _session.roster.tick_times
	if times.is_read:
		times.end_frame(_session.is_running and not _session.holds_tree())
	elif _session.is_running:
		set_process(false)
	_look_at_end()


func _physics_process(_delta: float) -> void:
	if _gate != null and not _gate.call("opens"):
		return
	if _session == null:
		_begin()
	var times: RLTickTimes = _session.roster.tick_times
	if times.is_read:
		times.end_tick()
	_session.tick()
	if _gate != null:
		_gate.call("after", _session.holds_tree())
	if times.is_read:
		times.begin_tick(_session.is_running and not get_tree().paused)
		set_process(true)
	_look_at_end()


## Takes over the settings of a Sync node that stands in a scene.
func take_settings(node: Sync) -> void:
	control_mode = node.control_mode
	action_repeat = node.action_repeat
	speed_up = node.speed_up
	onnx_action_repeat = node.onnx_action_repeat
	onnx_model_path = node.onnx_model_path
	sample_actions = node.sample_actions
	if _session != null:
		_fill_in(_session.settings)


## Takes note of a controller that entered the tree. Controllers call it themselves.
func enter(controller: Node) -> void:
	_agents[controller] = true
	if _session != null:
		_session.enter(controller)
	if is_node_ready():
		_wake()
	agent_entered.emit(controller)


## Takes note of a controller that is about to leave the tree. Controllers call it themselves.
func leave(controller: Node) -> void:
	_agents.erase(controller)
	if _session != null:
		_session.leave(controller)
	agent_left.emit(controller)


## The controllers in the tree, driven or not.
func get_agents() -> Array[Node]:
	var agents: Array[Node] = []
	agents.assign(_agents.keys())
	return agents


## The RLSession that is going on; null: none is.
func get_session() -> RefCounted:
	return _session


## The RLSettings that hold: those of the session, or those that the next one would have.
func settings_now() -> RefCounted:
	if _session != null:
		return _session.settings
	var settings: RLSettings = RLSettings.new()
	_fill_in(settings)
	return settings


## What was a game becomes a run with a trainer at the other end of [param stream] (an
## RLMessageStream). Not to be called while the session decides.
func begin_run(stream: RefCounted) -> void:
	var settings: RLSettings = settings_now()
	if _session != null:
		_session.close("")
	_has_started = false
	_session = _run_session().new(get_tree(), _options, settings, stream)
	_session.while_waiting = _while_waiting()
	for controller: Node in _agents:
		_session.enter(controller)
	_wake()


## Ends the run that goes on, puts [param scene] in place of the running one, and begins a run there
## as [method begin_run] does.
func begin_run_in(scene: PackedScene, stream: RefCounted) -> void:
	_session.close("")
	_session.remove_arenas()
	_session = null
	var tree: SceneTree = get_tree()
	tree.paused = false
	var old: Node = tree.current_scene
	if old != null:
		tree.root.remove_child(old)
		old.queue_free()
	var fresh: Node = scene.instantiate()
	tree.root.add_child(fresh)
	tree.current_scene = fresh
	begin_run(stream)


## The RLPolicy that decides for [param controller]; null: none.
func policy_of(controller: Node) -> RefCounted:
	return controller.rl_episode.policy


## The environment parameter [param name], or [param default] where nobody has set it. During
## begin_arena() and begin_episode() it is the value of the arena that begins; elsewhere of the
## arena that holds [param of], any node below the arena's root, or without that of all arenas.
static func get_parameter(name: String, default: float, of: Node = null) -> float:
	return RLParameters.shared().value_of(name, default, of)


## Sets the environment parameter [param name] for all arenas, from their next episodes on: to a
## finite number; to a sampler, [code]{"sampler": "uniform", "low": 0.0, "high": 1.0}[/code], from
## which a number is drawn for each episode (docs/parameters.md); with null to the scene's default.
static func set_parameter(name: String, value: Variant) -> void:
	var problem: String = RLParameters.shared().set_values({name: value})
	if not problem.is_empty():
		RLLog.error(problem)


# The session begins: with the first frame of a run, with the first agent of a game.
func _begin() -> void:
	var settings: RLSettings = RLSettings.new()
	_fill_in(settings)
	if _get_options().wants_run():
		var stream: RefCounted = _http.call("new_pipe") if _options.wants_http_drive() else null
		_session = _run_session().new(get_tree(), _options, settings, stream)
	else:
		_session = RLPlaySession.new(get_tree(), _options, settings)
	_session.while_waiting = _while_waiting()
	for controller: Node in _agents:
		_session.enter(controller)


func _fill_in(settings: RLSettings) -> void:
	settings.control_mode = control_mode
	settings.action_repeat = action_repeat
	settings.speed_up = speed_up
	settings.onnx_action_repeat = onnx_action_repeat
	settings.onnx_model_path = onnx_model_path
	settings.sample_actions = sample_actions
	settings.overrule(_get_options())


func _look_at_end() -> void:
	if _session.is_running and not _has_started:
		_has_started = true
		started.emit()
	var game: RLPlaySession = _session as RLPlaySession
	if game != null and game.found_stream != null:
		begin_run(game.found_stream)
	elif _session.exit_code >= 0:
		_sleep()
		get_tree().quit(_session.exit_code)
	elif _http == null and _session.is_idle():
		_sleep()


func _prepare_window() -> void:
	var is_wanted: bool = (
		_get_options().overlay or RLProjectSettings.value_of(RLProjectSettings.OVERLAY)
	)
	if OS.is_debug_build() or is_wanted:
		load(OVERLAY_SWITCH).add_to(self, _options.overlay)
	if not _options.draw_window:
		load(GAME_WINDOW).leave_out(get_tree())


func _add_http() -> void:
	_http = (load(HTTP_SERVICE) as GDScript).new(self, _options.http)
	add_child(_http)
	_gate = _http.get("gate")


func _while_waiting() -> Callable:
	return Callable(_http, "while_waiting") if _http != null else Callable()


func _run_session() -> GDScript:
	return load(RUN_SESSION)


func _get_options() -> RLLaunchOptions:
	if _options == null:
		_options = RLLaunchOptions.from_command_line()
		RLParameters.shared().set_values(_options.parameters)
	return _options


func _wake() -> void:
	# Who watches another run has none of its own.
	if not _get_options().watch.is_empty():
		return
	set_physics_process(true)
	set_process(true)


func _sleep() -> void:
	set_physics_process(false)
	set_process(false)
