@tool
extends RefCounted
## Holds the methods that a controller's script has against those that Sync calls: missing ones,
## misspelt ones, wrong numbers of arguments.
##
## Called by the controller's check. It looks at declarations and runs nothing.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLScriptFacts := preload("res://addons/godot_rl/editor/checks/script_facts.gd")

## Methods that Sync calls, and how many arguments it gives.
const CALLED: Dictionary[String, int] = {
	"get_obs": 0,
	"get_obs_size": 0,
	"write_obs": 2,
	"get_reward": 0,
	"get_action_space": 0,
	"set_action": 1,
	"get_action": 0,
	"get_info": 0,
	"get_obs_space": 0,
	"get_observation_names": 0,
	"action_masks": 0,
	"begin_episode": 1,
	"reset": 0,
}
## What begin_episode and the like look like, for messages.
const SIGNATURES: Dictionary[String, String] = {
	"get_obs": "get_obs() -> Dictionary",
	"get_obs_size": "get_obs_size() -> int",
	"write_obs": "write_obs(buffer: PackedFloat32Array, offset: int) -> void",
	"get_action_space": "get_action_space() -> Dictionary",
	"set_action": "set_action(action) -> void",
	"get_action": "get_action() -> Array",
	"get_info": "get_info() -> Dictionary",
	"action_masks": "action_masks() -> Array",
	"begin_episode": "begin_episode(episode_seed: int) -> void",
}
## Names that are at least so alike are taken for a slip (String.similarity, 0 to 1).
const ALIKE: float = 0.7


## What is wrong with the methods of [param controller], one sentence each. [param records]: it
## records demonstrations.
static func problems(controller: Node, records: bool) -> PackedStringArray:
	var written: Dictionary[String, Dictionary] = RLScriptFacts.written_methods(controller)
	var found: PackedStringArray = []
	var missing: PackedStringArray = _missing(written, records)
	for name: String in missing:
		var slip: String = near_name(name, written)
		var wanted: String = SIGNATURES[name]
		if name == "get_obs":
			wanted += ", or get_obs_size() and write_obs()"
		if slip.is_empty():
			found.append("%s() is missing: write %s" % [name, wanted])
		else:
			found.append("%s() is missing: rename %s() to it (%s)" % [name, slip, wanted])
	for name: String in CALLED:
		if written.has(name):
			var problem: String = argument_problem(written[name], CALLED[name])
			if not problem.is_empty():
				found.append(problem)
	found.append_array(_misspelt(written, missing))
	if written.has("write_obs") and not written.has("get_obs_size"):
		found.append("write_obs() needs get_obs_size(): write both")
	elif written.has("get_obs_size") and not (written.has("write_obs") or written.has("get_obs")):
		found.append("get_obs_size() needs write_obs(): write both")
	if not _begins(controller, written) and near_name("begin_episode", written).is_empty():
		found.append(
			(
				"nothing puts the game at the start of an episode: write %s"
				% SIGNATURES["begin_episode"]
			)
		)
	return found


## What is wrong with the number of arguments of a method, or "".
static func argument_problem(method: Dictionary, given: int) -> String:
	var arguments: Array = method["args"]
	var defaults: Array = method["default_args"]
	var flags: int = method["flags"]
	var least: int = arguments.size() - defaults.size()
	if given >= least and (given <= arguments.size() or flags & METHOD_FLAG_VARARG):
		return ""
	var name: String = method["name"]
	return (
		"%s() takes %d argument%s, Sync gives %d: write %s"
		% [
			name,
			arguments.size(),
			"" if arguments.size() == 1 else "s",
			given,
			SIGNATURES.get(name, "%s with %d" % [name, given]),
		]
	)


## The method of the user's whose name is probably meant to be [param name], or "".
static func near_name(name: String, written: Dictionary[String, Dictionary]) -> String:
	var best: String = ""
	var best_alike: float = ALIKE
	for candidate: String in written:
		if CALLED.has(candidate):
			continue
		var alike: float = candidate.to_snake_case().trim_prefix("_").similarity(name)
		if alike >= best_alike:
			best_alike = alike
			best = candidate
	return best


# Methods without which the agent cannot act.
static func _missing(written: Dictionary[String, Dictionary], records: bool) -> PackedStringArray:
	var names: PackedStringArray = []
	if not (written.has("get_obs") or written.has("get_obs_size") or written.has("write_obs")):
		names.append("get_obs")
	for name: String in ["get_action_space", "set_action"]:
		if not written.has(name):
			names.append(name)
	if records and not written.has("get_action"):
		names.append("get_action")
	return names


# Optional methods that stand there under another name.
static func _misspelt(
	written: Dictionary[String, Dictionary], missing: PackedStringArray
) -> PackedStringArray:
	var found: PackedStringArray = []
	for name: String in ["begin_episode", "get_info", "action_masks", "get_obs_size", "write_obs"]:
		if written.has(name) or missing.has(name):
			continue
		var slip: String = near_name(name, written)
		if not slip.is_empty() and not missing.has(near_target(slip, missing)):
			found.append("%s() is never called: did you mean %s?" % [slip, SIGNATURES[name]])
	return found


## Which of [param names] the method [param slip] is taken for already, or "".
static func near_target(slip: String, names: PackedStringArray) -> String:
	for name: String in names:
		if slip.to_snake_case().similarity(name) >= ALIKE:
			return name
	return ""


# Games for the stock plugin watch needs_reset, in the controller or in the player.
static func _begins(controller: Node, written: Dictionary[String, Dictionary]) -> bool:
	if written.has("begin_episode"):
		return true
	var places: Array[Node] = [controller, controller.get_parent()]
	for property: Dictionary in controller.get_property_list():
		var name: String = property["name"]
		var value: Variant = controller.get(name) if property["type"] == TYPE_OBJECT else null
		if value is Node and value != controller:
			places.append(value)
	for place: Node in places:
		for script: Script in RLScriptFacts.user_scripts(place) if place != null else []:
			var text: String = RLScriptFacts.source_of(script)
			if (
				not script.has_source_code()
				or text.contains("needs_reset")
				or text.contains("begin_again")
			):
				return true
	return false
