extends "res://addons/godot_rl/session/session.gd"
## A run that was asked for: a trainer, an evaluation, a measurement or a replay. It ends the
## process when it is over, with exit code 0, or when it cannot go on, with 1 and one line that says
## why.
##
## It waits for agents to enter the tree, stands the world still, makes the arenas, and fixes who is
## driven at the first decision. An agent that leaves ends its episode as truncated; one that enters
## in its place (the scene was reloaded) takes its place.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

enum RLStage { LOOK, BEGIN, RUN, OVER }

const RLEpisodeRecorder := preload("res://addons/godot_rl/evaluation/episode_recorder.gd")
const RLMessageStream := preload("res://addons/godot_rl/wire/message_stream.gd")
const RLRunArenas := preload("res://addons/godot_rl/session/run_arenas.gd")
const RLRunExtras := preload("res://addons/godot_rl/session/run_extras.gd")
const RLRunPolicies := preload("res://addons/godot_rl/session/run_policies.gd")
const RLRunSeats := preload("res://addons/godot_rl/session/run_seats.gd")

## Seconds for which the first agent is waited for, without and with a window (a person may be in
## the game's menu).
const WAIT_S: float = 5.0
const WAIT_WINDOW_S: float = 45.0

var _stage: RLStage = RLStage.LOOK
var _began_ms: int = Time.get_ticks_msec()
var _arenas: RLRunArenas
var _seats: RLRunSeats
var _extras: RLRunExtras
# That of the extras: asked in each decision.
var _flight: RefCounted
# The same.
var _live_view: RefCounted


## With [param stream] a trainer is connected already.
func _init(
	tree: SceneTree,
	options: RLLaunchOptions,
	of_settings: RLSettings,
	stream: RLMessageStream = null
) -> void:
	super._init(tree, options, of_settings)
	_chooser.stream = stream
	_arenas = RLRunArenas.new(tree, options)
	_extras = RLRunExtras.new(options, roster)
	_seats = RLRunSeats.new(roster, _chooser, _arenas, _extras, _policies, _absent)
	ends_process = true


## See RLSession: the world stands still from the first frame on.
func frame() -> void:
	if _stage == RLStage.LOOK:
		_look()


## See RLSession.
func tick() -> void:
	match _stage:
		RLStage.LOOK:
			_look()
		RLStage.BEGIN:
			_begin()
		RLStage.RUN:
			_run()


## See RLSession.
func leave(controller: Node) -> void:
	super.leave(controller)
	if not _absent.is_empty():
		_extras.lost(_absent[-1].reason)


## See RLSession.
func close(reason: String) -> void:
	_stage = RLStage.OVER
	_extras.close(reason)
	super.close(reason)


## Makes every arena anew from its scene: the agents of the old ones leave, those of the new ones
## take their places. Not to be called while the session decides. Returns what is wrong, or "".
func reload_arenas() -> String:
	if _stage != RLStage.RUN:
		return "the run has not begun, or is over"
	return _arenas.reload(roster)


## Takes the copies of the scene out of the tree, which stand beside it.
func remove_arenas() -> void:
	_arenas.remove()


# Stands the world still and makes the arenas, as soon as there is anything to drive.
func _look() -> void:
	if not _options.error.is_empty():
		_end(_options.error)
		return
	if not _arenas.find(not _entered.is_empty()):
		if _waited_s() > _wait_limit_s():
			_end(_arenas.no_agent(_waited_s()))
		return
	var stranger: String = RLRoster.stranger_error(_arenas.agents)
	if not stranger.is_empty():
		_end(stranger)
		return
	_arenas.choose_count()
	_hold_tree(true)
	if _options.is_seeded:
		seed(_options.env_seed)
	if not _arenas.build():
		_end("the arenas cannot be made")
		return
	_stage = RLStage.BEGIN


# The tick after, when every copy is ready: chooses policies and starts the first episodes.
func _begin() -> void:
	var uneven: String = _arenas.uneven()
	if not uneven.is_empty():
		_hold_tree(false)
		if _waited_s() > _wait_limit_s():
			_end(uneven)
		return
	_hold_tree(true)
	_stage = RLStage.OVER
	_is_busy = true
	_set_speed()
	_entered.clear()
	_extras.take_from_recording()
	roster.collect(_arenas.roots, _options)
	var problem: String = _extras.prepare(_arenas.roots)
	if problem.is_empty():
		problem = roster.starts.error
	if not problem.is_empty():
		_end(problem)
		return
	roster.begin_all()
	_extras.watch()
	_chooser.recorder = _extras.recorder
	_chooser.about = _about()
	problem = _choose_policies()
	if problem.is_empty():
		problem = _extras.record(_policies, _arenas.roots, _about())
	if not problem.is_empty():
		_end(problem)
		return
	_flight = _extras.flight
	_live_view = _extras.live_view
	_seats.run_seed = _options.env_seed
	_seats.action_repeat = settings.action_repeat
	_stage = RLStage.RUN
	is_running = true
	_undecided.assign(_policies)
	_decide()
	_is_busy = false


