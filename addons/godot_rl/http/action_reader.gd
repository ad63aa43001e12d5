extends RefCounted
## Reads the actions of a request against the agents' action spaces: all agents', one agent's, or
## none, where each agent goes on with what it did last (zeros before the first action).
##
## RLTurn calls it. An action is an object by key, or a flat list of numbers in the order of the
## space's keys, where a discrete key takes one.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")

## What is wrong with the request; empty when nothing is.
var error: String = ""

var _spaces: Array[Dictionary] = []
var _actions: Array[Dictionary] = []


## [param spaces] row by row, and the rows' last actions; empty: there were none.
func _init(spaces: Array[Dictionary], last: Array[Dictionary]) -> void:
	_spaces = spaces
	for i: int in spaces.size():
		_actions.append(last[i] if i < last.size() else zeros(spaces[i]))


## Returns the actions of all rows. Check [member error].
func read(asked: Dictionary) -> Array[Dictionary]:
	if asked.has("actions"):
		var given: Array = asked["actions"]
		if given.size() != _spaces.size():
			error = (
				"'actions' holds %d actions, there are %d agents" % [given.size(), _spaces.size()]
			)
		for i: int in given.size() if error.is_empty() else 0:
			_read_one(i, given[i])
	elif asked.has("action"):
		var row: int = int(asked.get("agent", 0))
		if row >= _spaces.size():
			error = "agent %d does not exist: there are %d" % [row, _spaces.size()]
		elif not asked.has("agent") and _spaces.size() > 1:
			error = "there are %d agents: name one with 'agent', or give 'actions'" % _spaces.size()
		else:
			_read_one(row, asked["action"])
	return _actions


## The action that does nothing: zeros, and the first of each choice.
static func zeros(space: Dictionary) -> Dictionary:
	var action: Dictionary = {}
	for key: String in space:
		if space[key]["action_type"] == RLSpaces.DISCRETE:
			action[key] = 0
			continue
		var values: Array = []
		values.resize(int(space[key]["size"]))
		values.fill(0.0)
		action[key] = values
	return action


func _read_one(row: int, given: Variant) -> void:
	if given == null or not error.is_empty():
		return
	var raw: Variant = _by_key(given, _spaces[row]) if given is Array else given
	if not error.is_empty():
		return
	var action: Dictionary = {}
	var problem: String = RLSpaces.read_action(raw, _spaces[row], action)
	if problem.is_empty():
		_actions[row] = action
	else:
		error = "agent %d: %s" % [row, problem]


# A flat list as an object.
func _by_key(list: Array, space: Dictionary) -> Dictionary:
	var raw: Dictionary = {}
	var at: int = 0
	for key: String in space:
		var is_choice: bool = space[key]["action_type"] == RLSpaces.DISCRETE
		var size: int = 1 if is_choice else int(space[key]["size"])
		raw[key] = list.slice(at, at + size)
		at += size
	if at != list.size():
		error = "an action as a list must hold %d numbers, got %d" % [at, list.size()]
	return raw
