extends "res://addons/godot_rl/inference/fused/step.gd"
## A run of nodes that ONNXPlan found to be one chain [rows, columns] -> [rows, columns]: dense
## layers with constant weights and elementwise steps between them, computed on Vector4s without
## going back to tensors in between.
##
## On an input of another rank it computes its nodes one by one, so the result never depends on
## having been fused.

const ONNXActivation := preload("res://addons/godot_rl/inference/fused/activation.gd")
const ONNXActivationStage := preload("res://addons/godot_rl/inference/fused/activation_stage.gd")
const ONNXChain := preload("res://addons/godot_rl/inference/fused/chain.gd")
const ONNXDenseLayer := preload("res://addons/godot_rl/inference/fused/dense_layer.gd")
const ONNXIntegerProduct := preload("res://addons/godot_rl/inference/operators/integer_product.gd")
const ONNXOperators := preload("res://addons/godot_rl/inference/onnx_operators.gd")
const ONNXPointwiseStage := preload("res://addons/godot_rl/inference/fused/pointwise_stage.gd")
const ONNXQuantizeOperators := preload(
	"res://addons/godot_rl/inference/operators/quantize_operators.gd"
)
const ONNXQuantizedStages := preload("res://addons/godot_rl/inference/fused/quantized_stages.gd")
const ONNXQuantizer := preload("res://addons/godot_rl/inference/fused/quantizer.gd")
const ONNXStage := preload("res://addons/godot_rl/inference/fused/stage.gd")
const ONNXStep := preload("res://addons/godot_rl/inference/fused/step.gd")
const ONNXVectors := preload("res://addons/godot_rl/inference/fused/vectors.gd")
const ARITHMETIC: Dictionary[String, ONNXPointwiseStage.RLKind] = {
	"Add": ONNXPointwiseStage.RLKind.ADD,
	"Sub": ONNXPointwiseStage.RLKind.SUB,
	"Mul": ONNXPointwiseStage.RLKind.MUL,
	"Div": ONNXPointwiseStage.RLKind.DIV,
	"Min": ONNXPointwiseStage.RLKind.MIN,
	"Max": ONNXPointwiseStage.RLKind.MAX,
}

## Columns of the input and of the output.
var input_size: int = 0
var output_size: int = 0

var _constants: Dictionary[String, ONNXTensor] = {}
var _stages: Array[ONNXStage] = []


## The longest chain that begins with the first of [param candidates], each of which reads the one
## before and otherwise constants; null if it would hold no dense layer.
static func make(
	candidates: Array[ONNXNode], constants: Dictionary[String, ONNXTensor]
) -> ONNXChain:
	var chain: ONNXChain = ONNXChain.new()
	chain._constants = constants
	for node: ONNXNode in candidates:
		if chain.input_size == 0:
			chain.input_size = chain._columns_read(node)
	if chain.input_size == 0:
		return null
	chain.output_size = chain.input_size
	chain.inputs = [chain._dynamic_input(candidates[0])]
	var has_dense: bool = false
	var at: int = 0
	while at < candidates.size():
		var node: ONNXNode = candidates[at]
		var is_dense: bool = chain._dense_weights(node) != null
		var taken: int = 0
		if is_dense:
			taken = chain._take_dense(candidates, at)
		elif node.op_type == "DynamicQuantizeLinear":
			is_dense = true
			taken = chain._take_quantized(candidates, at)
		elif node.op_type == "QuantizeLinear":
			taken = chain._take_snap(candidates, at)
		else:
			taken = 1 if chain._take_pointwise(node) else 0
		if taken == 0:
			break
		has_dense = has_dense or is_dense
		chain.nodes.append_array(candidates.slice(at, at + taken))
		at += taken
	if not has_dense:
		return null
	chain.outputs = chain.nodes[-1].outputs
	return chain


## The chain on [param rows] rows of input_size floats.
func forward(floats: PackedFloat32Array, rows: int) -> PackedFloat32Array:
	var vectors: PackedVector4Array = ONNXVectors.rows(floats, input_size)
	for stage: ONNXStage in _stages:
		vectors = stage.apply(vectors, rows)
	return ONNXVectors.unpadded(vectors, output_size)


