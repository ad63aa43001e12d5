extends RefCounted
## One node of an ONNX graph: what it computes, from which values, with which attributes.
##
## Operators get it as their first argument: they read attributes from it and report through
## [method fail]. It holds no values.

const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")

## Operator name, such as "Gemm".
var op_type: String = ""
## Operator set; empty for ONNX's own.
var domain: String = ""
var name: String = ""
## Names of the values read; "" for an optional one that is left out.
var inputs: PackedStringArray = []
## Names of the values written.
var outputs: PackedStringArray = []
## Attribute name -> int, float, String, ONNXTensor, PackedInt64Array, PackedFloat32Array or
## PackedStringArray.
var attributes: Dictionary[String, Variant] = {}
## Version of ONNX's operator set that the model uses.
var opset: int = 0
## What a random operator draws from; made at its first use.
var generator: RandomNumberGenerator = null
## What the operator made at load of the inputs that are constant; null if it makes nothing.
var prepared: RefCounted
## Set by [method fail].
var error: String = ""
## Whether other values of the same shapes might not have failed.
var failed_by_value: bool = false


## Reports why the node cannot be computed; returns the empty result that operators then return.
func fail(reason: String) -> Array[ONNXTensor]:
	error = reason
	return []


## The same for a reason that lies in the values fed, not in types and shapes: the trial on zeros at
## load does not count it.
func fail_by_value(reason: String) -> Array[ONNXTensor]:
	failed_by_value = true
	return fail(reason)


## An int attribute.
func int_of(attribute: String, default: int) -> int:
	var found: Variant = attributes.get(attribute, default)
	return found if found is int else default


## A float attribute.
func float_of(attribute: String, default: float) -> float:
	var found: Variant = attributes.get(attribute, default)
	return found if found is float else default


## A text attribute.
func text_of(attribute: String, default: String) -> String:
	var found: Variant = attributes.get(attribute, default)
	return found if found is String else default


## A list of ints; empty when it is not there.
func ints_of(attribute: String) -> PackedInt64Array:
	var found: Variant = attributes.get(attribute)
	return found if found is PackedInt64Array else PackedInt64Array()


## A list of floats; empty when it is not there.
func floats_of(attribute: String) -> PackedFloat32Array:
	var found: Variant = attributes.get(attribute)
	return found if found is PackedFloat32Array else PackedFloat32Array()


## A list of texts; empty when it is not there.
func texts_of(attribute: String) -> PackedStringArray:
	var found: Variant = attributes.get(attribute)
	return found if found is PackedStringArray else PackedStringArray()


## "Gemm (node 'policy/0', opset 17)", for messages.
func describe() -> String:
	var label: String = name
	if label.is_empty():
		label = "writing " + outputs[0] if not outputs.is_empty() else "without a name"
	var kind: String = op_type if domain.is_empty() else domain + "." + op_type
	return "%s (node '%s', opset %d)" % [kind, label, opset]
