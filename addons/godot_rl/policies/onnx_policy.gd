extends "res://addons/godot_rl/policies/policy.gd"
## An ONNX policy inside the engine decides for all its agents in one batch.
##
## It holds the model's sizes against each agent's when it is admitted, zeroes the state of an agent
## whose episode ended, and hands each agent the action that its picker makes of the outputs. In a
## run any fault ends it. In a game (RLPolicy.complaints is set) an agent with a fault keeps its
## last action, and the others play on.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLActionPicker := preload("res://addons/godot_rl/policies/action_picker.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")
const RLPolicyCertificate := preload("res://addons/godot_rl/inference/policy_certificate.gd")
const RLPolicyNetwork := preload("res://addons/godot_rl/policies/policy_network.gd")
const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")
const KEPT: String = "it keeps its last action"

## What is probably not meant, but does not stop the run; empty when there is nothing.
var warning: String = ""

var _path: String
# An RLEpisodeRecorder in an evaluation; null: none.
var _recorder: RefCounted
var _sampled: bool
# Null until the first agent is admitted.
var _model: ONNXModel
var _network: RLPolicyNetwork
var _certificate: RLPolicyCertificate
# Why the model cannot be played by anyone; empty while it can.
var _refusal: String = ""
# Of every agent.
var _seats: Array[Seat] = []
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


## See RLPolicy; holds the model against the agent.
func admit(controller: Node) -> String:
	if _model == null and _refusal.is_empty():
		_refusal = _load()
	if not _refusal.is_empty():
		return _refusal
	var seat: Seat = Seat.new()
	var problem: String = _take_agent(controller, seat)
	if not problem.is_empty():
		return "%s: %s" % [controller.get_path(), problem]
	_seats.append(seat)
	_network.add_row(seat.samples)
	_is_new = true
	return super.admit(controller)


## See RLPolicy.
func release(i: int) -> void:
	_seats.remove_at(i)
	_network.remove_row(i)
	_is_new = true
	super.release(i)


## See RLPolicy.
func restore(i: int, controller: Node) -> String:
	super.restore(i, controller)
	var seat: Seat = Seat.new()
	var problem: String = _take_agent(controller, seat)
	if not problem.is_empty():
		return "%s: %s" % [controller.get_path(), problem]
	_seats[i] = seat
	_is_new = true
	return ""


## See RLPolicy.
func decide() -> Next:
	if agents.is_empty():
		return Next.RUN
	if _is_new:
		_is_new = false
		var spaces: Array[Dictionary] = []
		for seat: Seat in _seats:
			spaces.append(seat.space)
		_packer = RLObservationPacker.for_agents(agents, spaces)
	var batch: RLStepBatch = _take_batch()
	if _recorder != null:
		_recorder.call("record", batch)
		finished = _recorder.call("complete")
		error = _recorder.get("error")
	_begin_episodes()
	var problems: Dictionary[int, String] = {}
	var inputs: PackedFloat32Array = _inputs(batch, problems)
	if error.is_empty() and not _network.decide(inputs, agents.size()):
		error = "the policy %s failed: %s" % [_path, _network.error]
	_fault_rows(_network.outputs, _network.output_size, "the policy's output", problems)
	for i: int in agents.size():
		if agents[i] is RLAbsentAgent:
			continue
		if problems.has(i):
			_fault(i, "observation or output", problems[i])
			continue
		if not error.is_empty():
			break
		var action: Dictionary = _action(i)
		if not action.is_empty():
			_set_action(i, action)
	if error.is_empty():
		return Next.RUN
	return _fail()


## See RLPolicy.
func describe() -> String:
	return "ONNX " + _path


# A run hears of it and ends; a game goes on, in which all agents keep their last action.
func _fail() -> Next:
	if complaints == null:
		return Next.WAIT
	complaints.tell("policy", agents[0], error, "its agents keep their last actions")
	error = ""
	return Next.RUN


# Agent i cannot decide now.
func _fault(i: int, kind: String, problem: String) -> void:
	if complaints != null:
		complaints.tell(kind, agents[i], problem, KEPT)
	elif error.is_empty():
		error = "%s: %s" % [agents[i].get_path(), problem]


func _load() -> String:
	_model = ONNXModel.load_file(_path)
	if _model == null:
		return "the policy %s cannot be loaded (the line above says why)" % _path
	_network = RLPolicyNetwork.new(_model)
	if not _network.error.is_empty():
		return "the policy %s cannot be played: %s" % [_path, _network.error]
	_certificate = RLPolicyCertificate.of(_model)
	if _certificate == null:
		return ""
	if not _certificate.error.is_empty():
		return _certificate.error
	var problem: String = _certificate.outputs_error(_model)
	if not problem.is_empty():
		return problem
	if action_repeat == 0:
		action_repeat = _certificate.ticks_per_decision(physics_ticks_per_second)
	warning = _certificate.rate_warning(action_repeat, physics_ticks_per_second)
	if not warning.is_empty():
		RLLog.warn(warning)
	return ""


# The agents that decide for the first time in their episode forget the one before.
func _begin_episodes() -> void:
	for i: int in agents.size():
		var episode: RLEpisode = agents[i].rl_episode
		var seat: Seat = _seats[i]
		if seat.episode_index != episode.index() or seat.run_seed != episode.run_seed():
			seat.episode_index = episode.index()
			seat.run_seed = episode.run_seed()
			_network.forget(i)
			seat.picker.begin_episode(episode.episode_seed())


