extends RefCounted
## Environment parameters: named numbers that a trainer, a launch option or the game itself sets,
## fixed or drawn for each episode, and that scenes read with Sync.get_parameter().
##
## What was set holds from the next episode of an arena on; RLEpisodeStarts asks for
## [method values_for] then. It knows no message and no scene, and never changes a dictionary that
## it has handed out.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLArena := preload("res://addons/godot_rl/arenas/arena.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")
const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")
const RLParameterSet := preload("res://addons/godot_rl/arenas/parameter_set.gd")
const RLSamplers := preload("res://addons/godot_rl/arenas/samplers.gd")

## Most names that can be set, and most characters of one.
const MAX_NAMES: int = 1000
const MAX_NAME_LENGTH: int = 64

static var _shared: RLParameters

## The arenas of the session; the roster's own array.
var arenas: Array[RLArena] = []
## Counts the changes of values.
var revision: int = 0
## Whether an episode begins at this moment: code of the game is told of [member beginning].
var is_beginning: bool = false
## What holds in that episode.
var beginning: Dictionary[String, float] = {}

# What holds for all arenas, from their next episodes on.
var _for_all: RLParameterSet = RLParameterSet.new()
# Arena index -> name -> number, RLSampler, or null for the scene's default: what differs there.
var _chosen: Dictionary[int, Dictionary] = {}
# Arena index -> both together.
var _merged: Dictionary[int, RLParameterSet] = {}
# Names asked for, with their defaults.
var _known: Dictionary[String, float] = {}
# Names that were told to be drawn for each episode, and read as if they were not.
var _told: Dictionary[String, bool] = {}


## The parameters of this process, which outlive a session.
static func shared() -> RLParameters:
	if _shared == null:
		_shared = RLParameters.new()
	return _shared


## Sets [param values], name to a finite number, a sampler as an object (RLSamplers) or null (back
## to the scene's default), from the next episode on: in all arenas, or in those of [param chosen]
## (indices in this process). Returns what is wrong, in which case nothing is changed, or "".
func set_values(values: Dictionary, chosen: Array = []) -> String:
	var problem: String = _values_error(values)
	if problem.is_empty():
		problem = _arenas_error(chosen)
	if not problem.is_empty():
		return problem
	var changes: Dictionary = _made(values)
	if chosen.is_empty():
		_for_all = _for_all.changed(changes)
		for index: int in _chosen:
			for name: String in values:
				_chosen[index].erase(name)
	for number: Variant in chosen:
		var index: int = int(number)
		var own: Dictionary = _chosen.get_or_add(index, {})
		own.merge(changes, true)
	revision += 1
	_merged.clear()
	for index: int in _chosen:
		_merged[index] = _for_all.changed(_chosen[index])
	return ""


## What an episode of arena [param index] that begins now, with [param episode_seed], starts with.
func values_for(index: int, episode_seed: int = 0) -> Dictionary[String, float]:
	return _set_of(index).values(episode_seed)


## What is fixed in arena [param index] whatever the episode.
func fixed_for(index: int) -> Dictionary[String, float]:
	return _set_of(index).numbers


## Whether any parameter of arena [param index] is drawn for each episode.
func draws_in(index: int) -> bool:
	return not _set_of(index).samplers.is_empty()


## What is drawn in arena [param index]: name to a sampler as an object.
func samplers_in(index: int) -> Dictionary:
	return _set_of(index).described_samplers()


## What holds in the running episode of arena [param index].
func of_arena(index: int) -> Dictionary[String, float]:
	return arenas[index].values


## The names that were asked for until now, with the scene's defaults.
func known() -> Dictionary[String, float]:
	return _known.duplicate()


## The value of [param name]: see Sync.get_parameter().
func value_of(name: String, default: float, of: Node) -> float:
	if not _known.has(name) and _known.size() < MAX_NAMES and name.length() <= MAX_NAME_LENGTH:
		_known[name] = default
	if is_beginning:
		return beginning.get(name, default)
	var values: Dictionary[String, float] = _for_all.numbers
	if of != null:
		var arena: RLArena = arena_of(of)
		if arena != null:
			values = arena.values_of(of)
	elif arenas.size() == 1:
		values = arenas[0].values
	elif _for_all.samplers.has(name):
		_tell_of_no_episode(name)
	return values.get(name, default)


## The arena at whose root or below [param node] stands; null: none.
func arena_of(node: Node) -> RLArena:
	for arena: RLArena in arenas:
		if (
			is_instance_valid(arena.root)
			and (arena.root == node or arena.root.is_ancestor_of(node))
		):
			return arena
	return null


func _set_of(index: int) -> RLParameterSet:
	return _merged.get(index, _for_all)


func _values_error(values: Dictionary) -> String:
	var names: Dictionary = values.duplicate()
	names.merge(_for_all.numbers)
	names.merge(_for_all.samplers)
	for own: Dictionary in _chosen.values():
		names.merge(own)
	if names.size() > MAX_NAMES:
		return "%d parameters, at most %d can be set" % [names.size(), MAX_NAMES]
	for name: Variant in values:
		if not name is String or name.is_empty() or name.length() > MAX_NAME_LENGTH:
			return (
				"a parameter's name has 1 to %d characters, got '%s'"
				% [MAX_NAME_LENGTH, str(name).left(MAX_NAME_LENGTH + 1)]
			)
		var value: Variant = values[name]
		if value is Dictionary:
			var problem: String = RLSamplers.problem_of(value)
			if not problem.is_empty():
				return "parameter '%s': %s" % [name, problem]
		elif value != null and not RLSamplers.is_number(value):
			return (
				(
					"parameter '%s' is %s: expected a finite number, a sampler, or null for the "
					+ "scene's default"
				)
				% [name, str(value).left(MAX_NAME_LENGTH)]
			)
	return ""


func _arenas_error(chosen: Array) -> String:
	for number: Variant in chosen:
		var is_whole: bool = number is int or (number is float and number == floorf(number))
		if not is_whole or number < 0 or number >= arenas.size():
			return (
				"arena %s does not exist: this engine has arenas 0 to %d"
				% [number, arenas.size() - 1]
			)
	return ""


# The value of one arena would be wrong in the others, and there may be none yet.
func _tell_of_no_episode(name: String) -> void:
	if _told.has(name) or arenas.is_empty():
		return
	_told[name] = true
	(
		RLLog
		. warn(
			(
				(
					"the parameter '%s' is drawn for each episode: read it in begin_episode() or "
					+ "begin_arena(), or give Sync.get_parameter() the node that asks; it got the default"
				)
				% name
			)
		)
	)


# The values with samplers in the place of objects.
static func _made(values: Dictionary) -> Dictionary:
	var changes: Dictionary = values.duplicate()
	for name: String in values:
		if values[name] is Dictionary:
			changes[name] = RLSamplers.make(name, values[name])
	return changes
