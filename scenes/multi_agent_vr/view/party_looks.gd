extends RefCounted
## Colours, meshes and materials of the view of `multi_agent_vr`; static functions only.

const SKY: Color = Color(0.13, 0.16, 0.21)
const FLOOR: Color = Color(0.28, 0.32, 0.38)
const WALL: Color = Color(0.62, 0.66, 0.72)
const PILLAR: Color = Color(0.52, 0.50, 0.62)
const VISOR: Color = Color(0.09, 0.10, 0.13)
const NEAR: Color = Color(0.36, 0.86, 0.55, 0.85)
const FAR: Color = Color(0.95, 0.78, 0.30, 0.55)
const IT: Color = Color(0.98, 0.30, 0.24)
const FROZEN: Color = Color(0.66, 0.86, 0.98)
## Of each player, by its seat.
const PLAYERS: PackedColorArray = [
	Color(0.20, 0.66, 0.84),
	Color(0.96, 0.62, 0.22),
	Color(0.66, 0.46, 0.86),
	Color(0.42, 0.76, 0.42)
]


static func matt(colour: Color, roughness: float = 0.7) -> StandardMaterial3D:
	var material: StandardMaterial3D = StandardMaterial3D.new()
	material.albedo_color = colour
	material.roughness = roughness
	return material


## Tiles of one metre.
static func tiles() -> StandardMaterial3D:
	var picture: Image = Image.create_empty(64, 64, true, Image.FORMAT_RGB8)
	for x: int in 64:
		for y: int in 64:
			var is_joint: bool = x < 2 or y < 2
			picture.set_pixel(x, y, FLOOR.lightened(0.16) if is_joint else FLOOR)
	picture.generate_mipmaps()
	var material: StandardMaterial3D = matt(Color.WHITE, 0.85)
	material.albedo_texture = ImageTexture.create_from_image(picture)
	material.texture_filter = BaseMaterial3D.TEXTURE_FILTER_LINEAR_WITH_MIPMAPS_ANISOTROPIC
	material.uv1_triplanar = true
	material.uv1_world_triplanar = true
	return material


## Shines by itself, in its vertices' colours.
static func glow() -> StandardMaterial3D:
	var material: StandardMaterial3D = StandardMaterial3D.new()
	material.shading_mode = BaseMaterial3D.SHADING_MODE_UNSHADED
	material.cull_mode = BaseMaterial3D.CULL_DISABLED
	material.transparency = BaseMaterial3D.TRANSPARENCY_ALPHA
	material.vertex_color_use_as_albedo = true
	material.vertex_color_is_srgb = true
	return material


static func show(mesh: Mesh, colour: Color) -> MeshInstance3D:
	var instance: MeshInstance3D = MeshInstance3D.new()
	instance.mesh = mesh
	instance.material_override = matt(colour)
	return instance


static func box(size: Vector3, colour: Color) -> MeshInstance3D:
	var mesh: BoxMesh = BoxMesh.new()
	mesh.size = size
	return show(mesh, colour)


static func cylinder(radius: float, height: float, colour: Color) -> MeshInstance3D:
	var mesh: CylinderMesh = CylinderMesh.new()
	mesh.top_radius = radius
	mesh.bottom_radius = radius
	mesh.height = height
	mesh.rings = 0
	return show(mesh, colour)
