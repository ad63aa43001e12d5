extends RefCounted
## Walks the fields of one protobuf message inside a byte array; the ONNX reader is its only user.
##
## `while cursor.next():` gives each field's number and its value or its span of bytes. Whatever
## the bytes are, it stays inside its bounds and moves forward at each step: a malformed message
## ends the walk with [member error] set. It knows nothing of ONNX.

const ONNXProtobufCursor := preload("res://addons/godot_rl/inference/protobuf_cursor.gd")
const VARINT: int = 0
const FIXED64: int = 1
const BYTES: int = 2
const FIXED32: int = 5

## Number of the present field.
var field: int = 0
## Wire type of the present field.
var wire: int = 0
## Value of a VARINT field (as a signed 64-bit number).
var value: int = 0
## First byte of the present field's content.
var start: int = 0
## First byte after it.
var end: int = 0
## Empty while all is well.
var error: String = ""

var _bytes: PackedByteArray
var _position: int
var _limit: int


func _init(bytes: PackedByteArray, from: int = 0, to: int = -1) -> void:
	_bytes = bytes
	_position = from
	_limit = bytes.size() if to < 0 else to


## Moves to the next field; false at the end of the message or at an error.
func next() -> bool:
	if not error.is_empty() or _position >= _limit:
		return false
	var key: int = _varint()
	field = key >> 3
	wire = key & 7
	if error.is_empty() and (field <= 0 or field > 0x1fffffff):
		error = "field number %d at byte %d" % [field, _position]
	if not error.is_empty():
		return false
	start = _position
	match wire:
		VARINT:
			value = _varint()
		FIXED64:
			_position += 8
		FIXED32:
			_position += 4
		BYTES:
			var length: int = _varint()
			start = _position
			if length < 0 or length > _limit - _position:
				error = "a length of %d at byte %d exceeds the message" % [length, _position]
				return false
			_position += length
		_:
			error = "wire type %d at byte %d" % [wire, _position]
	end = _position
	if _position > _limit:
		error = "the data ends inside a field at byte %d" % _limit
	return error.is_empty()


## A walk through the present BYTES field as a message of its own.
func message() -> ONNXProtobufCursor:
	return ONNXProtobufCursor.new(_bytes, start, end)


## The present field's bytes.
func bytes() -> PackedByteArray:
	return _bytes.slice(start, end)


## The present field as UTF-8 text.
func text() -> String:
	return bytes().get_string_from_utf8()


## The present FIXED32 field as a float.
func float_value() -> float:
	return _bytes.decode_float(start)


## Appends the present field to [param into]: one float, or a packed run of them.
func append_floats(into: PackedFloat32Array) -> void:
	if (end - start) % 4 != 0:
		error = "a run of floats of %d bytes at byte %d" % [end - start, start]
		return
	into.append_array(bytes().to_float32_array())


## Appends the present field to [param into]: one double, or a packed run of them.
func append_doubles(into: PackedFloat64Array) -> void:
	if (end - start) % 8 != 0:
		error = "a run of doubles of %d bytes at byte %d" % [end - start, start]
		return
	into.append_array(bytes().to_float64_array())


## Appends the present field to [param into]: one varint, or a packed run of them.
func append_ints(into: PackedInt64Array) -> void:
	if wire == VARINT:
		into.append(value)
		return
	var run: ONNXProtobufCursor = message()
	while run._position < run._limit and run.error.is_empty():
		into.append(run._varint())
	error = run.error


func _varint() -> int:
	var result: int = 0
	for shift: int in range(0, 70, 7):
		if _position >= _limit:
			error = "the data ends inside a number at byte %d" % _position
			return 0
		var byte: int = _bytes[_position]
		_position += 1
		result |= (byte & 0x7f) << shift
		if byte < 0x80:
			return result
	error = "a number of more than 10 bytes at byte %d" % _position
	return 0
