class_name VoxelMesher
extends RefCounted
## Turns the bits of a chunk into triangles: faces that are seen only, merged to rectangles.
##
## A column job owns one. A chunk is 18 x 18 integers (one cell of its neighbours all round), whose
## bit y + 1 says whether cell y is solid. Faces are found 16 at a time by shifts, and merged to
## rectangles. Triangles stand alone, 6 vertices a rectangle, clockwise from outside: the same array
## is the mesh and the collision shape. It counts its work, and knows no node.

const CELLS: int = 16
const PADDED: int = 18
const FULL: int = 0xFFFF
## Vertices that are looked through, each four times, while one cell is looked at.
const SCANNED_PER_LOOK: int = 16

# Zeros below the lowest 1 of 16 bits; 16 where there is none.
static var _zeros: PackedByteArray = _count_zeros()

## Triangles made since [method begin], in m from the chunk's corner.
var vertices: PackedVector3Array = []
## Looks at cells and rows since [method begin]: the same number in every run.
var looks: int = 0

var _bits: PackedInt32Array = []
var _rows: PackedInt32Array = []
var _levels: PackedInt32Array = []
var _step: float = 1.0
# Whether corners are counted; how many faces share those of the last face.
var _welds: bool = false
var _shared: int = 0


func _init() -> void:
	_bits.resize(PADDED * PADDED)
	_rows.resize(CELLS)
	_levels.resize(CELLS * CELLS)


## Forgets the triangles; cells are [param step] m long from here.
func begin(step: int) -> void:
	vertices = []
	looks = 0
	_step = step


## Fills the bits of the chunk whose lowest cell is [param base] cells above the world's bottom.
func fill(ground: VoxelGround, base: int) -> void:
	var tops: PackedInt32Array = ground.tops
	var under: int = base - 1
	looks += PADDED * PADDED
	for i: int in PADDED * PADDED:
		_bits[i] = (1 << clampi(tops[i] - under, 0, PADDED)) - 1
	if ground.highest_cave <= under or ground.lowest_cave >= base + CELLS + 1:
		return
	var floors: PackedInt32Array = ground.cave_floors
	var ceilings: PackedInt32Array = ground.cave_ceilings
	for i: int in PADDED * PADDED:
		if ceilings[i] > floors[i]:
			var low: int = clampi(floors[i] - under, 0, PADDED)
			var high: int = clampi(ceilings[i] - under, 0, PADDED)
			_bits[i] &= ~((1 << high) - (1 << low))


## Adds all faces of the filled chunk, merged to rectangles.
func add_merged() -> void:
	_add_level_faces()
	_add_upright_faces(1, true, true)
	_add_upright_faces(-1, true, false)
	_add_upright_faces(PADDED, false, true)
	_add_upright_faces(-PADDED, false, false)


## Adds all faces of the filled chunk one by one and counts for each corner how many faces share it:
## the same surface as [method add_merged], and work that grows with the square of the faces.
func add_one_by_one() -> void:
	_welds = true
	for z: int in CELLS:
		for x: int in CELLS:
			for y: int in CELLS:
				if not _is_solid(x, y, z):
					continue
				if not _is_solid(x + 1, y, z):
					_quad_upright(x + 1, z, x + 1, z + 1, y, y + 1, true)
				if not _is_solid(x - 1, y, z):
					_quad_upright(x, z, x, z + 1, y, y + 1, false)
				if not _is_solid(x, y, z + 1):
					_quad_upright(x, z + 1, x + 1, z + 1, y, y + 1, false)
				if not _is_solid(x, y, z - 1):
					_quad_upright(x, z, x + 1, z, y, y + 1, true)
				if not _is_solid(x, y + 1, z):
					_quad_y(y + 1, x, x + 1, z, z + 1, true)
				if not _is_solid(x, y - 1, z):
					_quad_y(y, x, x + 1, z, z + 1, false)
	_welds = false


## Adds the wall that closes a side of a whole column where its neighbour is of another level: all
## that is solid at that side. [param side] is 0: +x, 1: -x, 2: +z, 3: -z.
func add_wall(ground: VoxelGround, side: int) -> void:
	var first: int = PADDED + 1
	var stride: int = PADDED if side < 2 else 1
	if side == 0:
		first += CELLS - 1
	elif side == 2:
		first += PADDED * (CELLS - 1)
	var start: int = 0
	for i: int in CELLS:
		var here: int = first + i * stride
		var next: int = here + stride
		if i < CELLS - 1 and _is_same(ground, here, next):
			continue
		var top: int = ground.tops[here]
		var low: int = ground.cave_floors[here]
		var high: int = ground.cave_ceilings[here]
		if high > low:
			_wall_quad(side, start, i + 1, 0, mini(low, top))
			_wall_quad(side, start, i + 1, high, top)
		else:
			_wall_quad(side, start, i + 1, 0, top)
		start = i + 1


func _wall_quad(side: int, start: int, end: int, low: int, high: int) -> void:
	if high <= low:
		return
	var plane: int = CELLS if side % 2 == 0 else 0
	if side < 2:
		_quad_upright(plane, start, plane, end, low, high, side == 0)
	else:
		_quad_upright(start, plane, end, plane, low, high, side != 2)


