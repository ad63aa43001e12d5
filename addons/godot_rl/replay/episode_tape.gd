extends RefCounted
## Records the running episode of one arena: seed, actions, observations, rewards, scene.
##
## RLFlightRecorder drives it. An episode of an arena begins at a decision at which all its agents
## begin one, and ends with the first of them that ends. In memory it is what lies in the file
## (RLRecordingFormat); with a journal every decision is on disk before its action acts, so that an
## episode which the engine does not survive can be played again too.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLArena := preload("res://addons/godot_rl/arenas/arena.gd")
const RLArenaWatch := preload("res://addons/godot_rl/replay/arena_watch.gd")
const RLEpisode := preload("res://addons/godot_rl/agents/episode.gd")
const RLJsonText := preload("res://addons/godot_rl/wire/json_text.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")
const RLObservationStack := preload("res://addons/godot_rl/agents/observation_stack.gd")
const RLRecordedStart := preload("res://addons/godot_rl/replay/recorded_start.gd")
const RLRecordingFormat := preload("res://addons/godot_rl/replay/recording_format.gd")

## An episode longer than this many bytes is given up.
const MAX_BYTES: int = 1 << 26

## The arena's agents, in the roster's order.
var agents: Array[Node] = []
## Why nothing more can be recorded; empty while it can.
var error: String = ""
## What a finished episode holds; taken by [method take_finished].
var finished: PackedByteArray = []
## Number of the episode, of the arena's first agent.
var finished_index: int = 0
## Name of its file, without suffix.
var finished_name: String = ""
## Whether it failed: is_success is false or, where the game does not tell, it was truncated.
var finished_failed: bool = false

var _watch: RLArenaWatch
var _about: Dictionary
var _journal_folder: String
var _journal: FileAccess
var _finished_part: String = ""
var _active: bool = false
var _bytes: PackedByteArray = []
var _name: String = ""
var _index: int = 0
var _hash: int = 0
var _decisions: int = 0
# Agents that acted in the decision under way.
var _acted: int = 0
var _spaces: Array[Dictionary] = []
var _layouts: Array[Array] = []
# Of every agent, what the decision under way saw, earned and did.
var _seen: Array[PackedByteArray] = []
var _rewards: PackedFloat64Array = []
var _done: Array[PackedFloat64Array] = []
# Of every agent whose episode ended in this decision: [summary, final observation, reward].
var _ends: Dictionary[int, Array] = {}


## [param watch] is null where the scene is not recorded. [param journal_folder] is empty for none;
## [param about] is the part of the header that does not depend on the episode.
func _init(watch: RLArenaWatch, journal_folder: String, about: Dictionary) -> void:
	_watch = watch
	_journal_folder = journal_folder
	_about = about


## Adds an agent of the arena.
func add_agent(controller: Node) -> void:
	agents.append(controller)
	_spaces.append(controller.get_action_space())
	_layouts.append(RLRecordingFormat.observation_layout(RLObservationStack.peek(controller)))
	_seen.append(PackedByteArray())
	_rewards.append(0.0)
	_done.append(PackedFloat64Array())


## Takes what agent [param i] observes now, and the reward of the transition that led there.
func see(i: int, observation: PackedByteArray, reward: float) -> void:
	_seen[i] = observation
	_rewards[i] = reward


## Takes the end of agent [param i]'s episode: RLEpisode.summary, last observation and reward.
func end(i: int, summary: Dictionary, observation: PackedByteArray, reward: float) -> void:
	_ends[i] = [summary, observation, reward]
	_rewards[i] = 0.0


## Takes the action of agent [param i].
func act(i: int, action: Dictionary) -> void:
	_done[i] = RLRecordingFormat.pack_action(action, _spaces[i])
	_acted += 1


