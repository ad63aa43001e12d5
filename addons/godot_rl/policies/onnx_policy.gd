extends "res://addons/godot_rl/policies/policy.gd"
## An ONNX policy inside the engine decides for all its agents in one batch.
##
## It holds the model's sizes against each agent's when it is admitted, zeroes the state of an agent
## whose episode ended, and hands each agent the action that its picker makes of the outputs. In a
## run any fault ends it. In a game (RLPolicy.complaints is set) an agent with a fault keeps its
## last action, and the others play on.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLLog := preload("res://addons/godot_rl/logger.gd")
const RLPlayedModel := preload("res://addons/godot_rl/policies/played_model.gd")
const RLPolicyNetwork := preload("res://addons/godot_rl/policies/policy_network.gd")
const RLPolicySeat := preload("res://addons/godot_rl/policies/policy_seat.gd")
const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")
const KEPT: String = "it keeps its last action"

## What is probably not meant, but does not stop the run; empty when there is nothing.
var warning: String = ""

var _path: String
# An RLEpisodeRecorder in an evaluation; null: none.
var _recorder: RefCounted
var _sampled: bool
# Null until the first agent is admitted.
var _player: RLPlayedModel
# An agent came or left since the last decision.
var _is_new: bool = true


## [param model_path] is loaded when the first agent is admitted. With a [param recorder] it plays
## an evaluation. [param sampled]: what agents do that inherit it from Sync.
func _init(model_path: String, recorder: RefCounted = null, sampled: bool = false) -> void:
	_path = model_path
	_recorder = recorder
	overrules_pause = recorder != null
	keeps_places = recorder != null
	needs_every_agent = recorder != null
	_sampled = sampled


## See RLPolicy.
func take_over(members: Array[Node], of_roster: RLRoster) -> bool:
	if not super.take_over(members, of_roster):
		return false
	if _recorder != null:
		_recorder.call("begin", agents, roster)
	return true


## See RLPolicy; the model is loaded once.
func share(whole: RLPolicy) -> void:
	super.share(whole)
	_player = whole._player.another()


## See RLPolicy; holds the model against the agent.
func admit(controller: Node) -> String:
	if _player == null:
		_load()
	if not _player.refusal.is_empty():
		return _player.refusal
	var seat: RLPolicySeat = RLPolicySeat.new()
	var problem: String = _player.take_agent(controller, seat, _samples(controller))
	if not problem.is_empty():
		return "%s: %s" % [controller.get_path(), problem]
	problem = super.admit(controller)
	if not problem.is_empty():
		return problem
	_player.add_seat(seat)
	_is_new = true
	_warn(_player.frames_warning)
	return ""


## See RLPolicy.
func release(i: int) -> void:
	_player.remove_seat(i)
	_is_new = true
	super.release(i)


## See RLPolicy.
func restore(i: int, controller: Node) -> String:
	var problem: String = super.restore(i, controller)
	if not problem.is_empty():
		return problem
	var seat: RLPolicySeat = RLPolicySeat.new()
	problem = _player.take_agent(controller, seat, _samples(controller))
	if not problem.is_empty():
		return "%s: %s" % [controller.get_path(), problem]
	_player.seats[i] = seat
	_is_new = true
	return ""


## See RLPolicy.
func decide() -> RLNext:
	if agents.is_empty():
		return RLNext.RUN
	if _is_new:
		_is_new = false
		var spaces: Array[Dictionary] = []
		for seat: RLPolicySeat in _player.seats:
			spaces.append(seat.space)
		_packer = RLObservationPacker.for_agents(agents, spaces)
	var batch: RLStepBatch = _take_batch()
	if _recorder != null:
		_recorder.call("record", batch)
		finished = _recorder.call("complete")
		error = _recorder.get("error")
	_begin_episodes()
	var network: RLPolicyNetwork = _player.network
	var problems: Dictionary[int, String] = {}
	var inputs: PackedFloat32Array = _inputs(batch, problems)
	if error.is_empty() and not network.decide(inputs, agents.size()):
		error = "the policy %s failed: %s" % [_path, network.error]
	_fault_rows(network.outputs, network.output_size, "the policy's output", problems)
	for i: int in agents.size():
		if agents[i] is RLAbsentAgent or (_some_absent and batch.presence[i] & RLStepBatch.ABSENT):
			continue
		if problems.has(i):
			_fault(i, "observation or output", problems[i])
			continue
		if not error.is_empty():
			break
		var action: Dictionary = _player.action(i, agents[i])
		if not _player.error.is_empty():
			_fault(i, "mask", _player.error)
		if not action.is_empty():
			_set_action(i, action)
	if error.is_empty():
		return RLNext.RUN
	return _fail()


