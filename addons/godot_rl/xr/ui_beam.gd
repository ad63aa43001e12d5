extends Node3D
## The ray of a UIPointer and the dot where it meets a panel; for the eyes only.
##
## A scene's view adds one for each pointer where somebody looks (never in a headless run). It
## follows the pointer's hand in each frame, asks no panel and moves nobody.

const UIPointer := preload("res://addons/godot_rl/xr/ui_pointer.gd")

## Colours of a ray that meets a panel, that presses or drags, and that meets nothing.
const MEETS: Color = Color(0.45, 0.85, 1.0)
const HOLDS: Color = Color(1.0, 0.72, 0.25)
const RESTS: Color = Color(0.7, 0.75, 0.85, 0.35)
## Thickness, m, and the length of a ray that meets nothing.
const THICKNESS: float = 0.006
const FREE_LENGTH: float = 1.2
const DOT: float = 0.016

var _pointer: UIPointer
var _ray: MeshInstance3D = MeshInstance3D.new()
var _dot: MeshInstance3D = MeshInstance3D.new()
var _material: StandardMaterial3D = StandardMaterial3D.new()


func _init(pointer: UIPointer) -> void:
	_pointer = pointer
	top_level = true
	_material.shading_mode = BaseMaterial3D.SHADING_MODE_UNSHADED
	_material.transparency = BaseMaterial3D.TRANSPARENCY_ALPHA
	var box: BoxMesh = BoxMesh.new()
	box.size = Vector3(THICKNESS, THICKNESS, 1.0)
	_ray.mesh = box
	var sphere: SphereMesh = SphereMesh.new()
	sphere.radius = DOT
	sphere.height = 2.0 * DOT
	_dot.mesh = sphere
	for part: MeshInstance3D in [_ray, _dot]:
		part.material_override = _material
		part.cast_shadow = GeometryInstance3D.SHADOW_CASTING_SETTING_OFF
		add_child(part)


func _process(_delta: float) -> void:
	global_transform = _pointer.hand.global_transform.orthonormalized()
	var meets: bool = _pointer.panel != null
	var length: float = _pointer.distance if meets else FREE_LENGTH
	_material.albedo_color = MEETS if meets else RESTS
	if _pointer.is_pressing or _pointer.is_grabbing:
		_material.albedo_color = HOLDS
	_ray.scale.z = maxf(length - 0.06, 0.01)
	_ray.position.z = -length / 2.0 - 0.03
	_dot.visible = meets
	_dot.position.z = -length
