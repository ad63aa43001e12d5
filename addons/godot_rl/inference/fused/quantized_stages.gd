extends RefCounted
## Stages of an ONNXChain for int8 models: whole numbers in float32 tiles, exact while a sum has at
## most 518 products (255 * 127 * 518 < 2^24), and beyond that as exact as float32 is.

const ONNXDenseLayer := preload("res://addons/godot_rl/inference/fused/dense_layer.gd")
const ONNXQuantizer := preload("res://addons/godot_rl/inference/fused/quantizer.gd")
const ONNXStage := preload("res://addons/godot_rl/inference/fused/stage.gd")
const ONNXVectors := preload("res://addons/godot_rl/inference/fused/vectors.gd")


## A static QuantizeLinear and the DequantizeLinear behind it.
class RLSnap:
	extends ONNXStage
	var quantizer: ONNXQuantizer
	## Leaves out the multiplication by the scale: the dense layer behind it does that.
	var keeps_whole: bool = false

	func apply(x: PackedVector4Array, _rows: int) -> PackedVector4Array:
		if keeps_whole:
			quantizer.quantize(x)
		else:
			quantizer.snap(x)
		return x


## A dense layer of whole weights on whole inputs, scaled back afterwards.
class RLDense:
	extends ONNXStage
	var _layer: ONNXDenseLayer
	var _scales: PackedVector4Array = []
	var _bias: PackedVector4Array = []
	## Whether it chooses the scale of its input itself, as DynamicQuantizeLinear does.
	var _is_dynamic: bool = false
	## One where the last vector of an input row is no padding.
	var _mask: Vector4 = Vector4.ONE

	## Takes whole weights, a row an input if [param by_input], else a row an output, and for each
	## output a scale and a bias.
	func _init(
		weights: PackedFloat32Array,
		scales: PackedFloat32Array,
		bias: PackedFloat32Array,
		by_input: bool,
		is_dynamic: bool
	) -> void:
		var nothing: PackedFloat32Array = []
		nothing.resize(bias.size())
		_layer = ONNXDenseLayer.new(weights, nothing, by_input)
		_scales = ONNXVectors.rows(scales, scales.size())
		_bias = ONNXVectors.rows(bias, bias.size())
		_is_dynamic = is_dynamic
		for part: int in range(_layer.inputs & 3, 4 if _layer.inputs & 3 else 0):
			_mask[part] = 0.0

	func apply(x: PackedVector4Array, rows: int) -> PackedVector4Array:
		var factor: Vector4 = Vector4.ONE
		if _is_dynamic:
			if _mask != Vector4.ONE:
				@warning_ignore("integer_division")
				var width: int = x.size() / rows
				for at: int in range(width - 1, x.size(), width):
					x[at] = x[at] * _mask
			var quantizer: ONNXQuantizer = ONNXQuantizer.dynamic(x)
			quantizer.quantize(x)
			factor = Vector4.ONE * quantizer.scale
		var y: PackedVector4Array = _layer.apply(x, rows)
		var scales: PackedVector4Array = []
		for scale: Vector4 in _scales:
			scales.append(scale * factor)
		for from: int in range(0, y.size(), _bias.size()):
			var at: int = from
			for i: int in _bias.size():
				y[at] = y[at] * scales[i] + _bias[i]
				at += 1
		return y