func _run() -> void:
	_is_busy = true
	if not _entered.is_empty():
		for controller: Node in _take_entered():
			_end_if(_seats.seat(controller))
	if not _absent.is_empty():
		_end_if(_seats.check_absent())
	if _stage == RLStage.RUN:
		_advance()
	_is_busy = false
	if not _absent.is_empty() and _stage == RLStage.RUN:
		_release_stand_ins()


# Groups the agents by where their actions come from. Returns what is wrong, or "".
func _choose_policies() -> String:
	var recorder: RLEpisodeRecorder = _extras.recorder
	var groups: Dictionary[String, Array] = {}
	for controller: Node in roster.agents:
		var source: String = _chooser.source_of(controller)
		if source == RLPolicyChooser.REMOTE:
			var problem: String = _connect()
			if not problem.is_empty():
				return problem
			if _chooser.stream == null:
				if recorder != null and not _options.onnx_models.is_empty():
					return RLEpisodeRecorder.no_model(controller.policy_name)
				source = RLPolicyChooser.HUMAN
		if not groups.has(source):
			groups[source] = []
		groups[source].append(controller)
	var chosen: RLRunPolicies = RLRunPolicies.new(roster, _chooser, settings.action_repeat)
	chosen.make(groups)
	_policies.append_array(chosen.policies)
	for policy: RLPolicy in chosen.policies:
		_absent.append_array(policy.open_seats)
	if not chosen.error.is_empty():
		return chosen.error
	var plays: bool = groups.keys().any(
		func(source: String) -> bool: return source.begins_with(RLPolicyChooser.ONNX)
	)
	if recorder != null and not plays:
		return (
			"--episodes needs a policy: --onnx_model=FILE, --rl.onnx_models=GROUP=FILE, or an agent "
			+ "in ONNX inference mode"
		)
	if recorder != null:
		recorder.begin_others(roster, _options.onnx_models)
	return ""


# Connects to the trainer that launched this engine, once. Returns what is wrong, or "".
func _connect() -> String:
	if _chooser.stream != null or _options.port == 0:
		return ""
	var stream: RLMessageStream = RLMessageStream.new()
	if not stream.open(_options.host, _options.port) or not stream.introduce(_options.token):
		return stream.error
	_chooser.stream = stream
	return ""


func _about() -> Dictionary:
	var about: Dictionary = settings.about(_arenas.scene_path(), _arenas.roots.size(), _options)
	if not roster.arenas.is_empty():
		about["arena_episodes"] = RLArena.MODE_NAMES[roster.arenas[0].mode]
		about["parameters"] = roster.parameters.fixed_for(0)
		if roster.parameters.draws_in(0):
			about["samplers"] = roster.parameters.samplers_in(0)
	return about


func _is_ready(policy: RLPolicy) -> bool:
	if not super._is_ready(policy):
		return false
	return _absent.is_empty() or not policy.keeps_places or _seats.may_decide(policy)


func _close_decision() -> void:
	if _flight != null and not _flight.call("close_decision"):
		_end(_flight.get("error"))
	if _live_view != null:
		_live_view.call("look")


func _fail(_policy: RLPolicy, reason: String) -> void:
	_end(reason)


func _finish(policy: RLPolicy) -> void:
	var problem: String = _extras.report(policy, settings, _about())
	if not problem.is_empty():
		_end(problem)
		return
	close("")
	exit_code = 0


# Ends the run where something is wrong.
func _end_if(problem: String) -> void:
	if not problem.is_empty():
		_end(problem)


# Reports why the run cannot go on, tells the trainer, and ends it with exit code 1.
func _end(reason: String) -> void:
	if exit_code >= 0:
		return
	RLLog.error(reason)
	close(reason)
	exit_code = 1


func _waited_s() -> float:
	return (Time.get_ticks_msec() - _began_ms) / 1000.0


func _wait_limit_s() -> float:
	if _options.wants_http_drive():
		return INF  # clients can go to another scene
	if _options.agent_wait_s > 0.0:
		return _options.agent_wait_s
	return WAIT_S if DisplayServer.get_name() == "headless" else WAIT_WINDOW_S
