class_name ONNXModel
extends RefCounted
## An ONNX model, run inside the engine by plain GDScript: no .NET, no native library.
##
## [codeblock]
## var model: ONNXModel = ONNXModel.load_file("res://policy.onnx")
## var actions: PackedFloat32Array = model.forward(observations)
## [/codeblock]
## [method forward] is the fast way for a policy (input `obs`, output `output`), [method run] takes
## any supported model. docs/inference.md tells how exact and fast it is, docs/onnx_operators.md
## what is supported.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const ONNXChain := preload("res://addons/godot_rl/inference/fused/chain.gd")
const ONNXGraph := preload("res://addons/godot_rl/inference/onnx_graph.gd")
const ONNXNativePlan := preload("res://addons/godot_rl/inference/native_plan.gd")
const ONNXPlan := preload("res://addons/godot_rl/inference/onnx_plan.gd")
const ONNXReader := preload("res://addons/godot_rl/inference/onnx_reader.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")

## Larger files are refused.
const MAX_BYTES: int = 1 << 29
## A model with a larger input is not tried out at load: it would take too long.
const LARGEST_TRIAL: int = 1 << 20
## Further reasons are only set in [member error]: a game that plays on must not fill its log.
const MOST_REPORTS: int = 8
## The names that godot-rl's exporter and ours give.
const OBSERVATION: String = "obs"
const ACTION: String = "output"

## Why the last load_file or load_bytes returned null; empty after one that did not.
static var last_load_error: String = ""

## Why the last call failed; empty after a call that did not.
var error: String = ""
## Where the model came from.
var path: String = ""
## Version of ONNX's operator set.
var opset: int = 0
## The file's metadata: text by key.
var metadata: Dictionary = {}
## Number of floats of one agent's observation, 0 if the file leaves it open.
var input_size: int = 0
## Number of floats that forward returns for each agent, 0 if it is not known before the first run.
var output_size: int = 0
## The input that forward feeds, normally `obs`.
var observation_name: String = ""
## Inputs and outputs with their types and shapes.
var inputs: Array[ONNXGraph.RLValueInfo] = []
var outputs: Array[ONNXGraph.RLValueInfo] = []

var _plan: ONNXPlan
# What forward() computes: the actions alone.
var _forward_plan: ONNXPlan
var _behind: PackedStringArray = []
var _observation: ONNXGraph.RLValueInfo
var _action: ONNXGraph.RLValueInfo
var _not_forward: String = ""
var _direct: ONNXChain
# What was logged.
var _reported: PackedStringArray = []


## Loads a model from res://, user:// or an absolute path, also out of an exported .pck. Returns
## null, and reports why, when there is no such file, it is not ONNX, or it holds something
## unsupported.
static func load_file(from: String) -> ONNXModel:
	var file: FileAccess = FileAccess.open(from, FileAccess.READ)
	if file == null:
		return _refuse(from, "cannot open it: " + error_string(FileAccess.get_open_error()))
	if file.get_length() > MAX_BYTES:
		return _refuse(from, "it is larger than %d bytes" % MAX_BYTES)
	return load_bytes(file.get_buffer(file.get_length()), from)


## Loads a model from memory; [param label] is what messages call it. With [param is_quiet] a
## refusal is only told in [member last_load_error].
static func load_bytes(
	bytes: PackedByteArray, label: String = "ONNX model", is_quiet: bool = false
) -> ONNXModel:
	var model: ONNXModel = ONNXModel.new()
	model.path = label
	var reader: ONNXReader = ONNXReader.new()
	var graph: ONNXGraph = reader.read(bytes)
	model.error = reader.error
	if graph != null:
		model._plan = ONNXNativePlan.make(graph, bytes)
		if model._plan == null:
			model._plan = ONNXPlan.new(graph)
		model.error = model._plan.error
	if model.error.is_empty():
		model._describe(graph)
		model._try_out()
	if not model.error.is_empty():
		return _refuse(label, model.error, is_quiet)
	last_load_error = ""
	return model


## Whether [method forward] can be used: one float32 input decides about the output.
func can_forward() -> bool:
	return _not_forward.is_empty()


