extends RefCounted
## Chooses the policies of a run: agents are grouped by where their actions come from.
##
## RLRunSession calls it once, when the agents are fixed. Where the agents of an arena begin their
## episodes together, and their policies decide at different rates, each arena gets policy objects
## of its own, so that their clocks can start with its episodes and no other arena notices. Models
## are loaded once all the same.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLArena := preload("res://addons/godot_rl/arenas/arena.gd")
const RLPolicy := preload("res://addons/godot_rl/policies/policy.gd")
const RLPolicyChooser := preload("res://addons/godot_rl/policies/policy_chooser.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")

## Why it cannot be done; empty when it can.
var error: String = ""
## The policies, in the order of their first agents. They stand here as soon as they are made, so
## that they can be closed when another one fails.
var policies: Array[RLPolicy] = []

var _roster: RLRoster
var _chooser: RLPolicyChooser
# Physics ticks per decision of policies that do not say.
var _action_repeat: int


func _init(roster: RLRoster, chooser: RLPolicyChooser, action_repeat: int) -> void:
	_roster = roster
	_chooser = chooser
	_action_repeat = action_repeat


## Makes the policies of [param groups], source to agents. Check [member error].
func make(groups: Dictionary[String, Array]) -> void:
	for source: String in groups:
		var members: Array[Node] = []
		members.assign(groups[source])
		policies.append(_chooser.make(source))
		if policies[-1] == null:
			error = _chooser.error
			policies.pop_back()
			return
		if not _hand_over(policies[-1], members):
			return
	if _need_clocks_of_their_own():
		_split()


# Gives agents to a policy. Returns whether it can take them.
func _hand_over(policy: RLPolicy, members: Array[Node]) -> bool:
	if not policy.take_over(members, _roster):
		error = policy.error
	if policy.action_repeat == 0:
		policy.action_repeat = _action_repeat
	return error.is_empty()


func _need_clocks_of_their_own() -> bool:
	if _roster.arenas.size() < 2 or _roster.arenas[0].mode == RLArena.RLMode.EACH:
		return false
	return policies.any(
		func(policy: RLPolicy) -> bool: return policy.action_repeat != policies[0].action_repeat
	)


# One policy that leads alone (a trainer's) keeps all its agents: arenas begin at its decisions.
func _split() -> void:
	var leading: Array[RLPolicy] = policies.filter(
		func(policy: RLPolicy) -> bool: return policy.keeps_places
	)
	var whole: Array[RLPolicy] = policies
	policies = []
	for policy: RLPolicy in whole:
		if leading.size() == 1 and policy == leading[0]:
			policies.append(policy)
		else:
			_split_policy(policy)


func _split_policy(whole: RLPolicy) -> void:
	var members: Dictionary[int, Array] = {}
	for controller: Node in whole.agents:
		members.get_or_add(controller.arena_index, []).append(controller)
	whole.close("")
	for arena: int in members:
		var part: RLPolicy = _chooser.make(whole.source)
		part.share(whole)
		part.is_of_one_arena = true
		policies.append(part)
		var own: Array[Node] = []
		own.assign(members[arena])
		if not _hand_over(part, own):
			return
