extends Node3D
## A panel in the world that shows a 2D interface and takes a ray for a mouse: a SubViewport on a
## quad, with a bar below it by which a hand drags it.
##
## Put the interface (any Control) below [member viewport], or set [member content]. UIPointer finds
## panels and calls them: find_hit(), then point_at(), press(), release(), leave(). All works in a
## headless engine, where nothing is drawn. The panel faces its local +Z and is used from there
## only. It knows no hand and no game.

## A pointer took the bar, or let it go.
signal grabbed(is_on: bool)

## Space between the picture and the bar, m, and the bar's part of the panel's width.
const BAR_GAP: float = 0.03
const BAR_SHARE: float = 0.5

## Width and height of the picture, m.
@export var size: Vector2 = Vector2(1.6, 1.2)
## Width and height of the picture, pixels.
@export var resolution: Vector2i = Vector2i(1024, 768)
## Height of the bar by which it is dragged, m; 0: it cannot be dragged.
@export_range(0.0, 0.3, 0.005, "suffix:m") var bar_height: float = 0.07
## Where the panel's middle may be dragged to, in its parent's frame; without volume: anywhere.
@export var limits: AABB = AABB()
## The interface; null: whatever is put below [member viewport].
@export var content: PackedScene

## Holds the interface. It is made with the panel, so that it can be filled before the panel enters
## the tree.
var viewport: SubViewport = SubViewport.new()
## The pointer that holds the button or the bar; null: none.
var holder: Object
## Where the pointer is, pixels; meaningless while [member is_pointed] is false.
var pointer: Vector2 = Vector2.ZERO
## A pointer is on the picture, or holds the button.
var is_pointed: bool = false

var _motion: InputEventMouseMotion = InputEventMouseMotion.new()
var _button: InputEventMouseButton = InputEventMouseButton.new()
var _is_pressed: bool = false


func _ready() -> void:
	viewport.size = resolution
	viewport.transparent_bg = true
	viewport.disable_3d = true
	viewport.handle_input_locally = true
	viewport.render_target_update_mode = SubViewport.UPDATE_DISABLED
	add_child(viewport)
	if content != null:
		viewport.add_child(content.instantiate())
	_button.button_index = MOUSE_BUTTON_LEFT
	if DisplayServer.get_name() != "headless":
		_show()


func _notification(what: int) -> void:
	if what == NOTIFICATION_PREDELETE and viewport.get_parent() == null:
		viewport.free()


## How far the panel is on the way from [param from] in [param direction] (both global, the latter
## of length 1), m: where the ray crosses the picture or the bar from the front; INF where it does
## not.
func find_hit(from: Vector3, direction: Vector3) -> float:
	var distance: float = find_plane(from, direction)
	if distance == INF:
		return INF
	var place: Vector2 = to_panel(from + direction * distance)
	return distance if is_on_picture(place) or is_on_bar(place) else INF


## How far the panel's plane is on that way, m; INF where the ray does not cross it from the front.
func find_plane(from: Vector3, direction: Vector3) -> float:
	var normal: Vector3 = global_basis.z
	var slope: float = normal.dot(direction)
	var height: float = normal.dot(from - global_position)
	if slope >= -1e-6 or height <= 0.0:
		return INF
	return -height / slope


## The global [param place] in the panel's plane: m from the picture's middle, x right, y up.
func to_panel(place: Vector3) -> Vector2:
	var local: Vector3 = global_transform.affine_inverse() * place
	return Vector2(local.x, local.y)


## Pixels of [param place], m from the picture's middle.
func to_pixels(place: Vector2) -> Vector2:
	var share: Vector2 = place / size
	return Vector2(0.5 + share.x, 0.5 - share.y) * Vector2(resolution)


## Metres from the picture's middle of [param pixels].
func from_pixels(pixels: Vector2) -> Vector2:
	var share: Vector2 = pixels / Vector2(resolution)
	return Vector2(share.x - 0.5, 0.5 - share.y) * size


## Whether [param place], m from the picture's middle, is on the picture.
func is_on_picture(place: Vector2) -> bool:
	return absf(place.x) <= size.x / 2.0 and absf(place.y) <= size.y / 2.0


