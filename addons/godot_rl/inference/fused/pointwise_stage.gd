extends "res://addons/godot_rl/inference/fused/stage.gd"
## Arithmetic on Vector4s with a constant a column, or a bound. ONNXChain makes and calls it.

## What it does with x and its constants c. RSUB is c - x, NORMALISE a SUB,
## a DIV and a CLIP in one pass, in this order.
enum RLKind { ADD, SUB, MUL, DIV, RSUB, MIN, MAX, NORMALISE, CLIP }

const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXPointwiseStage := preload("res://addons/godot_rl/inference/fused/pointwise_stage.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")
const ONNXVectors := preload("res://addons/godot_rl/inference/fused/vectors.gd")

var _kind: RLKind
var _low: Vector4
var _high: Vector4
var _constants: PackedVector4Array = []
var _divisors: PackedVector4Array = []


## CLIP between two numbers, or a stage without its constants yet.
func _init(kind: RLKind, low: float = -INF, high: float = INF) -> void:
	_kind = kind
	_low = Vector4(low, low, low, low)
	_high = Vector4(high, high, high, high)


## The stage of a Clip with constant bounds; null for any other node.
static func clip(node: ONNXNode, known: Dictionary[String, ONNXTensor]) -> ONNXPointwiseStage:
	if node.op_type != "Clip":
		return null
	var bounds: PackedFloat32Array = [node.float_of("min", -INF), node.float_of("max", INF)]
	for i: int in 2:
		if i + 1 >= node.inputs.size() or node.inputs[i + 1].is_empty():
			continue
		var bound: ONNXTensor = known.get(node.inputs[i + 1])
		if bound == null or not bound.is_float() or bound.size() != 1:
			return null
		bounds[i] = bound.floats[0]
	return ONNXPointwiseStage.new(RLKind.CLIP, bounds[0], bounds[1])


## Arithmetic with [param constants], one number a column.
static func with_constants(kind: RLKind, constants: PackedFloat32Array) -> ONNXPointwiseStage:
	var stage: ONNXPointwiseStage = ONNXPointwiseStage.new(kind)
	var padded: PackedFloat32Array = constants.duplicate()
	while padded.size() % 4 != 0:
		padded.append(1.0)
	stage._constants = ONNXVectors.from_floats(padded)
	return stage


## Makes one NORMALISE of itself and the stage that would follow, where that is possible.
func absorb(next: ONNXPointwiseStage) -> bool:
	if _kind == RLKind.SUB and next._kind == RLKind.DIV:
		_kind = RLKind.NORMALISE
		_divisors = next._constants
		return true
	if (
		_kind == RLKind.NORMALISE
		and next._kind == RLKind.CLIP
		and _low.x == -INF
		and _high.x == INF
	):
		_low = next._low
		_high = next._high
		return true
	return false


func apply(x: PackedVector4Array, _rows: int) -> PackedVector4Array:
	if _kind == RLKind.CLIP:
		for i: int in x.size():
			x[i] = x[i].clamp(_low, _high)
		return x
	for from: int in range(0, x.size(), _constants.size()):
		if _kind == RLKind.NORMALISE:
			_normalise(x, from)
		else:
			_compute(x, from)
	return x


func _normalise(x: PackedVector4Array, from: int) -> void:
	var at: int = from
	for i: int in _constants.size():
		x[at] = ((x[at] - _constants[i]) / _divisors[i]).clamp(_low, _high)
		at += 1


func _compute(x: PackedVector4Array, from: int) -> void:
	var at: int = from
	match _kind:
		RLKind.ADD:
			for c: Vector4 in _constants:
				x[at] = x[at] + c
				at += 1
		RLKind.SUB:
			for c: Vector4 in _constants:
				x[at] = x[at] - c
				at += 1
		RLKind.MUL:
			for c: Vector4 in _constants:
				x[at] = x[at] * c
				at += 1
		RLKind.DIV:
			for c: Vector4 in _constants:
				x[at] = x[at] / c
				at += 1
		RLKind.RSUB:
			for c: Vector4 in _constants:
				x[at] = c - x[at]
				at += 1
		RLKind.MIN:
			for c: Vector4 in _constants:
				x[at] = x[at].min(c)
				at += 1
		RLKind.MAX:
			for c: Vector4 in _constants:
				x[at] = x[at].max(c)
				at += 1
