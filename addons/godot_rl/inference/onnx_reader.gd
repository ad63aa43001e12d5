extends RefCounted
## Reads a .onnx file's bytes into an ONNXGraph; ONNXModel is its only caller.
##
## It follows onnx.proto3 (field numbers in the constants). Whatever the bytes are it ends, and says
## in [member error] what is wrong with them. It checks types and sizes of tensors, not operators.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## Field numbers, message by message, of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3.
enum RLModelField {
	IR_VERSION = 1, PRODUCER = 2, PRODUCER_VERSION = 3, GRAPH = 7, OPSET = 8, METADATA = 14
}
enum RLGraphField { NODE = 1, INITIALIZER = 5, INPUT = 11, OUTPUT = 12, SPARSE_INITIALIZER = 15 }
enum RLNodeField { INPUT = 1, OUTPUT = 2, NAME = 3, OP_TYPE = 4, ATTRIBUTE = 5, DOMAIN = 7 }
enum RLAttributeField {
	NAME = 1, F = 2, I = 3, S = 4, T = 5, G = 6, FLOATS = 7, INTS = 8, STRINGS = 9, TYPE = 20
}
enum RLTensorField {
	DIMS = 1,
	DATA_TYPE = 2,
	FLOAT_DATA = 4,
	INT32_DATA = 5,
	INT64_DATA = 7,
	NAME = 8,
	RAW_DATA = 9,
	DOUBLE_DATA = 10,
	UINT64_DATA = 11,
	DATA_LOCATION = 14,
}

const ONNXGraph := preload("res://addons/godot_rl/inference/onnx_graph.gd")
const ONNXNode := preload("res://addons/godot_rl/inference/onnx_node.gd")
const ONNXProtobufCursor := preload("res://addons/godot_rl/inference/protobuf_cursor.gd")
const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")

## RLAttributeField.TYPE of one value each, in the same order as the fields F, I, S, T.
const ATTRIBUTE_FLOAT: int = 1
const ATTRIBUTE_INT: int = 2
const ATTRIBUTE_STRING: int = 3
const ATTRIBUTE_FLOATS: int = 6
const ATTRIBUTE_INTS: int = 7
const ATTRIBUTE_STRINGS: int = 8
## More dimensions than any policy has; a guard against garbage.
const MAX_RANK: int = 16

## Empty while all is well.
var error: String = ""

var _graph: ONNXGraph = ONNXGraph.new()
var _listed_inputs: Array[ONNXGraph.RLValueInfo] = []


## The graph in [param bytes], or null with [member error] set.
func read(bytes: PackedByteArray) -> ONNXGraph:
	_read_model(ONNXProtobufCursor.new(bytes))
	if error.is_empty():
		_check_complete()
	if not error.is_empty():
		return null
	for info: ONNXGraph.RLValueInfo in _listed_inputs:
		if not _graph.constants.has(info.name):
			_graph.inputs.append(info)
	for node: ONNXNode in _graph.nodes:
		node.opset = _graph.opset
	return _graph


func _check_complete() -> void:
	if _graph.opset == 0:
		error = "not an ONNX model, or cut off: it names no operator set"
	elif _graph.nodes.is_empty() and _graph.outputs.is_empty():
		error = "not an ONNX model, or cut off: it holds no graph"
	elif _graph.outputs.is_empty():
		error = "the graph has no outputs"


func _read_model(cursor: ONNXProtobufCursor) -> void:
	var graphs: int = 0
	while error.is_empty() and cursor.next():
		match cursor.field:
			RLModelField.IR_VERSION:
				_graph.ir_version = cursor.value
			RLModelField.PRODUCER:
				_graph.producer = cursor.text() + _graph.producer
			RLModelField.PRODUCER_VERSION:
				_graph.producer += " " + cursor.text()
			RLModelField.GRAPH:
				graphs += 1
				if _is_message(cursor):
					_read_graph(cursor.message())
			RLModelField.OPSET:
				if _is_message(cursor):
					_read_opset(cursor.message())
			RLModelField.METADATA:
				if _is_message(cursor):
					_read_metadata(cursor.message())
	_take_error(cursor, "the model")
	if error.is_empty() and graphs > 1:
		error = "it holds %d graphs" % graphs


func _read_opset(cursor: ONNXProtobufCursor) -> void:
	var domain: String = ""
	var version: int = 0
	while cursor.next():
		if cursor.field == 1:
			domain = cursor.text()
		elif cursor.field == 2:
			version = cursor.value
	if domain in ["", "ai.onnx"]:
		_graph.opset = version
	_take_error(cursor, "opset_import")


