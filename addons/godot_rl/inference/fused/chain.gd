class_name ONNXChain
extends ONNXStep
## A run of nodes that ONNXPlan found to be one chain [rows, columns] -> [rows, columns]: dense
## layers with constant weights and elementwise steps between them, computed on Vector4s without
## going back to tensors in between.
##
## On an input of another rank it computes its nodes one by one, so the result never depends on
## having been fused.

const ARITHMETIC: Dictionary[String, ONNXPointwiseStage.Kind] = {
	"Add": ONNXPointwiseStage.Kind.ADD,
	"Sub": ONNXPointwiseStage.Kind.SUB,
	"Mul": ONNXPointwiseStage.Kind.MUL,
	"Div": ONNXPointwiseStage.Kind.DIV,
	"Min": ONNXPointwiseStage.Kind.MIN,
	"Max": ONNXPointwiseStage.Kind.MAX,
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
		if chain._dense_weights(node) != null:
			chain.input_size = chain._dense_weights(node).shape[int(node.int_of("transB", 0) != 0)]
			break
	if chain.input_size == 0:
		return null
	chain.output_size = chain.input_size
	chain.inputs = [chain._dynamic_input(candidates[0])]
	var has_dense: bool = false
	var at: int = 0
	while at < candidates.size():
		var node: ONNXNode = candidates[at]
		var taken: int = 0
		if chain._dense_weights(node) != null:
			taken = chain._take_dense(
				node, candidates[at + 1] if at + 1 < candidates.size() else null
			)
			has_dense = has_dense or taken > 0
		else:
			taken = 1 if chain._take_pointwise(node) else 0
		if taken == 0:
			break
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
	return run_nodes(nodes, values, _constants)


## Computes a line of nodes one by one, each of which reads the one before and otherwise constants.
static func run_nodes(
	line: Array[ONNXNode], values: Array[ONNXTensor], constants: Dictionary[String, ONNXTensor]
) -> Array[ONNXTensor]:
	var present: Array[ONNXTensor] = values
	for node: ONNXNode in line:
		var read: Array[ONNXTensor] = []
		for name: String in node.inputs:
			# A constant, nothing, or the one dynamic value.
			var fixed: bool = name.is_empty() or constants.has(name)
			read.append(constants.get(name) if fixed else present[0])
		present = ONNXOperators.run(node, read)
		if present.is_empty():
			break
	return present


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


## How many nodes became a dense layer: 0, 1, or 2 with a separate Add of the bias.
func _take_dense(node: ONNXNode, next: ONNXNode) -> int:
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
	elif next != null and next.op_type == "Add":
		var added: ONNXTensor = _constant(next, 0)
		var spread: PackedFloat32Array = _per_column(
			_constant(next, 1) if added == null else added, columns
		)
		if not spread.is_empty():
			bias = spread
			taken = 2
	var scaled: PackedFloat32Array = weights.floats.duplicate()
	_scale(scaled, node.float_of("alpha", 1.0))
	_stages.append(ONNXDenseLayer.new(scaled, bias, by_input))
	output_size = columns
	return taken


func _take_pointwise(node: ONNXNode) -> bool:
	if ARITHMETIC.has(node.op_type):
		return _take_arithmetic(node)
	if node.op_type == "Flatten":
		return node.int_of("axis", 1) in [1, -1]
	if node.op_type == "Cast":
		return node.int_of("to", 0) == ONNXTensor.FLOAT
	var bound: ONNXPointwiseStage = ONNXPointwiseStage.clip(node, _constants)
	var activation: ONNXActivation = ONNXActivation.of(node)
	if bound != null:
		_add_pointwise(bound)
	elif activation != null:
		_stages.append(activation)
	return bound != null or activation != null


func _add_pointwise(stage: ONNXPointwiseStage) -> void:
	var last: ONNXPointwiseStage = null
	if not _stages.is_empty():
		last = _stages[-1] as ONNXPointwiseStage
	if last == null or not last.absorb(stage):
		_stages.append(stage)


func _take_arithmetic(node: ONNXNode) -> bool:
	var left: ONNXTensor = _constant(node, 0)
	var constant: ONNXTensor = _constant(node, 1) if left == null else left
	var columns: PackedFloat32Array = _per_column(constant, output_size)
	if columns.is_empty() or node.inputs.size() != 2 or (left != null and node.op_type == "Div"):
		return false
	var kind: ONNXPointwiseStage.Kind = ARITHMETIC[node.op_type]
	if node.op_type == "Sub" and left != null:
		kind = ONNXPointwiseStage.Kind.RSUB
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
