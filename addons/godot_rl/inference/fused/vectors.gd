extends RefCounted
## Reinterprets floats as Vector4 and back, natively where Vector4 holds 32-bit floats.

static var _double: bool = OS.has_feature("double")


## The floats four by four; their number must be a multiple of four.
static func from_floats(floats: PackedFloat32Array) -> PackedVector4Array:
	if not _double:
		return floats.to_byte_array().to_vector4_array()
	var vectors: PackedVector4Array = []
	for i: int in range(0, floats.size(), 4):
		vectors.append(Vector4(floats[i], floats[i + 1], floats[i + 2], floats[i + 3]))
	return vectors


## The components of all vectors in order.
static func to_floats(vectors: PackedVector4Array) -> PackedFloat32Array:
	if not _double:
		return vectors.to_byte_array().to_float32_array()
	var floats: PackedFloat32Array = []
	for vector: Vector4 in vectors:
		floats.append_array([vector.x, vector.y, vector.z, vector.w])
	return floats


## Rows of [param width] floats, each padded with zeros to whole vectors.
static func rows(floats: PackedFloat32Array, width: int) -> PackedVector4Array:
	var missing: int = -width & 3
	if missing == 0:
		return from_floats(floats)
	var zeros: PackedFloat32Array = []
	zeros.resize(missing)
	var padded: PackedFloat32Array = []
	for at: int in range(0, floats.size(), width):
		padded.append_array(floats.slice(at, at + width))
		padded.append_array(zeros)
	return from_floats(padded)


## The components of rows of vectors without the padding: rows of [param width] floats.
static func unpadded(vectors: PackedVector4Array, width: int) -> PackedFloat32Array:
	var floats: PackedFloat32Array = to_floats(vectors)
	var padded: int = (width + 3) & ~3
	if padded == width:
		return floats
	if floats.size() == padded:
		return floats.slice(0, width)
	var result: PackedFloat32Array = []
	for at: int in range(0, floats.size(), padded):
		result.append_array(floats.slice(at, at + width))
	return result