func _read_metadata(cursor: ONNXProtobufCursor) -> void:
	var key: String = ""
	var text: String = ""
	while cursor.next():
		if cursor.field == 1:
			key = cursor.text()
		elif cursor.field == 2:
			text = cursor.text()
	_graph.metadata[key] = text
	_take_error(cursor, "metadata_props")


func _read_graph(cursor: ONNXProtobufCursor) -> void:
	while error.is_empty() and cursor.next():
		if cursor.field in RLGraphField.values() and not _is_message(cursor):
			return
		match cursor.field:
			RLGraphField.NODE:
				_graph.nodes.append(_read_node(cursor.message()))
			RLGraphField.INITIALIZER:
				_read_tensor(cursor.message(), true)
			RLGraphField.INPUT:
				_listed_inputs.append(_read_value_info(cursor.message()))
			RLGraphField.OUTPUT:
				_graph.outputs.append(_read_value_info(cursor.message()))
			RLGraphField.SPARSE_INITIALIZER:
				error = "sparse initializers are not supported"
	_take_error(cursor, "the graph")


func _read_node(cursor: ONNXProtobufCursor) -> ONNXNode:
	var node: ONNXNode = ONNXNode.new()
	while error.is_empty() and cursor.next():
		match cursor.field:
			RLNodeField.INPUT:
				node.inputs.append(cursor.text())
			RLNodeField.OUTPUT:
				node.outputs.append(cursor.text())
			RLNodeField.NAME:
				node.name = cursor.text()
			RLNodeField.OP_TYPE:
				node.op_type = cursor.text()
			RLNodeField.DOMAIN:
				node.domain = cursor.text().trim_prefix("ai.onnx")
			RLNodeField.ATTRIBUTE:
				if _is_message(cursor):
					_read_attribute(cursor.message(), node)
	_take_error(cursor, "node '%s'" % node.name)
	return node


func _read_attribute(cursor: ONNXProtobufCursor, node: ONNXNode) -> void:
	var attribute: String = ""
	var type: int = 0
	var single: Variant = null
	var floats: PackedFloat32Array = []
	var ints: PackedInt64Array = []
	var texts: PackedStringArray = []
	while error.is_empty() and cursor.next():
		match cursor.field:
			RLAttributeField.NAME:
				attribute = cursor.text()
			RLAttributeField.TYPE:
				type = cursor.value
			RLAttributeField.F when cursor.wire == ONNXProtobufCursor.FIXED32:
				single = cursor.float_value()
			RLAttributeField.I:
				single = cursor.value
			RLAttributeField.S:
				single = cursor.text()
			RLAttributeField.T when _is_message(cursor):
				single = _read_tensor(cursor.message(), false)
			RLAttributeField.G:
				error = "subgraphs (attribute of %s) are not supported" % node.describe()
			RLAttributeField.FLOATS:
				cursor.append_floats(floats)
			RLAttributeField.INTS:
				cursor.append_ints(ints)
			RLAttributeField.STRINGS:
				texts.append(cursor.text())
	_take_error(cursor, "attribute '%s' of node '%s'" % [attribute, node.name])
	match type:
		ATTRIBUTE_FLOATS:
			node.attributes[attribute] = floats
		ATTRIBUTE_INTS:
			node.attributes[attribute] = ints
		ATTRIBUTE_STRINGS:
			node.attributes[attribute] = texts
		ATTRIBUTE_FLOAT when single == null:
			node.attributes[attribute] = 0.0
		ATTRIBUTE_INT when single == null:
			node.attributes[attribute] = 0
		ATTRIBUTE_STRING when single == null:
			node.attributes[attribute] = ""
		_:
			node.attributes[attribute] = single


func _read_value_info(cursor: ONNXProtobufCursor) -> ONNXGraph.RLValueInfo:
	var info: ONNXGraph.RLValueInfo = ONNXGraph.RLValueInfo.new()
	while error.is_empty() and cursor.next():
		if cursor.field == 1:
			info.name = cursor.text()
		elif cursor.field == 2 and _is_message(cursor):
			var type: ONNXProtobufCursor = cursor.message()
			while type.next():
				if type.field == 1 and _is_message(type):
					_read_tensor_type(type.message(), info)
			_take_error(type, "the type of '%s'" % info.name)
	_take_error(cursor, "value '%s'" % info.name)
	return info


func _read_tensor_type(cursor: ONNXProtobufCursor, info: ONNXGraph.RLValueInfo) -> void:
	while error.is_empty() and cursor.next():
		if cursor.field == 1:
			info.dtype = cursor.value
		elif cursor.field == 2 and _is_message(cursor):
			info.has_shape = true
			var dims: ONNXProtobufCursor = cursor.message()
			while dims.next():
				if dims.field == 1 and _is_message(dims):
					info.shape.append(_read_dimension(dims.message()))
			_take_error(dims, "the shape of '%s'" % info.name)
	_take_error(cursor, "the type of '%s'" % info.name)


