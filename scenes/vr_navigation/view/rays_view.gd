extends Node3D
## Draws the agent's 16 rays on the ground round it, for the view from above: from the body's
## surface to where the way ends, green where it is free, red where something is near.
##
## NavView makes one, in the arena that is watched; Screen's radar shows the same values. It reads
## the sensor ten times a second, which changes nothing.

const Looks := preload("res://scenes/vr_navigation/view/looks.gd")

const INTERVAL: float = 0.1
const WIDTH: float = 0.045
const ALPHA: float = 0.75
const LIFT: float = 0.08

## Free metres of each ray when last read, from the body's surface on.
var free: PackedFloat32Array = []

var _player: NavPlayer
var _rays: NavRays
var _mesh: ImmediateMesh = ImmediateMesh.new()
var _values: PackedFloat32Array = []
var _since: float = 0.0


func _init(view: NavView) -> void:
	_player = view.player
	_rays = view.rays
	_values.resize(NavRays.COUNT)
	free.resize(NavRays.COUNT)
	name = "RaysView"


func _ready() -> void:
	top_level = true
	global_transform = Transform3D.IDENTITY
	var material: StandardMaterial3D = Looks.glow(Color(1.0, 1.0, 1.0, ALPHA))
	material.vertex_color_use_as_albedo = true
	material.vertex_color_is_srgb = true
	add_child(Looks.show_flat(_mesh, material, Looks.ABOVE_LAYER))


func _physics_process(delta: float) -> void:
	_since += delta
	if _since < INTERVAL:
		return
	_since = 0.0
	_rays.write_observation(_values, 0)
	for i: int in NavRays.COUNT:
		free[i] = _values[i] * _values[i] * _rays.reach


func _process(_delta: float) -> void:
	_mesh.clear_surfaces()
	_mesh.surface_begin(Mesh.PRIMITIVE_TRIANGLES)
	var feet: Vector3 = _player.global_position + Vector3.UP * LIFT
	for i: int in NavRays.COUNT:
		var ahead: Vector3 = _player.global_basis * direction(i)
		var side: Vector3 = ahead.cross(Vector3.UP) * (WIDTH / 2.0)
		var from: Vector3 = feet + ahead * _rays.radius
		var to: Vector3 = from + ahead * maxf(free[i], 0.02)
		_mesh.surface_set_color(Looks.grade(_values[i]))
		for corner: Vector3 in [
			from - side, from + side, to + side, from - side, to + side, to - side
		]:
			_mesh.surface_add_vertex(corner)
	_mesh.surface_end()


## The direction of ray [param index] in the player's frame.
static func direction(index: int) -> Vector3:
	var angle: float = TAU * index / NavRays.COUNT
	return Vector3(sin(angle), 0.0, -cos(angle))
