extends RefCounted
## Decides for a group of agents. Remote, ONNX, human and recorder are its forms; an agent never
## knows which one acts.
##
## A decision has two steps, which the session takes for all policies that are due: first
## [method prepare], in which ended episodes are taken and the next ones begin, then
## [method decide], which observes and acts. So nobody observes a world that is half restarted.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## What may happen after a decision.
enum RLNext {
	RUN,  ## The action holds for action_repeat physics ticks.
	TICK,  ## One physics tick may pass, then the policy is asked again.
	WAIT,  ## The world stands still until the policy is asked again.
}

const RLAbsentAgent := preload("res://addons/godot_rl/agents/absent_agent.gd")
const RLComplaints := preload("res://addons/godot_rl/policies/complaints.gd")
const RLEpisode := preload("res://addons/godot_rl/agents/episode.gd")
const RLObservationPacker := preload("res://addons/godot_rl/agents/observation_packer.gd")
const RLObservationStack := preload("res://addons/godot_rl/agents/observation_stack.gd")
const RLPolicy := preload("res://addons/godot_rl/policies/policy.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")

## The agents it decides for, in the roster's order.
var agents: Array[Node] = []
## Where the actions come from, as RLPolicyChooser names it.
var source: String = ""
var roster: RLRoster
## Set when the run cannot go on; the session then ends it.
var error: String = ""
## Set when the run is over; Sync then quits with exit code 0.
var finished: bool = false

## Physics ticks per decision, the action held in between; 0 until Sync's setting is filled in.
var action_repeat: int = 0
## A game that pauses itself is unpaused: there is no player who would do it.
var overrules_pause: bool = false
## An agent that leaves keeps its place, for the one that comes back: the number of rows is fixed.
var keeps_places: bool = false
## Whoever decides can be told that a seat is empty, so that the others need not wait for one that
## left.
var tells_absence: bool = false
## Seats for agents that come later; the session keeps them.
var open_seats: Array[RLAbsentAgent] = []
## It decides for the agents of one arena only, whose episodes start its clock.
var is_of_one_arena: bool = false
## The run cannot go on while one of its agents is missing.
var needs_every_agent: bool = false
## Physics ticks until it decides again; the session counts them down.
var ticks_to_decision: int = 0
## Physics ticks per simulated second of this game.
var physics_ticks_per_second: int = 0
## Told of every decision (RLFlightRecorder); null: nobody records.
var flight_recorder: RefCounted
## Where faults of agents are told in a game, which goes on; null in a run, which ends.
var complaints: RLComplaints

# Prepared and not yet observed.
var _batch: RLStepBatch
var _last_batch: RLStepBatch
var _started: bool = false
# Nobody acts in some row of the last batch.
var _some_absent: bool = false
# Packs the observations of alike agents; null: they stay dictionaries.
var _packer: RLObservationPacker


## Takes over [param members]. Returns false and sets [member error] when it cannot.
func take_over(members: Array[Node], of_roster: RLRoster) -> bool:
	roster = of_roster
	for controller: Node in members:
		error = admit(controller)
		if not error.is_empty():
			return false
	return true


## Takes over what [param whole] has loaded and set, as a part of it.
func share(whole: RLPolicy) -> void:
	action_repeat = whole.action_repeat


## Takes one more agent. Returns why it cannot, or "".
func admit(controller: Node) -> String:
	var problem: String = RLObservationStack.give(controller, _frames_for(controller))
	if not problem.is_empty():
		return problem
	agents.append(controller)
	controller.rl_episode.captures = true
	controller.rl_episode.policy = self
	controller.set_heuristic("model")
	return ""


## Forgets agent [param i]: it left the tree.
func release(i: int) -> void:
	agents[i].rl_episode.policy = null
	agents.remove_at(i)


## Puts a stand-in into the place of agent [param i], which is leaving the tree, and returns it.
func vacate(i: int) -> RLAbsentAgent:
	var controller: Node = agents[i]
	var space: Dictionary = controller.get_action_space()
	var stand_in: RLAbsentAgent = RLAbsentAgent.standing_for(
		controller, _last_observation(i), _space_of(i), space, roster.tick
	)
	agents[i] = stand_in
	return stand_in


## Gives [param controller] the place of the stand-in [param i]. Returns why it cannot, or "".
func restore(i: int, controller: Node) -> String:
	(agents[i] as RLAbsentAgent).yield_to(controller)
	agents[i].free()
	agents[i] = controller
	controller.rl_episode.captures = true
	controller.rl_episode.policy = self
	controller.set_heuristic("model")
	return RLObservationStack.give(controller, _frames_for(controller))


## Completes the last transition: takes ended episodes and begins the next ones.
func prepare() -> void:
	if _batch != null:
		return
	if _started:
		_batch = RLStepBatch.complete(agents, roster)
	else:
		_started = true
		_batch = RLStepBatch.start(agents)


## All agents were reset by another's message: what was prepared before is void.
func start_over() -> void:
	_started = true
	_batch = RLStepBatch.start(agents)


## Observes and sets the next actions.
func decide() -> RLNext:
	return RLNext.RUN


## Ends what the policy holds open; [param reason] is not empty when the run failed.
func close(_reason: String) -> void:
	pass


## What decides, for people.
func describe() -> String:
	return "policy"


## What [param controller], one of its agents, saw at its last decision; empty: nothing yet.
func last_seen(controller: Node) -> Dictionary:
	var i: int = agents.find(controller)
	return _last_observation(i) if i >= 0 else {}


## The value that the policy gives the state of [param _controller]; NAN: it tells none.
func value_of(_controller: Node) -> float:
	return NAN


## Takes the batch of this decision, with observations.
func _take_batch(lead_floats: int = 0) -> RLStepBatch:
	prepare()
	roster.starts.begin_due()
	var batch: RLStepBatch = _batch
	_batch = null
	roster.detach_deleted()
	batch.look(agents, _packer, lead_floats)
	_last_batch = batch
	_some_absent = not batch.presence.is_empty()
	if flight_recorder != null:
		flight_recorder.call("saw", agents, batch)
	return batch


func _set_action(i: int, action: Dictionary) -> void:
	if _some_absent and _last_batch.presence[i] & RLStepBatch.ABSENT:
		return
	var controller: Node = agents[i]
	controller.set_action(action)
	if flight_recorder != null:
		flight_recorder.call("acted", controller, action)
	if RLEpisode.watched > 0 and controller.rl_episode.watch != null:
		controller.rl_episode.watch.call("decided", action, self)


# What agent i saw at its last decision.
func _last_observation(i: int) -> Dictionary:
	if _last_batch == null:
		return {}
	if _last_batch.is_packed:
		return _packer.observation_of(_last_batch.packed.slice(_last_batch.lead), i)
	var observation: Variant = _last_batch.observations[i]
	return observation if observation is Dictionary else {}


# The observation space of agent i as it was at the start.
func _space_of(_i: int) -> Dictionary:
	return {}


# How many of the last observations of an agent the policy takes as one.
func _frames_for(controller: Node) -> int:
	return RLObservationStack.frames_of(controller)


func _observation_spaces_of_agents() -> Array[Dictionary]:
	var spaces: Array[Dictionary] = []
	for controller: Node in agents:
		spaces.append(RLObservationStack.space_of(controller))
	return spaces
