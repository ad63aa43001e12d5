extends RefCounted
## Orders that a trainer gives between decisions: environment parameters, levels, who controls a
## group, and policies as ONNX files (docs/protocol.md).
##
## RLRemotePolicy hands them over and sends the answer. An order that is refused changes nothing;
## its answer says why in one line.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLAgentGroups := preload("res://addons/godot_rl/policies/remote/agent_groups.gd")
const RLJsonCodec := preload("res://addons/godot_rl/wire/json_codec.gd")
const RLLevels := preload("res://addons/godot_rl/arenas/levels.gd")
const RLLoadedPolicies := preload("res://addons/godot_rl/policies/remote/loaded_policies.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
## Types of the messages.
const PARAMETERS: String = "parameters"
const LEVELS: String = "levels"
const CONTROL: String = "control"
const LOAD_POLICY: String = "load_policy"
const TYPES: PackedStringArray = [PARAMETERS, LEVELS, CONTROL, LOAD_POLICY]
## Most characters of a policy's name.
const MAX_NAME_LENGTH: int = 200
## Most characters of a value that a message shows.
const SHOWN: int = 64

var _groups: RLAgentGroups
var _roster: RLRoster
var _loaded: RLLoadedPolicies
var _base64: RegEx = RegEx.create_from_string("^[A-Za-z0-9+/]*={0,2}$")


func _init(groups: RLAgentGroups, roster: RLRoster, loaded: RLLoadedPolicies) -> void:
	_groups = groups
	_roster = roster
	_loaded = loaded


## Carries out an order and returns its answer.
func answer(message: Dictionary) -> Dictionary:
	var told: Dictionary = {"type": message["type"]}
	var problem: String = _arenas_error(message)
	if problem.is_empty():
		match message["type"]:
			PARAMETERS:
				problem = _set_parameters(message, told)
			LEVELS:
				problem = _set_levels(message)
			CONTROL:
				problem = _set_control(message)
			LOAD_POLICY:
				problem = _load_policy(message, told)
	if not problem.is_empty():
		return {"type": message["type"], "error": problem.strip_escapes()}
	return told


func _set_parameters(message: Dictionary, told: Dictionary) -> String:
	var values: Variant = message.get("values")
	if not values is Dictionary:
		return "'values' must be an object of names and numbers, got %s" % _shown(values)
	# An empty list means all of them to RLParameters, and none here.
	if not (message.has("arenas") and message["arenas"].is_empty()):
		var problem: String = _roster.parameters.set_values(values, _arenas(message))
		if not problem.is_empty():
			return problem
	told["known"] = _roster.parameters.known()
	return ""


func _set_levels(message: Dictionary) -> String:
	var chosen: Array[int] = _arenas(message)
	if not message.has("arenas"):
		chosen.assign(range(_roster.arena_roots.size()))
	var lists: Variant = message.get("levels")
	if not lists is Array or lists.size() != chosen.size():
		var found: String = "%d" % lists.size() if lists is Array else _shown(lists)
		return (
			"'levels' must hold one list for each arena that it is for (%d), got %s"
			% [chosen.size(), found]
		)
	var queues: Array[PackedInt32Array] = []
	for i: int in chosen.size():
		if chosen.find(chosen[i]) < i:
			return "arena %d stands twice in 'arenas'" % chosen[i]
		var queue: PackedInt32Array = []
		var problem: String = _read_levels(lists[i], queue)
		if not problem.is_empty():
			return "arena %d: %s" % [chosen[i], problem]
		queues.append(queue)
	for i: int in chosen.size():
		_roster.arenas[chosen[i]].order_levels(queues[i])
	return ""


func _set_control(message: Dictionary) -> String:
	var problem: String = _group_error(message)
	if not problem.is_empty():
		return problem
	var control: Variant = message.get("control")
	if not (control is String and control in ["trainer", "game"]):
		return '\'control\' must be "trainer" or "game", got %s' % _shown(control)
	_loaded.set_control(_rows(message), control == "game")
	return ""


func _load_policy(message: Dictionary, told: Dictionary) -> String:
	var problem: String = _group_error(message)
	if not problem.is_empty():
		return problem
	var name: Variant = message.get("name", "")
	if not name is String or name.length() > MAX_NAME_LENGTH or name != name.strip_escapes():
		return (
			"'name' must be one line of at most %d characters, got %s"
			% [MAX_NAME_LENGTH, _shown(name)]
		)
	var actions: Variant = message.get("actions", "auto")
	if not (actions is String and actions in ["sampled", "deterministic", "auto"]):
		return '\'actions\' must be "sampled", "deterministic" or "auto", got %s' % _shown(actions)
	var file: Variant = message.get("onnx")
	if file is String:
		if file.length() % 4 != 0 or _base64.search(file) == null:
			return "'onnx' is no base64"
		file = Marshalls.base64_to_raw(file)
	if not file is PackedByteArray or file.is_empty():
		return "'onnx' must be the bytes of an ONNX file, got %s" % _shown(file)
	return _loaded.load_policy(_rows(message), name, actions, file, told)


# Returns what is wrong with the arenas of an order, or "".
func _arenas_error(message: Dictionary) -> String:
	if not message.has("arenas"):
		return ""
	var arenas: Variant = message["arenas"]
	if not arenas is Array:
		return "'arenas' must be a list of arenas, got %s: leave it out for all" % _shown(arenas)
	var count: int = _roster.arena_roots.size()
	for number: Variant in arenas:
		var index: int = RLJsonCodec.whole_number(number)
		if index < 0 or index >= count:
			return (
				"arena %s does not exist: this engine has arenas 0 to %d"
				% [_shown(number), count - 1]
			)
	return ""


func _group_error(message: Dictionary) -> String:
	var group: Variant = message.get("group")
	if group is String and _groups.find(group) != null:
		return ""
	return "there is no group %s; the trainer's groups: %s" % [_shown(group), _groups.names()]


# The arenas of an order as integers; empty for all.
func _arenas(message: Dictionary) -> Array[int]:
	var arenas: Array[int] = []
	for number: Variant in message.get("arenas", []):
		arenas.append(int(number))
	return arenas


# The rows of an order's group in its arenas.
func _rows(message: Dictionary) -> PackedInt32Array:
	var group: RLAgentGroups.RLGroup = _groups.find(message["group"])
	var arenas: Array[int] = _arenas(message)
	var rows: PackedInt32Array = []
	for i: int in group.members.size():
		if not message.has("arenas") or group.members[i].arena_index in arenas:
			rows.append(group.first + i)
	return rows


# Reads one arena's levels into a queue; returns what is wrong with them, or "".
static func _read_levels(list: Variant, queue: PackedInt32Array) -> String:
	if not list is Array:
		return "its levels must be a list, got %s" % _shown(list)
	if list.size() > RLLevels.MOST:
		return "%d levels, at most %d can wait" % [list.size(), RLLevels.MOST]
	for number: Variant in list:
		var level: int = RLJsonCodec.whole_number(number)
		if level < 0 or level > 0x7FFFFFFF:
			return "a level is a whole number in [0, 2^31), got %s" % _shown(number)
		queue.append(level)
	return ""


# A value as it came, on one short line.
static func _shown(value: Variant) -> String:
	var text: String = "nothing" if value == null else JSON.stringify(value)
	if value is float and RLJsonCodec.whole_number(value) >= 0:
		text = str(int(value))
	return text.left(SHOWN).replace("\n", " ")
