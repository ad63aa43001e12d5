extends RefCounted
## One direction of an LSTM, GRU or RNN whose weights are known. ONNXRecurrentOperators makes it of
## a node's inputs, at load where these are constant.
##
## Each gate has dense layers of its own, so that a gate's values of the whole batch stand together.

const ONNXActivation := preload("res://addons/godot_rl/inference/fused/activation.gd")
const ONNXDenseLayer := preload("res://addons/godot_rl/inference/fused/dense_layer.gd")
const ONNXPointwiseStage := preload("res://addons/godot_rl/inference/fused/pointwise_stage.gd")
const ONNXVectors := preload("res://addons/godot_rl/inference/fused/vectors.gd")


## What goes from one step to the next: rows of the batch. c is the LSTM's cell.
class RLState:
	extends RefCounted
	var h: PackedVector4Array = []
	var c: PackedVector4Array = []


## Gates in ONNX's order (LSTM i o f c, GRU z r h).
const GATES: Dictionary[String, int] = {"LSTM": 4, "GRU": 3, "RNN": 1}

var hidden: int = 0
## Functions in ONNX's order (LSTM f g h, GRU f g, RNN f).
var functions: Array[ONNXActivation] = []
## Bounds the gates before their functions; null if there is none.
var clip: ONNXPointwiseStage
var linear_before_reset: bool = false
## LSTM: the forget gate is one minus the input gate.
var input_forget: bool = false

var _of_input: Array[ONNXDenseLayer] = []
var _of_state: Array[ONNXDenseLayer] = []
## LSTM: one vector a gate i o f, or none.
var _peepholes: Array[PackedVector4Array] = []


## Takes one direction's weights [gates * hidden, inputs], recurrent weights [gates * hidden,
## hidden], biases of both (2 * gates * hidden) and peepholes (3 * hidden, or none).
func set_weights(
	weights: PackedFloat32Array,
	recurrent: PackedFloat32Array,
	biases: PackedFloat32Array,
	peepholes: PackedFloat32Array
) -> void:
	@warning_ignore("integer_division")
	var gates: int = biases.size() / hidden / 2
	@warning_ignore("integer_division")
	var inputs: int = weights.size() / hidden / gates
	for gate: int in gates:
		var at: int = gate * hidden
		var bias: PackedFloat32Array = biases.slice(at, at + hidden)
		var second: PackedFloat32Array = biases.slice(
			at + gates * hidden, at + (gates + 1) * hidden
		)
		if not (linear_before_reset and gate == 2):
			for i: int in hidden:
				bias[i] += second[i]
		var rows: PackedFloat32Array = weights.slice(at * inputs, (at + hidden) * inputs)
		_of_input.append(ONNXDenseLayer.new(rows, bias, false))
		rows = recurrent.slice(at * hidden, (at + hidden) * hidden)
		_of_state.append(ONNXDenseLayer.new(rows, second, false))
	for from: int in range(0, peepholes.size(), hidden):
		_peepholes.append(ONNXVectors.rows(peepholes.slice(from, from + hidden), hidden))


## Number of floats of an input row.
func inputs() -> int:
	return _of_input[0].inputs


## Vectors of a row of the state.
func width() -> int:
	@warning_ignore("integer_division")
	return (hidden + 3) / 4


## Runs over [param x], [param batch] rows a step, from [param state] on, which becomes the last.
## Row b takes part in the first [code]lengths[b][/code] steps; in the others its output is zero.
## Returns the output of each step.
func run(
	x: PackedVector4Array, batch: int, state: RLState, lengths: PackedInt64Array
) -> Array[PackedVector4Array]:
	@warning_ignore("integer_division")
	var rows: int = x.size() / ((inputs() + 3) / 4)
	@warning_ignore("integer_division")
	var steps: int = rows / maxi(1, batch)
	var driven: Array[PackedVector4Array] = []
	for layer: ONNXDenseLayer in _of_input:
		driven.append(layer.apply(x, rows))
	var size: int = batch * width()
	var outputs: Array[PackedVector4Array] = []
	for step: int in steps:
		var gates: Array[PackedVector4Array] = []
		for gate: PackedVector4Array in driven:
			gates.append(gate.slice(step * size, (step + 1) * size))
		var before: RLState = RLState.new()
		before.h = state.h
		before.c = state.c
		_advance(gates, batch, state)
		outputs.append(_kept(step, state, before, lengths))
	return outputs


