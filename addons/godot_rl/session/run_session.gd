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

const RLArenaBuilder := preload("res://addons/godot_rl/arenas/arena_builder.gd")
const RLEpisodeRecorder := preload("res://addons/godot_rl/evaluation/episode_recorder.gd")
const RLMessageStream := preload("res://addons/godot_rl/wire/message_stream.gd")
const RLRunPolicies := preload("res://addons/godot_rl/session/run_policies.gd")
const RLRunReport := preload("res://addons/godot_rl/evaluation/run_report.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")

# Compiled only when it is asked for.
const PERFORMANCE_RECORD: String = "res://addons/godot_rl/monitor/performance_record.gd"
## Seconds for which the first agent is waited for, without and with a window (a person may be in
## the game's menu).
const WAIT_S: float = 5.0
const WAIT_WINDOW_S: float = 45.0
## How long a run waits for agents that all left, in milliseconds.
const RETURN_LIMIT_MS: int = 5000

var _stage: RLStage = RLStage.LOOK
var _began_ms: int = Time.get_ticks_msec()
var _arena_roots: Array[Node] = []
var _recorder: RLEpisodeRecorder
# An RLFlightRecorder, compiled only when something is recorded.
var _flight: RefCounted
# An RLRecordedStart, where an episode is played again.
var _recorded: RefCounted
var _gone_since_ms: int = 0
var _newcomers_told: bool = false


## With [param stream] a trainer is connected already.
func _init(
	tree: SceneTree,
	options: RLLaunchOptions,
	of_settings: RLSettings,
	stream: RLMessageStream = null
) -> void:
	super._init(tree, options, of_settings)
	_chooser.stream = stream
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
	if _flight != null and not _absent.is_empty():
		_flight.call("lost", _absent[-1].reason)


## See RLSession.
func close(reason: String) -> void:
	_stage = RLStage.OVER
	if _options.explore:
		RLStepBatch.teller = null
	if _flight != null:
		_flight.call("close", reason)
	super.close(reason)


## Makes every arena anew from its scene: the agents of the old ones leave, those of the new ones
## take their places. Not to be called while the session decides. Returns what is wrong, or "".
func reload_arenas() -> String:
	if _stage != RLStage.RUN:
		return "the run has not begun, or is over"
	var path: String = _arena_roots[0].scene_file_path if is_instance_valid(_arena_roots[0]) else ""
	var packed: PackedScene = load(path) as PackedScene if not path.is_empty() else null
	if packed == null:
		return "the running scene was not loaded from a file"
	for i: int in _arena_roots.size():
		_arena_roots[i] = RLArenaBuilder.renew(_arena_roots[i], packed)
		roster.renew_root(_arena_roots[i], i)
	return ""


## Takes the copies of the scene out of the tree, which stand beside it.
func remove_arenas() -> void:
	for i: int in range(1, _arena_roots.size()):
		RLArenaBuilder.remove(_arena_roots[i])
	_arena_roots = []


# Stands the world still and makes the arenas, as soon as there is anything to drive.
func _look() -> void:
	if not _options.error.is_empty():
		_end(_options.error)
		return
	var scene: Node = _tree.current_scene
	var agents: Array[Node] = []
	if scene != null:
		agents = RLRoster.find_agents(scene)
	if agents.is_empty() and _options.arenas == 1 and not _entered.is_empty():
		scene = _tree.root
		agents = RLRoster.find_agents(scene)
	if agents.is_empty():
		if _waited_s() > _wait_limit_s():
			_end(_no_agent(scene))
		return
	var stranger: String = RLRoster.stranger_error(agents)
	if not stranger.is_empty():
		_end(stranger)
		return
	_options.choose_arenas(1 << 30 if scene.scene_file_path.is_empty() else agents.size())
	_hold_tree(true)
	if _options.is_seeded:
		seed(_options.env_seed)
	if _options.arena_cell.is_empty():
		_arena_roots = RLArenaBuilder.build(scene, _options.arenas, _options.isolation)
	else:
		_arena_roots = RLArenaBuilder.build_cell(
			scene, _options.arena_cell[0], _options.arena_cell[1]
		)
	if _arena_roots.is_empty():
		_end("the arenas cannot be made")
		return
	_stage = RLStage.BEGIN


