extends RefCounted
## Reads the observations of a group of agents into one block of floats, row after row.
##
## It serves agents that all observe the same single key of numbers, which is what nearly every game
## has; [method for_agents] returns null for others (images, several keys, unlike agents). A
## controller with `get_obs_size()` above 0 writes its row itself with `write_obs()`; of any other
## the values of `get_obs()` are appended. A row of a wrong size is cut or filled with
## zeros, and [member problems] tells why. Of agents that stack observations a row is the frames
## of their RLObservationStack.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLObservationPacker := preload("res://addons/godot_rl/agents/observation_packer.gd")
const RLObservationStack := preload("res://addons/godot_rl/agents/observation_stack.gd")
const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")

## What is wrong with rows of the last [method observe], by row; empty when nothing is.
var problems: Dictionary[int, String] = {}
## What is wrong with the first of them; empty while nothing is.
var error: String = ""
## Floats of one agent.
var row_size: int = 0

var _key: String
var _space: Dictionary
## Frames of a row.
var _frames: int = 1
## get_obs_size() of every agent: 0, or a frame's size.
var _written_sizes: PackedInt32Array = []
var _all_write: bool = true


## Returns the packer for [param agents], or null if their observations do not fit one block.
static func for_agents(agents: Array[Node], spaces: Array[Dictionary]) -> RLObservationPacker:
	if spaces.is_empty():
		return null
	var keys: Array = spaces[0].keys()
	if keys.size() != 1 or "2d" in keys[0] or spaces[0][keys[0]]["space"] != RLSpaces.BOX:
		return null
	var packer: RLObservationPacker = RLObservationPacker.new()
	packer._key = keys[0]
	packer._space = spaces[0]
	packer.row_size = RLSpaces.box_size(spaces[0][keys[0]])
	packer._frames = spaces[0][keys[0]].get(RLObservationStack.FRAMES, 1)
	@warning_ignore("integer_division")
	var frame_size: int = packer.row_size / packer._frames
	for i: int in agents.size():
		var written: int = agents[i].get_obs_size()
		if spaces[i] != spaces[0] or written not in [0, frame_size]:
			return null
		packer._written_sizes.append(written)
		packer._all_write = packer._all_write and written > 0
	return packer


## Appends what [param agents] observe now to [param block].
func observe(agents: Array[Node], block: PackedFloat32Array) -> void:
	if not problems.is_empty():
		problems.clear()
		error = ""
	var end: int = block.size()
	if _frames > 1:
		for i: int in agents.size():
			_append_frames(i, agents[i], block)
		return
	if _all_write:
		block.resize(end + agents.size() * row_size)
		for controller: Node in agents:
			controller.write_obs(block, end)
			end += row_size
		return
	for i: int in agents.size():
		if _written_sizes[i] > 0:
			end = block.size()
			block.resize(end + row_size)
			agents[i].write_obs(block, end)
		else:
			_append(i, agents[i], agents[i].get_obs(), block)


## Appends an observation of [param controller] that was taken before.
func append_observation(
	controller: Node, observation: Dictionary, block: PackedFloat32Array
) -> void:
	_append(-1, controller, observation, block)


## Returns the first row of [param block] with an element that is not finite, and the element:
## [code]Vector2i(row, element)[/code], or (-1, -1).
func first_not_finite(block: PackedFloat32Array) -> Vector2i:
	var bad: int = RLSpaces.first_not_finite(block)
	if bad < 0:
		return Vector2i(-1, -1)
	return Vector2i(floori(float(bad) / row_size), bad % row_size)


## Returns row [param row] of [param block] as an observation.
func observation_of(block: PackedFloat32Array, row: int) -> Dictionary:
	return {_key: block.slice(row * row_size, (row + 1) * row_size)}


# What stands in for an agent shows frames.
func _append_frames(row: int, shown: Node, block: PackedFloat32Array) -> void:
	var stack: RLObservationStack = RLObservationStack.of(shown)
	if stack == null or _written_sizes[row] == 0:
		_append(row, shown, RLObservationStack.observe(shown), block)
		return
	var frame: PackedFloat32Array = []
	frame.resize(_written_sizes[row])
	shown.write_obs(frame, 0)
	block.append_array(stack.push_floats(_key, frame))


func _append(row: int, controller: Node, observation: Variant, block: PackedFloat32Array) -> void:
	var end: int = block.size() + row_size
	var value: Variant = observation.get(_key) if observation is Dictionary else null
	if value is PackedFloat32Array or value is Array:
		block.append_array(value)
	elif value != null:
		block.append_array(RLSpaces.pack(value))
	if block.size() == end:
		return
	block.resize(end)
	var problem: String = RLSpaces.observation_error(observation, _space, {})
	problem = "%s: %s" % [controller.get_path(), problem]
	problems[row] = problem
	if error.is_empty():
		error = problem
