extends "res://addons/godot_rl/policies/policy.gd"
## Plays a recorded episode again: the actions of `--replay=FILE`, one by one, then the run is over.
##
## rl_training/replay_episode.py starts it beside RLFlightRecorder and compares what that records
## with the file.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLArena := preload("res://addons/godot_rl/arenas/arena.gd")
const RLRecordingFormat := preload("res://addons/godot_rl/replay/recording_format.gd")
const RLRecordingReader := preload("res://addons/godot_rl/replay/recording_reader.gd")

var _path: String
var _reader: RLRecordingReader
var _spaces: Array[Dictionary] = []
var _sizes: PackedInt32Array = []
var _next: int = 0
var _ended: int = 0


func _init(path: String) -> void:
	_path = path
	keeps_places = true
	needs_every_agent = true


## See RLPolicy; reads the recording and holds it against the agents.
func take_over(members: Array[Node], of_roster: RLRoster) -> bool:
	if not super.take_over(members, of_roster):
		return false
	_reader = RLRecordingReader.read(_path)
	error = _reader.error
	if not error.is_empty():
		return false
	_packer = RLObservationPacker.for_agents(agents, _observation_spaces_of_agents())
	var rows: Array = _reader.header["agents"]
	if rows.size() != agents.size():
		error = "%s is of %d agents, the scene has %d" % [_path, rows.size(), agents.size()]
		return false
	for i: int in agents.size():
		var space: Dictionary = agents[i].get_action_space()
		if not _are_alike(rows[i]["action_space"], space):
			error = (
				"%s: the actions of %s were %s, they are %s now"
				% [_path, agents[i].get_path(), rows[i]["action_space"], space]
			)
			return false
		_spaces.append(space)
		_sizes.append(RLRecordingFormat.action_size(space))
	return true


## See RLPolicy.
func decide() -> RLNext:
	var batch: RLStepBatch = _take_batch()
	_ended += batch.ended.size()
	if _is_over() or _next >= _reader.actions.size():
		finished = true
		return RLNext.RUN
	var values: PackedFloat64Array = _reader.actions[_next]
	var offset: int = 0
	for i: int in agents.size():
		_set_action(i, RLRecordingFormat.unpack_action(values, offset, _spaces[i]))
		offset += _sizes[i]
	_next += 1
	return RLNext.RUN


## See RLPolicy.
func describe() -> String:
	return "replay of " + _path


# With the first agent's end, as the recording; of agents that wait for each other with the last.
func _is_over() -> bool:
	var arena: RLArena = agents[0].rl_episode.arena
	if arena != null and arena.mode == RLArena.RLMode.LAST:
		return _ended >= agents.size()
	return _ended > 0


# JSON makes floats of integers.
static func _are_alike(recorded: Dictionary, space: Dictionary) -> bool:
	if recorded.keys() != space.keys():
		return false
	for key: String in space:
		if (
			int(recorded[key]["size"]) != int(space[key]["size"])
			or recorded[key]["action_type"] != space[key]["action_type"]
		):
			return false
	return true