## Whether [param place], m from the picture's middle, is on the bar.
func is_on_bar(place: Vector2) -> bool:
	return bar_height > 0.0 and get_bar().has_point(place)


## The bar, m from the picture's middle, y up.
func get_bar() -> Rect2:
	var width: float = size.x * BAR_SHARE
	var top: float = -size.y / 2.0 - BAR_GAP
	return Rect2(-width / 2.0, top - bar_height, width, bar_height)


## The pointer is at [param pixels] now.
func point_at(pixels: Vector2) -> void:
	if not is_pointed:
		is_pointed = true
		viewport.notification(NOTIFICATION_VP_MOUSE_ENTER)
	_motion.relative = pixels - pointer
	pointer = pixels
	_motion.position = pixels
	_motion.global_position = pixels
	_motion.button_mask = MOUSE_BUTTON_MASK_LEFT if _is_pressed else 0 as MouseButtonMask
	viewport.push_input(_motion, true)


## The pointer's button goes down where the pointer is.
func press() -> void:
	_push_button(true)


## The pointer's button goes up.
func release() -> void:
	if _is_pressed:
		_push_button(false)


## No pointer is on the panel any more.
func leave() -> void:
	release()
	if is_pointed:
		is_pointed = false
		viewport.notification(NOTIFICATION_VP_MOUSE_EXIT)


## The Control that gets the pointer's input, as the engine says; null: none.
func get_hovered() -> Control:
	return viewport.gui_get_hovered_control() if is_pointed else null


## Puts the panel to [param place] (global), upright and turned to [param yaw] (rad), within its
## limits.
func drag_to(place: Vector3, yaw: float) -> void:
	global_basis = Basis(Vector3.UP, yaw)
	global_position = place
	if limits.has_volume():
		position = position.clamp(limits.position, limits.end)


func _push_button(is_down: bool) -> void:
	_is_pressed = is_down
	_button.position = pointer
	_button.global_position = pointer
	_button.pressed = is_down
	_button.button_mask = MOUSE_BUTTON_MASK_LEFT if is_down else 0 as MouseButtonMask
	viewport.push_input(_button, true)


# The picture shines by itself, so it is legible in any light.
func _show() -> void:
	viewport.render_target_update_mode = SubViewport.UPDATE_ALWAYS
	var quad: QuadMesh = QuadMesh.new()
	quad.size = size
	var material: StandardMaterial3D = StandardMaterial3D.new()
	material.shading_mode = BaseMaterial3D.SHADING_MODE_UNSHADED
	material.transparency = BaseMaterial3D.TRANSPARENCY_ALPHA
	material.texture_filter = BaseMaterial3D.TEXTURE_FILTER_LINEAR_WITH_MIPMAPS_ANISOTROPIC
	material.albedo_texture = viewport.get_texture()
	var picture: MeshInstance3D = MeshInstance3D.new()
	picture.name = "Picture"
	picture.mesh = quad
	picture.material_override = material
	picture.cast_shadow = GeometryInstance3D.SHADOW_CASTING_SETTING_OFF
	add_child(picture)
	if bar_height > 0.0:
		add_child(_make_bar())


func _make_bar() -> MeshInstance3D:
	var place: Rect2 = get_bar()
	var capsule: CapsuleMesh = CapsuleMesh.new()
	capsule.radius = place.size.y / 4.0
	capsule.height = place.size.x
	var material: StandardMaterial3D = StandardMaterial3D.new()
	material.shading_mode = BaseMaterial3D.SHADING_MODE_UNSHADED
	material.albedo_color = Color(0.72, 0.78, 0.90)
	var bar: MeshInstance3D = MeshInstance3D.new()
	bar.name = "Bar"
	bar.mesh = capsule
	bar.material_override = material
	bar.rotation.z = PI / 2.0
	bar.position = Vector3(0.0, place.get_center().y, 0.0)
	bar.cast_shadow = GeometryInstance3D.SHADOW_CASTING_SETTING_OFF
	return bar
