extends RefCounted
## What is left to do at each run of a model: made once at load from an ONNXGraph, used by
## ONNXModel.
##
## Nodes that no output needs are dropped, what depends on constants only is computed, those that
## change nothing (Identity, Dropout) become another name for their input, and chains of dense
## layers and elementwise steps become ONNXChains. A graph with anything unsupported in it is
## refused here.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const ONNXChain := preload("res://addons/godot_rl/inference/fused/chain.gd")
const ONNXGraph := preload("res://addons/godot_rl/inference/onnx_graph.gd")
const ONNXImageChain := preload("res://addons/godot_rl/inference/fused/image_chain.gd")
const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXNodeStep := preload("res://addons/godot_rl/inference/fused/node_step.gd")
const ONNXOperators := preload("res://addons/godot_rl/inference/onnx_operators.gd")
const ONNXStep := preload("res://addons/godot_rl/inference/fused/step.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")

## Empty while all is well.
var error: String = ""
## Whether the last failure lay in the values fed, not in their types and shapes.
var failed_by_value: bool = false
## Whether values fed decide about the lengths of others (NonZero, Range).
var sized_by_value: bool = false
## In the order in which they are to be computed.
var steps: Array[ONNXStep] = []
## Initializers, and what was computed from them.
var constants: Dictionary[String, ONNXTensor] = {}

var _graph: ONNXGraph
var _outputs: PackedStringArray = []
var _other_names: Dictionary[String, String] = {}


## Plans a graph, or the part of it that [param outputs] need; check [member error] afterwards.
func _init(graph: ONNXGraph, outputs: PackedStringArray = []) -> void:
	_graph = graph
	_outputs = outputs
	constants = graph.constants.duplicate()
	_plan_steps()


## The name under which a value is kept while the plan runs.
func resolve(name: String) -> String:
	return _other_names.get(name, name)


## Computes all steps; [param values] holds the inputs, and receives what is computed.
func execute(values: Dictionary[String, ONNXTensor]) -> bool:
	for step: ONNXStep in steps:
		var results: Array[ONNXTensor] = step.compute(_gather(step.inputs, values))
		if results.is_empty():
			return _failed(step.nodes)
		for i: int in step.outputs.size():
			if not step.outputs[i].is_empty():
				values[step.outputs[i]] = results[i]
	return true


## Whether all that is computed serves [param output]; other outputs echo inputs at most.
func is_only_for(output: String) -> bool:
	var own: Array[ONNXNode] = _needed([output])
	return _needed(_output_names()).all(
		func(node: ONNXNode) -> bool: return node in own or node.op_type == "Identity"
	)


## Names of the graph inputs that an output depends on.
func inputs_behind(output: String) -> PackedStringArray:
	var reached: Dictionary[String, bool] = {output: true}
	for i: int in range(_graph.nodes.size() - 1, -1, -1):
		var node: ONNXNode = _graph.nodes[i]
		for name: String in node.outputs:
			if reached.has(name):
				for read: String in node.inputs:
					reached[read] = true
	var names: PackedStringArray = []
	for info: ONNXGraph.RLValueInfo in _graph.inputs:
		if reached.has(info.name):
			names.append(info.name)
	return names


## Makes [member steps], or sets [member error].
func _plan_steps() -> void:
	error = _refusal()
	if not error.is_empty():
		return
	var live: Array[ONNXNode] = _fold(_needed(_output_names()))
	if error.is_empty():
		_fuse(live)


func _failed(nodes: Array[ONNXNode]) -> bool:
	for node: ONNXNode in nodes:
		if not node.error.is_empty():
			error = "operator %s: %s" % [node.describe(), node.error]
			failed_by_value = node.failed_by_value
	return false


func _gather(names: PackedStringArray, values: Dictionary[String, ONNXTensor]) -> Array[ONNXTensor]:
	var inputs: Array[ONNXTensor] = []
	for name: String in names:
		inputs.append(constants.get(name) if constants.has(name) else values.get(name))
	return inputs


func _output_names() -> PackedStringArray:
	if not _outputs.is_empty():
		return _outputs
	var names: PackedStringArray = []
	for info: ONNXGraph.RLValueInfo in _graph.outputs:
		names.append(info.name)
	return names


func _refusal() -> String:
	if _graph.opset < ONNXOperators.MIN_OPSET or _graph.opset > ONNXOperators.MAX_OPSET:
		return (
			"opset %d is not supported (%d to %d are): export again with opset_version=17"
			% [_graph.opset, ONNXOperators.MIN_OPSET, ONNXOperators.MAX_OPSET]
		)
	var known: Dictionary[String, bool] = {"": true}
	for name: String in constants:
		known[name] = true
	for info: ONNXGraph.RLValueInfo in _graph.inputs:
		known[info.name] = true
		if not ONNXTensor.holds(info.dtype):
			var type: String = ONNXTensor.type_name(info.dtype)
			return "input '%s' has the unsupported type %s" % [info.name, type]
	for node: ONNXNode in _graph.nodes:
		var reason: String = _node_refusal(node, known)
		if not reason.is_empty():
			return reason
	for name: String in _output_names():
		if name.is_empty() or not known.has(name):
			return "nothing writes the output '%s'" % name
	return ""


## Why a node cannot be used where it stands; else its outputs are added to [param known].
func _node_refusal(node: ONNXNode, known: Dictionary[String, bool]) -> String:
	var reason: String = ONNXOperators.refusal(node)
	for name: String in node.inputs:
		if reason.is_empty() and not known.has(name):
			reason = "operator %s reads '%s', which nothing writes" % [node.describe(), name]
	for name: String in node.outputs:
		if reason.is_empty() and not name.is_empty() and known.has(name):
			reason = "operator %s writes '%s' a second time" % [node.describe(), name]
		known[name] = true
	return reason