func _advance(gates: Array[PackedVector4Array], batch: int, state: RLState) -> void:
	match gates.size():
		4:
			_advance_lstm(gates, batch, state)
		3:
			_advance_gru(gates, batch, state)
		_:
			_of_state[0].accumulate(state.h, batch, gates[0])
			state.h = _bounded(gates[0], functions[0])


func _advance_lstm(gates: Array[PackedVector4Array], batch: int, state: RLState) -> void:
	for gate: int in 4:
		_of_state[gate].accumulate(state.h, batch, gates[gate])
	_peep(gates[0], 0, state.c)
	_peep(gates[2], 2, state.c)
	var i: PackedVector4Array = _bounded(gates[0], functions[0])
	var f: PackedVector4Array = gates[2]
	if input_forget:
		for at: int in f.size():
			f[at] = Vector4.ONE - i[at]
	else:
		f = _bounded(f, functions[0])
	var c: PackedVector4Array = _bounded(gates[3], functions[1])
	var old: PackedVector4Array = state.c
	for at: int in c.size():
		c[at] = f[at] * old[at] + i[at] * c[at]
	_peep(gates[1], 1, c)
	var o: PackedVector4Array = _bounded(gates[1], functions[0])
	var h: PackedVector4Array = functions[2].apply(c.duplicate(), batch)
	for at: int in h.size():
		h[at] = o[at] * h[at]
	state.c = c
	state.h = h


func _advance_gru(gates: Array[PackedVector4Array], batch: int, state: RLState) -> void:
	_of_state[0].accumulate(state.h, batch, gates[0])
	_of_state[1].accumulate(state.h, batch, gates[1])
	var z: PackedVector4Array = _bounded(gates[0], functions[0])
	var r: PackedVector4Array = _bounded(gates[1], functions[0])
	var h: PackedVector4Array = gates[2]
	if linear_before_reset:
		var driven: PackedVector4Array = _of_state[2].apply(state.h, batch)
		for at: int in h.size():
			h[at] = h[at] + r[at] * driven[at]
	else:
		for at: int in r.size():
			r[at] = r[at] * state.h[at]
		_of_state[2].accumulate(r, batch, h)
	h = _bounded(h, functions[1])
	var old: PackedVector4Array = state.h
	for at: int in h.size():
		h[at] = (Vector4.ONE - z[at]) * h[at] + z[at] * old[at]
	state.h = h


func _bounded(gate: PackedVector4Array, function: ONNXActivation) -> PackedVector4Array:
	if clip != null:
		clip.apply(gate, 1)
	return function.apply(gate, 1)


func _peep(gate: PackedVector4Array, index: int, cell: PackedVector4Array) -> void:
	if _peepholes.is_empty():
		return
	var weights: PackedVector4Array = _peepholes[index]
	for at: int in gate.size():
		gate[at] = gate[at] + weights[at % weights.size()] * cell[at]


## The output of a step; rows that are over keep the state before it.
func _kept(
	step: int, state: RLState, before: RLState, lengths: PackedInt64Array
) -> PackedVector4Array:
	if lengths.is_empty():
		return state.h
	var output: PackedVector4Array = state.h.duplicate()
	for row: int in lengths.size():
		for at: int in range(row * width(), (row + 1) * width() if step >= lengths[row] else 0):
			output[at] = Vector4.ZERO
			state.h[at] = before.h[at]
			if not state.c.is_empty():
				state.c[at] = before.c[at]
	return output
