extends RefCounted
## A tensor of the in-engine ONNX runner: a type, a shape and row-major data.
##
## float32 tensors keep their values in [member floats], float64 ones in [member doubles], integer
## and boolean ones in [member ints] (booleans as 0 and 1). Tensors may share data with one another
## and with a model's constants: read them, but write only to arrays that you made. It never
## computes anything.

## ONNX's own numbers of element types (TensorProto.DataType).
enum { FLOAT = 1, UINT8, INT8, UINT16, INT16, INT32, INT64, BOOL = 9, DOUBLE = 11, UINT32 = 12 }

const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")

## More elements than a tensor may have: 64 million, 256 MB of float32.
const TOO_MANY: int = (1 << 26) + 1
const UNKNOWN: PackedInt64Array = [-1]
const TYPE_NAMES: PackedStringArray = [
	"undefined",
	"float32",
	"uint8",
	"int8",
	"uint16",
	"int16",
	"int32",
	"int64",
	"string",
	"bool",
	"float16",
	"float64",
	"uint32",
	"uint64",
	"complex64",
	"complex128",
	"bfloat16",
]

## Element type, one of the enum's values.
var dtype: int = FLOAT
## Length of each dimension; empty for a scalar.
var shape: PackedInt64Array = []
## The values when [method is_float].
var floats: PackedFloat32Array = []
## The values of a DOUBLE.
var doubles: PackedFloat64Array = []
## The values otherwise.
var ints: PackedInt64Array = []
## Where all values are known to be whole multiples of one number: that number. Else 0.
var step: float = 0.0


## Makes a float32 tensor; without [param new_shape] it has one dimension.
static func of_floats(values: PackedFloat32Array, new_shape: PackedInt64Array = [-1]) -> ONNXTensor:
	var tensor: ONNXTensor = ONNXTensor.new()
	tensor.floats = values
	tensor.shape = PackedInt64Array([values.size()]) if new_shape == UNKNOWN else new_shape
	return tensor


## Makes an integer tensor; without [param new_shape] it has one dimension.
static func of_ints(
	values: PackedInt64Array, new_shape: PackedInt64Array = [-1], type: int = INT64
) -> ONNXTensor:
	var tensor: ONNXTensor = ONNXTensor.new()
	tensor.dtype = type
	tensor.ints = values
	tensor.shape = PackedInt64Array([values.size()]) if new_shape == UNKNOWN else new_shape
	return tensor


## Makes a tensor of any type; [param values] is the packed array that [method values] would give.
static func of_values(values: Variant, new_shape: PackedInt64Array, type: int) -> ONNXTensor:
	var tensor: ONNXTensor = ONNXTensor.new()
	tensor.dtype = type
	tensor.shape = new_shape
	match type:
		FLOAT:
			tensor.floats = values
		DOUBLE:
			tensor.doubles = values
		_:
			tensor.ints = values
	return tensor


## A packed array of the kind that holds [param type], with [param length] zeros.
static func zeros(type: int, length: int) -> Variant:
	if type == FLOAT:
		var floats_made: PackedFloat32Array = []
		floats_made.resize(length)
		return floats_made
	if type == DOUBLE:
		var doubles_made: PackedFloat64Array = []
		doubles_made.resize(length)
		return doubles_made
	var ints_made: PackedInt64Array = []
	ints_made.resize(length)
	return ints_made


## How many elements a shape holds; TOO_MANY for any number above that, or any length.
static func count(of_shape: PackedInt64Array) -> int:
	var product: int = 1
	for length: int in of_shape:
		# A file may say 2^62, and four times that is 0 in 64 bits.
		product *= clampi(length, -1, TOO_MANY)
		if product > TOO_MANY or length > TOO_MANY:
			return TOO_MANY
	return product


## Whether the runner can hold elements of this type.
static func holds(type: int) -> bool:
	return type in [FLOAT, UINT8, INT8, UINT16, INT16, INT32, INT64, BOOL, DOUBLE, UINT32]


## The type's name for messages.
static func type_name(type: int) -> String:
	return TYPE_NAMES[type] if type >= 0 and type < TYPE_NAMES.size() else "type %d" % type


## Whether the values are in [member floats].
func is_float() -> bool:
	return dtype == FLOAT


## Whether the values are floats, of either width.
func is_real() -> bool:
	return dtype == FLOAT or dtype == DOUBLE


## Number of elements.
func size() -> int:
	if dtype == FLOAT:
		return floats.size()
	return doubles.size() if dtype == DOUBLE else ints.size()


## The packed array that holds the values, whatever its kind.
func values() -> Variant:
	if dtype == FLOAT:
		return floats
	if dtype == DOUBLE:
		return doubles
	return ints


## The tensor of [param new_shape] whose element i is this one's element sources[i].
func take(sources: PackedInt64Array, new_shape: PackedInt64Array) -> ONNXTensor:
	var total: int = sources.size()
	var tensor: ONNXTensor = of_values(zeros(dtype, total), new_shape, dtype)
	match dtype:
		FLOAT:
			for i: int in total:
				tensor.floats[i] = floats[sources[i]]
		DOUBLE:
			for i: int in total:
				tensor.doubles[i] = doubles[sources[i]]
		_:
			for i: int in total:
				tensor.ints[i] = ints[sources[i]]
	return tensor


## The same values under another shape (data shared).
func reshaped(new_shape: PackedInt64Array) -> ONNXTensor:
	var tensor: ONNXTensor = ONNXTensor.new()
	tensor.dtype = dtype
	tensor.floats = floats
	tensor.doubles = doubles
	tensor.ints = ints
	tensor.shape = new_shape
	return tensor


## A copy that shares nothing.
func copy() -> ONNXTensor:
	var tensor: ONNXTensor = reshaped(shape.duplicate())
	tensor.floats = floats.duplicate()
	tensor.doubles = doubles.duplicate()
	tensor.ints = ints.duplicate()
	return tensor


## "float32[2, 3]", for messages.
func describe() -> String:
	return "%s%s" % [type_name(dtype), shape]