func compute(values: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var tensor: ONNXTensor = values[0]
	if nodes[0].op_type == "Flatten" and tensor.shape.size() > 2 and tensor.shape[0] > 0:
		tensor = tensor.reshaped([tensor.shape[0], ONNXTensor.count(tensor.shape.slice(1))])
	if tensor.is_float() and tensor.shape.size() == 2 and tensor.shape[1] == input_size:
		var rows: int = tensor.shape[0]
		var floats: PackedFloat32Array = forward(tensor.floats, rows) if rows > 0 else tensor.floats
		return [ONNXTensor.of_floats(floats, [rows, output_size])]
	return run_nodes(self, values, _constants)


## Computes the nodes of a step one by one: they read its only input, each other and constants.
static func run_nodes(
	step: ONNXStep, values: Array[ONNXTensor], constants: Dictionary[String, ONNXTensor]
) -> Array[ONNXTensor]:
	var known: Dictionary[String, ONNXTensor] = {step.inputs[0]: values[0]}
	for node: ONNXNode in step.nodes:
		var read: Array[ONNXTensor] = []
		for name: String in node.inputs:
			read.append(constants.get(name) if constants.has(name) else known.get(name))
		var results: Array[ONNXTensor] = ONNXOperators.run(node, read)
		if results.is_empty():
			return []
		for i: int in node.outputs.size():
			known[node.outputs[i]] = results[i]
	return [known[step.outputs[0]]]


func _dynamic_input(node: ONNXNode) -> String:
	for name: String in node.inputs:
		if not name.is_empty() and not _constants.has(name):
			return name
	return ""


## The constant of an input, or null.
func _constant(node: ONNXNode, index: int) -> ONNXTensor:
	return _constants.get(node.inputs[index]) if index < node.inputs.size() else null


func _dense_weights(node: ONNXNode) -> ONNXTensor:
	if node.op_type not in ["Gemm", "MatMul"] or _constant(node, 0) != null:
		return null
	var weights: ONNXTensor = _constant(node, 1)
	if weights == null or not weights.is_float() or weights.shape.size() != 2:
		return null
	return weights if weights.size() > 0 and node.int_of("transA", 0) == 0 else null


## Columns of the input of a node that multiplies by constant weights; 0 for any other node.
func _columns_read(node: ONNXNode) -> int:
	var weights: ONNXTensor = _dense_weights(node)
	if weights != null:
		return weights.shape[int(node.int_of("transB", 0) != 0)]
	weights = _constant(node, 1) if node.op_type == "MatMulInteger" else null
	return weights.shape[0] if weights != null and weights.shape.size() == 2 else 0


## How many nodes became a dense layer: 0, 1, or 2 with a separate Add of the bias.
func _take_dense(candidates: Array[ONNXNode], at: int) -> int:
	var node: ONNXNode = candidates[at]
	var weights: ONNXTensor = _dense_weights(node)
	var by_input: bool = node.int_of("transB", 0) == 0
	var columns: int = weights.shape[1 if by_input else 0]
	if weights.shape[0 if by_input else 1] != output_size:
		return 0
	var bias: PackedFloat32Array = []
	bias.resize(columns)
	var taken: int = 1
	if node.inputs.size() > 2 and not node.inputs[2].is_empty():
		bias = _per_column(_constant(node, 2), columns)
		if bias.is_empty():
			return 0
		_scale(bias, node.float_of("beta", 1.0))
	else:
		var added: PackedFloat32Array = _bias_behind(candidates, at, columns)
		if not added.is_empty():
			bias = added
			taken = 2
	var snap: ONNXQuantizedStages.RLSnap = null
	if not _stages.is_empty():
		snap = _stages[-1] as ONNXQuantizedStages.RLSnap
	var scaled: PackedFloat32Array = weights.floats.duplicate()
	if snap != null and weights.step > 0.0 and node.float_of("alpha", 1.0) == 1.0:
		snap.keeps_whole = true
		for i: int in scaled.size():
			scaled[i] = roundf(scaled[i] / weights.step)
		var scales: PackedFloat32Array = bias.duplicate()
		scales.fill(snap.quantizer.scale * weights.step)
		_stages.append(ONNXQuantizedStages.RLDense.new(scaled, scales, bias, by_input, false))
	else:
		_scale(scaled, node.float_of("alpha", 1.0))
		_stages.append(ONNXDenseLayer.new(scaled, bias, by_input))
	output_size = columns
	return taken


## The five nodes of a dynamically quantised product (see ONNXPlan), and an Add of the bias.
func _take_quantized(candidates: Array[ONNXNode], at: int) -> int:
	var scaling: ONNXNode = candidates[at + 1]
	var product: ONNXNode = candidates[at + 2]
	var weights: ONNXTensor = _constant(product, 1)
	var zero: ONNXTensor = _constant(product, 3)
	if weights == null or weights.is_float() or weights.shape.size() != 2:
		return 0
	var columns: int = weights.shape[1]
	var scale: ONNXTensor = _constant(scaling, 0)
	var scales: PackedFloat32Array = _per_column(
		_constant(scaling, 1) if scale == null else scale, columns
	)
	var fits: bool = weights.shape[0] == output_size and not scales.is_empty()
	if not fits or (zero != null and zero.size() not in [1, columns]):
		return 0
	var bias: PackedFloat32Array = _bias_behind(candidates, at + 4, columns)
	var taken: int = 5 if bias.is_empty() else 6
	bias.resize(columns)
	var whole: PackedFloat32Array = ONNXIntegerProduct.whole(weights, zero)
	_stages.append(ONNXQuantizedStages.RLDense.new(whole, scales, bias, true, true))
	output_size = columns
	return taken


## A QuantizeLinear and the DequantizeLinear that undoes it, with one constant scale.
func _take_snap(candidates: Array[ONNXNode], at: int) -> int:
	if at + 1 >= candidates.size() or candidates[at + 1].op_type != "DequantizeLinear":
		return 0
	for index: int in [1, 2]:
		var there: ONNXTensor = _constant(candidates[at], index)
		var back: ONNXTensor = _constant(candidates[at + 1], index)
		if there == null or back == null or there.size() != 1 or there.dtype != back.dtype:
			return 0
		if there.floats != back.floats or there.ints != back.ints:
			return 0
	var zero: ONNXTensor = _constant(candidates[at], 2)
	if not ONNXQuantizeOperators.RANGES.has(zero.dtype):
		return 0
	var bounds: Vector2i = ONNXQuantizeOperators.RANGES[zero.dtype]
	var stage: ONNXQuantizedStages.RLSnap = ONNXQuantizedStages.RLSnap.new()
	var scale: float = _constant(candidates[at], 1).floats[0]
	stage.quantizer = ONNXQuantizer.new(scale, zero.ints[0], bounds.x, bounds.y)
	_stages.append(stage)
	return 2


## What an Add behind a product adds to each column; empty if none follows.
func _bias_behind(candidates: Array[ONNXNode], at: int, columns: int) -> PackedFloat32Array:
	if at + 1 >= candidates.size() or candidates[at + 1].op_type != "Add":
		return []
	var added: ONNXTensor = _constant(candidates[at + 1], 0)
	return _per_column(_constant(candidates[at + 1], 1) if added == null else added, columns)


func _take_pointwise(node: ONNXNode) -> bool:
	if ARITHMETIC.has(node.op_type):
		return _take_arithmetic(node)
	match node.op_type:
		"Flatten":
			return node.int_of("axis", 1) in [1, -1]
		"Cast":
			# What comes out of a stage is float32; what comes into the chain may be anything.
			return node.int_of("to", 0) == ONNXTensor.FLOAT and not _stages.is_empty()
		"BatchNormalization":
			return _take_batch_normalization(node)
	var bound: ONNXPointwiseStage = ONNXPointwiseStage.clip(node, _constants)
	if bound != null:
		_add_pointwise(bound)
		return true
	var activation: ONNXStage = ONNXActivation.of(node)
	if activation == null:
		activation = ONNXActivationStage.make(node)
	if activation != null:
		_stages.append(activation)
	return activation != null


func _add_pointwise(stage: ONNXPointwiseStage) -> void:
	var last: ONNXPointwiseStage = null
	if not _stages.is_empty():
		last = _stages[-1] as ONNXPointwiseStage
	if last == null or not last.absorb(stage):
		_stages.append(stage)


func _take_batch_normalization(node: ONNXNode) -> bool:
	var columns: Array[PackedFloat32Array] = []
	for i: int in range(1, 5):
		var constant: ONNXTensor = _constant(node, i)
		if constant == null or not constant.is_float() or constant.size() != output_size:
			return false
		columns.append(constant.floats.duplicate())
	var factor: PackedFloat32Array = columns[0]
	for i: int in output_size:
		factor[i] /= sqrt(columns[3][i] + node.float_of("epsilon", 1e-5))
	var kinds: Array[ONNXPointwiseStage.RLKind] = [
		ONNXPointwiseStage.RLKind.SUB, ONNXPointwiseStage.RLKind.MUL, ONNXPointwiseStage.RLKind.ADD
	]
	for i: int in 3:
		var constants: PackedFloat32Array = [columns[2], factor, columns[1]][i]
		_stages.append(ONNXPointwiseStage.with_constants(kinds[i], constants))
	return true


func _take_arithmetic(node: ONNXNode) -> bool:
	var left: ONNXTensor = _constant(node, 0)
	var constant: ONNXTensor = _constant(node, 1) if left == null else left
	var columns: PackedFloat32Array = _per_column(constant, output_size)
	if columns.is_empty() or node.inputs.size() != 2 or (left != null and node.op_type == "Div"):
		return false
	var kind: ONNXPointwiseStage.RLKind = ARITHMETIC[node.op_type]
	if node.op_type == "Sub" and left != null:
		kind = ONNXPointwiseStage.RLKind.RSUB
	_add_pointwise(ONNXPointwiseStage.with_constants(kind, columns))
	return true


## One number a column, when the constant means the same for every row of a matrix; else empty.
static func _per_column(constant: ONNXTensor, columns: int) -> PackedFloat32Array:
	if constant == null or not constant.is_float() or constant.shape.size() > 2:
		return []
	var result: PackedFloat32Array = []
	if constant.size() == 1:
		result.resize(columns)
		result.fill(constant.floats[0])
	elif constant.size() == columns and constant.shape[-1] == columns:
		result = constant.floats.duplicate()
	return result


static func _scale(values: PackedFloat32Array, factor: float) -> void:
	if factor != 1.0:
		for i: int in values.size():
			values[i] *= factor
