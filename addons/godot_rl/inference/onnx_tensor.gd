class_name ONNXTensor
extends RefCounted
## A tensor of the in-engine ONNX runner: a type, a shape and row-major data.
##
## Float tensors keep their values in [member floats], integer and boolean ones in [member ints]
## (booleans as 0 and 1). Tensors may share data with one another and with a model's constants: read
## them, but write only to arrays that you made. It never computes anything.

## ONNX's own numbers of element types (TensorProto.DataType).
enum { FLOAT = 1, UINT8, INT8, UINT16, INT16, INT32, INT64, BOOL = 9, UINT32 = 12 }

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
## The values otherwise.
var ints: PackedInt64Array = []


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


## How many elements a shape holds; TOO_MANY for any number above that.
static func count(of_shape: PackedInt64Array) -> int:
	var product: int = 1
	for length: int in of_shape:
		product *= length
		if product > TOO_MANY:
			return TOO_MANY
	return product


## Whether the runner can hold elements of this type.
static func holds(type: int) -> bool:
	return type in [FLOAT, UINT8, INT8, UINT16, INT16, INT32, INT64, BOOL, UINT32]


## The type's name for messages.
static func type_name(type: int) -> String:
	return TYPE_NAMES[type] if type >= 0 and type < TYPE_NAMES.size() else "type %d" % type


## Whether the values are in [member floats].
func is_float() -> bool:
	return dtype == FLOAT


## Number of elements.
func size() -> int:
	return floats.size() if is_float() else ints.size()


## The same values under another shape (data shared).
func reshaped(new_shape: PackedInt64Array) -> ONNXTensor:
	var tensor: ONNXTensor = ONNXTensor.new()
	tensor.dtype = dtype
	tensor.floats = floats
	tensor.ints = ints
	tensor.shape = new_shape
	return tensor


## A copy that shares nothing.
func copy() -> ONNXTensor:
	var tensor: ONNXTensor = reshaped(shape.duplicate())
	tensor.floats = floats.duplicate()
	tensor.ints = ints.duplicate()
	return tensor


## "float32[2, 3]", for messages.
func describe() -> String:
	return "%s%s" % [type_name(dtype), shape]
