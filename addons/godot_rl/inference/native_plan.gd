class_name ONNXNativePlan
extends ONNXPlan
## A plan that leaves the whole model to onnxruntime, by way of a library that `make native` builds.
##
## ONNXModel asks for one at each load and plans in GDScript when there is none, which is the rule:
## the library is an option for large networks such as those of images. `--onnx_runner=gdscript`, or
## the project setting `godot_rl/onnx_runner`, keeps to GDScript; `native` insists on the library.

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
	super(ONNXGraph.new())
	_graph = graph
	error = _open(bytes)


## Version of onnxruntime.
func version() -> String:
	return _session.call(&"version")


## See ONNXPlan; all outputs are computed.
func execute(values: Dictionary[String, ONNXTensor]) -> bool:
	for i: int in _graph.inputs.size():
		var tensor: ONNXTensor = values[_graph.inputs[i].name]
		error = _session.call(
			&"set_input",
			_input_places[i],
			tensor.floats if tensor.is_float() else tensor.ints,
			tensor.shape,
			tensor.dtype
		)
		if not error.is_empty():
			return false
	error = _session.call(&"compute")
	if not error.is_empty():
		return false
	for i: int in _graph.outputs.size():
		values[_graph.outputs[i].name] = _output(_output_places[i])
	return true


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
		return "--onnx_runner=native, but this game has no native library: run `make native`"
	_session = ClassDB.instantiate(CLASS)
	var problem: String = _session.call(&"open", bytes)
	if not problem.is_empty():
		return "onnxruntime: " + problem
	for info: ONNXGraph.ValueInfo in _graph.inputs:
		_input_places.append(_session.call(&"input_index", info.name))
	for info: ONNXGraph.ValueInfo in _graph.outputs:
		_output_places.append(_session.call(&"output_index", info.name))
		if not ONNXTensor.holds(info.dtype):
			var type: String = ONNXTensor.type_name(info.dtype)
			return "output '%s' has the unsupported type %s" % [info.name, type]
	if _input_places.has(-1) or _output_places.has(-1):
		return "onnxruntime sees other inputs and outputs than the file lists"
	return ""
