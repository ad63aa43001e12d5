extends "res://addons/godot_rl/policies/policy.gd"
## An ONNX policy inside the engine decides for all its agents in one batch.
##
## It holds the model's sizes against the agents' at the start, zeroes the state of an agent whose
## episode ended, and hands each agent the action that its picker makes of the outputs.

const RLActionPicker := preload("res://addons/godot_rl/policies/action_picker.gd")
const RLEpisodeRecorder := preload("res://addons/godot_rl/evaluation/episode_recorder.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")
const RLPolicyCertificate := preload("res://addons/godot_rl/inference/policy_certificate.gd")
const RLPolicyNetwork := preload("res://addons/godot_rl/policies/policy_network.gd")
const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")

## What is probably not meant, but does not stop the run; empty when there is nothing.
var warning: String = ""

var _network: RLPolicyNetwork
var _path: String
## Keys of the observation in the order of the model's input, which is alphabetical as in SB3.
var _keys: Array = []
var _pickers: Array[RLActionPicker] = []
## The agents whose actions are drawn; the others take the most probable ones.
var _samples: Array[bool] = []
## Number of flags that an agent's `action_masks()` returns; 0: it has none.
var _mask_sizes: PackedInt32Array = []
var _recorder: RLEpisodeRecorder
var _sampled: bool


## [param sampled]: what agents do that inherit it from Sync.
func _init(model_path: String, recorder: RLEpisodeRecorder = null, sampled: bool = false) -> void:
	_path = model_path
	_recorder = recorder
	overrules_pause = recorder != null
	_sampled = sampled


## See RLPolicy; loads the model and holds its sizes against the agents'.
func take_over(members: Array[Node], of_roster: RLRoster) -> bool:
	super.take_over(members, of_roster)
	var model: ONNXModel = ONNXModel.load_file(_path)
	if model == null:
		error = "the policy %s cannot be loaded (the line above says why)" % _path
		return false
	_network = RLPolicyNetwork.new(model)
	if not _network.error.is_empty():
		error = "the policy %s cannot be played: %s" % [_path, _network.error]
		return false
	var certificate: RLPolicyCertificate = RLPolicyCertificate.of(model)
	if certificate != null and not _accept(certificate, model):
		return false
	var observation_spaces: Array[Dictionary] = _observation_spaces_of_agents()
	_packer = RLObservationPacker.for_agents(agents, observation_spaces)
	_keys = observation_spaces[0].keys()
	_keys.sort()
	for controller: Node in agents:
		error = _take_agent(controller, model)
		if not error.is_empty():
			error = "%s: %s" % [controller.get_path(), error]
			return false
	_network.prepare(agents.size(), true in _samples)
	if _recorder != null:
		_recorder.begin(agents)
	return true


## See RLPolicy.
func decide() -> Next:
	var batch: RLStepBatch = _take_batch()
	if _recorder != null:
		_recorder.record(batch)
		finished = _recorder.complete()
	if _packer != null and not _packer.error.is_empty():
		error = _packer.error
		return Next.WAIT
	_begin_episodes(batch)
	var inputs: PackedFloat32Array = batch.packed
	for observation: Dictionary in batch.observations:
		for key: String in _keys:
			inputs.append_array(RLSpaces.pack(observation[key]))
	if not _network.decide(inputs, agents.size()):
		error = "the policy %s failed: %s" % [_path, _network.error]
		return Next.WAIT
	for i: int in agents.size():
		var action: Dictionary = _action(i)
		if not error.is_empty():
			error = "%s: %s" % [agents[i].get_path(), error]
			return Next.WAIT
		_set_action(i, action)
	return Next.RUN


## Whether the model's certificate holds in this game; sets how often the policy decides.
func _accept(certificate: RLPolicyCertificate, model: ONNXModel) -> bool:
	error = certificate.error
	if error.is_empty():
		error = certificate.outputs_error(model)
	for controller: Node in agents:
		if not error.is_empty():
			return false
		error = certificate.controller_error(controller)
		if not error.is_empty():
			error = "%s: %s" % [controller.get_path(), error]
	if action_repeat == 0:
		action_repeat = certificate.ticks_per_decision(physics_ticks_per_second)
	warning = certificate.rate_warning(action_repeat, physics_ticks_per_second)
	if not warning.is_empty():
		RLLog.warn(warning)
	return error.is_empty()


# The agents that decide for the first time in their episode forget the one before.
func _begin_episodes(batch: RLStepBatch) -> void:
	for i: int in agents.size():
		# Without flags the batch is the first of the run.
		if batch.terminated.is_empty() or batch.terminated[i] or batch.truncated[i]:
			_network.forget(i)
			_pickers[i].begin_episode(agents[i].rl_episode.episode_seed())


func _action(i: int) -> Dictionary:
	var picker: RLActionPicker = _pickers[i]
	if _mask_sizes[i] > 0:
		picker.allowed = _allowed(i)
		if not error.is_empty():
			return {}
	var width: int = _network.output_size
	var action: Dictionary
	if _samples[i] and not _network.means.is_empty():
		var row: PackedFloat32Array = picker.draw_row(
			_network.means,
			_network.deviations,
			i * width,
			_network.is_squashed,
			_network.low,
			_network.high
		)
		action = picker.pick(row, 0)
	else:
		action = picker.pick(_network.outputs, i * width)
	error = picker.error
	return action


func _allowed(i: int) -> PackedByteArray:
	var wanted: int = _mask_sizes[i]
	var masks: Variant = agents[i].action_masks()
	if not (masks is Array or masks is PackedByteArray) or masks.size() != wanted:
		error = (
			"action_masks() must return an Array of %d flags, one for each discrete choice; got %s"
			% [wanted, masks]
		)
		return PackedByteArray()
	var flags: PackedByteArray = []
	for flag: Variant in masks:
		flags.append(1 if flag else 0)
	return flags


# Returns what is wrong between an agent and the policy, or "".
func _take_agent(controller: Node, model: ONNXModel) -> String:
	var space: Dictionary = controller.get_action_space()
	var problem: String = RLSpaces.action_space_error(space)
	if not problem.is_empty():
		return problem
	var observed: int = 0
	var observation: Dictionary = controller.get_obs()
	for key: String in _keys:
		observed += RLSpaces.pack(observation[key]).size()
	if model.input_size > 0 and observed != model.input_size:
		return (
			"the policy %s takes an observation of %d elements, the controller's has %d"
			% [_path, model.input_size, observed]
		)
	var width: int = model.output_size
	if width == 0:
		width = RLActionPicker.width_of(space, RLActionPicker.Layout.PLAIN)
	var layout: int = RLActionPicker.layout_for(space, width)
	if layout < 0:
		return "the policy %s does not fit: %s" % [_path, RLActionPicker.width_error(space, width)]
	var samples: bool = _sampled
	if controller.action_choice != controller.ActionChoices.INHERIT_FROM_SYNC:
		samples = controller.action_choice == controller.ActionChoices.SAMPLED
	if samples:
		problem = _sampling_problem(space, layout)
		if not problem.is_empty():
			return problem
	_samples.append(samples)
	var has_masks: bool = controller.has_method("action_masks")
	_mask_sizes.append(RLActionPicker.mask_size(space) if has_masks else 0)
	_pickers.append(RLActionPicker.new(space, layout as RLActionPicker.Layout, samples))
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
