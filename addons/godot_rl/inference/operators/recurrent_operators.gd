extends RefCounted
## LSTM, GRU and RNN: the node's attributes, the order of rows and the assembly of outputs. The
## arithmetic is ONNXRecurrentLayer's. The state is the caller's: it comes and goes as initial_h,
## initial_c and Y_h, Y_c. See ONNXOperators.

enum RLSlot { X, W, R, B, SEQUENCE_LENS, INITIAL_H, INITIAL_C, PEEPHOLES }

const ONNXActivation := preload("res://addons/godot_rl/inference/fused/activation.gd")
const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXOperatorSpec := preload("res://addons/godot_rl/inference/operator_spec.gd")
const ONNXPointwiseStage := preload("res://addons/godot_rl/inference/fused/pointwise_stage.gd")
const ONNXRecurrentLayer := preload("res://addons/godot_rl/inference/fused/recurrent_layer.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")
const ONNXVectors := preload("res://addons/godot_rl/inference/fused/vectors.gd")

## Functions of a direction where the node names none.
const DEFAULTS: Dictionary[String, Array] = {
	"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"], "RNN": ["Tanh"]
}
const DIRECTIONS: Dictionary[String, int] = {"forward": 1, "reverse": 1, "bidirectional": 2}


## The directions of a node, made of its weights.
class RLLayers:
	extends RefCounted
	var directions: Array[ONNXRecurrentLayer] = []


## See ONNXOperators.
static func table() -> Dictionary[String, ONNXOperatorSpec]:
	var all: Array = [
		ONNXOperatorSpec.attribute("activation_alpha", TYPE_PACKED_FLOAT32_ARRAY),
		ONNXOperatorSpec.attribute("activation_beta", TYPE_PACKED_FLOAT32_ARRAY),
		ONNXOperatorSpec.attribute("activations", TYPE_PACKED_STRING_ARRAY),
		ONNXOperatorSpec.attribute("clip", TYPE_FLOAT),
		ONNXOperatorSpec.attribute("direction", TYPE_STRING),
		ONNXOperatorSpec.attribute("hidden_size", TYPE_INT),
		ONNXOperatorSpec.attribute("layout", TYPE_INT).since(14),
	]
	var further: Dictionary[String, Array] = {
		"LSTM": [ONNXOperatorSpec.attribute("input_forget", TYPE_INT)],
		"GRU": [ONNXOperatorSpec.attribute("linear_before_reset", TYPE_INT)],
		"RNN": [],
	}
	var specs: Dictionary[String, ONNXOperatorSpec] = {}
	for name: String in further:
		var spec: ONNXOperatorSpec = ONNXOperatorSpec.new(recur, 3, all + further[name])
		specs[name] = spec.checked_by(refusal).prepared_by(prepare)
	return specs


## Why a node cannot be run whatever its inputs are.
static func refusal(node: ONNXNode) -> String:
	var direction: String = node.text_of("direction", "forward")
	if not DIRECTIONS.has(direction):
		return "the direction '%s' is unknown" % direction
	var names: PackedStringArray = node.texts_of("activations")
	var expected: int = DEFAULTS[node.op_type].size() * DIRECTIONS[direction]
	if names.size() not in [0, expected]:
		return "it names %d activations, not %d" % [names.size(), expected]
	for name: String in names:
		if not ONNXActivation.NAMES.has(name.to_lower()):
			return "the activation '%s' is not supported" % name
	return ""


## The layers of constant weights; null when some are not known yet.
static func prepare(node: ONNXNode, inputs: Array[ONNXTensor]) -> RLLayers:
	for index: int in [RLSlot.W, RLSlot.R, RLSlot.B, RLSlot.PEEPHOLES]:
		var is_given: bool = index < node.inputs.size() and not node.inputs[index].is_empty()
		if is_given and _input(inputs, index) == null:
			return null
	return _layers(node, inputs)


