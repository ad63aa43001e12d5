extends RefCounted
## Seats for agents that come later: `arena_seats` of an arena's root tells how many of a group the
## arena may hold (docs/protocol.md, Groups). Those that no agent has at the start are empty.
##
## RLRemotePolicy asks for them before it numbers its rows. It makes stand-ins and moves no agent.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLAbsentAgent := preload("res://addons/godot_rl/agents/absent_agent.gd")
const RLAgentGroups := preload("res://addons/godot_rl/policies/remote/agent_groups.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
## The property of an arena's root: policy_name to seats.
const PROPERTY: String = "arena_seats"
## More are refused: each is a row of every message.
const MOST_SEATS: int = 1024

## Why the seats cannot be made; empty when they were.
var error: String = ""
## The stand-ins.
var made: Array[RLAbsentAgent] = []


## Makes the empty seats of [param roster]'s arenas and adds them to [param groups].
func _init(groups: RLAgentGroups, roster: RLRoster) -> void:
	for arena: int in roster.arena_roots.size():
		var wanted: Variant = roster.arena_roots[arena].get(PROPERTY)
		if wanted == null:
			continue
		if not wanted is Dictionary:
			error = _complaint(roster, arena, "must be a Dictionary of policy names and numbers")
			return
		for name: Variant in wanted:
			error = _add(groups, roster, arena, str(name), wanted[name])
			if not error.is_empty():
				return
	if not made.is_empty():
		groups.number()


# Makes an arena's empty seats of a group. Returns what is wrong, or "".
func _add(
	groups: RLAgentGroups, roster: RLRoster, arena: int, name: String, wanted: Variant
) -> String:
	var group: RLAgentGroups.RLGroup = groups.find(name)
	if group == null:
		if roster.agents.any(func(agent: Node) -> bool: return agent.policy_name == name):
			return ""  # another policy's, whose agents come and go as they like
		return _complaint(
			roster,
			arena,
			(
				(
					"names '%s', of which no agent stands in the scene; put one of each kind there, so "
					% name
				)
				+ "that its observations and actions are known"
			)
		)
	var held: int = 0
	for member: Node in group.members:
		held += int(member.arena_index == arena)
	if not wanted is int or wanted < held or wanted > MOST_SEATS:
		return _complaint(
			roster,
			arena,
			(
				"asks for %s seats of '%s': the scene holds %d such agents, at most %d are possible"
				% [wanted, name, held, MOST_SEATS]
			)
		)
	for i: int in range(held, wanted):
		var seat: RLAbsentAgent = RLAbsentAgent.of_seat(
			group.members[0], groups.observation_space_of(group), groups.action_space_of(group)
		)
		made.append(seat)
		roster.reserve(seat, arena, made.size() - 1)
		groups.add_seat(group, seat)
	return ""


func _complaint(roster: RLRoster, arena: int, what: String) -> String:
	return "%s: %s %s" % [roster.arena_roots[arena].get_path(), PROPERTY, what]
