extends RefCounted
## ONNXTensors as JSON, for scripts that run models on request: run_onnx_file.gd, the tests'.
##
## `{"dtype": ONNX's number, "shape": [...], "data": base64 of little-endian values}`: float32 and
## float64 for tensors of these types, int64 for integer and boolean ones.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")


## The tensor that [param given] describes.
static func decode(given: Dictionary) -> ONNXTensor:
	var encoded: String = given["data"]
	var raw: PackedByteArray = PackedByteArray()
	if not encoded.is_empty():
		raw = Marshalls.base64_to_raw(encoded)
	var shape: PackedInt64Array = PackedInt64Array(given["shape"])
	var dtype: int = given["dtype"]
	if dtype == ONNXTensor.FLOAT:
		return ONNXTensor.of_floats(raw.to_float32_array(), shape)
	if dtype == ONNXTensor.DOUBLE:
		return ONNXTensor.of_values(raw.to_float64_array(), shape, dtype)
	return ONNXTensor.of_ints(raw.to_int64_array(), shape, dtype)


## What describes [param tensor].
static func encode(tensor: ONNXTensor) -> Dictionary:
	var raw: PackedByteArray = tensor.ints.to_byte_array()
	if tensor.is_float():
		raw = tensor.floats.to_byte_array()
	elif tensor.is_real():
		raw = tensor.doubles.to_byte_array()
	return {
		"dtype": tensor.dtype,
		"shape": Array(tensor.shape),
		"data": Marshalls.raw_to_base64(raw) if not raw.is_empty() else "",
	}
