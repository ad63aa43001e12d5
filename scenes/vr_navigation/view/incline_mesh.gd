extends RefCounted
## Makes what is seen of an incline: a solid ramp, or stairs whose treads follow the slab on which
## one walks. For the view of a course only.

## Height of a step that stairs come near to, m.
const RISER: float = 0.16


## The mesh, in the course's frame, for the slab of [param size] at [param place]: its upper face is
## the walked one.
static func make(place: Transform3D, size: Vector3, is_stairs: bool) -> ArrayMesh:
	var middle: Vector3 = place * Vector3(0.0, size.y / 2.0, 0.0)
	var along: Vector3 = place.basis.x * (size.x / 2.0)
	var low: Vector3 = middle - along if along.y > 0.0 else middle + along
	var high: Vector3 = middle + along if along.y > 0.0 else middle - along
	var side: Vector3 = place.basis.z * (size.z / 2.0)
	var tool: SurfaceTool = SurfaceTool.new()
	tool.begin(Mesh.PRIMITIVE_TRIANGLES)
	if is_stairs:
		var count: int = maxi(roundi((high.y - low.y) / RISER), 1)
		for step: int in count:
			var from: Vector3 = low.lerp(high, float(step) / count)
			var to: Vector3 = low.lerp(high, (step + 1.0) / count)
			var top: float = (from.y + to.y) / 2.0
			_add_block(tool, Vector3(from.x, top, from.z), Vector3(to.x, top, to.z), side)
	else:
		_add_block(tool, low, high, side)
	return tool.commit()


# A block down to the floor whose upper face goes from one line to another.
static func _add_block(tool: SurfaceTool, from: Vector3, to: Vector3, side: Vector3) -> void:
	var top: Array[Vector3] = [from - side, from + side, to + side, to - side]
	if (top[1] - top[0]).cross(top[2] - top[0]).y < 0.0:
		top.reverse()
	_add_quad(tool, top)
	for i: int in 4:
		var a: Vector3 = top[i]
		var b: Vector3 = top[(i + 1) % 4]
		_add_quad(tool, [Vector3(a.x, 0.0, a.z), Vector3(b.x, 0.0, b.z), b, a])


# Counter-clockwise as seen from outside.
static func _add_quad(tool: SurfaceTool, corners: Array[Vector3]) -> void:
	tool.set_normal((corners[1] - corners[0]).cross(corners[2] - corners[0]).normalized())
	for index: int in [0, 2, 1, 0, 3, 2]:
		tool.add_vertex(corners[index])
