extends RefCounted
## The groups of a trainer's agents (one for each policy_name), and the layouts that they fall into
## (one for each pair of observation and action spaces).
##
## RLRemotePolicy makes it when the agents are fixed and numbers its rows by it: layout by layout,
## group by group, and in a group arena by arena (docs/protocol.md, Groups). It changes no agent.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLAgentGroups := preload("res://addons/godot_rl/policies/remote/agent_groups.gd")
const RLAgentLayout := preload("res://addons/godot_rl/wire/agent_layout.gd")
const RLObservationStack := preload("res://addons/godot_rl/agents/observation_stack.gd")
const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")

## Why the agents cannot be numbered; empty when they were.
var error: String = ""
## In the order of their first rows.
var groups: Array[RLGroup] = []
## Agents of each layout; they follow each other.
var layout_counts: PackedInt32Array = []
## Of every row.
var observation_spaces: Array[Dictionary] = []
var action_spaces: Array[Dictionary] = []
var observation_names: Array[Dictionary] = []
## The agents, row by row.
var rows: Array[Node] = []

# In the order in which the tree shows them; [member groups] in that of the rows.
var _by_name: Dictionary[String, RLGroup] = {}
var _layouts: Array[RLLayout] = []


## Groups [param members], which stand arena by arena in the tree's order. Check [member error].
static func of(members: Array[Node]) -> RLAgentGroups:
	var made: RLAgentGroups = RLAgentGroups.new()
	for controller: Node in members:
		made.error = made._add(controller)
		if not made.error.is_empty():
			return made
	made.number()
	return made


## The group of a name, null when there is none.
func find(name: String) -> RLGroup:
	return _by_name.get(name)


## The names of all groups, for messages.
func names() -> String:
	return ", ".join(PackedStringArray(_by_name.keys()))


## The group of a row.
func of_row(row: int) -> RLGroup:
	for group: RLGroup in groups:
		if row < group.first + group.members.size():
			return group
	return null


## Spaces of a group's agents.
func observation_space_of(group: RLGroup) -> Dictionary:
	return _layouts[group.layout].observations


func action_space_of(group: RLGroup) -> Dictionary:
	return _layouts[group.layout].actions


## Adds [param member] to a group, as the last one of its arena: a seat that nobody has taken yet.
## Call [method number] afterwards.
func add_seat(group: RLGroup, member: Node) -> void:
	var at: int = group.members.size()
	while at > 0 and group.members[at - 1].arena_index > member.arena_index:
		at -= 1
	group.members.insert(at, member)


## Numbers the rows.
func number() -> void:
	groups.clear()
	layout_counts.clear()
	observation_spaces.clear()
	action_spaces.clear()
	observation_names.clear()
	rows.clear()
	for i: int in _layouts.size():
		var first: int = rows.size()
		for group: RLGroup in _by_name.values():
			if group.layout != i:
				continue
			group.first = rows.size()
			groups.append(group)
			rows.append_array(group.members)
		layout_counts.append(rows.size() - first)
	for group: RLGroup in groups:
		var layout: RLLayout = _layouts[group.layout]
		for member: Node in group.members:
			observation_spaces.append(layout.observations)
			action_spaces.append(layout.actions)
			observation_names.append(RLObservationStack.names_of(member))


## The layouts for a binary codec.
func wire_layouts() -> Array[RLAgentLayout]:
	var made: Array[RLAgentLayout] = []
	var first: int = 0
	for i: int in _layouts.size():
		var layout: RLLayout = _layouts[i]
		made.append(RLAgentLayout.new(first, layout_counts[i], layout.observations, layout.actions))
		first += layout_counts[i]
	return made


## What env_info tells of the groups.
func describe() -> Array[Dictionary]:
	var told: Array[Dictionary] = []
	for group: RLGroup in groups:
		(
			told
			. append(
				{
					"name": group.name,
					"first": group.first,
					"count": group.members.size(),
					"layout": group.layout,
				}
			)
		)
	return told


## Whether some observation is an image.
func has_images() -> bool:
	for layout: RLLayout in _layouts:
		for key: String in layout.observations:
			if "2d" in key:
				return true
	return false


# Returns what is wrong with the agent, or "".
func _add(controller: Node) -> String:
	var observations: Dictionary = RLObservationStack.space_of(controller)
	var actions: Dictionary = controller.get_action_space()
	var problem: String = RLSpaces.action_space_error(actions)
	if not problem.is_empty():
		return "%s: %s" % [controller.get_path(), problem]
	var name: String = controller.policy_name
	var group: RLGroup = _by_name.get(name)
	if group == null:
		group = RLGroup.new()
		group.name = name
		group.layout = _layout_of(observations, actions)
		_by_name[name] = group
	elif not _layouts[group.layout].fits(observations, actions):
		return _unlike(group, controller, observations, actions)
	group.members.append(controller)
	return ""


func _layout_of(observations: Dictionary, actions: Dictionary) -> int:
	for i: int in _layouts.size():
		if _layouts[i].fits(observations, actions):
			return i
	var layout: RLLayout = RLLayout.new()
	layout.observations = observations
	layout.actions = actions
	_layouts.append(layout)
	return _layouts.size() - 1


func _unlike(
	group: RLGroup, controller: Node, observations: Dictionary, actions: Dictionary
) -> String:
	var layout: RLLayout = _layouts[group.layout]
	var known: Dictionary = layout.actions
	var given: Dictionary = actions
	var what: String = "action"
	if layout.observations != observations:
		known = layout.observations
		given = observations
		what = "observation"
	return (
		(
			"%s and %s have the policy_name '%s' and unlike %s spaces: %s and %s. Agents of one "
			+ "policy_name share their spaces: give unlike ones policy names of their own"
		)
		% [group.members[0].get_path(), controller.get_path(), group.name, what, known, given]
	)


## The agents of one policy_name.
class RLGroup:
	extends RefCounted
	var name: String = ""
	## Its first row; the others follow.
	var first: int = 0
	## Number of its layout.
	var layout: int = 0
	var members: Array[Node] = []


## A pair of spaces.
class RLLayout:
	extends RefCounted
	var observations: Dictionary = {}
	var actions: Dictionary = {}

	func fits(other_observations: Dictionary, other_actions: Dictionary) -> bool:
		return observations == other_observations and actions == other_actions
