extends Node3D
## The arc from a hand to the place where a teleport would land, and a ring there; for the eyes
## only.
##
## A scene's view adds one where somebody looks (never in a headless run) and calls aim() in each
## frame in which a teleport is aimed, rest() otherwise. It asks no physics and moves nobody.

## Colours of an arc that ends where one may land, and of one that does not.
const VALID: Color = Color(0.25, 0.9, 0.75)
const INVALID: Color = Color(1.0, 0.3, 0.25)
## Number of dashes, and the length and thickness of each, as a share of the way and in m.
const DASHES: int = 24
const DASH_SHARE: float = 0.6
const THICKNESS: float = 0.018
## Height of the arc above the straight way, as a share of its length.
const RISE: float = 0.22
## Radius of the ring, m.
const RING_RADIUS: float = 0.38
## Height of the ring above the ground, m: a marker in the ground flickers.
const RING_LIFT: float = 0.02

## Render layers of the arc and of the ring.
var layers: int = 1:
	set(value):
		layers = value
		for part: VisualInstance3D in _parts:
			part.layers = value

var _dashes: MultiMesh = MultiMesh.new()
var _material: StandardMaterial3D = StandardMaterial3D.new()
var _fill: StandardMaterial3D = StandardMaterial3D.new()
var _marker: Node3D = Node3D.new()
var _parts: Array[VisualInstance3D] = []


func _init() -> void:
	top_level = true
	visible = false
	for material: StandardMaterial3D in [_material, _fill]:
		material.shading_mode = BaseMaterial3D.SHADING_MODE_UNSHADED
		material.transparency = BaseMaterial3D.TRANSPARENCY_ALPHA
	var dash: BoxMesh = BoxMesh.new()
	dash.size = Vector3(THICKNESS, THICKNESS, 1.0)
	_dashes.transform_format = MultiMesh.TRANSFORM_3D
	_dashes.mesh = dash
	_dashes.instance_count = DASHES
	var arc: MultiMeshInstance3D = MultiMeshInstance3D.new()
	arc.multimesh = _dashes
	arc.material_override = _material
	arc.cast_shadow = GeometryInstance3D.SHADOW_CASTING_SETTING_OFF
	_parts.append(arc)
	add_child(arc)
	var ring: TorusMesh = TorusMesh.new()
	ring.inner_radius = RING_RADIUS - 0.05
	ring.outer_radius = RING_RADIUS
	ring.rings = 48
	ring.ring_segments = 6
	_add_to_marker(ring, _material)
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
	_fill.albedo_color = Color(colour, 0.28)
	global_transform = Transform3D.IDENTITY
	_marker.position = landing + Vector3.UP * RING_LIFT
	for i: int in DASHES:
		_dashes.set_instance_transform(i, dash(hand, landing, i))
	visible = true


## Where dash number [param index] of that way lies; its length is in the scale along Z.
static func dash(hand: Vector3, landing: Vector3, index: int) -> Transform3D:
	var from: Vector3 = _along(hand, landing, index / float(DASHES))
	return _between(from, _along(hand, landing, (index + DASH_SHARE) / DASHES))


## Hides it.
func rest() -> void:
	visible = false


# A thrown thing's way: the straight line and a parabola on top of it.
static func _along(hand: Vector3, landing: Vector3, part: float) -> Vector3:
	var rise: float = RISE * hand.distance_to(landing)
	return hand.lerp(landing, part) + Vector3.UP * (4.0 * rise * part * (1.0 - part))


static func _between(from: Vector3, to: Vector3) -> Transform3D:
	var way: Vector3 = to - from
	var length: float = way.length()
	if length < 1e-5:
		return Transform3D(Basis.from_scale(Vector3.ZERO), from)
	var up: Vector3 = Vector3.UP if absf(way.y) < 0.99 * length else Vector3.RIGHT
	var turned: Basis = Basis.looking_at(way, up)
	return Transform3D(turned.scaled_local(Vector3(1.0, 1.0, length)), (from + to) / 2.0)


func _add_to_marker(mesh: Mesh, material: Material) -> void:
	var part: MeshInstance3D = MeshInstance3D.new()
	part.mesh = mesh
	part.material_override = material
	part.cast_shadow = GeometryInstance3D.SHADOW_CASTING_SETTING_OFF
	_parts.append(part)
	_marker.add_child(part)
