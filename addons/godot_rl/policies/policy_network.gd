extends RefCounted
## An ONNX policy as a group of agents uses it: all observations in one forward, a row of state for
## each agent of a recurrent policy, and the Gaussian behind continuous actions where the file has
## one, of which it draws rows.
##
## It knows the names that our exporter and godot-rl's give (docs/export.md); it knows no agent.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const ONNXGraph := preload("res://addons/godot_rl/inference/onnx_graph.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")
const RLActionPicker := preload("res://addons/godot_rl/policies/action_picker.gd")
const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")
const STATE_IN: String = "state_ins"
const STATE_OUT: String = "state_outs"
const MEAN: String = "mean"
const DEVIATION: String = "std"

## Why the network cannot be used, or the last [method decide] failed.
var error: String = ""
## Floats that an agent carries from one decision to the next; 0: none.
var state_size: int = 0
## Columns of [member outputs]; 0 if it is known after the first decision only.
var output_size: int = 0
## Rows of the last decision: actions or logits.
var outputs: PackedFloat32Array = []
## Rows of the Gaussian, before squashing and clipping; empty for a policy without one. They are as
## wide as [member outputs], but of a hybrid policy hold its continuous values only.
var means: PackedFloat32Array = []
var deviations: PackedFloat32Array = []
## Whether actions are tanh of the Gaussian.
var is_squashed: bool = false
## Whether [member outputs] are logits of choices beside continuous values.
var is_hybrid: bool = false
## What the file tells of the columns of [member outputs].
var columns: RLActionPicker.RLColumns = RLActionPicker.RLColumns.UNKNOWN
## Columns of [member means].
var gaussian_size: int = 0
## Bounds of the policy's continuous actions.
var low: PackedFloat32Array = []
var high: PackedFloat32Array = []
## Whether [member outputs] are logits of a distribution, as far as the file tells: those of DQN
## are not.
var has_logits: bool = true

var _model: ONNXModel
var _states: PackedFloat32Array = []
var _state_shape: PackedInt64Array = []
var _has_gaussian: bool = false
var _wants_gaussian: bool = false


## Check [member error] afterwards.
func _init(model: ONNXModel) -> void:
	_model = model
	output_size = model.output_size
	var given: PackedStringArray = []
	for info: ONNXGraph.RLValueInfo in model.outputs:
		given.append(info.name)
	_has_gaussian = MEAN in given and DEVIATION in given and output_size > 0
	_read_metadata()
	if model.can_forward():
		return
	var behind: PackedStringArray = model.inputs_of_action()
	for info: ONNXGraph.RLValueInfo in model.inputs:
		if info.name == STATE_IN and STATE_IN in behind:
			_take_state(info)
	if state_size == 0 or behind.size() > 2 or not ONNXModel.OBSERVATION in behind:
		error = (
			"its actions depend on the inputs %s; a policy takes 'obs', and '%s' if it is recurrent"
			% [behind, STATE_IN]
		)


## Adds an agent, with a state of zeros. Once one is [param sampled], each decision also gives
## [member means] and [member deviations], where the file has them.
func add_row(sampled: bool) -> void:
	_states.resize(_states.size() + state_size)
	_wants_gaussian = _wants_gaussian or (sampled and _has_gaussian)


## Forgets agent [param row]; those after it move up.
func remove_row(row: int) -> void:
	var start: int = row * state_size
	_states = _states.slice(0, start) + _states.slice(start + state_size)


## Whether continuous actions of [param space] can be drawn.
func gaussian_fits(space: Dictionary) -> bool:
	if not _has_gaussian or not is_hybrid:
		return _has_gaussian
	var values: int = 0
	for entry: Dictionary in space.values():
		values += int(entry["size"]) if entry["action_type"] == RLSpaces.CONTINUOUS else 0
	return values == gaussian_size


## Draws the row of agent [param row] for [param picker], whose pick it is then.
func draw(picker: RLActionPicker, row: int) -> PackedFloat32Array:
	if is_hybrid:
		return picker.draw_values(
			outputs, row * output_size, means, deviations, row * gaussian_size
		)
	return picker.draw_row(means, deviations, row * output_size, is_squashed, low, high)


## Zeroes the state of agent [param row]: its next decision is the first of an episode.
func forget(row: int) -> void:
	for i: int in state_size:
		_states[row * state_size + i] = 0.0


## Computes the rows of [param count] agents from their observations, one after another. Returns
## false with [member error] set when it cannot.
func decide(observations: PackedFloat32Array, count: int) -> bool:
	if state_size == 0 and not _wants_gaussian:
		outputs = _model.forward(observations, count)
		return _finish(count)
	var feeds: Dictionary[String, ONNXTensor] = _model.feeds_for(observations, count)
	if state_size > 0:
		_state_shape[0] = count
		feeds[STATE_IN] = ONNXTensor.of_floats(_states, _state_shape)
	var results: Dictionary[String, ONNXTensor] = _model.run(feeds)
	if results.is_empty():
		outputs = PackedFloat32Array()
		return _finish(count)
	outputs = results[ONNXModel.ACTION].floats
	if _wants_gaussian:
		means = results[MEAN].floats
		deviations = results[DEVIATION].floats
		if mini(means.size(), deviations.size()) != count * gaussian_size:
			error = (
				"'%s' and '%s' hold %d and %d floats for %d agents, %d an agent are needed"
				% [MEAN, DEVIATION, means.size(), deviations.size(), count, gaussian_size]
			)
			return false
	if state_size > 0:
		_states = results[STATE_OUT].floats
		if _states.size() != count * state_size:
			error = "'%s' holds %d floats for %d agents" % [STATE_OUT, _states.size(), count]
			return false
	return _finish(count)


func _finish(count: int) -> bool:
	if outputs.is_empty():
		error = _model.error
		return false
	output_size = floori(float(outputs.size()) / count)
	return true


func _take_state(info: ONNXGraph.RLValueInfo) -> void:
	var widths: PackedInt64Array = info.shape.slice(1)
	if info.dtype != ONNXTensor.FLOAT or widths.is_empty() or widths.has(-1):
		return
	_state_shape = info.shape.duplicate()
	state_size = ONNXTensor.count(widths)


func _read_metadata() -> void:
	var distribution: String = str(_metadata("policy").get("distribution", ""))
	has_logits = distribution != "none"
	is_squashed = distribution == "squashed_gaussian"
	is_hybrid = distribution == "hybrid"
	if is_squashed or distribution == "gaussian":
		columns = RLActionPicker.RLColumns.VALUES
	elif is_hybrid or distribution == "categorical":
		columns = RLActionPicker.RLColumns.LOGITS
	gaussian_size = output_size
	var actions: Dictionary = _metadata("actions")
	if actions.get("low") is Array and actions.get("high") is Array:
		low = PackedFloat32Array(actions["low"])
		high = PackedFloat32Array(actions["high"])
	if is_hybrid:
		gaussian_size = low.size()
	elif low.size() != output_size or high.size() != output_size:
		low.resize(output_size)
		low.fill(-1.0)
		high.resize(output_size)
		high.fill(1.0)


# A file of another maker may hold anything.
func _metadata(key: String) -> Dictionary:
	var json: JSON = JSON.new()
	if json.parse(str(_model.metadata.get(key, "{}"))) == OK and json.data is Dictionary:
		return json.data
	return {}