## The policy on [param batch] observations, one after another in [param observations]; returns as
## many actions. Empty, with [member error] set, when the sizes do not fit. For models whose output
## depends on one input only; `state_ins` of godot-rl's models is accepted, since they only echo
## it.
func forward(observations: PackedFloat32Array, batch: int = 1) -> PackedFloat32Array:
	if _direct != null and batch > 0 and observations.size() == batch * input_size:
		return _direct.forward(observations, batch)
	var native: ONNXNativePlan = _plan as ONNXNativePlan
	if native != null and _not_forward.is_empty() and batch > 0:
		var actions: PackedFloat32Array = native.forward(_observation, _action, observations, batch)
		if not actions.is_empty():
			return actions
	if not _not_forward.is_empty():
		_report(_not_forward)
		return []
	if batch <= 0 or (input_size > 0 and observations.size() != batch * input_size):
		_report(
			(
				"it takes %d floats for each agent, got %d for a batch of %d"
				% [input_size, observations.size(), batch]
			)
		)
		return []
	var values: Dictionary[String, ONNXTensor] = feeds_for(observations, batch)
	error = _feeds_error(values)
	if error.is_empty() and not _forward_plan.execute(values):
		error = _forward_plan.error
	if not error.is_empty():
		_report(error)
		return []
	var action: ONNXTensor = _result(_forward_plan, _action.name, values)
	return action.floats if action.is_float() else PackedFloat32Array(Array(action.ints))


## The names of the inputs on which the actions depend; a recurrent policy's state is one of them.
func inputs_of_action() -> PackedStringArray:
	return _behind


## What [method run] takes for [param batch] observations, one after another in
## [param observations]; all other inputs are zero.
func feeds_for(observations: PackedFloat32Array, batch: int) -> Dictionary[String, ONNXTensor]:
	var feeds: Dictionary[String, ONNXTensor] = {}
	for info: ONNXGraph.RLValueInfo in inputs:
		var shape: PackedInt64Array = _shape_for(info, batch)
		var values: PackedFloat32Array = observations
		if info != _observation:
			values = PackedFloat32Array()
			values.resize(ONNXTensor.count(shape))
		elif not info.has_shape or shape.has(-1):
			@warning_ignore("integer_division")
			shape = [batch, observations.size() / batch]
		feeds[info.name] = ONNXTensor.of_floats(values, shape)
	return feeds


## The whole model: a tensor for each input in, a tensor for each output back. Empty, with
## [member error] set, when something does not fit.
func run(feeds: Dictionary[String, ONNXTensor]) -> Dictionary[String, ONNXTensor]:
	error = ""
	var results: Dictionary[String, ONNXTensor] = _run(feeds)
	if not error.is_empty():
		_report(error)
	return results


func _run(feeds: Dictionary[String, ONNXTensor]) -> Dictionary[String, ONNXTensor]:
	error = _feeds_error(feeds)
	if not error.is_empty():
		return {}
	var values: Dictionary[String, ONNXTensor] = feeds.duplicate()
	if not _plan.execute(values):
		error = _plan.error
		return {}
	var results: Dictionary[String, ONNXTensor] = {}
	for info: ONNXGraph.RLValueInfo in outputs:
		results[info.name] = _result(_plan, info.name, values)
	return results


## What is wrong with the feeds of a run, or "".
func _feeds_error(feeds: Dictionary[String, ONNXTensor]) -> String:
	for name: String in feeds:
		if inputs.all(func(info: ONNXGraph.RLValueInfo) -> bool: return info.name != name):
			return "it has no input '%s'" % name
	for info: ONNXGraph.RLValueInfo in inputs:
		var problem: String = _mismatch(info, feeds.get(info.name))
		if not problem.is_empty():
			return problem
	return ""


# A copy: the value may share its data with a constant or with what the caller fed.
static func _result(
	plan: ONNXPlan, output: String, values: Dictionary[String, ONNXTensor]
) -> ONNXTensor:
	var name: String = plan.resolve(output)
	var result: ONNXTensor = values.get(name)
	return (plan.constants[name] if result == null else result).copy()


func _mismatch(info: ONNXGraph.RLValueInfo, tensor: ONNXTensor) -> String:
	if tensor == null:
		return "input '%s' is missing" % info.name
	if tensor.size() != ONNXTensor.count(tensor.shape):
		return (
			"input '%s' holds %d values for its shape %s" % [info.name, tensor.size(), tensor.shape]
		)
	var fits: bool = tensor.dtype == info.dtype
	if info.has_shape:
		fits = fits and tensor.shape.size() == info.shape.size()
		for axis: int in info.shape.size() if fits else 0:
			fits = fits and info.shape[axis] in [-1, tensor.shape[axis]]
	if fits:
		return ""
	return (
		"input '%s' is %s, expected %s%s (-1 = any)"
		% [info.name, tensor.describe(), ONNXTensor.type_name(info.dtype), info.shape]
	)


