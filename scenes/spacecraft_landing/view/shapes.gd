extends RefCounted
## Meshes and materials of the landing's view; static functions only.


## A plain surface.
static func matt(colour: Color, roughness: float = 0.8, metal: float = 0.0) -> StandardMaterial3D:
	var material: StandardMaterial3D = StandardMaterial3D.new()
	material.albedo_color = colour
	material.roughness = roughness
	material.metallic = metal
	return material


## A surface that shines by itself; with an alpha below 1 it adds its light to what is behind it.
static func glow(colour: Color) -> StandardMaterial3D:
	var material: StandardMaterial3D = StandardMaterial3D.new()
	material.albedo_color = colour
	material.shading_mode = BaseMaterial3D.SHADING_MODE_UNSHADED
	material.cull_mode = BaseMaterial3D.CULL_DISABLED
	if colour.a < 1.0:
		material.transparency = BaseMaterial3D.TRANSPARENCY_ALPHA
		material.blend_mode = BaseMaterial3D.BLEND_MODE_ADD
	return material


## A node that shows [param mesh] at [param place] below [param parent].
static func put(
	parent: Node, mesh: Mesh, material: Material, place: Vector3 = Vector3.ZERO
) -> MeshInstance3D:
	var instance: MeshInstance3D = MeshInstance3D.new()
	instance.mesh = mesh
	instance.material_override = material
	instance.position = place
	parent.add_child(instance)
	return instance


## An upright cone or cylinder with [param sides] sides.
static func cone(bottom: float, top: float, height: float, sides: int = 16) -> CylinderMesh:
	var mesh: CylinderMesh = CylinderMesh.new()
	mesh.bottom_radius = bottom
	mesh.top_radius = top
	mesh.height = height
	mesh.radial_segments = sides
	mesh.rings = 0
	return mesh


## A box of [param size].
static func box(size: Vector3) -> BoxMesh:
	var mesh: BoxMesh = BoxMesh.new()
	mesh.size = size
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
		parent, cone(radius, radius, way.length(), 8), of, (from + to) * 0.5
	)
	var aside: Vector3 = Vector3.RIGHT if absf(way.normalized().x) < 0.9 else Vector3.FORWARD
	var x: Vector3 = way.cross(aside).normalized()
	node.basis = Basis(x, way.normalized(), x.cross(way.normalized()))