# The rows that the network takes. A row that cannot be used is zeros, and told in problems.
func _inputs(batch: RLStepBatch, problems: Dictionary[int, String]) -> PackedFloat32Array:
	var inputs: PackedFloat32Array = batch.packed
	var width: int = _model.input_size
	if batch.is_packed:
		width = _packer.row_size
		for row: int in _packer.problems:
			problems[row] = _packer.problems[row]
	else:
		for i: int in agents.size():
			var observation: Variant = batch.observations[i]
			var seat: Seat = _seats[i]
			var problem: String = RLSpaces.observation_error(observation, seat.space, {})
			if problem.is_empty():
				for key: String in seat.keys:
					inputs.append_array(RLSpaces.pack(observation[key]))
			else:
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
	var names: Dictionary = agents[row].get_observation_names()
	if names.size() != 1 or element >= names.values()[0].size():
		return ""
	return " (%s)" % names.values()[0][element]


func _action(i: int) -> Dictionary:
	var seat: Seat = _seats[i]
	var picker: RLActionPicker = seat.picker
	if seat.mask_size > 0:
		var masks: Variant = agents[i].action_masks()
		if not (masks is Array or masks is PackedByteArray) or masks.size() != seat.mask_size:
			var wanted: String = "action_masks() must return an Array of %d flags, one for each "
			_fault(i, "mask", (wanted + "discrete choice; got %s") % [seat.mask_size, masks])
			return {}
		picker.allowed.resize(seat.mask_size)
		for flag: int in seat.mask_size:
			picker.allowed[flag] = 1 if masks[flag] else 0
	var width: int = _network.output_size
	var action: Dictionary
	if seat.samples and not _network.means.is_empty():
		action = picker.pick(_network.draw(picker, i), 0)
	else:
		action = picker.pick(_network.outputs, i * width)
	if not picker.error.is_empty():
		_fault(i, "mask", picker.error)
	return action


# Fills a seat for an agent. Returns what is wrong between it and the policy, or "".
func _take_agent(controller: Node, seat: Seat) -> String:
	var problem: String = "" if _certificate == null else _certificate.controller_error(controller)
	if not problem.is_empty():
		return problem
	var space: Dictionary = controller.get_action_space()
	problem = RLSpaces.action_space_error(space)
	if not problem.is_empty():
		return problem
	seat.space = controller.get_obs_space()
	seat.keys = seat.space.keys()
	seat.keys.sort()
	for key: String in seat.keys:
		var is_box: bool = seat.space[key]["space"] == RLSpaces.BOX
		seat.width += RLSpaces.box_size(seat.space[key]) if is_box else 1
	if _model.input_size > 0 and seat.width != _model.input_size:
		return (
			"the policy %s takes an observation of %d elements, the controller's has %d"
			% [_path, _model.input_size, seat.width]
		)
	var width: int = _model.output_size
	if width == 0:
		width = RLActionPicker.width_of(space, RLActionPicker.Layout.PLAIN)
	var layout: int = RLActionPicker.layout_for(space, width, _network.is_of_box)
	if layout < 0:
		return "the policy %s does not fit: %s" % [_path, RLActionPicker.width_error(space, width)]
	seat.samples = _sampled
	if controller.action_choice != controller.ActionChoices.INHERIT_FROM_SYNC:
		seat.samples = controller.action_choice == controller.ActionChoices.SAMPLED
	if seat.samples:
		problem = _sampling_problem(space, layout)
		if not problem.is_empty():
			return problem
	var has_masks: bool = controller.has_method("action_masks")
	seat.mask_size = RLActionPicker.mask_size(space) if has_masks else 0
	seat.picker = RLActionPicker.new(space, layout as RLActionPicker.Layout, seat.samples)
	return ""


func _sampling_problem(space: Dictionary, layout: int) -> String:
	var has_continuous: bool = space.values().any(
		func(entry: Dictionary) -> bool: return entry["action_type"] == RLSpaces.CONTINUOUS
	)
	var from_row: bool = layout == RLActionPicker.Layout.WITH_LOG_STD
	var possible: bool = _network.has_gaussian() or from_row
	if not has_continuous and layout == RLActionPicker.Layout.PLAIN:
		possible = _network.has_logits
	if possible:
		return ""
	return (
		(
			"the policy %s tells no distribution to sample from (TD3, DDPG and DQN have none; "
			+ "godot-rl's files leave it out): use deterministic actions, or export it here"
		)
		% _path
	)


func _space_of(i: int) -> Dictionary:
	return _seats[i].space


## What the policy keeps of one agent.
class Seat:
	extends RefCounted
	var picker: RLActionPicker
	## Its actions are drawn; else they are the most probable ones.
	var samples: bool = false
	## Number of flags that its `action_masks()` returns; 0: it has none.
	var mask_size: int = 0
	var space: Dictionary = {}
	## Keys of the observation in the order of the model's input: alphabetical, as in SB3.
	var keys: Array = []
	## Floats of its observation.
	var width: int = 0
	## The episode for which state and draws were begun.
	var episode_index: int = -2
	var run_seed: int = -1
