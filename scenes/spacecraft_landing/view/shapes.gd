extends "res://scenes/shared/looks.gd"
## Meshes and materials of the landing's view, beside those that all scenes have; static functions
## only.


## A surface that shines by itself; with an alpha below 1 it adds its light to what is behind it.
static func flame(colour: Color) -> StandardMaterial3D:
	var material: StandardMaterial3D = glow(colour)
	if colour.a < 1.0:
		material.blend_mode = BaseMaterial3D.BLEND_MODE_ADD
	return material


## An upright cone or cylinder with [param sides] sides.
static func prism(bottom: float, top: float, height: float, sides: int = 16) -> CylinderMesh:
	var mesh: CylinderMesh = cone(bottom, top, height)
	mesh.radial_segments = sides
	return mesh


## A ball.
static func ball(radius: float) -> SphereMesh:
	var mesh: SphereMesh = SphereMesh.new()
	mesh.radius = radius
	mesh.height = radius * 2.0
	mesh.radial_segments = 16
	mesh.rings = 8
	return mesh


## A flat ring.
static func ring(inner: float, outer: float) -> TorusMesh:
	var mesh: TorusMesh = TorusMesh.new()
	mesh.inner_radius = inner
	mesh.outer_radius = outer
	mesh.rings = 48
	mesh.ring_segments = 4
	return mesh


## A strut of [param radius] from [param from] to [param to] below [param parent].
static func strut(parent: Node, from: Vector3, to: Vector3, radius: float, of: Material) -> void:
	var way: Vector3 = to - from
	var node: MeshInstance3D = put(
		parent, prism(radius, radius, way.length(), 8), of, (from + to) * 0.5
	)
	var aside: Vector3 = Vector3.RIGHT if absf(way.normalized().x) < 0.9 else Vector3.FORWARD
	var x: Vector3 = way.cross(aside).normalized()
	node.basis = Basis(x, way.normalized(), x.cross(way.normalized()))
