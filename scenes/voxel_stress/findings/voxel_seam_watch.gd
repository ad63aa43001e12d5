class_name VoxelSeamWatch
extends RefCounted
## Finds holes between levels of detail by looking at what is drawn: rays at places where two meet.
##
## At a border it looks down on both sides for the surfaces, then level at the edge of the higher
## one from above the lower one. A ray that goes through to the inside of the ground is a hole that
## a player could look through. The controller asks it once a decision; it takes the borders in
## turn. It sees triangles only, and knows nothing of how they were made.

const KIND: String = "lod_seam"
## How far beside the border the surfaces are looked for, m.
const ASIDE: float = 0.25
## How far below its edge the higher side is looked at, m.
const BELOW: float = 0.3
const PLACES: int = 2

# Borders of what is drawn: key and side.
var _borders: Array[Vector4i] = []
var _next: int = 0
var _is_told: bool = false


func restart() -> void:
	_is_told = false
	_next = 0


## Other columns are drawn.
func list_borders(terrain: VoxelTerrain) -> void:
	_borders = []
	for key: Vector3i in terrain.wanted_keys():
		for side: int in 4:
			var beyond: Vector3i = _beyond(terrain, key, side, 0.5)
			if beyond.x >= 0 and beyond.x != key.x:
				_borders.append(Vector4i(key.x, key.y, key.z, side))


## Looks at the next border of [param terrain]: a finding, or {}.
func look(terrain: VoxelTerrain) -> Dictionary:
	if _is_told or _borders.is_empty():
		return {}
	# A stride without common factors with most counts: neighbours are not looked at one by one.
	_next = (_next + 37) % _borders.size()
	var border: Vector4i = _borders[_next]
	var key: Vector3i = Vector3i(border.x, border.y, border.z)
	for i: int in PLACES:
		var share: float = (i + 0.5) / PLACES + 0.02
		var beyond: Vector3i = _beyond(terrain, key, border.w, share)
		if beyond.x < 0 or terrain.column_of(key) == null:
			continue
		var hole: Variant = _hole_at(terrain, key, beyond, border.w, share)
		if hole != null:
			_is_told = true
			return {
				"kind": KIND,
				"message": "one can look through a border between levels of detail",
				"data": {"place": hole, "levels": [key.x, beyond.x], "column": [key.y, key.z]},
			}
	return {}


# The place of a hole (local, m), or null.
func _hole_at(
	terrain: VoxelTerrain, key: Vector3i, beyond: Vector3i, side: int, share: float
) -> Variant:
	var edge: Vector3 = _edge(key, side, share)
	var out: Vector3 = _outwards(side)
	var drawn: TriangleMesh = TriangleMesh.new()
	var triangles: PackedVector3Array = _drawn(terrain, key)
	triangles.append_array(_drawn(terrain, beyond))
	if triangles.is_empty() or not drawn.create_from_faces(triangles):
		return null
	var here: float = _top_at(drawn, edge - out * ASIDE)
	var there: float = _top_at(drawn, edge + out * ASIDE)
	if minf(here, there) < 0.0 or absf(here - there) < 2.0 * BELOW:
		return null
	var height: float = maxf(here, there) - BELOW
	var from: Vector3 = edge + (out if here > there else -out) * ASIDE
	var to: Vector3 = edge - (out if here > there else -out) * ASIDE
	from.y = height
	to.y = height
	if drawn.intersect_segment(from, to).is_empty():
		return Vector3(edge.x, height, edge.z)
	return null


static func _top_at(drawn: TriangleMesh, place: Vector3) -> float:
	var top: Vector3 = Vector3(place.x, VoxelGround.HEIGHT + 8.0, place.z)
	var hit: Dictionary = drawn.intersect_segment(top, Vector3(place.x, -1.0, place.z))
	return -1.0 if hit.is_empty() else (hit["position"] as Vector3).y


# Triangles of a column that are on the screen, in the terrain's frame.
static func _drawn(terrain: VoxelTerrain, key: Vector3i) -> PackedVector3Array:
	var triangles: PackedVector3Array = []
	var column: VoxelColumn = terrain.column_of(key)
	if column == null:
		return triangles
	var length: float = VoxelRings.length_of(key.x)
	for chunk: VoxelColumnJob.Chunk in column.chunks:
		var place: Vector3 = Vector3(key.y, chunk.level, key.z) * length
		triangles.append_array(Transform3D(Basis.IDENTITY, place) * chunk.vertices)
	var corner: Transform3D = Transform3D(Basis.IDENTITY, Vector3(key.y, 0.0, key.z) * length)
	for side: int in 4:
		if column.shown_walls >> side & 1 == 1:
			triangles.append_array(corner * column.walls[side])
	return triangles


static func _beyond(terrain: VoxelTerrain, key: Vector3i, side: int, share: float) -> Vector3i:
	var place: Vector3 = _edge(key, side, share) + _outwards(side) * ASIDE
	return terrain.drawn_key_at(place.x, place.z)


static func _edge(key: Vector3i, side: int, share: float) -> Vector3:
	var length: float = VoxelRings.length_of(key.x)
	var along: float = share * length
	var across: float = length if side % 2 == 0 else 0.0
	var place: Vector3 = Vector3(across, 0.0, along) if side < 2 else Vector3(along, 0.0, across)
	return Vector3(key.y, 0.0, key.z) * length + place


static func _outwards(side: int) -> Vector3:
	var sign: float = 1.0 - 2.0 * (side & 1)
	return Vector3(sign, 0.0, 0.0) if side < 2 else Vector3(0.0, 0.0, sign)