# The tick after, when every copy is ready: chooses policies and starts the first episodes.
func _begin() -> void:
	var uneven: String = _uneven_arenas()
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
	if not (_options.replay.is_empty() and _options.begin_as.is_empty()):
		_take_from_recording()
	roster.collect(_arena_roots, _options)
	if _recorded != null:
		for arena: RLArena in roster.arenas:
			_recorded.call("give", arena, _options.parameters)
			if not _options.begin_as.is_empty():
				arena.repeat()
	if not _options.target_bug.is_empty():
		var targets: GDScript = load("res://addons/godot_rl/findings/target_nodes.gd")
		var wrong: String = targets.call("add", _arena_roots, _options)
		if not wrong.is_empty():
			_end(wrong)
			return
	if not roster.starts.error.is_empty():
		_end(roster.starts.error)
		return
	roster.begin_all()
	roster.tick_times.remembers = _options.episode_times
	if _options.explore:
		var teller: GDScript = load("res://addons/godot_rl/findings/explore_teller.gd")
		RLStepBatch.teller = teller.new(roster)
	if _options.performance:
		roster.performance = (load(PERFORMANCE_RECORD) as GDScript).new(_options.budget_ms)
	if _options.episodes > 0:
		_recorder = RLEpisodeRecorder.new(_options.episodes)
	_chooser.recorder = _recorder
	_chooser.about = _about()
	var problem: String = _choose_policies()
	if problem.is_empty() and not _options.record.is_empty():
		problem = _record()
	if not problem.is_empty():
		_end(problem)
		return
	_stage = RLStage.RUN
	is_running = true
	_undecided.assign(_policies)
	_decide()
	_is_busy = false


func _run() -> void:
	_is_busy = true
	if not _entered.is_empty():
		for controller: Node in _take_entered():
			_seat(controller)
	if not _absent.is_empty():
		_check_absent()
	if _stage == RLStage.RUN:
		_advance()
	_is_busy = false
	if not _absent.is_empty() and _stage == RLStage.RUN:
		_release_stand_ins()


# Groups the agents by where their actions come from. Returns what is wrong, or "".
func _choose_policies() -> String:
	var groups: Dictionary[String, Array] = {}
	for controller: Node in roster.agents:
		var source: String = _chooser.source_of(controller)
		if source == RLPolicyChooser.REMOTE:
			var problem: String = _connect()
			if not problem.is_empty():
				return problem
			if _chooser.stream == null:
				if _recorder != null and not _options.onnx_models.is_empty():
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
	if _recorder != null and not plays:
		return (
			"--episodes needs a policy: --onnx_model=FILE, --rl.onnx_models=GROUP=FILE, or an agent "
			+ "in ONNX inference mode"
		)
	if _recorder != null:
		_recorder.begin_others(roster, _options.onnx_models)
	return ""


# The recorded episode's parameters, level and mode hold again, where the command line does not say
# otherwise. A file that cannot be read is told of by the policy.
func _take_from_recording() -> void:
	var script: GDScript = load("res://addons/godot_rl/replay/recorded_start.gd")
	var path: String = _options.begin_as if _options.replay.is_empty() else _options.replay
	_recorded = script.call("read", path)
	if _options.target_bug.is_empty():
		_options.target_bug = _recorded.get("target_bug")
	var values: Dictionary = {}
	values.assign(_recorded.get("values"))
	roster.parameters.set_values(values.merged(_options.parameters, true))
	if _options.arena_episodes.is_empty():
		_options.arena_episodes = _recorded.get("arena_episodes")


# Connects to the trainer that launched this engine, once. Returns what is wrong, or "".
func _connect() -> String:
	if _chooser.stream != null or _options.port == 0:
		return ""
	var stream: RLMessageStream = RLMessageStream.new()
	if not stream.open(_options.host, _options.port) or not stream.introduce(_options.token):
		return stream.error
	_chooser.stream = stream
	return ""