func _read_dimension(cursor: ONNXProtobufCursor) -> int:
	var length: int = -1
	while cursor.next():
		if cursor.field == 1 and cursor.wire == ONNXProtobufCursor.VARINT:
			length = cursor.value
	if length < -1 or length >= ONNXTensor.TOO_MANY:
		error = "a dimension is %d long" % length
	_take_error(cursor, "a dimension")
	return length


func _read_tensor(cursor: ONNXProtobufCursor, is_initializer: bool) -> ONNXTensor:
	var tensor: ONNXTensor = ONNXTensor.new()
	tensor.dtype = 0
	var name: String = ""
	var raw: PackedByteArray = []
	while error.is_empty() and cursor.next():
		match cursor.field:
			RLTensorField.DIMS:
				cursor.append_ints(tensor.shape)
			RLTensorField.DATA_TYPE:
				tensor.dtype = cursor.value
			RLTensorField.NAME:
				name = cursor.text()
			RLTensorField.FLOAT_DATA:
				cursor.append_floats(tensor.floats)
			RLTensorField.INT32_DATA, RLTensorField.INT64_DATA:
				cursor.append_ints(tensor.ints)
			RLTensorField.DOUBLE_DATA:
				cursor.append_doubles(tensor.doubles)
			RLTensorField.RAW_DATA:
				raw = cursor.bytes()
			RLTensorField.DATA_LOCATION when cursor.value == 1:
				error = "tensor '%s' is kept in another file: export with the data inside" % name
	_take_error(cursor, "tensor '%s'" % name)
	if error.is_empty():
		_fill(tensor, raw, name)
	if is_initializer and error.is_empty():
		_graph.constants[name] = tensor
	return tensor


func _fill(tensor: ONNXTensor, raw: PackedByteArray, name: String) -> void:
	if not ONNXTensor.holds(tensor.dtype):
		var type: String = ONNXTensor.type_name(tensor.dtype)
		error = "tensor '%s' has the unsupported type %s" % [name, type]
		return
	var elements: int = ONNXTensor.count(tensor.shape)
	for length: int in tensor.shape:
		if length < 0 or elements == ONNXTensor.TOO_MANY or tensor.shape.size() > MAX_RANK:
			error = "tensor '%s' has the impossible shape %s" % [name, tensor.shape]
			return
	if not raw.is_empty():
		_decode_raw(tensor, raw)
	if tensor.size() != elements:
		error = (
			"tensor '%s' holds %d values, its shape %s asks for %d"
			% [name, tensor.size(), tensor.shape, elements]
		)


func _decode_raw(tensor: ONNXTensor, raw: PackedByteArray) -> void:
	match tensor.dtype:
		ONNXTensor.FLOAT:
			tensor.floats = raw.to_float32_array() if raw.size() % 4 == 0 else []
		ONNXTensor.DOUBLE:
			tensor.doubles = raw.to_float64_array() if raw.size() % 8 == 0 else []
		ONNXTensor.INT64:
			tensor.ints = raw.to_int64_array() if raw.size() % 8 == 0 else []
		ONNXTensor.INT32:
			tensor.ints = PackedInt64Array(
				Array(raw.to_int32_array() if raw.size() % 4 == 0 else [])
			)
		ONNXTensor.UINT8, ONNXTensor.BOOL:
			tensor.ints = PackedInt64Array(Array(raw))
		_:
			_decode_narrow(tensor, raw)


func _decode_narrow(tensor: ONNXTensor, raw: PackedByteArray) -> void:
	var width: int = {ONNXTensor.INT8: 1, ONNXTensor.UINT32: 4}.get(tensor.dtype, 2)
	tensor.ints.clear()
	for at: int in range(0, raw.size() - width + 1, width):
		match tensor.dtype:
			ONNXTensor.INT8:
				tensor.ints.append(raw.decode_s8(at))
			ONNXTensor.INT16:
				tensor.ints.append(raw.decode_s16(at))
			ONNXTensor.UINT16:
				tensor.ints.append(raw.decode_u16(at))
			ONNXTensor.UINT32:
				tensor.ints.append(raw.decode_u32(at))


func _is_message(cursor: ONNXProtobufCursor) -> bool:
	if cursor.wire != ONNXProtobufCursor.BYTES:
		error = "field %d at byte %d has the wrong wire type" % [cursor.field, cursor.start]
	return error.is_empty()


func _take_error(cursor: ONNXProtobufCursor, where: String) -> void:
	if error.is_empty() and not cursor.error.is_empty():
		error = "malformed or cut off in %s: %s" % [where, cursor.error]
