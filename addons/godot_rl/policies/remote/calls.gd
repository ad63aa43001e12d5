extends RefCounted
## Calls of agents' methods that a trainer asks for: checked first, so that a wrong one calls
## nothing.
##
## RLRemotePolicy owns it and answers with what it returns.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLAbsentAgent := preload("res://addons/godot_rl/agents/absent_agent.gd")
const RLJsonCodec := preload("res://addons/godot_rl/wire/json_codec.gd")

# [script, method, number of arguments] -> what is wrong with such a call; empty: nothing.
var _argument_errors: Dictionary[Array, String] = {}


## Why [param message] calls nothing of [param agents], or "".
func problem_of(message: Dictionary, agents: Array[Node]) -> String:
	var method: Variant = message.get("method")
	var wanted: Variant = message.get("agents", range(agents.size()))
	if not method is String or not message.get("args", []) is Array or not wanted is Array:
		return "a call needs a method name, a list of arguments and a list of agent indices"
	for number: Variant in wanted:
		var index: int = RLJsonCodec.whole_number(number)
		if index < 0 or index >= agents.size():
			return "a call names agent %s, there are %d" % [number, agents.size()]
		if agents[index] is RLAbsentAgent:
			continue
		if not agents[index].has_method(method):
			return "%s has no method '%s'" % [agents[index].get_path(), method]
		var problem: String = _known_error(agents[index], method, message.get("args", []).size())
		if not problem.is_empty():
			return problem
	return ""


## Calls, and returns what each of the agents returned; null for a seat without an agent.
func returns_of(message: Dictionary, agents: Array[Node]) -> Array:
	var returns: Array = []
	for number: Variant in message.get("agents", range(agents.size())):
		var agent: Node = agents[int(number)]
		if agent is RLAbsentAgent:
			returns.append(null)
		else:
			returns.append(agent.callv(message["method"], message.get("args", [])))
	return returns


# A script's list of methods takes milliseconds to make, so it is asked once for all its agents.
func _known_error(controller: Node, method: String, given: int) -> String:
	var script: Script = controller.get_script()
	var key: Array = [script, method, given]
	if not _argument_errors.has(key):
		_argument_errors[key] = _argument_error(controller, method, given)
	return _argument_errors[key]


func _argument_error(controller: Node, method: String, given: int) -> String:
	for known: Dictionary in controller.get_method_list():
		if known["name"] == method:
			var most: int = known["args"].size()
			var least: int = most - known["default_args"].size()
			if given < least or (given > most and not known["flags"] & METHOD_FLAG_VARARG):
				return "'%s' takes %d to %d arguments, got %d" % [method, least, most, given]
			return ""
	return ""