static func recur(node: ONNXNode, inputs: Array[ONNXTensor]) -> Array[ONNXTensor]:
	var layers: RLLayers = node.prepared as RLLayers
	if layers == null:
		layers = _layers(node, inputs)
	if layers == null:
		return []
	var x: ONNXTensor = inputs[RLSlot.X]
	var first: ONNXRecurrentLayer = layers.directions[0]
	if not x.is_float() or x.shape.size() != 3 or x.shape[2] != first.inputs():
		return node.fail("X is %s for %d inputs" % [x.describe(), first.inputs()])
	var by_batch: bool = node.int_of("layout", 0) != 0
	var steps: int = x.shape[1 if by_batch else 0]
	var batch: int = x.shape[0 if by_batch else 1]
	var lengths: PackedInt64Array = _lengths(node, inputs, steps, batch)
	if not node.error.is_empty():
		return []
	var count: int = layers.directions.size()
	# Outputs [direction][step], each the rows of the batch, and the last states [direction].
	var outputs: Array[Array] = []
	var states: Array[ONNXRecurrentLayer.RLState] = []
	for direction: int in count:
		var state: ONNXRecurrentLayer.RLState = _first_state(node, inputs, layers, direction, batch)
		if not node.error.is_empty():
			return []
		var backwards: bool = direction == 1 or node.text_of("direction", "forward") == "reverse"
		var order: PackedInt64Array = _order(steps, batch, lengths, backwards)
		var rows: PackedFloat32Array = _rows_in_order(x, order, batch, by_batch)
		var vectors: PackedVector4Array = ONNXVectors.rows(rows, first.inputs())
		var found: Array[PackedVector4Array] = layers.directions[direction].run(
			vectors, batch, state, lengths
		)
		outputs.append(_in_time(found, order, batch, first))
		states.append(state)
	var results: Array[ONNXTensor] = [_sequence(outputs, first.hidden, steps, batch, by_batch)]
	for kind: int in 2 if node.op_type == "LSTM" else 1:
		results.append(_final(states, kind == 1, first.hidden, batch, by_batch))
	return results


static func _layers(node: ONNXNode, inputs: Array[ONNXTensor]) -> RLLayers:
	var count: int = DIRECTIONS[node.text_of("direction", "forward")]
	var gates: int = ONNXRecurrentLayer.GATES[node.op_type]
	var w: ONNXTensor = inputs[RLSlot.W]
	var hidden: int = node.int_of("hidden_size", 0)
	var r: ONNXTensor = inputs[RLSlot.R]
	if hidden == 0 and r.shape.size() == 3:
		hidden = r.shape[2]
	var fits: bool = w.is_float() and w.shape.size() == 3 and hidden > 0 and w.size() > 0
	if not fits or w.shape[0] != count or w.shape[1] != gates * hidden:
		node.fail("W is %s for %d directions of %d" % [w.describe(), count, hidden])
		return null
	_expect(node, r, "R", [count, gates * hidden, hidden])
	_expect(node, _input(inputs, RLSlot.B), "B", [count, 2 * gates * hidden])
	_expect(node, _input(inputs, RLSlot.PEEPHOLES), "P", [count, 3 * hidden])
	if not node.error.is_empty():
		return null
	var functions: Array[ONNXActivation] = _functions(node, count)
	var layers: RLLayers = RLLayers.new()
	for direction: int in count:
		var layer: ONNXRecurrentLayer = ONNXRecurrentLayer.new()
		layer.hidden = hidden
		var own: int = DEFAULTS[node.op_type].size()
		layer.functions = functions.slice(direction * own, (direction + 1) * own)
		layer.linear_before_reset = node.int_of("linear_before_reset", 0) != 0
		layer.input_forget = node.int_of("input_forget", 0) != 0
		var bound: float = node.float_of("clip", 0.0)
		if bound > 0.0:
			layer.clip = ONNXPointwiseStage.new(ONNXPointwiseStage.RLKind.CLIP, -bound, bound)
		var biases: PackedFloat32Array = _part(_input(inputs, RLSlot.B), direction, count)
		if biases.is_empty():
			biases.resize(2 * gates * hidden)
		layer.set_weights(
			_part(w, direction, count),
			_part(r, direction, count),
			biases,
			_part(_input(inputs, RLSlot.PEEPHOLES), direction, count)
		)
		layers.directions.append(layer)
	return layers


