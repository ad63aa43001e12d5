extends RefCounted
## Writes recorded play to a file, one line of JSON for each episode.
##
## Called by whatever records: demonstrations of a human, evaluation runs, data for offline
## learning. It never reads a scene or an input. A line is [code]{"obs": [[float]], "actions":
## [[float]], "rewards": [float], "terminated": bool, "truncated": bool, "info": {}}[/code] with one
## observation more than there are actions: obs[t] was seen before actions[t], obs[t + 1] after it.
## An episode is appended and flushed when it ends, so a crash loses at most the one being played.
## [method export_stock] converts a file to the stock plugin's format.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLJsonText := preload("res://addons/godot_rl/wire/json_text.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")

## Why the last call failed; empty when it did not.
var error: String = ""

var _file: FileAccess
var _path: String = ""
# Where in the file each episode's line starts, bytes.
var _starts: PackedInt64Array = []
var _obs: Array[Array] = []
var _actions: Array[Array] = []
var _rewards: PackedFloat64Array = []


## Opens [param path] for appending; the file is made when it is not there, its folder must be. What
## follows the last whole line (a write that was cut off) is removed. False, with [member error],
## when the file cannot be used.
func open(path: String) -> bool:
	close()
	_path = path
	if not FileAccess.file_exists(path):
		_file = FileAccess.open(path, FileAccess.WRITE_READ)
	else:
		_file = FileAccess.open(path, FileAccess.READ_WRITE)
	if _file == null:
		return _fail("cannot be opened: %s" % error_string(FileAccess.get_open_error()))
	_starts = _find_lines()
	error = ""
	return true


## Closes the file. An episode that has not ended is dropped. May be called twice.
func close() -> void:
	discard_episode()
	if _file != null:
		_file.close()
	_file = null
	_starts = []


## The number of whole episodes in the file.
func episode_count() -> int:
	return _starts.size()


## The number of actions recorded in the episode under way.
func step_count() -> int:
	return _actions.size()


## Adds one step: the observation (all values finite), the action taken on it (flat: continuous
## values and discrete indices in the order of the action space) and the reward that followed.
## False, with [member error], when a value is refused; the episode then stays as it was.
func add_step(obs: Array, action: Array, reward: float) -> bool:
	var refusal: String = _why_no_numbers(obs, "observation") + _why_no_numbers(action, "action")
	if not is_finite(reward):
		refusal += "the reward is %s" % reward
	if not refusal.is_empty():
		return _fail("step %d: %s" % [step_count(), refusal])
	if not _obs.is_empty() and _obs[0].size() != obs.size():
		return _fail("step %d: %s" % [step_count(), _size_text("observation", obs, _obs[0])])
	if not _actions.is_empty() and _actions[0].size() != action.size():
		return _fail("step %d: %s" % [step_count(), _size_text("action", action, _actions[0])])
	_obs.append(obs.duplicate())
	_actions.append(action.duplicate())
	_rewards.append(reward)
	error = ""
	return true


## Ends the episode with the observation after its last action and writes it. An episode without a
## step is refused. After a failure the episode is still there: it can be ended again or discarded.
func end_episode(
	final_obs: Array, terminated: bool, truncated: bool, info: Dictionary = {}
) -> bool:
	var refusal: String = _why_not_end(final_obs, info)
	if not refusal.is_empty():
		return _fail(refusal)
	var line: String = _to_line(final_obs, terminated, truncated, info)
	_file.seek_end()
	var start: int = _file.get_position()
	_file.store_string(line + "\n")
	_file.flush()
	if _file.get_error() != OK:
		_file.resize(start)
		return _fail("cannot be written: %s" % error_string(_file.get_error()))
	_starts.append(start)
	discard_episode()
	error = ""
	return true


## Drops the episode under way.
func discard_episode() -> void:
	_obs = []
	_actions = []
	_rewards = []