## Names out of a file may hold line breaks and worse; messages stay on one line.
static func _one_line(reason: String) -> String:
	for code: int in range(1, 32):
		reason = reason.replace(char(code), " ")
	return reason


static func _refuse(label: String, reason: String, is_quiet: bool = false) -> ONNXModel:
	reason = _one_line(reason)
	last_load_error = reason
	if not is_quiet:
		RLLog.error("cannot load the ONNX model '%s': %s" % [label, reason])
	return null


func _report(reason: String) -> void:
	error = _one_line(reason)
	if error not in _reported and _reported.size() < MOST_REPORTS:
		_reported.append(error)
		RLLog.error("ONNX model '%s': %s" % [path, error])


func _describe(graph: ONNXGraph) -> void:
	opset = graph.opset
	metadata = graph.metadata
	inputs = graph.inputs
	outputs = graph.outputs
	_action = outputs[0]
	for info: ONNXGraph.RLValueInfo in outputs:
		if info.name == ACTION:
			_action = info
	_behind = _plan.inputs_behind(_action.name)
	for info: ONNXGraph.RLValueInfo in inputs:
		if info.name in _behind and (_observation == null or info.name == OBSERVATION):
			_observation = info
	if _observation != null:
		observation_name = _observation.name
		input_size = _columns(_observation)
		output_size = _columns(_action)
	if _behind.size() != 1 or _observation.dtype != ONNXTensor.FLOAT:
		_not_forward = "forward() is for one float32 input, '%s' needs %s: call run()"
		_not_forward = _not_forward % [_action.name, _behind]
		return
	_forward_plan = _plan
	if not _plan.is_only_for(_action.name):
		_forward_plan = ONNXPlan.new(graph, [_action.name])
	if _forward_plan.steps.size() != 1:
		return
	var chain: ONNXChain = _forward_plan.steps[0] as ONNXChain
	var names_fit: bool = chain != null and chain.outputs[0] == _forward_plan.resolve(_action.name)
	# A chain computes each row alone: a file made for a batch of one serves any.
	if names_fit and _observation.shape.size() == 2 and _observation.shape[0] in [-1, 1]:
		output_size = chain.output_size
		if input_size in [0, chain.input_size]:
			input_size = chain.input_size
			_direct = chain


## Runs the model once on zeros, so that what cannot work is refused at load and not in the game. A
## model with free lengths other than the first (the batch), with integer inputs (a shape, an index,
## a divisor), or with lengths that depend on values is not tried: any choice might be wrong.
func _try_out() -> void:
	if _plan.sized_by_value:
		return
	var feeds: Dictionary[String, ONNXTensor] = {}
	for info: ONNXGraph.RLValueInfo in inputs:
		var shape: PackedInt64Array = _shape_for(info, 1)
		if not info.has_shape or shape.has(-1) or info.dtype != ONNXTensor.FLOAT:
			return
		if ONNXTensor.count(shape) > LARGEST_TRIAL:
			return
		var zeros: PackedFloat32Array = []
		zeros.resize(ONNXTensor.count(shape))
		feeds[info.name] = ONNXTensor.of_floats(zeros, shape)
	var results: Dictionary[String, ONNXTensor] = _run(feeds)
	if not error.is_empty() and _plan.failed_by_value:
		error = ""
		return
	if error.is_empty() and output_size == 0 and _not_forward.is_empty():
		output_size = results[_action.name].size()


## The declared shape with the batch in place of a free first length.
static func _shape_for(info: ONNXGraph.RLValueInfo, batch: int) -> PackedInt64Array:
	var shape: PackedInt64Array = info.shape.duplicate()
	if not shape.is_empty() and shape[0] == -1:
		shape[0] = batch
	return shape


## Number of values a row holds, 0 if that is not declared.
static func _columns(info: ONNXGraph.RLValueInfo) -> int:
	if not info.has_shape or info.shape.is_empty() or info.shape.slice(1).has(-1):
		return 0
	return ONNXTensor.count(info.shape.slice(1 if info.shape.size() > 1 else 0))
