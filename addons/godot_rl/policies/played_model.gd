extends RefCounted
## One ONNX model at play: the network, what its certificate says, and a seat for each agent that it
## decides for.
##
## RLOnnxPolicy holds one, RLLoadedPolicies one for each model that a trainer sent. It holds the
## model against an agent before it takes it, zeroes the state of an agent whose episode is new, and
## makes an action of the agent's row of outputs. It moves no agent.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLActionPicker := preload("res://addons/godot_rl/policies/action_picker.gd")
const RLEpisode := preload("res://addons/godot_rl/agents/episode.gd")
const RLObservationStack := preload("res://addons/godot_rl/agents/observation_stack.gd")
const RLPlayedModel := preload("res://addons/godot_rl/policies/played_model.gd")
const RLPolicyCertificate := preload("res://addons/godot_rl/inference/policy_certificate.gd")
const RLPolicyNetwork := preload("res://addons/godot_rl/policies/policy_network.gd")
const RLPolicySeat := preload("res://addons/godot_rl/policies/policy_seat.gd")
const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")

## Why the model cannot be played by anyone; empty while it can.
var refusal: String = ""
var network: RLPolicyNetwork
## Null: the file has none.
var certificate: RLPolicyCertificate
## Of every agent, in the order of the network's rows.
var seats: Array[RLPolicySeat] = []
## Floats of one agent's observation; 0: the file leaves it open.
var input_size: int = 0
## Whether another policy reads the observations: then the model must take as many at once.
var takes_rows_of_others: bool = false
## What is said of agents that give another number of observations at once than the model takes and
## now give that; empty while there is none.
var frames_warning: String = ""
## Why the last [method action] returned {}: the masks that the agent gave.
var error: String = ""

var _path: String
var _model: ONNXModel


## [param model] is null when it could not be loaded; [param path] is what messages call it. Check
## [member refusal] afterwards.
func _init(model: ONNXModel, path: String) -> void:
	_model = model
	_path = path
	if model == null:
		refusal = "the policy %s cannot be loaded (the line above says why)" % path
		return
	input_size = model.input_size
	refusal = _load()


## Loads a model from a file.
static func of_file(path: String) -> RLPlayedModel:
	return RLPlayedModel.new(ONNXModel.load_file(path), path)


## The same model at play for other agents.
func another() -> RLPlayedModel:
	return RLPlayedModel.new(_model, _path)


## What is probably not meant when it decides every [param repeat] physics ticks; "" when there is
## nothing.
func rate_warning(repeat: int, ticks_per_second: int) -> String:
	return "" if certificate == null else certificate.rate_warning(repeat, ticks_per_second)


## How many of the last observations of [param controller] the model takes as one.
func frames_for(controller: Node) -> int:
	if takes_rows_of_others:
		return RLObservationStack.frames_now(controller)
	if certificate == null or certificate.observation_stack == 0:
		return RLObservationStack.frames_of(controller)
	return certificate.observation_stack


## Takes [param seat], which [method take_agent] filled, as the last one.
func add_seat(seat: RLPolicySeat) -> void:
	seats.append(seat)
	network.add_row(seat.samples)


## Forgets seat [param i]; those after it move up.
func remove_seat(i: int) -> void:
	seats.remove_at(i)
	network.remove_row(i)


## Agents that decide for the first time in their episode forget the one before. [param members]
## are the seats' agents.
func begin_episodes(members: Array[Node]) -> void:
	for i: int in members.size():
		var episode: RLEpisode = members[i].rl_episode
		var seat: RLPolicySeat = seats[i]
		if seat.episode_serial != episode.serial:
			seat.episode_serial = episode.serial
			network.forget(i)
			seat.picker.begin_episode(episode.episode_seed())


