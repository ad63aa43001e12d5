@abstract
extends RefCounted
## One stage of an ONNXChain: takes the activations of all rows, gives the next ones.
##
## Activations are rows of equally many Vector4, one row after another. The last vector of a row may
## be padded; what stands in the padding is finite and otherwise arbitrary.

## Computes the stage; it may change [param x] in place and return it.
@abstract func apply(x: PackedVector4Array, rows: int) -> PackedVector4Array