## All of this tick have decided: ends the episode that ended, begins the next, records the
## decision. Agents of one arena must decide in the same ticks.
func close_decision() -> void:
	if _acted == 0:
		return
	if _active and _acted < agents.size() - _count_waiting():
		error = (
			"%s cannot be recorded: %d of the arena's %d agents decided, all must in the same tick"
			% [_name, _acted, agents.size()]
		)
		_drop()
	_acted = 0
	if not _ends.is_empty() and (_ends.size() == agents.size() or not _waits_for_all()):
		_finish()
	if _all_begin():
		_begin()
	elif _active and _decisions_now() != _decisions:
		_drop()  # a reset from outside
	if _active:
		_write_decision()


## The run is over. With [param keep_unfinished] an episode under way is kept too.
func close(keep_unfinished: bool) -> void:
	if _active and (keep_unfinished or not _ends.is_empty()):
		_finish()
	else:
		_drop()


## The engine cannot go on: the episode under way stays in [param folder] as it is.
func abandon(folder: String) -> void:
	if _active and _journal == null:
		_journal = FileAccess.open(
			folder.path_join(_name + RLRecordingFormat.PART_SUFFIX), FileAccess.WRITE
		)
		if _journal != null:
			_journal.store_buffer(_bytes)
	if _journal != null:
		_journal.close()
		_journal = null
	_drop()


# Ends the recording, with the ends that were told; agents without one are still playing.
func _finish() -> void:
	if not _active or _decisions == 0:
		_drop()
		_ends.clear()
		return
	var rewards: PackedFloat64Array = _rewards.duplicate()
	var observations: PackedByteArray = []
	var ends: Array[Dictionary] = []
	finished_failed = false
	for i: int in agents.size():
		if not _ends.has(i):
			observations.append_array(_seen[i])
			ends.append({"ended": false})
			continue
		observations.append_array(_ends[i][1])
		rewards[i] = _ends[i][2]
		var summary: Dictionary = _ends[i][0].duplicate()
		summary["info"] = _for_json(summary["info"])
		summary["ended"] = true
		ends.append(summary)
		var success: Variant = summary["info"].get("is_success")
		finished_failed = (
			finished_failed or (summary["truncated"] if success == null else not success)
		)
	_ends.clear()
	var values: PackedByteArray = rewards.to_byte_array()
	values.append_array(observations)
	_write(RLRecordingFormat.record(RLRecordingFormat.FINAL, values))
	_write_json(RLRecordingFormat.END, {"decisions": _decisions, "hash": _hash, "agents": ends})
	finished = _bytes
	finished_name = _name
	finished_index = _index
	_active = false
	if _journal != null:
		_finished_part = _part_path()
		_journal.close()
		_journal = null


## Removes the journal of the episode that was finished and forgets it.
func take_finished() -> void:
	finished = PackedByteArray()
	if not _finished_part.is_empty():
		DirAccess.remove_absolute(_finished_part)
	_finished_part = ""


# Agents that have ended and wait for the others do not act.
func _count_waiting() -> int:
	return agents.filter(func(agent: Node) -> bool: return agent.rl_episode.waits).size()


# Whether the episode goes on until all agents have ended.
func _waits_for_all() -> bool:
	var arena: RLArena = agents[0].rl_episode.arena
	return arena != null and arena.mode == RLArena.RLMode.LAST


# Decisions of the agent that plays longest.
func _decisions_now() -> int:
	var most: int = 0
	for controller: Node in agents:
		most = maxi(most, controller.rl_episode.decisions)
	return most


# Whether every agent begins an episode now; one that a player drives decides at no decision.
func _all_begin() -> bool:
	for i: int in agents.size():
		if agents[i].rl_episode.decisions > 0 or _done[i].is_empty():
			return false
	return true


func _begin() -> void:
	_drop()
	var first: RLEpisode = agents[0].rl_episode
	_index = first.index()
	_name = "episode_%06d_%d" % [_index, first.episode_seed()]
	_bytes = PackedByteArray()
	_hash = 0
	_decisions = 0
	_active = true
	if not _journal_folder.is_empty():
		var path: String = _part_path()
		_journal = FileAccess.open(path, FileAccess.WRITE)
		if _journal == null:
			error = "%s cannot be written" % path
			_active = false
			return
	if _watch != null:
		_watch.restart()
	for i: int in agents.size():
		_rewards[i] = 0.0
	_write((RLJsonText.of(_header()) + "\n").to_utf8_buffer())