## The action of [param controller], who has seat [param i], by the network's last outputs; {} with
## [member error] set where its masks allow none.
func action(i: int, controller: Node) -> Dictionary:
	error = ""
	var seat: RLPolicySeat = seats[i]
	var picker: RLActionPicker = seat.picker
	if seat.mask_size > 0:
		var masks: Variant = controller.action_masks()
		if not (masks is Array or masks is PackedByteArray) or masks.size() != seat.mask_size:
			var wanted: String = "action_masks() must return an Array of %d flags, one for each "
			error = (wanted + "discrete choice; got %s") % [seat.mask_size, masks]
			return {}
		picker.allowed.resize(seat.mask_size)
		for flag: int in seat.mask_size:
			picker.allowed[flag] = 1 if masks[flag] else 0
	var width: int = network.output_size
	var result: Dictionary
	if seat.samples and not network.means.is_empty():
		result = picker.pick(network.draw(picker, i), 0)
	else:
		result = picker.pick(network.outputs, i * width)
	error = picker.error
	return result


## Fills [param seat] for an agent, whose actions are drawn if it [param samples]. Returns what is
## wrong between it and the policy, or "".
func take_agent(controller: Node, seat: RLPolicySeat, samples: bool) -> String:
	var problem: String = _frames_error(controller)
	var frames: int = frames_for(controller)
	if problem.is_empty() and certificate != null:
		problem = certificate.controller_error(controller, frames)
	if not problem.is_empty():
		return problem
	var space: Dictionary = controller.get_action_space()
	problem = RLSpaces.action_space_error(space)
	if not problem.is_empty():
		return problem
	seat.space = RLObservationStack.space_of(controller, frames)
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
		width = RLActionPicker.width_of(space, RLActionPicker.RLLayout.PLAIN)
	var layout: int = RLActionPicker.layout_for(space, width, network.columns)
	if layout < 0:
		problem = RLActionPicker.width_error(space, width, network.columns)
		return "the policy %s does not fit: %s" % [_path, problem]
	seat.samples = samples
	if seat.samples:
		problem = _sampling_problem(space, layout)
		if not problem.is_empty():
			return problem
	var has_masks: bool = controller.has_method("action_masks")
	seat.mask_size = RLActionPicker.mask_size(space) if has_masks else 0
	seat.picker = RLActionPicker.new(space, layout as RLActionPicker.RLLayout, seat.samples)
	return ""


## Why actions cannot be drawn in [param space], or "".
func sampling_error(space: Dictionary) -> String:
	var width: int = network.output_size
	if width == 0:
		width = RLActionPicker.width_of(space, RLActionPicker.RLLayout.PLAIN)
	var layout: int = RLActionPicker.layout_for(space, width)
	return "" if layout < 0 else _sampling_problem(space, layout)


# The model carries what it was trained on. An agent with another setting gives it what it needs,
# unless the observations are a trainer's, who was told their size.
func _frames_error(controller: Node) -> String:
	var trained: int = 0 if certificate == null else certificate.observation_stack
	if trained == 0:
		return ""
	var given: int = RLObservationStack.frames_of(controller)
	if takes_rows_of_others:
		given = RLObservationStack.frames_now(controller)
	if given == trained:
		return ""
	var both: String = (
		"the policy %s was trained on the last %d observations, observation_stack of %s is %d"
		% [_path, trained, controller.get_path(), given]
	)
	if takes_rows_of_others:
		return both + ": load a policy that was trained with the same number"
	frames_warning = both + ": it gets %d; set observation_stack to that" % trained
	return ""


func _load() -> String:
	network = RLPolicyNetwork.new(_model)
	if not network.error.is_empty():
		return "the policy %s cannot be played: %s" % [_path, network.error]
	certificate = RLPolicyCertificate.of(_model)
	if certificate == null:
		return ""
	if not certificate.error.is_empty():
		return certificate.error
	return certificate.outputs_error(_model)


func _sampling_problem(space: Dictionary, layout: int) -> String:
	var has_continuous: bool = space.values().any(
		func(entry: Dictionary) -> bool: return entry["action_type"] == RLSpaces.CONTINUOUS
	)
	var from_row: bool = layout == RLActionPicker.RLLayout.WITH_LOG_STD
	var possible: bool = from_row or network.gaussian_fits(space)
	if not has_continuous and layout == RLActionPicker.RLLayout.PLAIN:
		possible = network.has_logits
	if possible:
		return ""
	return (
		(
			"the policy %s tells no distribution to sample from (TD3, DDPG and DQN have none; "
			+ "godot-rl's files leave it out): use deterministic actions, or export it here"
		)
		% _path
	)