## The functions of all directions. Each takes its alpha and beta, where it has any, from the
## node's lists in order.
static func _functions(node: ONNXNode, directions: int) -> Array[ONNXActivation]:
	var names: PackedStringArray = node.texts_of("activations")
	if names.is_empty():
		for direction: int in directions:
			names.append_array(PackedStringArray(DEFAULTS[node.op_type]))
	var alphas: PackedFloat32Array = node.floats_of("activation_alpha")
	var betas: PackedFloat32Array = node.floats_of("activation_beta")
	var functions: Array[ONNXActivation] = []
	var next_alpha: int = 0
	var next_beta: int = 0
	for name: String in names:
		var known: Array = ONNXActivation.NAMES[name.to_lower()]
		var alpha: float = known[1] if known.size() > 1 else 0.0
		if known.size() > 1 and next_alpha < alphas.size():
			alpha = alphas[next_alpha]
			next_alpha += 1
		var beta: float = known[2] if known.size() > 2 else 0.0
		if known.size() > 2 and next_beta < betas.size():
			beta = betas[next_beta]
			next_beta += 1
		var kind: ONNXActivation.RLKind = known[0]
		functions.append(ONNXActivation.new(kind, alpha, beta))
	return functions


## How many steps each row of the batch has; empty when all have all.
static func _lengths(
	node: ONNXNode, inputs: Array[ONNXTensor], steps: int, batch: int
) -> PackedInt64Array:
	var given: ONNXTensor = _input(inputs, RLSlot.SEQUENCE_LENS)
	if given == null:
		return []
	for length: int in given.ints:
		if length < 0 or length > steps:
			node.fail_by_value("a sequence of %d steps in an input of %d" % [length, steps])
	if given.ints.size() != batch:
		node.fail("%d sequence lengths for a batch of %d" % [given.ints.size(), batch])
	var is_all: bool = given.ints.count(steps) == given.ints.size()
	return PackedInt64Array() if is_all else given.ints


static func _first_state(
	node: ONNXNode, inputs: Array[ONNXTensor], layers: RLLayers, direction: int, batch: int
) -> ONNXRecurrentLayer.RLState:
	var layer: ONNXRecurrentLayer = layers.directions[0]
	var state: ONNXRecurrentLayer.RLState = ONNXRecurrentLayer.RLState.new()
	for kind: int in 2 if node.op_type == "LSTM" else 1:
		var given: ONNXTensor = _input(inputs, RLSlot.INITIAL_H + kind)
		var rows: PackedVector4Array = []
		rows.resize(batch * layer.width())
		if given != null:
			var count: int = layers.directions.size()
			var by_batch: bool = node.int_of("layout", 0) != 0
			var shape: PackedInt64Array = [count, batch, layer.hidden]
			if by_batch:
				shape = [batch, count, layer.hidden]
			_expect(node, given, "initial_c" if kind == 1 else "initial_h", shape)
			if not node.error.is_empty():
				return state
			var floats: PackedFloat32Array = []
			for row: int in batch:
				var at: int = row * count + direction if by_batch else direction * batch + row
				floats.append_array(given.floats.slice(at * layer.hidden, (at + 1) * layer.hidden))
			rows = ONNXVectors.rows(floats, layer.hidden)
		if kind == 0:
			state.h = rows
		else:
			state.c = rows
	return state


## For each step of the computation and each row of the batch: the step of the sequence that it is.
static func _order(
	steps: int, batch: int, lengths: PackedInt64Array, backwards: bool
) -> PackedInt64Array:
	var order: PackedInt64Array = []
	for step: int in steps:
		for row: int in batch:
			var length: int = steps if lengths.is_empty() else lengths[row]
			order.append(length - 1 - step if backwards and step < length else step)
	return order