static func _is_same(ground: VoxelGround, one: int, other: int) -> bool:
	return (
		ground.tops[one] == ground.tops[other]
		and ground.cave_floors[one] == ground.cave_floors[other]
		and ground.cave_ceilings[one] == ground.cave_ceilings[other]
	)


func _is_solid(x: int, y: int, z: int) -> bool:
	looks += 1
	return _bits[(z + 1) * PADDED + x + 1] >> (y + 1) & 1 == 1


# Faces to +x and -x (along_x) or +z and -z: planes of rows of 16 bits, one a cell's height.
func _add_upright_faces(neighbour: int, along_x: bool, positive: bool) -> void:
	var plane_stride: int = 1 if along_x else PADDED
	var row_stride: int = PADDED if along_x else 1
	looks += CELLS * CELLS
	for plane: int in CELLS:
		var at: int = PADDED + 1 + plane * plane_stride
		var any: int = 0
		for row: int in CELLS:
			var faces: int = (_bits[at] & ~_bits[at + neighbour]) >> 1 & FULL
			_rows[row] = faces
			any |= faces
			at += row_stride
		if any == 0:
			continue
		var where: int = plane + 1 if positive else plane
		for row: int in CELLS:
			var faces: int = _rows[row]
			while faces != 0:
				var low: int = _zeros[faces]
				var length: int = _zeros[~(faces >> low) & FULL]
				var run: int = ((1 << length) - 1) << low
				faces &= ~run
				var end: int = row + 1
				while end < CELLS and _rows[end] & run == run:
					_rows[end] &= ~run
					end += 1
				if along_x:
					_quad_upright(where, row, where, end, low, low + length, positive)
				else:
					_quad_upright(row, where, end, where, low, low + length, not positive)


# Faces up and down: the bits are turned so that a row runs along x.
func _add_level_faces() -> void:
	for up: bool in [true, false]:
		looks += CELLS * CELLS
		_levels.fill(0)
		var used: int = 0
		for z: int in CELLS:
			var at: int = (z + 1) * PADDED
			for x: int in CELLS:
				at += 1
				var bits: int = _bits[at]
				var faces: int = (bits & ~(bits >> 1 if up else bits << 1)) >> 1 & FULL
				used |= faces
				while faces != 0:
					var y: int = _zeros[faces]
					faces &= faces - 1
					_levels[y * CELLS + z] |= 1 << x
		while used != 0:
			var y: int = _zeros[used]
			used &= used - 1
			_merge_level(y, up)


func _merge_level(y: int, up: bool) -> void:
	var base: int = y * CELLS
	for z: int in CELLS:
		var faces: int = _levels[base + z]
		while faces != 0:
			var low: int = _zeros[faces]
			var length: int = _zeros[~(faces >> low) & FULL]
			var run: int = ((1 << length) - 1) << low
			faces &= ~run
			var end: int = z + 1
			while end < CELLS and _levels[base + end] & run == run:
				_levels[base + end] &= ~run
				end += 1
			_quad_y(y + 1 if up else y, low, low + length, z, end, up)


# An upright rectangle above the way from (x0, z0) to (x1, z1). It is seen from the right of that
# way, unless it is [param turned].
func _quad_upright(x0: int, z0: int, x1: int, z1: int, y0: int, y1: int, turned: bool) -> void:
	var low_near: Vector3 = Vector3(x0, y0, z0) * _step
	var high_near: Vector3 = Vector3(x0, y1, z0) * _step
	var low_far: Vector3 = Vector3(x1, y0, z1) * _step
	var high_far: Vector3 = Vector3(x1, y1, z1) * _step
	if turned:
		_add(low_far, high_far, high_near, low_near)
	else:
		_add(low_near, high_near, high_far, low_far)


func _quad_y(y: int, x0: int, x1: int, z0: int, z1: int, up: bool) -> void:
	var a: Vector3 = Vector3(x0, y, z0) * _step
	var b: Vector3 = Vector3(x1, y, z0) * _step
	var c: Vector3 = Vector3(x1, y, z1) * _step
	var d: Vector3 = Vector3(x0, y, z1) * _step
	if up:
		_add(a, b, c, d)
	else:
		_add(d, c, b, a)


# Two triangles, given clockwise from outside.
func _add(a: Vector3, b: Vector3, c: Vector3, d: Vector3) -> void:
	if _welds:
		_shared = vertices.count(a) + vertices.count(b) + vertices.count(c) + vertices.count(d)
		looks += vertices.size() / SCANNED_PER_LOOK
	vertices.append(a)
	vertices.append(b)
	vertices.append(c)
	vertices.append(a)
	vertices.append(c)
	vertices.append(d)


static func _count_zeros() -> PackedByteArray:
	var table: PackedByteArray = []
	table.resize(FULL + 1)
	table[0] = CELLS
	for bits: int in range(1, FULL + 1):
		table[bits] = 0 if bits & 1 == 1 else table[bits >> 1] + 1
	return table