# Makes the recorder; returns why that cannot be, or "".
func _record() -> String:
	var about: Dictionary = _about()
	about["action_repeat"] = _policies[0].action_repeat
	if not _options.target_bug.is_empty():
		about["target_bug"] = _options.target_bug
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
	_flight = script.new(_options, roster, _arena_roots, about)
	for policy: RLPolicy in _policies:
		policy.flight_recorder = _flight
	return _flight.get("error")


func _about() -> Dictionary:
	var path: String = _arena_roots[0].scene_file_path
	if path.is_empty() and _tree.current_scene != null:
		path = _tree.current_scene.scene_file_path
	var about: Dictionary = settings.about(path, _arena_roots.size(), _options)
	if not roster.arenas.is_empty():
		about["arena_episodes"] = RLArena.MODE_NAMES[roster.arenas[0].mode]
		about["parameters"] = roster.parameters.fixed_for(0)
		if roster.parameters.draws_in(0):
			about["samplers"] = roster.parameters.samplers_in(0)
	return about


# An agent that entered during the run takes the place of one that left, or plays beside the others.
func _seat(controller: Node) -> void:
	_renew_root()
	var stand_in: RLAbsentAgent = _place_for(controller)
	if stand_in != null:
		var policy: RLPolicy = stand_in.rl_episode.policy
		if _flight != null and stand_in in policy.open_seats:
			_flight.call("lost", "%s took a seat during the run" % controller.get_path())
		_absent.erase(stand_in)
		roster.replace(stand_in, controller)
		var problem: String = policy.restore(policy.agents.find(stand_in), controller)
		if not problem.is_empty():
			_end(problem)
		return
	var source: String = _chooser.source_of(controller)
	var plays_itself: bool = source.begins_with(RLPolicyChooser.ONNX)
	if not plays_itself and source != RLPolicyChooser.HUMAN and not _newcomers_told:
		_newcomers_told = true
		RLLog.warn(
			(
				(
					"%s entered after the run's first decision, at which its agents were fixed: "
					+ "the game's own control acts for it and others that come later"
				)
				% controller.get_path()
			)
		)
	_join(controller, source if plays_itself else RLPolicyChooser.HUMAN)


func _join(controller: Node, source: String) -> void:
	var with: RLPolicy = null
	for policy: RLPolicy in _policies:
		if policy.source == source and not (policy.keeps_places or policy.is_of_one_arena):
			with = policy
	if with == null:
		var recorder: RefCounted = _chooser.recorder
		_chooser.recorder = null
		with = _chooser.make(source)
		_chooser.recorder = recorder
		if with == null:
			_end(_chooser.error)
			return
		with.roster = roster
		_policies.append(with)
	var problem: String = with.admit(controller)
	if not problem.is_empty():
		_end(problem)
		return
	if with.action_repeat == 0:
		with.action_repeat = settings.action_repeat
	roster.join(controller, _options.env_seed)
	roster.begin_next(controller)


# The place of the agent that stood where this one stands, else the first one of its kind in its
# arena.
func _place_for(controller: Node) -> RLAbsentAgent:
	var like: RLAbsentAgent = null
	var arena: int = _arena_of(controller)
	for stand_in: RLAbsentAgent in _absent:
		if not stand_in.rl_episode.policy.keeps_places:
			continue
		if stand_in.path == controller.get_path():
			return stand_in
		if (
			like == null
			and arena in [-1, stand_in.arena_index]
			and stand_in.policy_name == controller.policy_name
			and stand_in.get_action_space() == controller.get_action_space()
		):
			like = stand_in
	return like


# Number of the arena at whose root or below an agent stands; -1: none.
func _arena_of(controller: Node) -> int:
	for i: int in _arena_roots.size():
		var root: Node = _arena_roots[i] if is_instance_valid(_arena_roots[i]) else null
		if root != null and (root == controller or root.is_ancestor_of(controller)):
			return i
	return -1


