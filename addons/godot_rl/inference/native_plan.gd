extends "res://addons/godot_rl/inference/onnx_plan.gd"
## A plan that leaves the whole model to onnxruntime, by way of a library that `make native` builds.
##
## ONNXModel asks for one at each load and plans in GDScript when there is none, which is the rule:
## the library is an option for large networks such as those of images. `--rl.onnx_runner=gdscript`,
## or the project setting `godot_rl/onnx_runner`, keeps to GDScript; `native` insists on the
## library.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const ONNXNativePlan := preload("res://addons/godot_rl/inference/native_plan.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")

## The library's class.
const CLASS: StringName = &"GodotRLNativeSession"

## What computes models that are loaded from now on: "auto", "gdscript" or "native"; empty: what the
## command line and the project say.
static var runner: String = ""

static var _told: String = ""

var _session: RefCounted
# Place of each input and output in the session, in the graph's order.
var _input_places: PackedInt64Array = []
var _output_places: PackedInt64Array = []
# What forward() has set all inputs for; 0: nothing.
var _batch: int = 0
var _floats_in: int = 0
var _place_in: int = -1
var _place_out: int = -1


## Returns a plan for the model whose file is [param bytes]; null when GDScript is to compute it.
## A plan whose [member ONNXPlan.error] is set tells why the library, which was insisted on, cannot.
static func make(graph: ONNXGraph, bytes: PackedByteArray) -> ONNXNativePlan:
	var wanted: String = wanted_runner()
	if wanted == "gdscript" or (wanted != "native" and not is_there()):
		return null
	var plan: ONNXNativePlan = ONNXNativePlan.new(graph, bytes)
	return plan if plan.error.is_empty() or wanted == "native" else null


## Whether the library was built and loaded.
static func is_there() -> bool:
	return ClassDB.class_exists(CLASS)


## "auto", "gdscript" or "native".
static func wanted_runner() -> String:
	if not runner.is_empty():
		return runner
	if _told.is_empty():
		_told = RLLaunchOptions.from_command_line().onnx_runner
		_told = _told if not _told.is_empty() else "auto"
	return _told


func _init(graph: ONNXGraph, bytes: PackedByteArray) -> void:
	super(graph)
	error = _open(bytes)


## Version of onnxruntime.
func version() -> String:
	return _session.call(&"version")


## Whether this plan serves the output [param _name] alone: one session computes all outputs, so no
## second plan is made for one of them.
func is_only_for(_name: String) -> bool:
	return true


## The floats of the output [param action] for [param batch] observations, every other input zero;
## empty when [method execute] has to say what does not fit. A file made for a batch of one serves
## any, row by row.
func forward(
	observation: ONNXGraph.RLValueInfo,
	action: ONNXGraph.RLValueInfo,
	observations: PackedFloat32Array,
	batch: int
) -> PackedFloat32Array:
	if batch > 1 and not observation.shape.is_empty() and observation.shape[0] == 1:
		var actions: PackedFloat32Array = []
		var width: int = floori(float(observations.size()) / batch)
		for i: int in batch:
			var row: PackedFloat32Array = observations.slice(i * width, (i + 1) * width)
			actions.append_array(forward(observation, action, row, 1))
		return actions
	if batch != _batch and not _prepare(observation, action, batch):
		return []
	if observations.size() != _floats_in:
		return []
	return _session.call(&"forward", _place_in, observations, _place_out)


## See ONNXPlan; all outputs are computed.
func execute(values: Dictionary[String, ONNXTensor]) -> bool:
	_batch = 0
	for i: int in _graph.inputs.size():
		if not _set_input(i, values[_graph.inputs[i].name]):
			return false
	error = _session.call(&"compute")
	if not error.is_empty():
		return false
	for i: int in _graph.outputs.size():
		values[_graph.outputs[i].name] = _output(_output_places[i])
	return true


## Sets every input to zeros, shaped for a batch; false where a shape is not known beforehand.
func _prepare(
	observation: ONNXGraph.RLValueInfo, action: ONNXGraph.RLValueInfo, batch: int
) -> bool:
	_batch = 0
	for i: int in _graph.inputs.size():
		var info: ONNXGraph.RLValueInfo = _graph.inputs[i]
		var shape: PackedInt64Array = info.shape.duplicate()
		if not shape.is_empty() and shape[0] == -1:
			shape[0] = batch
		if not info.has_shape or shape.has(-1) or info.dtype != ONNXTensor.FLOAT:
			return false
		var zeros: PackedFloat32Array = []
		zeros.resize(ONNXTensor.count(shape))
		if not _set_input(i, ONNXTensor.of_floats(zeros, shape)):
			return false
		if info == observation:
			_place_in = _input_places[i]
			_floats_in = zeros.size()
	_place_out = _output_places[_graph.outputs.find(action)]
	_batch = batch
	return true


# onnxruntime plans for itself, and may know operators that GDScript does not.
func _plan_steps() -> void:
	pass


func _set_input(index: int, tensor: ONNXTensor) -> bool:
	error = _session.call(
		&"set_input",
		_input_places[index],
		tensor.floats if tensor.is_float() else tensor.ints,
		tensor.shape,
		tensor.dtype
	)
	return error.is_empty()


func _output(place: int) -> ONNXTensor:
	var shape: PackedInt64Array = _session.call(&"output_shape", place)
	var dtype: int = _session.call(&"output_type", place)
	if dtype == ONNXTensor.FLOAT:
		var floats: PackedFloat32Array = _session.call(&"output_floats", place)
		return ONNXTensor.of_floats(floats, shape)
	var ints: PackedInt64Array = _session.call(&"output_ints", place)
	return ONNXTensor.of_ints(ints, shape, dtype)


## Opens the model; returns what is wrong, or "".
func _open(bytes: PackedByteArray) -> String:
	if not is_there():
		return "--rl.onnx_runner=native, but this game has no native library: run `make native`"
	_session = ClassDB.instantiate(CLASS)
	var problem: String = _session.call(&"open", bytes)
	if not problem.is_empty():
		return "onnxruntime: " + problem
	for info: ONNXGraph.RLValueInfo in _graph.inputs:
		_input_places.append(_session.call(&"input_index", info.name))
	for info: ONNXGraph.RLValueInfo in _graph.outputs:
		_output_places.append(_session.call(&"output_index", info.name))
		if not ONNXTensor.holds(info.dtype):
			var type: String = ONNXTensor.type_name(info.dtype)
			return "output '%s' has the unsupported type %s" % [info.name, type]
	if _input_places.has(-1) or _output_places.has(-1):
		return "onnxruntime sees other inputs and outputs than the file lists"
	return ""
