extends RefCounted
## A stretch of play or of a run: its agents, its policies, and the tick in which they decide.
##
## Sync makes one (RLPlaySession for a game, RLRunSession for a run that was asked for) and calls
## [method tick] at the start of each physics tick. Every policy has its own clock. It knows no
## message and no byte.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLAbsentAgent := preload("res://addons/godot_rl/agents/absent_agent.gd")
const RLArena := preload("res://addons/godot_rl/arenas/arena.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")
const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")
const RLPolicy := preload("res://addons/godot_rl/policies/policy.gd")
const RLPolicyChooser := preload("res://addons/godot_rl/policies/policy_chooser.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const RLSettings := preload("res://addons/godot_rl/session/settings.gd")

## What holds for it.
var settings: RLSettings
## The agents that are driven.
var roster: RLRoster = RLRoster.new()
## Whether decisions are made: the agents were found and their policies chosen.
var is_running: bool = false
## The session is over: the process ends with [member exit_code]; -1: it goes on.
var exit_code: int = -1
## Called again and again while a policy blocks until a trainer speaks; returns whether it may go on
## blocking, else the main loop has to go round. Invalid: nobody wants to be called.
var while_waiting: Callable:
	set(value):
		while_waiting = value
		_chooser.while_waiting = value
## The process ends with it: it was asked for, and is no game.
var ends_process: bool = false

var _tree: SceneTree
var _options: RLLaunchOptions
var _chooser: RLPolicyChooser
var _policies: Array[RLPolicy] = []
var _undecided: Array[RLPolicy] = []
# Agents that entered and were not looked at yet.
var _entered: Array[Node] = []
# Stand-ins for agents that left, in the places of policies.
var _absent: Array[RLAbsentAgent] = []
# Code of the game is being called from a loop over agents.
var _is_busy: bool = false
# The tree stands still for us, not because the game paused it.
var _holds_tree: bool = false
var _resets_seen: int = 0


func _init(tree: SceneTree, options: RLLaunchOptions, of_settings: RLSettings) -> void:
	_tree = tree
	_options = options
	settings = of_settings
	_chooser = RLPolicyChooser.new(options, of_settings)
	roster.starts.parameters = RLParameters.shared()
	roster.starts.arena_episodes = options.arena_episodes


## An agent entered the tree; it and its children are ready at the next tick.
func enter(controller: Node) -> void:
	if controller not in _entered:
		_entered.append(controller)


## An agent is about to leave the tree. Its policy forgets it; where its place has to stay, or a
## loop over agents is under way, a stand-in takes it.
func leave(controller: Node) -> void:
	_entered.erase(controller)
	var policy: RLPolicy = controller.rl_episode.policy
	var i: int = policy.agents.find(controller) if policy in _policies else -1
	if i < 0:
		return
	if policy.keeps_places or _is_busy:
		var stand_in: RLAbsentAgent = policy.vacate(i)
		roster.replace(controller, stand_in)
		_absent.append(stand_in)
	else:
		policy.release(i)
		roster.part(controller)


## A physics tick begins.
func tick() -> void:
	pass


## A frame begins, before any physics tick of it.
func frame() -> void:
	pass


## Whether there is nothing to do until an agent enters.
func is_idle() -> bool:
	return false


## Ends what is held open; [param reason] is not empty when the run failed.
func close(reason: String) -> void:
	is_running = false
	for policy: RLPolicy in _policies:
		policy.close(reason)
	dispose()


## Forgets all agents.
func dispose() -> void:
	for policy: RLPolicy in _policies:
		for controller: Node in policy.agents:
			controller.rl_episode.policy = null
		policy.agents = []
	for stand_in: RLAbsentAgent in _absent:
		stand_in.free()
	_absent = []
	roster.agents = []


## The policies that decide.
func policies() -> Array[RLPolicy]:
	return _policies


## Whether a trainer is connected.
func has_trainer() -> bool:
	return _chooser.stream != null


## Whether the world stands still for a decision.
func holds_tree() -> bool:
	return _holds_tree


# The agents that entered and are ready; the others are looked at in the next tick.
func _take_entered() -> Array[Node]:
	var ready: Array[Node] = []
	for controller: Node in _entered.duplicate():
		if controller.is_node_ready():
			_entered.erase(controller)
			ready.append(controller)
	return ready


# Stand-ins whose places need not stay, made while a loop was under way.
func _release_stand_ins() -> void:
	for stand_in: RLAbsentAgent in _absent.duplicate():
		var policy: RLPolicy = stand_in.rl_episode.policy
		if policy.keeps_places:
			continue
		policy.release(policy.agents.find(stand_in))
		roster.part(stand_in)
		_absent.erase(stand_in)
		stand_in.free()


# The run cannot go on, or the policy cannot.
func _fail(_policy: RLPolicy, _reason: String) -> void:
	pass


# A policy says that the run is over.
func _finish(_policy: RLPolicy) -> void:
	pass


# Whether a policy whose turn it is can decide in this tick.
func _is_ready(policy: RLPolicy) -> bool:
	if not roster.settled(policy.agents):
		return false
	return roster.starts.ending.is_empty() or _are_companions_ready(policy)


# All policies have decided.
func _close_decision() -> void:
	pass


# One tick of all policies: time passes, unless a decision is under way, and those decide whose turn
# it is.
func _advance() -> void:
	_overrule_pause()
	if _undecided.is_empty() and not _tree.paused:
		roster.advance()
		for policy: RLPolicy in _policies:
			policy.ticks_to_decision -= 1
		if not roster.starts.ending.is_empty():
			_close_arenas()
		for policy: RLPolicy in _policies:
			if policy.ticks_to_decision <= 0 and _is_ready(policy):
				_undecided.append(policy)
	if not _undecided.is_empty():
		_decide()


func _decide() -> void:
	if not roster.starts.ending.is_empty():
		_release_arenas()
	for policy: RLPolicy in _undecided:
		policy.prepare()
	roster.starts.begin_due()
	roster.detach_deleted()
	var waits: bool = false
	for policy: RLPolicy in _undecided.duplicate():
		var wish: RLPolicy.RLNext = policy.decide()
		if not policy.error.is_empty():
			_fail(policy, policy.error)
			return
		if policy.finished:
			_finish(policy)
			return
		if roster.resets != _resets_seen and wish != RLPolicy.RLNext.TICK:
			_resets_seen = roster.resets
			_start_over(policy)
		if wish == RLPolicy.RLNext.WAIT:
			waits = true
			continue
		_undecided.erase(policy)
		policy.ticks_to_decision = policy.action_repeat if wish == RLPolicy.RLNext.RUN else 1
	if _undecided.is_empty():
		_close_decision()
	_hold_tree(waits)


# After a reset, of which [param by] was told, all policies decide together again, as at the start.
func _start_over(by: RLPolicy) -> void:
	for policy: RLPolicy in _policies:
		if policy == by:
			continue
		policy.start_over()
		if policy not in _undecided:
			policy.decide()
			policy.ticks_to_decision = policy.action_repeat


# The episodes of agents that end together end where it is the turn of a policy that leads them:
# before the decision, so that games which reset themselves can do so.
func _close_arenas() -> void:
	for arena: RLArena in roster.starts.ending:
		if arena.mode == RLArena.RLMode.TOGETHER and arena.leading_policies().any(_is_due):
			arena.close_episode()


# Whether the agents of other policies, in arenas that begin with this one's decision, can begin.
# Those whose own turn it is are asked for theirs.
func _are_companions_ready(policy: RLPolicy) -> bool:
	for arena: RLArena in roster.starts.ending:
		if not arena.is_over() or policy not in arena.leading_policies():
			continue
		for other: RLPolicy in arena.policies():
			if other != policy and not _is_due(other) and not roster.settled(other.agents):
				return false
	return true


# The arenas that begin anew in this decision: every policy that acts in one decides now.
func _release_arenas() -> void:
	for arena: RLArena in roster.starts.ending.duplicate():
		if not (arena.is_over() and arena.leading_policies().any(_undecided.has)):
			continue
		arena.close_episode()
		roster.starts.release(arena)
		for policy: RLPolicy in arena.policies():
			if policy not in _undecided:
				_undecided.append(policy)


func _is_due(policy: RLPolicy) -> bool:
	return policy.ticks_to_decision <= 0


# The game paused itself, and nobody is there who would go on.
func _overrule_pause() -> void:
	if _tree.paused and not _holds_tree:
		for policy: RLPolicy in _policies:
			if policy.overrules_pause:
				_tree.paused = false


func _hold_tree(hold: bool) -> void:
	if hold or _holds_tree:
		_tree.paused = hold
	_holds_tree = hold


func _set_speed() -> void:
	if settings.speed_up != 1.0:
		var ticks: float = Engine.physics_ticks_per_second * settings.speed_up
		Engine.physics_ticks_per_second = roundi(ticks)
		Engine.time_scale = settings.speed_up
