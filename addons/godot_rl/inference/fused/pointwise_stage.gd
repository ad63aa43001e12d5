class_name ONNXPointwiseStage
extends ONNXStage
## An elementwise step on Vector4s: arithmetic with a constant a column, a bound, or an activation.
## ONNXChain makes and calls it.

## What it does with x and its constants c. RSUB is c - x, NORMALISE a SUB,
## a DIV and a CLIP in one pass, in this order.
enum Kind { ADD, SUB, MUL, DIV, RSUB, MIN, MAX, NORMALISE, CLIP, TANH, RELU, SIGMOID }

var _kind: Kind
var _low: Vector4
var _high: Vector4
var _constants: Array[PackedVector4Array] = []
var _divisors: Array[PackedVector4Array] = []


## An activation (TANH, RELU, SIGMOID), or CLIP between two numbers.
func _init(kind: Kind, low: float = -INF, high: float = INF) -> void:
	_kind = kind
	_low = Vector4(low, low, low, low)
	_high = Vector4(high, high, high, high)


## Arithmetic with [param constants], one number a column.
static func with_constants(kind: Kind, constants: PackedFloat32Array) -> ONNXPointwiseStage:
	var stage: ONNXPointwiseStage = ONNXPointwiseStage.new(kind)
	var padded: PackedFloat32Array = constants.duplicate()
	while padded.size() % 4 != 0:
		padded.append(1.0)
	var vectors: PackedVector4Array = ONNXVectors.from_floats(padded)
	for from: int in range(0, vectors.size(), ONNXDenseKernel.SIDE):
		stage._constants.append(vectors.slice(from, from + ONNXDenseKernel.SIDE))
	return stage


## Makes one NORMALISE of itself and the stage that would follow, where that is possible.
func absorb(next: ONNXPointwiseStage) -> bool:
	if _kind == Kind.SUB and next._kind == Kind.DIV:
		_kind = Kind.NORMALISE
		_divisors = next._constants
		return true
	if _kind == Kind.NORMALISE and next._kind == Kind.CLIP and _low.x == -INF and _high.x == INF:
		_low = next._low
		_high = next._high
		return true
	return false


func apply(blocks: Array[PackedVector4Array], rows: int) -> Array[PackedVector4Array]:
	if _constants.is_empty():
		for block: PackedVector4Array in blocks:
			_activate(block)
		return blocks
	for index: int in blocks.size():
		@warning_ignore("integer_division")
		var block: int = index / rows
		if _kind == Kind.NORMALISE:
			_normalise(blocks[index], _constants[block], _divisors[block])
		else:
			_compute(blocks[index], _constants[block])
	return blocks


func _activate(x: PackedVector4Array) -> void:
	match _kind:
		Kind.TANH:
			for i: int in x.size():
				var v: Vector4 = x[i]
				x[i] = Vector4(tanh(v.x), tanh(v.y), tanh(v.z), tanh(v.w))
		Kind.RELU:
			for i: int in x.size():
				x[i] = x[i].maxf(0.0)
		Kind.SIGMOID:
			for i: int in x.size():
				var v: Vector4 = -x[i]
				v = Vector4(exp(v.x), exp(v.y), exp(v.z), exp(v.w))
				x[i] = Vector4.ONE / (Vector4.ONE + v)
		Kind.CLIP:
			for i: int in x.size():
				x[i] = x[i].clamp(_low, _high)


func _normalise(x: PackedVector4Array, c: PackedVector4Array, d: PackedVector4Array) -> void:
	for i: int in x.size():
		x[i] = ((x[i] - c[i]) / d[i]).clamp(_low, _high)


func _compute(x: PackedVector4Array, c: PackedVector4Array) -> void:
	match _kind:
		Kind.ADD:
			for i: int in x.size():
				x[i] = x[i] + c[i]
		Kind.SUB:
			for i: int in x.size():
				x[i] = x[i] - c[i]
		Kind.MUL:
			for i: int in x.size():
				x[i] = x[i] * c[i]
		Kind.DIV:
			for i: int in x.size():
				x[i] = x[i] / c[i]
		Kind.RSUB:
			for i: int in x.size():
				x[i] = c[i] - x[i]
		Kind.MIN:
			for i: int in x.size():
				x[i] = x[i].min(c[i])
		Kind.MAX:
			for i: int in x.size():
				x[i] = x[i].max(c[i])
