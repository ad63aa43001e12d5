extends "res://addons/godot_rl/agents/observation_packer.gd"
## Packs the observations of agents that fall into several layouts, layout after layout, into one
## block, as the wire wants them.
##
## RLRemotePolicy makes one where its agents are unlike; for one layout RLObservationPacker does.
## Its rows are as wide as their layout's observations, so [member row_size] is 0.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLLayoutPacker := preload("res://addons/godot_rl/agents/layout_packer.gd")

## First float of each row, and the end of the last one.
var starts: PackedInt32Array = []

# Of each layout: its packer, its first agent, and the agent after its last.
var _packers: Array[RLObservationPacker] = []
var _firsts: PackedInt32Array = []
var _ends: PackedInt32Array = []
# By instance of an episode; a stand-in shares that of the agent whose place it keeps.
var _packer_of: Dictionary[int, RLObservationPacker] = {}


## Returns the packer for [param agents], of which each of [param counts] many in turn have the same
## space, or null if the observations of one layout do not fit a block.
static func for_layouts(
	agents: Array[Node], spaces: Array[Dictionary], counts: PackedInt32Array
) -> RLObservationPacker:
	if counts.size() == 1:
		return RLObservationPacker.for_agents(agents, spaces)
	var whole: RLLayoutPacker = RLLayoutPacker.new()
	var first: int = 0
	whole.starts = [0]
	for count: int in counts:
		var end: int = first + count
		var packer: RLObservationPacker = RLObservationPacker.for_agents(
			agents.slice(first, end), spaces.slice(first, end)
		)
		if packer == null:
			return null
		whole._packers.append(packer)
		whole._firsts.append(first)
		whole._ends.append(end)
		for i: int in range(first, end):
			whole.starts.append(whole.starts[-1] + packer.row_size)
			whole._packer_of[agents[i].rl_episode.get_instance_id()] = packer
		first = end
	return whole


## See RLObservationPacker.
func observe(agents: Array[Node], block: PackedFloat32Array) -> void:
	if not problems.is_empty():
		problems.clear()
		error = ""
	for i: int in _packers.size():
		var packer: RLObservationPacker = _packers[i]
		packer.observe(agents.slice(_firsts[i], _ends[i]), block)
		if packer.problems.is_empty():
			continue
		for row: int in packer.problems:
			problems[_firsts[i] + row] = packer.problems[row]
		if error.is_empty():
			error = packer.error


## See RLObservationPacker.
func append_observation(
	controller: Node, observation: Dictionary, block: PackedFloat32Array
) -> void:
	var packer: RLObservationPacker = _packer_of[controller.rl_episode.get_instance_id()]
	packer.append_observation(controller, observation, block)


## See RLObservationPacker.
func first_not_finite(block: PackedFloat32Array) -> Vector2i:
	var bad: int = RLSpaces.first_not_finite(block)
	if bad < 0:
		return Vector2i(-1, -1)
	var row: int = starts.bsearch(bad, false) - 1
	return Vector2i(row, bad - starts[row])


## See RLObservationPacker.
func observation_of(block: PackedFloat32Array, row: int) -> Dictionary:
	for i: int in _packers.size():
		if row < _ends[i]:
			var own: PackedFloat32Array = block.slice(starts[_firsts[i]], starts[_ends[i]])
			return _packers[i].observation_of(own, row - _firsts[i])
	return {}