static func _rows_in_order(
	x: ONNXTensor, order: PackedInt64Array, batch: int, by_batch: bool
) -> PackedFloat32Array:
	var size: int = x.shape[2]
	if order.size() == 1:
		return x.floats
	var rows: PackedFloat32Array = []
	for i: int in order.size():
		var row: int = i % batch
		var at: int = row * x.shape[1] + order[i] if by_batch else order[i] * batch + row
		rows.append_array(x.floats.slice(at * size, (at + 1) * size))
	return rows


## The outputs of the steps of the computation in the order of the sequence, as floats.
static func _in_time(
	found: Array[PackedVector4Array], order: PackedInt64Array, batch: int, layer: ONNXRecurrentLayer
) -> Array[PackedFloat32Array]:
	var outputs: Array[PackedFloat32Array] = []
	for step: PackedVector4Array in found:
		outputs.append(ONNXVectors.unpadded(step, layer.hidden))
	var in_time: Array[PackedFloat32Array] = []
	for step: int in found.size():
		in_time.append(outputs[step].duplicate() if found.size() > 1 else outputs[step])
	for i: int in order.size():
		@warning_ignore("integer_division")
		var step: int = i / batch
		if order[i] == step:
			continue
		for at: int in range(i % batch * layer.hidden, (i % batch + 1) * layer.hidden):
			in_time[order[i]][at] = outputs[step][at]
	return in_time


## Y [steps, directions, batch, hidden], or [batch, steps, directions, hidden].
static func _sequence(
	outputs: Array[Array], hidden: int, steps: int, batch: int, by_batch: bool
) -> ONNXTensor:
	var floats: PackedFloat32Array = []
	for row: int in batch if by_batch else 1:
		for step: int in steps:
			for direction: int in outputs.size():
				var rows: PackedFloat32Array = outputs[direction][step]
				if by_batch:
					rows = rows.slice(row * hidden, (row + 1) * hidden)
				floats.append_array(rows)
	var shape: PackedInt64Array = [steps, outputs.size(), batch, hidden]
	if by_batch:
		shape = [batch, steps, outputs.size(), hidden]
	return ONNXTensor.of_floats(floats, shape)


## Y_h or Y_c [directions, batch, hidden], or [batch, directions, hidden].
static func _final(
	states: Array[ONNXRecurrentLayer.RLState],
	is_cell: bool,
	hidden: int,
	batch: int,
	by_batch: bool
) -> ONNXTensor:
	var floats: PackedFloat32Array = []
	var rows: Array[PackedFloat32Array] = []
	for state: ONNXRecurrentLayer.RLState in states:
		rows.append(ONNXVectors.unpadded(state.c if is_cell else state.h, hidden))
	for row: int in batch if by_batch else 1:
		for direction: PackedFloat32Array in rows:
			var part: PackedFloat32Array = direction
			if by_batch:
				part = direction.slice(row * hidden, (row + 1) * hidden)
			floats.append_array(part)
	var shape: PackedInt64Array = [states.size(), batch, hidden]
	if by_batch:
		shape = [batch, states.size(), hidden]
	return ONNXTensor.of_floats(floats, shape)


static func _expect(
	node: ONNXNode, tensor: ONNXTensor, name: String, shape: PackedInt64Array
) -> void:
	if tensor != null and (not tensor.is_float() or tensor.shape != shape):
		node.fail("%s is %s, expected float32%s" % [name, tensor.describe(), shape])


## One direction's share of a tensor's floats; empty for null.
static func _part(tensor: ONNXTensor, direction: int, directions: int) -> PackedFloat32Array:
	if tensor == null:
		return []
	@warning_ignore("integer_division")
	var size: int = tensor.floats.size() / directions
	return tensor.floats.slice(direction * size, (direction + 1) * size)


static func _input(inputs: Array[ONNXTensor], index: int) -> ONNXTensor:
	return inputs[index] if index < inputs.size() else null
