extends RefCounted
## Decides for a group of agents. Remote, ONNX, human and recorder are its forms; an agent never
## knows which one acts.

## What may happen after a decision.
enum Next {
	RUN,  ## The action holds for action_repeat physics ticks.
	TICK,  ## One physics tick may pass, then the policy is asked again.
	WAIT,  ## The world stands still until the policy is asked again.
}

const RLObservationPacker := preload("res://addons/godot_rl/agents/observation_packer.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")

## The agents it decides for, in the roster's order.
var agents: Array[Node] = []
var roster: RLRoster
## Set when the run cannot go on; Sync then quits with exit code 1.
var error: String = ""
## Set when the run is over; Sync then quits with exit code 0.
var finished: bool = false

## Physics ticks per decision, the action held in between; 0 until Sync's setting is filled in.
var action_repeat: int = 0
## A game that pauses itself is unpaused: there is no player who would do it.
var overrules_pause: bool = false
## Physics ticks until it decides again; Sync counts them down.
var ticks_to_decision: int = 0
## Physics ticks per simulated second of this game.
var physics_ticks_per_second: int = 0
## Told of every decision (RLFlightRecorder); null: nobody records.
var flight_recorder: RefCounted

var _started: bool = false
# Packs the observations of alike agents; null: they stay dictionaries.
var _packer: RLObservationPacker


## Takes over [param members]. Returns false and sets [member error] when it cannot.
func take_over(members: Array[Node], of_roster: RLRoster) -> bool:
	agents = members
	roster = of_roster
	for controller: Node in agents:
		controller.set_heuristic("model")
		controller.rl_episode.captures = true
	return true


## Completes the last transition and sets the next actions.
func decide() -> Next:
	return Next.RUN


## Ends what the policy holds open; [param reason] is not empty when the run failed.
func close(_reason: String) -> void:
	pass


## The batch of this decision: at the first one there is no transition yet.
func _take_batch() -> RLStepBatch:
	var batch: RLStepBatch
	if _started:
		batch = RLStepBatch.take(agents, roster, _packer)
	else:
		_started = true
		batch = RLStepBatch.observe(agents, _packer)
	_tell_recorder(batch)
	return batch


func _tell_recorder(batch: RLStepBatch) -> void:
	if flight_recorder != null:
		flight_recorder.call("saw", agents, batch)


func _set_action(i: int, action: Dictionary) -> void:
	agents[i].set_action(action)
	if flight_recorder != null:
		flight_recorder.call("acted", agents[i], action)


func _observation_spaces_of_agents() -> Array[Dictionary]:
	var spaces: Array[Dictionary] = []
	for controller: Node in agents:
		spaces.append(controller.get_obs_space())
	return spaces
