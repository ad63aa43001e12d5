extends RefCounted
## What a run does beside deciding, where it was asked for: counts episodes for a report, records,
## begins as a recording began, looks for a bug, tells an explorer, measures times.
##
## RLRunSession has one and calls it at the run's beginning and end. What was not asked for is not
## even compiled.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLArena := preload("res://addons/godot_rl/arenas/arena.gd")
const RLEpisodeRecorder := preload("res://addons/godot_rl/evaluation/episode_recorder.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLPolicy := preload("res://addons/godot_rl/policies/policy.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const RLRunReport := preload("res://addons/godot_rl/evaluation/run_report.gd")
const RLSettings := preload("res://addons/godot_rl/session/settings.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")

const EXPLORE_TELLER: String = "res://addons/godot_rl/findings/explore_teller.gd"
const FLIGHT_RECORDER: String = "res://addons/godot_rl/replay/flight_recorder.gd"
const LIVE_VIEW: String = "res://addons/godot_rl/monitor/live_view.gd"
const PERFORMANCE_RECORD: String = "res://addons/godot_rl/monitor/performance_record.gd"
const RECORDED_START: String = "res://addons/godot_rl/replay/recorded_start.gd"
const TARGET_NODES: String = "res://addons/godot_rl/findings/target_nodes.gd"

## Counts the episodes of an evaluation; null: it is none.
var recorder: RLEpisodeRecorder
## An RLFlightRecorder; null where nothing is recorded.
var flight: RefCounted
## An RLLiveView; null where nobody can watch.
var live_view: RefCounted

var _options: RLLaunchOptions
var _roster: RLRoster
# An RLRecordedStart, where an episode is played again.
var _recorded: RefCounted


func _init(options: RLLaunchOptions, roster: RLRoster) -> void:
	_options = options
	_roster = roster


## The recorded episode's parameters, level and mode hold again, where the command line does not say
## otherwise. A file that cannot be read is told of by the policy. Before the arenas are collected.
func take_from_recording() -> void:
	if _options.replay.is_empty() and _options.begin_as.is_empty():
		return
	var script: GDScript = load(RECORDED_START)
	var path: String = _options.begin_as if _options.replay.is_empty() else _options.replay
	_recorded = script.call("read", path)
	if _options.target_bug.is_empty():
		_options.target_bug = _recorded.get("target_bug")
	var values: Dictionary = {}
	values.assign(_recorded.get("values"))
	_roster.parameters.set_values(values.merged(_options.parameters, true))
	if _options.arena_episodes.is_empty():
		_options.arena_episodes = _recorded.get("arena_episodes")


## Prepares the arenas for their first episodes. Returns what is wrong, or "".
func prepare(roots: Array[Node]) -> String:
	if _recorded != null:
		for arena: RLArena in _roster.arenas:
			_recorded.call("give", arena, _options.parameters)
			if not _options.begin_as.is_empty():
				arena.repeat()
	if _options.target_bug.is_empty():
		return ""
	return (load(TARGET_NODES) as GDScript).call("add", roots, _options)


## Starts what looks on, after the first episodes began.
func watch() -> void:
	_roster.tick_times.remembers = _options.episode_times
	if _options.explore:
		RLStepBatch.teller = (load(EXPLORE_TELLER) as GDScript).new(_roster)
	if _options.performance:
		_roster.performance = (load(PERFORMANCE_RECORD) as GDScript).new(_options.budget_ms)
	if not _options.live_view.is_empty():
		live_view = (load(LIVE_VIEW) as GDScript).new(
			_options.live_view, _roster, _options.arena_offset, _options.arena_total
		)
	if _options.episodes > 0:
		recorder = RLEpisodeRecorder.new(_options.episodes)


## Records, if that is asked for; [param about] is the head of the recording. Returns why that
## cannot be, or "".
func record(policies: Array[RLPolicy], roots: Array[Node], about: Dictionary) -> String:
	if _options.record.is_empty():
		return ""
	about["action_repeat"] = policies[0].action_repeat
	if not _options.target_bug.is_empty():
		about["target_bug"] = _options.target_bug
	for policy: RLPolicy in policies:
		if policy.action_repeat != policies[0].action_repeat:
			return (
				(
					"--record needs agents that decide at one interval; these do every %d and %d ticks: "
					% [policies[0].action_repeat, policy.action_repeat]
				)
				+ "give --action_repeat"
			)
	flight = (load(FLIGHT_RECORDER) as GDScript).new(_options, _roster, roots, about)
	for policy: RLPolicy in policies:
		policy.flight_recorder = flight
	return flight.get("error")


## Writes the report of an evaluation that is over, if it is one. Returns what is wrong, or "".
func report(policy: RLPolicy, settings: RLSettings, about: Dictionary) -> String:
	if recorder == null:
		return ""
	about["action_repeat"] = policy.action_repeat
	about["model"] = settings.onnx_model_path
	if not _options.onnx_models.is_empty():
		about["models"] = _options.onnx_models
	about["actions"] = "sampled" if settings.sample_actions else "deterministic"
	about["seed"] = _options.env_seed
	about["known_parameters"] = _roster.parameters.known()
	return RLRunReport.write(recorder.report(about), _options.report)


## An episode cannot be recorded any more: [param reason] says which agent left or came.
func lost(reason: String) -> void:
	if flight != null:
		flight.call("lost", reason)


## Ends what looks on; [param reason] is not empty when the run failed.
func close(reason: String) -> void:
	if _options.explore:
		RLStepBatch.teller = null
	if live_view != null:
		live_view.call("close")
	if flight != null:
		flight.call("close", reason)
