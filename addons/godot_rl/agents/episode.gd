extends RefCounted
## The running episode of one agent: how long it lasts, how it ends, what it had earned, and how the
## next one begins.
##
## Every AIController owns one; Sync and the policies read it. It latches an episode's end at the
## moment the controller reports it, whatever tick that is, until the next decision takes it, so
## that the final observation is the final one at every action_repeat.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLEpisode := preload("res://addons/godot_rl/agents/episode.gd")
const RLNumbering := preload("res://addons/godot_rl/agents/numbering.gd")
const RLObservationStack := preload("res://addons/godot_rl/agents/observation_stack.gd")
const RLHeldAgent := preload("res://addons/godot_rl/agents/held_agent.gd")
const RLEpisodeFindings := preload("res://addons/godot_rl/findings/episode_findings.gd")
const RLStepCounter := preload("res://addons/godot_rl/agents/step_counter.gd")
const RLTickTimes := preload("res://addons/godot_rl/agents/tick_times.gd")

## How many episodes of this process somebody looks at.
static var watched: int = 0

## The AIController2D or AIController3D it belongs to, or the RLAbsentAgent that keeps its place.
var controller: Node
## What the controller's `done` shows: true from the end until the next episode begins.
var done: bool = false
## An end was latched and no decision has taken it yet.
var pending: bool = false
## The next decision completes a transition and nothing else: no end is latched, and nobody looks.
var is_plain: bool = false
var terminated: bool = false
var truncated: bool = false
## get_obs() and get_info() at the moment of the end.
var final_observation: Dictionary = {}
var final_info: Dictionary = {}
## Reward of the last transition, complete one tick after the end.
var final_reward: float = 0.0
## The latched end is not taken before the arena's next episode begins (RLArena.RLMode.TOGETHER).
var is_held: bool = false
## The end was taken, and the agent waits for the others of its arena (RLArena.RLMode.LAST).
var waits: bool = false
## The agent left the tree: an RLAbsentAgent keeps its place.
var is_vacant: bool = false
## Another agent has taken the place, and no decision has told of it yet.
var joins: bool = false
## Whether ends are captured at all (someone drives this agent).
var captures: bool = false
## Whether a decision was made in this episode, so that the next one completes a transition.
var acts: bool = false
## Shared list into which an ending episode puts itself, for Sync to close its reward.
var inbox: Array[RLEpisode] = []
## Its number in the run, and its seed.
var numbering: RLNumbering = RLNumbering.new()
## Number of this agent in the whole run and how many agents the run has.
var agent_index: int:
	get:
		return numbering.agent_index
	set(value):
		numbering.agent_index = value
var agent_total: int:
	get:
		return numbering.agent_total
	set(value):
		numbering.agent_total = value
## How long the ticks of this process take; shared by all its agents.
var tick_times: RLTickTimes = RLTickTimes.new()
## Physics ticks that a controller which polls `needs_reset` has been waited for.
var waited_ticks: int = 0
## Sum of rewards and number of decisions so far.
var total_reward: float = 0.0
var decisions: int = 0
## Tick of the clock at which the episode began and ended.
var began_tick: int = 0
var ended_tick: int = 0
## The RLArena to which the agent belongs; null: none.
var arena: RefCounted
## Environment parameters that hold in this episode; never changed in place.
var parameters: Dictionary[String, float] = {}
## Counts the episodes that began, those begun anew too.
var serial: int = 0
## The RLPolicy that decides for the agent; null: none.
var policy: RefCounted
## Physics ticks in the episode.
var steps: RLStepCounter = RLStepCounter.new()
## The last observations, for a policy that takes several as one; null: it takes the newest.
var stack: RLObservationStack
## Told of each action and each reward (docs/overlay.md); null: nobody looks.
var watch: RefCounted:
	set(value):
		watched += int(value != null) - int(watch != null)
		watch = value
		look_whether_plain()
## What the game found wrong with itself (RLFindings); null: never anything.
var findings: RLEpisodeFindings

var _begins: bool = false
# Shows the last observation while the agent waits; null: it was not needed.
var _held_agent: RLHeldAgent


func _init(owner_controller: Node) -> void:
	attach(owner_controller)


func _notification(what: int) -> void:
	if what == NOTIFICATION_PREDELETE and _held_agent != null:
		_held_agent.free()


## Makes [param owner_controller] the one whose episode this is.
func attach(owner_controller: Node) -> void:
	controller = owner_controller
	steps.controller = owner_controller
	_begins = owner_controller.has_method("begin_episode")


## Index of this episode over all agents of the run; -1 before the first.
func index() -> int:
	return numbering.index()


## Seed of this episode, see RLNumbering.
func episode_seed() -> int:
	return numbering.episode_seed()


## Whether nothing was decided in this episode.
func is_fresh() -> bool:
	return decisions == 0


## Whether the controller is put at an episode's start by Sync (it has `begin_episode`), or resets
## itself as controllers of the stock plugin do.
func begins_on_call() -> bool:
	return _begins