## Removes the last whole episode from the file, also one of an earlier run. False when there is
## none.
func remove_last_episode() -> bool:
	if _file == null:
		return _fail("is not open; call open() first")
	if _starts.is_empty():
		return _fail("holds no episode to remove")
	var start: int = _starts[-1]
	_file.flush()
	if _file.resize(start) != OK:
		return _fail("cannot be shortened")
	_file.flush()
	_starts.remove_at(_starts.size() - 1)
	error = ""
	return true


## Converts the episodes of [param source] to the stock plugin's format at [param target]: one JSON
## list with [code][observations, actions][/code] for each episode. Returns why it failed, or "".
static func export_stock(source: String, target: String) -> String:
	var from: FileAccess = FileAccess.open(source, FileAccess.READ)
	if from == null:
		return "%s: cannot be opened: %s" % [source, error_string(FileAccess.get_open_error())]
	var episodes: PackedStringArray = []
	var number: int = 0
	while from.get_position() < from.get_length():
		number += 1
		var line: String = from.get_line()
		var json: JSON = JSON.new()
		var parsed: Variant = json.data if json.parse(line) == OK else null
		if not (parsed is Dictionary and parsed.has("obs") and parsed.has("actions")):
			return "%s: line %d is no episode" % [source, number]
		episodes.append(RLJsonText.of([parsed["obs"], parsed["actions"]]))
	var to: FileAccess = FileAccess.open(target, FileAccess.WRITE)
	if to == null:
		return "%s: cannot be opened: %s" % [target, error_string(FileAccess.get_open_error())]
	to.store_string("[" + ",\n".join(episodes) + "]\n")
	return "" if to.get_error() == OK else "%s: cannot be written" % target


func _to_line(final_obs: Array, terminated: bool, truncated: bool, info: Dictionary) -> String:
	var episode: Dictionary = {
		"obs": _obs + ([final_obs] as Array[Array]),
		"actions": _actions,
		"rewards": _rewards,
		"terminated": terminated,
		"truncated": truncated,
		"info": info,
	}
	return RLJsonText.of(episode)


func _find_lines() -> PackedInt64Array:
	var starts: PackedInt64Array = []
	var bytes: PackedByteArray = _file.get_buffer(_file.get_length())
	var start: int = 0
	var line_end: int = bytes.find(10)
	while line_end >= 0:
		starts.append(start)
		start = line_end + 1
		line_end = bytes.find(10, start)
	if start < bytes.size():
		RLLog.warn("%s: an episode that was cut off is removed" % _path)
		_file.resize(start)
		_file.flush()
	return starts


func _why_not_end(final_obs: Array, info: Dictionary) -> String:
	if _file == null:
		return "is not open; call open() first"
	if _actions.is_empty():
		return "an episode without a step is not written"
	if final_obs.size() != _obs[0].size():
		return _size_text("final observation", final_obs, _obs[0])
	if not _fits_json(info):
		return "the info holds what JSON cannot: %s" % info
	return _why_no_numbers(final_obs, "final observation")


func _why_no_numbers(values: Array, what: String) -> String:
	for i: int in values.size():
		var type: int = typeof(values[i])
		if type != TYPE_FLOAT and type != TYPE_INT and type != TYPE_BOOL:
			return "%s[%d] is a %s" % [what, i, type_string(type)]
		if not is_finite(float(values[i])):
			return "%s[%d] is %s" % [what, i, values[i]]
	return ""


# JSON.stringify turns NaN into null and keys into text without a word.
static func _fits_json(value: Variant) -> bool:
	if value is Dictionary:
		return value.keys().all(_is_text) and value.values().all(_fits_json)
	if value is Array:
		return value.all(_fits_json)
	if value is PackedFloat32Array or value is PackedFloat64Array:
		return Array(value).all(is_finite)
	return not value is float or is_finite(value)


static func _is_text(value: Variant) -> bool:
	return value is String or value is StringName


func _size_text(what: String, got: Array, expected: Array) -> String:
	return "the %s has %d values, the first one had %d" % [what, got.size(), expected.size()]


func _fail(reason: String) -> bool:
	error = "%s: %s" % [_path, reason]
	return false
