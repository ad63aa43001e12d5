extends Node3D
## The arc from a hand to the place where a teleport would land, and a ring there; for the eyes
## only.
##
## A scene's view adds one where somebody looks (never in a headless run) and calls aim() in each
## frame in which a teleport is aimed, rest() otherwise. It asks no physics and moves nobody.

## Colours of an arc that ends where one may land, and of one that does not.
const VALID: Color = Color(0.25, 0.9, 0.75)
const INVALID: Color = Color(1.0, 0.3, 0.25)
## Number of dashes, and the share of the way that they cover.
const DASHES: int = 24
const DASH_SHARE: float = 0.6
## Thickness of the first dash and of the last, m: about equal from the hand's side.
const THICKNESS: Vector2 = Vector2(0.007, 0.024)
## Height of the arc above the straight way, as a share of its length.
const RISE: float = 0.22
## Radius of the ring, m.
const RING_RADIUS: float = 0.38
## Height of the ring above the ground, m: a marker in the ground flickers.
const RING_LIFT: float = 0.02

var _dashes: MultiMesh = MultiMesh.new()
var _material: StandardMaterial3D = StandardMaterial3D.new()
var _rim: StandardMaterial3D = StandardMaterial3D.new()
var _fill: StandardMaterial3D = StandardMaterial3D.new()
var _marker: Node3D = Node3D.new()


func _init() -> void:
	top_level = true
	visible = false
	for material: StandardMaterial3D in [_material, _rim, _fill]:
		material.shading_mode = BaseMaterial3D.SHADING_MODE_UNSHADED
		material.transparency = BaseMaterial3D.TRANSPARENCY_ALPHA
	var dash_mesh: BoxMesh = BoxMesh.new()
	dash_mesh.size = Vector3.ONE
	_dashes.transform_format = MultiMesh.TRANSFORM_3D
	_dashes.mesh = dash_mesh
	_dashes.instance_count = DASHES
	var arc: MultiMeshInstance3D = MultiMeshInstance3D.new()
	arc.multimesh = _dashes
	arc.material_override = _material
	arc.cast_shadow = GeometryInstance3D.SHADOW_CASTING_SETTING_OFF
	add_child(arc)
	var ring: TorusMesh = TorusMesh.new()
	ring.inner_radius = RING_RADIUS - 0.05
	ring.outer_radius = RING_RADIUS
	ring.rings = 48
	ring.ring_segments = 6
	_add_to_marker(ring, _rim)
	var disc: CylinderMesh = CylinderMesh.new()
	disc.top_radius = RING_RADIUS - 0.05
	disc.bottom_radius = disc.top_radius
	disc.height = 0.004
	disc.rings = 0
	_add_to_marker(disc, _fill)
	add_child(_marker)


## Shows the way from [param hand] to [param landing] (both global), in the colour of
## [param is_valid].
func aim(hand: Vector3, landing: Vector3, is_valid: bool) -> void:
	var colour: Color = VALID if is_valid else INVALID
	_material.albedo_color = colour
	_rim.albedo_color = colour
	_fill.albedo_color = Color(colour, 0.28)
	# Where one cannot land there is often something in the way, which must not hide the ring.
	_rim.no_depth_test = not is_valid
	_fill.no_depth_test = not is_valid
	global_transform = Transform3D.IDENTITY
	_marker.position = landing + Vector3.UP * RING_LIFT
	for i: int in DASHES:
		_dashes.set_instance_transform(i, dash(hand, landing, i))
	visible = true


## Where dash number [param index] of that way lies; its size is in the scale.
static func dash(hand: Vector3, landing: Vector3, index: int) -> Transform3D:
	var from: Vector3 = _along(hand, landing, index / float(DASHES))
	var to: Vector3 = _along(hand, landing, (index + DASH_SHARE) / DASHES)
	return _between(from, to, lerpf(THICKNESS.x, THICKNESS.y, index / float(DASHES - 1)))


## Hides it.
func rest() -> void:
	visible = false


# A thrown thing's way: the straight line and a parabola on top of it.
static func _along(hand: Vector3, landing: Vector3, part: float) -> Vector3:
	var rise: float = RISE * hand.distance_to(landing)
	return hand.lerp(landing, part) + Vector3.UP * (4.0 * rise * part * (1.0 - part))


static func _between(from: Vector3, to: Vector3, thickness: float) -> Transform3D:
	var way: Vector3 = to - from
	var length: float = way.length()
	if length < 1e-5:
		return Transform3D(Basis.from_scale(Vector3.ZERO), from)
	var up: Vector3 = Vector3.UP if absf(way.y) < 0.99 * length else Vector3.RIGHT
	var turned: Basis = Basis.looking_at(way, up)
	return Transform3D(
		turned.scaled_local(Vector3(thickness, thickness, length)), (from + to) / 2.0
	)


func _add_to_marker(mesh: Mesh, material: Material) -> void:
	var part: MeshInstance3D = MeshInstance3D.new()
	part.mesh = mesh
	part.material_override = material
	part.cast_shadow = GeometryInstance3D.SHADOW_CASTING_SETTING_OFF
	_marker.add_child(part)