## See RLPolicy.
func describe() -> String:
	return "ONNX " + _path


# A run hears of it and ends; a game goes on, in which all agents keep their last action.
func _fail() -> RLNext:
	if complaints == null:
		return RLNext.WAIT
	complaints.tell("policy", agents[0], error, "its agents keep their last actions")
	error = ""
	return RLNext.RUN


# Agent i cannot decide now.
func _fault(i: int, kind: String, problem: String) -> void:
	if complaints != null:
		complaints.tell(kind, agents[i], problem, KEPT)
	elif error.is_empty():
		error = "%s: %s" % [agents[i].get_path(), problem]


func _load() -> void:
	_player = RLPlayedModel.of_file(_path)
	if not _player.refusal.is_empty() or _player.certificate == null:
		return
	if action_repeat == 0:
		action_repeat = _player.certificate.ticks_per_decision(physics_ticks_per_second)
	_warn(_player.rate_warning(action_repeat, physics_ticks_per_second))


# Each warning once.
func _warn(text: String) -> void:
	if text.is_empty() or warning.contains(text):
		return
	RLLog.warn(text)
	warning += text if warning.is_empty() else "; " + text


# Whether the actions of an agent are drawn.
func _samples(controller: Node) -> bool:
	if controller.action_choice == controller.ActionChoices.INHERIT_FROM_SYNC:
		return _sampled
	return controller.action_choice == controller.ActionChoices.SAMPLED


func _begin_episodes() -> void:
	_player.begin_episodes(agents)


# The rows that the network takes. A row that cannot be used is zeros, and told in problems.
func _inputs(batch: RLStepBatch, problems: Dictionary[int, String]) -> PackedFloat32Array:
	var inputs: PackedFloat32Array = batch.packed
	var width: int = _player.input_size
	if batch.is_packed:
		width = _packer.row_size
		for row: int in _packer.problems:
			problems[row] = _packer.problems[row]
	else:
		for i: int in agents.size():
			var seat: RLPolicySeat = _player.seats[i]
			var problem: String = seat.append_inputs(batch.observations[i], inputs)
			if not problem.is_empty():
				problems[i] = problem
			inputs.resize((i + 1) * seat.width)
	_fault_rows(inputs, width, "observation", problems)
	return inputs


# Finds the rows of values that are not finite, zeroes them and tells their first such element.
func _fault_rows(
	values: PackedFloat32Array, width: int, what: String, problems: Dictionary[int, String]
) -> void:
	if width == 0 or RLSpaces.first_not_finite(values) < 0:
		return
	for at: int in values.size():
		if is_finite(values[at]):
			continue
		var row: int = floori(float(at) / width)
		if not problems.has(row):
			problems[row] = (
				"%s [%d]%s is %s" % [what, at % width, _label(row, at % width), values[at]]
			)
		values[at] = 0.0


# The name of an element of an agent's observation, in brackets.
func _label(row: int, element: int) -> String:
	var names: Dictionary = RLObservationStack.names_of(agents[row])
	if names.size() != 1 or element >= names.values()[0].size():
		return ""
	return " (%s)" % names.values()[0][element]


func _frames_for(controller: Node) -> int:
	return _player.frames_for(controller)


func _space_of(i: int) -> Dictionary:
	return _player.seats[i].space
