extends RefCounted
## Who comes and goes during a run: an agent that enters takes the place of one that left, or plays
## beside the others; agents that stay away too long end the run.
##
## RLRunSession has one and asks it where agents entered or are missing, so a run whose agents stay
## pays nothing. It decides nothing for an agent.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLAbsentAgent := preload("res://addons/godot_rl/agents/absent_agent.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")
const RLPolicy := preload("res://addons/godot_rl/policies/policy.gd")
const RLPolicyChooser := preload("res://addons/godot_rl/policies/policy_chooser.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const RLRunArenas := preload("res://addons/godot_rl/session/run_arenas.gd")
const RLRunExtras := preload("res://addons/godot_rl/session/run_extras.gd")

## How long a run waits for agents that all left, in milliseconds.
const RETURN_LIMIT_MS: int = 5000

## Seed of the run, which newcomers' episodes come from.
var run_seed: int = 0
## Ticks between decisions where a newcomer's policy does not say.
var action_repeat: int = 1

# All shared with the session.
var _roster: RLRoster
var _chooser: RLPolicyChooser
var _arenas: RLRunArenas
var _extras: RLRunExtras
var _policies: Array[RLPolicy]
var _absent: Array[RLAbsentAgent]

var _gone_since_ms: int = 0
var _newcomers_told: bool = false


## [param policies] and [param absent] are the session's own arrays.
func _init(
	roster: RLRoster,
	chooser: RLPolicyChooser,
	arenas: RLRunArenas,
	extras: RLRunExtras,
	policies: Array[RLPolicy],
	absent: Array[RLAbsentAgent]
) -> void:
	_roster = roster
	_chooser = chooser
	_arenas = arenas
	_extras = extras
	_policies = policies
	_absent = absent


## Gives a place to an agent that entered during the run. Returns what is wrong, or "".
func seat(controller: Node) -> String:
	_arenas.renew_first(_roster)
	var stand_in: RLAbsentAgent = _place_for(controller)
	if stand_in != null:
		var policy: RLPolicy = stand_in.rl_episode.policy
		if stand_in in policy.open_seats:
			_extras.lost("%s took a seat during the run" % controller.get_path())
		_absent.erase(stand_in)
		_roster.replace(stand_in, controller)
		return policy.restore(policy.agents.find(stand_in), controller)
	var source: String = _chooser.source_of(controller)
	var plays_itself: bool = source.begins_with(RLPolicyChooser.ONNX)
	if not plays_itself and source != RLPolicyChooser.HUMAN and not _newcomers_told:
		_newcomers_told = true
		RLLog.warn(
			(
				(
					"%s entered after the run's first decision, at which its agents were fixed: "
					+ "the game's own control acts for it and others that come later"
				)
				% controller.get_path()
			)
		)
	return _join(controller, source if plays_itself else RLPolicyChooser.HUMAN)


## Whether a policy of which agents may be missing can decide: not while they may come back, nor
## without those that it needs.
func may_decide(policy: RLPolicy) -> bool:
	var missing: int = 0
	var may_return: bool = false
	for controller: Node in policy.agents:
		var stand_in: RLAbsentAgent = controller as RLAbsentAgent
		if stand_in == null:
			continue
		missing += 1
		may_return = may_return or _roster.tick - stand_in.left_tick < RLAbsentAgent.RETURN_TICKS
	if may_return and (missing == policy.agents.size() or not policy.tells_absence):
		return false
	return missing == 0 or not (policy.needs_every_agent or missing == policy.agents.size())


## A run whose agents are all gone, or one that needs them all, waits for a while and then fails.
## Returns why, or "".
func check_absent() -> String:
	var gone: PackedStringArray = []
	for policy: RLPolicy in _policies:
		var names: PackedStringArray = []
		for controller: Node in policy.agents:
			if controller is RLAbsentAgent:
				names.append(str((controller as RLAbsentAgent).path))
		if policy.keeps_places and not names.is_empty():
			if policy.needs_every_agent or names.size() == policy.agents.size():
				gone.append_array(names)
	var now_ms: int = Time.get_ticks_msec()
	if gone.is_empty():
		_gone_since_ms = 0
	elif _gone_since_ms == 0:
		_gone_since_ms = now_ms
	elif now_ms - _gone_since_ms > RETURN_LIMIT_MS:
		var shown: String = ", ".join(gone.slice(0, 5)) + (", ..." if gone.size() > 5 else "")
		return (
			(
				"%d agents left the tree and did not come back within %d s: %s. Put them back to an "
				% [gone.size(), roundi(RETURN_LIMIT_MS / 1000.0), shown]
			)
			+ "episode's start in begin_episode() instead of freeing them or leaving the scene"
		)
	return ""


func _join(controller: Node, source: String) -> String:
	var with: RLPolicy = null
	for policy: RLPolicy in _policies:
		if policy.source == source and not (policy.keeps_places or policy.is_of_one_arena):
			with = policy
	if with == null:
		# Episodes are counted of the agents that were there at first.
		var recorder: RefCounted = _chooser.recorder
		_chooser.recorder = null
		with = _chooser.make(source)
		_chooser.recorder = recorder
		if with == null:
			return _chooser.error
		with.roster = _roster
		_policies.append(with)
	var problem: String = with.admit(controller)
	if not problem.is_empty():
		return problem
	if with.action_repeat == 0:
		with.action_repeat = action_repeat
	_roster.join(controller, run_seed)
	_roster.begin_next(controller)
	return ""


# The place of the agent that stood where this one stands, else the first one of its kind in its
# arena.
func _place_for(controller: Node) -> RLAbsentAgent:
	var like: RLAbsentAgent = null
	var arena: int = _arenas.arena_of(controller)
	for stand_in: RLAbsentAgent in _absent:
		if not stand_in.rl_episode.policy.keeps_places:
			continue
		if stand_in.path == controller.get_path():
			return stand_in
		if (
			like == null
			and arena in [-1, stand_in.arena_index]
			and stand_in.policy_name == controller.policy_name
			and stand_in.get_action_space() == controller.get_action_space()
		):
			like = stand_in
	return like