## Restarts the numbering of episodes from [param run_seed].
func renumber(run_seed: int) -> void:
	numbering.restart(run_seed)


## Latches the end of the episode. The first end in a decision counts.
func end(is_truncated: bool) -> void:
	done = true
	if pending or waits:
		return
	terminated = not is_truncated
	truncated = is_truncated
	if not captures:
		return
	# A user's method may return anything.
	var observed: Variant = controller.get_obs()
	if stack != null:
		observed = stack.with(observed)
	var told: Variant = controller.get_info()
	_latch(observed if observed is Dictionary else {}, told if told is Dictionary else {})


## Latches an end from outside, with what is known of the agent's state: it left the tree.
func cut_off(observation: Dictionary, info_of_end: Dictionary) -> void:
	if pending or waits:
		return
	done = true
	terminated = false
	truncated = true
	_latch(observation, info_of_end)


## Latches an end of the kind of another's, with all that was earned until now: the agent at
## [param ended_by] below the arena's root ended the episode of all.
func end_with(is_truncated: bool, ended_by: String) -> void:
	if is_vacant:
		return
	end(is_truncated)
	inbox.erase(self)
	if not _begins:
		controller.needs_reset = true
	close_reward()
	final_info = final_info.merged({"ended_by": ended_by})


## The end was taken: the agent is out of the game until [method begin_next].
func wait() -> void:
	pending = false
	waits = true
	acts = false
	is_plain = false


## Shows what the agent saw at its end; see RLHeldAgent.
func held_agent() -> Node:
	if _held_agent == null:
		_held_agent = RLHeldAgent.new(final_observation, controller.get_obs_size())
	return _held_agent


## What an evaluation keeps of an episode that has ended; length in decisions and physics ticks.
func summary() -> Dictionary:
	var told: Dictionary = {
		"episode": index(),
		"seed": episode_seed(),
		"agent": agent_index,
		"return": total_reward,
		"decisions": decisions,
		"ticks": ended_tick - began_tick,
		"terminated": terminated,
		"truncated": truncated,
		"info": final_info,
	}
	if findings != null and not findings.all.is_empty():
		told["findings"] = findings.all
	return told


## Returns the reward since the last call and zeroes it. What is no number counts as NaN.
func take_reward() -> float:
	var reward: Variant = controller.get_reward()
	controller.zero_reward()
	return float(reward) if reward is float or reward is int else NAN


## What get_info() tells now; {} where the controller returns something else.
func info() -> Dictionary:
	var told: Variant = controller.get_info()
	return told if told is Dictionary else {}


## Sets [member is_plain].
func look_whether_plain() -> void:
	is_plain = acts and not pending and not is_vacant and watch == null
	if findings != null and findings.is_waiting:
		is_plain = false


## A decision is made: the next one completes a transition.
func will_act() -> void:
	acts = true
	joins = false
	look_whether_plain()


## Moves the reward collected up to now into the ended episode. A game that resets itself and has
## not yet done so may have set what get_info() tells after `done`, so that is read again.
func close_reward() -> void:
	if not _begins and controller.needs_reset:
		final_info = _with_own(info())
	final_reward += take_reward()
	ended_tick = steps.now()


## Forgets a latched end: a decision has taken it, or everything is reset.
func clear_end() -> void:
	pending = false
	is_held = false
	waits = false
	done = false
	terminated = false
	truncated = false
	final_observation = {}
	final_info = {}
	waited_ticks = 0
	if _held_agent != null:
		_held_agent.free()
		_held_agent = null


## Counts the next episode and, for a controller that has `begin_episode`, starts it. With
## [param again] (a reset message) it is the same one anew, if nothing was decided in it.
func begin_next(again: bool = false) -> void:
	numbering.advance(again and is_fresh())
	serial += 1
	total_reward = 0.0
	decisions = 0
	acts = false
	is_plain = false
	if stack != null:
		stack.clear()
	if findings != null:
		findings.restart()
	began_tick = steps.now()
	clear_end()
	if not _begins:
		steps.expect_limit()
	else:
		controller.reset()
		if steps.count() != 0:
			steps.set_count(0)  # reset() is overridden
		controller.begin_episode(episode_seed())
		controller.zero_reward()


# What the addon itself tells of an episode.
func _with_own(told: Dictionary) -> Dictionary:
	if parameters.is_empty() and numbering.level < 0:
		return told
	var all: Dictionary = told.duplicate()
	if not parameters.is_empty() and not all.has("parameters"):
		all["parameters"] = parameters
	if numbering.level >= 0:
		all["level"] = numbering.level
	return all


func _latch(observation: Dictionary, info_of_end: Dictionary) -> void:
	pending = true
	is_plain = false
	final_observation = observation
	final_info = _with_own(info_of_end)
	final_reward = 0.0
	ended_tick = steps.now()
	inbox.append(self)