## The nodes that the outputs depend on, in order.
func _needed(outputs: PackedStringArray) -> Array[ONNXNode]:
	var wanted: Dictionary[String, bool] = {}
	for name: String in outputs:
		wanted[name] = true
	var nodes: Array[ONNXNode] = []
	for i: int in range(_graph.nodes.size() - 1, -1, -1):
		var node: ONNXNode = _graph.nodes[i]
		for name: String in node.outputs:
			if wanted.has(name) and not name.is_empty():
				nodes.append(node)
				for read: String in node.inputs:
					wanted[read] = true
				break
	nodes.reverse()
	return nodes


## Computes what depends on constants only and shortens names; what remains is returned.
func _fold(nodes: Array[ONNXNode]) -> Array[ONNXNode]:
	var live: Array[ONNXNode] = []
	for node: ONNXNode in nodes:
		var constant: bool = node.op_type not in ONNXOperators.RANDOM
		for i: int in node.inputs.size():
			node.inputs[i] = resolve(node.inputs[i])
			constant = constant and (node.inputs[i].is_empty() or constants.has(node.inputs[i]))
		if constant:
			var results: Array[ONNXTensor] = ONNXOperators.run(node, _gather(node.inputs, {}))
			if results.is_empty():
				error = "operator %s: %s" % [node.describe(), node.error]
				return []
			for i: int in node.outputs.size():
				if not node.outputs[i].is_empty():
					constants[node.outputs[i]] = results[i]
		elif _changes_nothing(node):
			_other_names[node.outputs[0]] = node.inputs[0]
		else:
			live.append(node)
			sized_by_value = sized_by_value or node.op_type in ["NonZero", "Range"]
	return live


func _changes_nothing(node: ONNXNode) -> bool:
	match node.op_type:
		"Identity":
			return true
		"Concat":
			return node.inputs.size() == 1
		"Cast":
			for info: ONNXGraph.RLValueInfo in _graph.inputs:
				if info.name == node.inputs[0]:
					return info.dtype == node.int_of("to", 0)
		"Dropout":
			return node.outputs.size() == 1 and node.inputs.size() < 3
	return false


func _fuse(nodes: Array[ONNXNode]) -> void:
	var readers: Dictionary[String, Array] = {}
	for node: ONNXNode in nodes:
		for name: String in node.inputs:
			readers.get_or_add(name, []).append(node)
	for name: String in _output_names():
		readers.get_or_add(resolve(name), []).append(null)
	var taken: Dictionary[ONNXNode, bool] = {}
	for node: ONNXNode in nodes:
		if taken.has(node):
			continue
		var line: Array[ONNXNode] = _line_from(node, readers)
		var step: ONNXStep = ONNXChain.make(line, constants)
		if step == null:
			step = ONNXImageChain.make(line, constants)
		if step == null:
			step = ONNXNodeStep.new(node)
			if not ONNXOperators.prepare(node, _gather(node.inputs, {})):
				_failed([node])
		steps.append(step)
		for part: ONNXNode in step.nodes:
			taken[part] = true


## The nodes from [param node] on, as long as each is the only reader of the one before and reads
## nothing else but constants.
func _line_from(node: ONNXNode, readers: Dictionary[String, Array]) -> Array[ONNXNode]:
	var line: Array[ONNXNode] = []
	var next: ONNXNode = node
	while next != null and _dynamic_inputs(next) == 1:
		var part: Array[ONNXNode] = [next]
		if next.outputs.size() > 1:
			part = _quantized_product(next, readers)
		if part.is_empty():
			break
		line.append_array(part)
		next = _only_reader(part[-1].outputs[0], readers)
	return line


## The five nodes that onnxruntime's quantize_dynamic writes for the product of one value and
## constant weights, the first and the last of them at the ends; empty if [param first] is not the
## first of such.
func _quantized_product(first: ONNXNode, readers: Dictionary[String, Array]) -> Array[ONNXNode]:
	var scaling: ONNXNode = null
	var product: ONNXNode = null
	var cast: ONNXNode = null
	var last: ONNXNode = null
	if first.op_type == "DynamicQuantizeLinear" and first.outputs.size() == 3:
		scaling = _only_reader(first.outputs[1], readers)
		product = _only_reader(first.outputs[2], readers)
	if scaling == null or scaling.op_type != "Mul" or product == null:
		return []
	if product.op_type == "MatMulInteger" and product == _only_reader(first.outputs[0], readers):
		cast = _only_reader(product.outputs[0], readers)
	if cast != null and cast.op_type == "Cast" and cast.int_of("to", 0) == ONNXTensor.FLOAT:
		last = _only_reader(cast.outputs[0], readers)
	var is_whole: bool = (
		last != null
		and last.op_type == "Mul"
		and last == _only_reader(scaling.outputs[0], readers)
		and last.outputs.size() == 1
		and product.inputs[0] == first.outputs[0]
		and product.inputs.size() > 2
		and product.inputs[2] == first.outputs[2]
		and _dynamic_inputs(scaling) == 1
		and _dynamic_inputs(product) == 2
	)
	var nodes: Array[ONNXNode] = []
	if is_whole:
		nodes = [first, scaling, product, cast, last]
	return nodes


func _only_reader(name: String, readers: Dictionary[String, Array]) -> ONNXNode:
	var reading: Array = readers.get(name, [])
	return reading[0] if reading.size() == 1 else null


func _dynamic_inputs(node: ONNXNode) -> int:
	var count: int = 0
	for name: String in node.inputs:
		if not name.is_empty() and not constants.has(name):
			count += 1
	return count
