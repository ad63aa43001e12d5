extends "res://addons/godot_rl/inference/fused/stage.gd"
## An activation function on Vector4s: a stage of an ONNXChain, and the functions of recurrent
## layers.

enum RLKind {
	AFFINE,
	ELU,
	HARD_SIGMOID,
	LEAKY_RELU,
	RELU,
	SCALED_TANH,
	SIGMOID,
	SOFTPLUS,
	SOFTSIGN,
	TANH,
	THRESHOLDED_RELU,
}

const ONNXActivation := preload("res://addons/godot_rl/inference/fused/activation.gd")
const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")

## ONNX's names, and the alpha and beta that they have where the model gives none.
const NAMES: Dictionary[String, Array] = {
	"affine": [RLKind.AFFINE, 1.0, 0.0],
	"elu": [RLKind.ELU, 1.0],
	"hardsigmoid": [RLKind.HARD_SIGMOID, 0.2, 0.5],
	"leakyrelu": [RLKind.LEAKY_RELU, 0.01],
	"relu": [RLKind.RELU],
	"scaledtanh": [RLKind.SCALED_TANH, 1.0, 1.0],
	"sigmoid": [RLKind.SIGMOID],
	"softplus": [RLKind.SOFTPLUS],
	"softsign": [RLKind.SOFTSIGN],
	"tanh": [RLKind.TANH],
	"thresholdedrelu": [RLKind.THRESHOLDED_RELU, 1.0],
}

var _kind: RLKind
var _alpha: float
var _beta: float


func _init(kind: RLKind, alpha: float = 0.0, beta: float = 0.0) -> void:
	_kind = kind
	_alpha = alpha
	_beta = beta


## The activation that a node is by itself, such as Tanh; null for any other node.
static func of(node: ONNXNode) -> ONNXActivation:
	var found: Array = NAMES.get(node.op_type.to_lower(), [])
	if found.is_empty():
		return null
	var alpha: float = found[1] if found.size() > 1 else 0.0
	var beta: float = found[2] if found.size() > 2 else 0.0
	var kind: RLKind = found[0]
	return ONNXActivation.new(kind, node.float_of("alpha", alpha), node.float_of("beta", beta))


func apply(x: PackedVector4Array, _rows: int) -> PackedVector4Array:
	match _kind:
		RLKind.TANH:
			_tanh(x)
		RLKind.RELU:
			for i: int in x.size():
				x[i] = x[i].maxf(0.0)
		RLKind.SIGMOID:
			for i: int in x.size():
				x[i] = Vector4.ONE / (Vector4.ONE + _exp(-x[i]))
		_:
			_apply_rarer(x)
	return x


## Eigen's rational function for float32 (MathFunctionsImpl.h), of the seventh and third degree in
## x * x: within 4e-7 of tanh. A Projection of powers times a Vector4 of coefficients adds up four
## terms of a polynomial in one operation (docs/studies/inference.md has the figures).
static func _tanh(x: PackedVector4Array) -> void:
	var one: Vector4 = Vector4.ONE
	var high: Vector4 = one * 9.0
	var low: Vector4 = one * -9.0
	var over: Vector4 = Vector4(
		4.89352455891786e-03, 6.37261928875436e-04, 1.48572235717979e-05, 5.12229709037114e-08
	)
	var over_higher: Vector4 = Vector4(
		-8.60467152213735e-11, 2.00018790482477e-13, -2.76076847742355e-16, 0.0
	)
	var under: Vector4 = Vector4(
		4.89352518554385e-03, 2.26843463243900e-03, 1.18534705686654e-04, 1.19825839466702e-06
	)
	for i: int in x.size():
		var v: Vector4 = x[i].clamp(low, high)
		var s: Vector4 = v * v
		var t: Vector4 = s * s
		var powers: Projection = Projection(one, s, t, t * s)
		x[i] = (powers * over + t * t * (powers * over_higher)) * v / (powers * under)


func _apply_rarer(x: PackedVector4Array) -> void:
	var beta: Vector4 = Vector4.ONE * _beta
	for i: int in x.size():
		var v: Vector4 = x[i]
		match _kind:
			RLKind.AFFINE:
				x[i] = v * _alpha + beta
			RLKind.ELU:
				x[i] = v.maxf(0.0) + (_exp(v.minf(0.0)) - Vector4.ONE) * _alpha
			RLKind.HARD_SIGMOID:
				x[i] = (v * _alpha + beta).clampf(0.0, 1.0)
			RLKind.LEAKY_RELU:
				x[i] = v.maxf(0.0) + v.minf(0.0) * _alpha
			RLKind.SCALED_TANH:
				v *= _beta
				x[i] = Vector4(tanh(v.x), tanh(v.y), tanh(v.z), tanh(v.w)) * _alpha
			RLKind.SOFTPLUS:
				# log(1 + exp(v)) without an overflow: max(v, 0) + log(1 + exp(-|v|)).
				var e: Vector4 = Vector4.ONE + _exp(-v.abs())
				x[i] = v.maxf(0.0) + Vector4(log(e.x), log(e.y), log(e.z), log(e.w))
			RLKind.SOFTSIGN:
				x[i] = v / (Vector4.ONE + v.abs())
			RLKind.THRESHOLDED_RELU:
				for part: int in 4:
					v[part] = v[part] if v[part] > _alpha else 0.0
				x[i] = v


static func _exp(v: Vector4) -> Vector4:
	return Vector4(exp(v.x), exp(v.y), exp(v.z), exp(v.w))