# After a change of scene the first arena is the new one.
func _renew_root() -> void:
	var root: Node = _arena_roots[0] if is_instance_valid(_arena_roots[0]) else null
	if (root == null or not root.is_inside_tree()) and _tree.current_scene != null:
		roster.renew_root(_tree.current_scene)
		if _arena_roots.size() > 1:
			(
				RLLog
				. warn(
					(
						"the game changes scenes, which only the first of %d arenas can: give --arenas=1"
						% _arena_roots.size()
					)
				)
			)


func _is_ready(policy: RLPolicy) -> bool:
	if not super._is_ready(policy):
		return false
	if _absent.is_empty() or not policy.keeps_places:
		return true
	var missing: int = 0
	var may_return: bool = false
	for controller: Node in policy.agents:
		var stand_in: RLAbsentAgent = controller as RLAbsentAgent
		if stand_in == null:
			continue
		missing += 1
		may_return = may_return or roster.tick - stand_in.left_tick < RLAbsentAgent.RETURN_TICKS
	if may_return and (missing == policy.agents.size() or not policy.tells_absence):
		return false
	return missing == 0 or not (policy.needs_every_agent or missing == policy.agents.size())


# A run whose agents are all gone, or one that needs them all, waits for a while and then fails.
func _check_absent() -> void:
	var gone: PackedStringArray = []
	for policy: RLPolicy in _policies:
		var names: PackedStringArray = []
		for controller: Node in policy.agents:
			if controller is RLAbsentAgent:
				names.append(str((controller as RLAbsentAgent).path))
		if policy.keeps_places and not names.is_empty():
			if policy.needs_every_agent or names.size() == policy.agents.size():
				gone.append_array(names)
	var now_ms: int = Time.get_ticks_msec()
	if gone.is_empty():
		_gone_since_ms = 0
	elif _gone_since_ms == 0:
		_gone_since_ms = now_ms
	elif now_ms - _gone_since_ms > RETURN_LIMIT_MS:
		var shown: String = ", ".join(gone.slice(0, 5)) + (", ..." if gone.size() > 5 else "")
		_end(
			(
				(
					"%d agents left the tree and did not come back within %d s: %s. Put them back to an "
					% [gone.size(), roundi(RETURN_LIMIT_MS / 1000.0), shown]
				)
				+ "episode's start in begin_episode() instead of freeing them or leaving the scene"
			)
		)


func _close_decision() -> void:
	if _flight != null and not _flight.call("close_decision"):
		_end(_flight.get("error"))


func _fail(_policy: RLPolicy, reason: String) -> void:
	_end(reason)


func _finish(policy: RLPolicy) -> void:
	if _recorder != null:
		var run: Dictionary = _about()
		run["action_repeat"] = policy.action_repeat
		run["model"] = settings.onnx_model_path
		if not _options.onnx_models.is_empty():
			run["models"] = _options.onnx_models
		run["actions"] = "sampled" if settings.sample_actions else "deterministic"
		run["seed"] = _options.env_seed
		run["known_parameters"] = roster.parameters.known()
		var problem: String = RLRunReport.write(_recorder.report(run), _options.report)
		if not problem.is_empty():
			_end(problem)
			return
	close("")
	exit_code = 0


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


func _no_agent(scene: Node) -> String:
	var where: String = "(none is running)"
	if scene != null:
		where = scene.scene_file_path if not scene.scene_file_path.is_empty() else str(scene.name)
	return (
		(
			"no AIController in the scene %s after %.0f s: give --scene_path the scene that holds the "
			+ "agents, or add an AIController2D or AIController3D to this one"
		)
		% [where, _waited_s()]
	)


# What is wrong with the numbers of agents in the arenas, or "".
func _uneven_arenas() -> String:
	var first: int = RLRoster.find_agents(_arena_roots[0]).size()
	for i: int in range(1, _arena_roots.size()):
		var count: int = RLRoster.find_agents(_arena_roots[i]).size()
		if count != first:
			return (
				"arena %d has %d agents and arena 0 has %d: each copy of the scene must bring its own"
				% [i, count, first]
			)
	return ""
