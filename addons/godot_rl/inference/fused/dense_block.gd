extends RefCounted
## A block of at most 16 x 32 tiles of constant weights (64 x 128 numbers).
##
## ONNXDenseKernel writes a subclass for each size, in which every tile is a member variable of type
## Projection; ONNXTileProduct holds the instances. This base class computes nothing.


## Takes the tiles, row of tiles by row of tiles.
func set_tiles(_tiles: Array[Projection]) -> void:
	pass


## Adds the product to one output for each of [param starts]: the n-th reads x from vector
## [param base] + starts[n] on; what it gives is added to y from vector
## [param y_from] + n * [param y_step] on.
func accumulate(
	_x: PackedVector4Array,
	_starts: PackedInt32Array,
	_base: int,
	_y: PackedVector4Array,
	_y_from: int,
	_y_step: int
) -> void:
	pass
