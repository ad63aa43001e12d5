class_name ONNXDenseBlock
extends RefCounted
## A block of at most 16 x 16 tiles of a dense layer's weights (64 x 64 numbers).
##
## ONNXDenseKernel writes a subclass for each size, in which every tile is a member variable of type
## Projection; ONNXDenseLayer holds the instances. This base class computes nothing.


## Takes the tiles, row of tiles by row of tiles.
func set_tiles(_tiles: Array[Projection]) -> void:
	pass


## Adds the block's product to [param count] outputs: ys[y_from + n] += block * xs[x_from + n].
func accumulate(
	_xs: Array[PackedVector4Array],
	_x_from: int,
	_ys: Array[PackedVector4Array],
	_y_from: int,
	_count: int
) -> void:
	pass
