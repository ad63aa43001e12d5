extends CanvasLayer
## The screen of VR navigation: the view from above with the agent's own view in a corner, or the
## other way round, and the display.
##
## NavView makes one. A person at the desktop begins inside, anybody else above; V changes places.
## While a headset is worn the screen is left to it.

const Display := preload("res://scenes/vr_navigation/view/display.gd")
const Looks := preload("res://scenes/vr_navigation/view/looks.gd")

## The view from above: its place relative to the course and the point that it looks at, m; the
## display covers the right part of the picture, so the hall is shown that share of the picture's
## height left of its middle.
const ABOVE: Vector3 = Vector3(0.0, 25.0, 12.0)
const LOOKED_AT: Vector3 = Vector3(0.0, 0.0, 0.55)
const ASIDE: float = 0.29
const ABOVE_ANGLE: float = 44.0
const EYE_ANGLE: float = 78.0
const NEAR: float = 0.05
const FAR: float = 200.0
const INSET: Vector2i = Vector2i(390, 219)

## Whether the large picture is the player's own view.
var is_inside: bool = false

var _view: NavView
var _large: Camera3D = Camera3D.new()
var _small: Camera3D = Camera3D.new()
var _small_view: SubViewport = SubViewport.new()
var _was_played: bool = false


func _init(view: NavView) -> void:
	_view = view
	name = "Screen"


func _ready() -> void:
	add_child(_large)
	_small_view.size = INSET
	_small_view.msaa_3d = Viewport.MSAA_2X
	_small_view.add_child(_small)
	_small_view.world_3d = _view.get_world_3d()
	var container: SubViewportContainer = SubViewportContainer.new()
	container.add_child(_small_view)
	add_child(Display.new(_view, container))
	_view.player.headset.worn.connect(_show_to_wearer)
	_show_to_wearer(not _view.player.headset.is_simulating)


func _process(_delta: float) -> void:
	var is_played: bool = _view.controller.heuristic == "human"
	if is_played != _was_played:
		_was_played = is_played
		is_inside = is_played
	_place(_large, is_inside)
	_place(_small, not is_inside)


func _unhandled_key_input(event: InputEvent) -> void:
	var key: InputEventKey = event as InputEventKey
	if key.pressed and not key.echo and key.physical_keycode == KEY_V:
		is_inside = not is_inside


func _place(camera: Camera3D, inside: bool) -> void:
	if inside:
		camera.set_perspective(EYE_ANGLE, NEAR, FAR)
		camera.cull_mask = _view.player.camera.cull_mask
		camera.global_transform = _view.controller.desktop.get_view(_was_played)
		return
	var height: float = 2.0 * NEAR * tan(deg_to_rad(ABOVE_ANGLE) / 2.0)
	var aside: float = ASIDE * height if camera == _large else 0.0
	camera.set_frustum(height, Vector2(aside, 0.0), NEAR, FAR)
	camera.cull_mask = Looks.ALL_LAYERS & ~Looks.EYE_LAYER
	var seen: Transform3D = Transform3D(Basis.IDENTITY, ABOVE).looking_at(LOOKED_AT)
	camera.global_transform = _view.course.global_transform * seen


# A wearer sees through the player's eyes; display and inset are for those at the screen.
func _show_to_wearer(is_on: bool) -> void:
	visible = not is_on
	set_process(not is_on)
	_small_view.render_target_update_mode = (
		SubViewport.UPDATE_DISABLED if is_on else SubViewport.UPDATE_WHEN_VISIBLE
	)
	if is_on:
		_view.player.camera.make_current()
	else:
		_large.make_current()
