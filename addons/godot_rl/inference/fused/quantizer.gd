extends RefCounted
## Rounding to 8-bit steps on Vector4s, as ONNX's QuantizeLinear and DynamicQuantizeLinear have it:
## divided, rounded half to even, bounded. All in float32, so that ties fall as they do elsewhere.

const ONNXQuantizer := preload("res://addons/godot_rl/inference/fused/quantizer.gd")

## Adding and subtracting this rounds a float32 below 2^22 to a whole number, half to even.
const ROUNDER: float = 12582912.0

var scale: float = 1.0
var zero_point: float = 0.0

var _scales: Vector4 = Vector4.ONE
var _low: Vector4
var _high: Vector4


## Takes float32 numbers; the quantised ones lie in [param low] to [param high].
func _init(new_scale: float, new_zero_point: float, low: float, high: float) -> void:
	scale = new_scale
	zero_point = new_zero_point
	_scales = Vector4.ONE * scale
	_low = Vector4.ONE * (low - zero_point)
	_high = Vector4.ONE * (high - zero_point)


## The scale and zero point that DynamicQuantizeLinear chooses for values to be held in 8 bits
## without a sign.
static func dynamic(x: PackedVector4Array) -> ONNXQuantizer:
	var lows: Vector4 = Vector4.ZERO
	var highs: Vector4 = Vector4.ZERO
	for v: Vector4 in x:
		lows = lows.min(v)
		highs = highs.max(v)
	# Vector2 keeps each step in float32.
	var low: Vector2 = Vector2.ONE * minf(minf(lows.x, lows.y), minf(lows.z, lows.w))
	var high: Vector2 = Vector2.ONE * maxf(maxf(highs.x, highs.y), maxf(highs.z, highs.w))
	var steps: Vector2 = (high - low) / Vector2(255.0, 255.0)
	if steps.x == 0.0:
		return ONNXQuantizer.new(1.0, 0.0, 0.0, 255.0)
	var zero: Vector4 = Vector4.ONE * clampf((-low / steps).x, 0.0, 255.0)
	return ONNXQuantizer.new(steps.x, half_even(zero).x, 0.0, 255.0)


static func half_even(v: Vector4) -> Vector4:
	var rounder: Vector4 = Vector4.ONE * ROUNDER
	return v + rounder - rounder


## Turns x into whole numbers, the zero point taken off: what is multiplied by the scale to give x
## again. It writes into [param x].
func quantize(x: PackedVector4Array) -> void:
	var rounder: Vector4 = Vector4.ONE * ROUNDER
	for i: int in x.size():
		x[i] = (x[i] / _scales).clamp(_low, _high) + rounder - rounder


## Rounds x to the nearest values that the quantised numbers stand for. It writes into [param x].
func snap(x: PackedVector4Array) -> void:
	var rounder: Vector4 = Vector4.ONE * ROUNDER
	for i: int in x.size():
		x[i] = ((x[i] / _scales).clamp(_low, _high) + rounder - rounder) * _scales
