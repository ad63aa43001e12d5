extends RefCounted
## Meshes and materials of the views of scenes; static functions only. A scene's own colours and
## shapes stand in a script of its own, which may extend this one.


## A plain surface.
static func matt(colour: Color, roughness: float = 0.8, metal: float = 0.0) -> StandardMaterial3D:
	var material: StandardMaterial3D = StandardMaterial3D.new()
	material.albedo_color = colour
	material.roughness = roughness
	material.metallic = metal
	return material


## A surface that shines by itself and lets through what is behind it where its alpha says so.
static func glow(colour: Color) -> StandardMaterial3D:
	var material: StandardMaterial3D = StandardMaterial3D.new()
	material.albedo_color = colour
	material.shading_mode = BaseMaterial3D.SHADING_MODE_UNSHADED
	material.cull_mode = BaseMaterial3D.CULL_DISABLED
	if colour.a < 1.0:
		material.transparency = BaseMaterial3D.TRANSPARENCY_ALPHA
	return material


## A box mesh.
static func box(size: Vector3 = Vector3.ONE) -> BoxMesh:
	var mesh: BoxMesh = BoxMesh.new()
	mesh.size = size
	return mesh


## An upright cone or cylinder mesh.
static func cone(bottom: float, top: float, height: float) -> CylinderMesh:
	var mesh: CylinderMesh = CylinderMesh.new()
	mesh.bottom_radius = bottom
	mesh.top_radius = top
	mesh.height = height
	mesh.rings = 0
	return mesh


## A node that shows [param mesh].
static func show(mesh: Mesh, material: Material) -> MeshInstance3D:
	var instance: MeshInstance3D = MeshInstance3D.new()
	instance.mesh = mesh
	instance.material_override = material
	return instance


## A node that shows [param mesh] at [param place] below [param parent].
static func put(
	parent: Node, mesh: Mesh, material: Material, place: Vector3 = Vector3.ZERO
) -> MeshInstance3D:
	var instance: MeshInstance3D = show(mesh, material)
	instance.position = place
	parent.add_child(instance)
	return instance
