@abstract class_name ONNXStage
extends RefCounted
## One stage of an ONNXChain: takes the activations of all rows, gives the next ones.
##
## Activations are blocks of at most 16 Vector4 (64 columns): block b of row r is `blocks[b * rows
## + r]`. The last vector of a row is padded; what stands in the padding is finite and otherwise
## arbitrary.

## Computes the stage; it may change [param blocks] in place and return it.
@abstract func apply(blocks: Array[PackedVector4Array], rows: int) -> Array[PackedVector4Array]