func _header() -> Dictionary:
	var header: Dictionary = {
		"format": RLRecordingFormat.FORMAT, "version": RLRecordingFormat.VERSION
	}
	header.merge(_about)
	header["arena"] = agents[0].arena_index
	var first: RLEpisode = agents[0].rl_episode
	# Not what the run began with: what holds in this episode.
	header["parameters"] = {}
	header.erase("samplers")
	header.merge(RLRecordedStart.keys_of(first.parameters), true)
	if first.numbering.level >= 0:
		header["level"] = first.numbering.level
	if first.arena != null:
		header["arena_episode"] = (first.arena as RLArena).episode_index()
	header["env_seed"] = first.numbering.run_seed
	var rows: Array[Dictionary] = []
	for i: int in agents.size():
		var episode: RLEpisode = agents[i].rl_episode
		var row: Dictionary = {
			"episode": episode.index(),
			"seed": episode.episode_seed(),
			"policy": agents[i].policy_name,
			"begins_on_call": episode.begins_on_call(),
			"observation": _layouts[i],
			"observation_names": RLObservationStack.names_of(agents[i]),
			"action_space": _spaces[i],
		}
		if agents[i].has_method("get_action_names"):
			row["action_names"] = agents[i].get_action_names()
		row.merge(RLRecordedStart.keys_of(episode.parameters, first.parameters))
		rows.append(row)
	header["agents"] = rows
	return header


func _write_decision() -> void:
	var ids: PackedInt32Array = []
	var values: PackedByteArray = []
	if _watch != null:
		var news: Dictionary = _watch.list_news()
		if not news.is_empty():
			_write_json(RLRecordingFormat.NODES, news)
		_watch.look(_decisions == 0)
		ids = _watch.changed_ids
		values = _watch.changed_values
	var observations: PackedByteArray = []
	var actions: PackedFloat64Array = []
	for i: int in agents.size():
		observations.append_array(_seen[i])
		actions.append_array(_done[i])
	var payload: PackedByteArray = RLRecordingFormat.decision(
		_hash, ids, _rewards, actions, observations, values
	)
	_hash = payload.decode_u32(0)
	_decisions += 1
	_write(RLRecordingFormat.record(RLRecordingFormat.DECISION, payload))
	if _bytes.size() > MAX_BYTES:
		RLLog.warn("%s is longer than %d bytes and is not recorded" % [_name, MAX_BYTES])
		_drop()


func _write_json(tag: int, content: Dictionary) -> void:
	var text: String = RLJsonText.of(content)
	_write(RLRecordingFormat.record(tag, text.to_utf8_buffer()))


func _write(bytes: PackedByteArray) -> void:
	_bytes.append_array(bytes)
	if _journal != null:
		_journal.store_buffer(bytes)
		_journal.flush()
		if _journal.get_error() != OK:
			error = "%s cannot be written" % _part_path()


func _drop() -> void:
	_active = false
	_bytes = PackedByteArray()
	if _journal != null:
		_journal.close()
		_journal = null
		DirAccess.remove_absolute(_part_path())


func _part_path() -> String:
	return _journal_folder.path_join(_name + RLRecordingFormat.PART_SUFFIX)


# JSON has no NaN, and no Vector3.
static func _for_json(value: Variant) -> Variant:
	if value is Dictionary:
		var copy: Dictionary = {}
		for key: Variant in value:
			copy[str(key)] = _for_json(value[key])
		return copy
	if value is float and not is_finite(value):
		return str(value)
	if typeof(value) in [TYPE_NIL, TYPE_BOOL, TYPE_INT, TYPE_FLOAT, TYPE_STRING]:
		return value
	return Array(value).map(_for_json) if typeof(value) >= TYPE_ARRAY else str(value)
