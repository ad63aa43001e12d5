extends CanvasLayer
## Draws what sensors see onto the picture of the viewport that they are in.
##
## The overlay has it draw the chosen agent's sensors; "Visible Collision Shapes" all that want it.
## It lies on a canvas of its own, above the world and never in it, so that no camera sensor sees it
## and no observation changes. It asks the sensors after each physics tick, once a frame; while
## nothing is drawn there is no such node.

const RLScreenUnit := preload("res://addons/godot_rl/monitor/screen_unit.gd")
const RLSensorSketch := preload("res://addons/godot_rl/sensors/sensor_sketch.gd")
const RLSensorView := preload("res://addons/godot_rl/sensors/sensor_view.gd")

const LAYER: int = 110
## Who wants the sensors drawn that "Visible Collision Shapes" shows.
const COLLISION_SHAPES: int = 0
## In units of the screen.
const _POINT: float = 3.0
const _LINE: float = 1.5
const _LETTERS: float = 13.0

# The view of each viewport that has one, by the viewport's instance id.
static var _views: Dictionary[int, RLSensorView] = {}

# Sensors by whoever wants them drawn.
var _wanted: Dictionary[int, Array] = {}
var _viewport_id: int = 0
var _sketch_3d: RLSensorSketch = RLSensorSketch.new()
var _sketch_2d: Dictionary[Transform2D, RLSensorSketch] = {}
var _paper: Node2D = Node2D.new()
var _is_stale: bool = true
# Physics in a thread of its own may be asked in a physics tick only.
var _is_threaded: bool = (
	ProjectSettings.get_setting("physics/3d/run_on_separate_thread", false)
	or ProjectSettings.get_setting("physics/2d/run_on_separate_thread", false)
)


## Draws [param sensors] (ISensor3D, ISensor2D) until [method hide_all] of the same
## [param owner_id], which is the instance id of who wants them. Those of one viewport share a view.
static func show_all(owner_id: int, sensors: Array[Node]) -> void:
	for sensor: Node in sensors:
		var viewport: Viewport = sensor.get_viewport()
		var id: int = viewport.get_instance_id()
		if not _views.has(id):
			_views[id] = RLSensorView.new()
			_views[id]._viewport_id = id
			# Now is often the middle of building a scene.
			_join.call_deferred(_views[id])
		var view: RLSensorView = _views[id]
		if not view._wanted.has(owner_id):
			view._wanted[owner_id] = []
		view._wanted[owner_id].append(sensor)


## Draws no sensor for [param owner_id] any more.
static func hide_all(owner_id: int) -> void:
	for view: RLSensorView in _views.values():
		view._wanted.erase(owner_id)
		view._is_stale = true


## The view of [param viewport]; null: nothing is drawn in it.
static func of(viewport: Viewport) -> RLSensorView:
	return _views.get(viewport.get_instance_id())


func _init() -> void:
	layer = LAYER
	process_mode = Node.PROCESS_MODE_ALWAYS
	process_physics_priority = 1000000
	_paper.draw.connect(_draw_sketches)
	add_child(_paper)


func _exit_tree() -> void:
	_views.erase(_viewport_id)


func _physics_process(_delta: float) -> void:
	_is_stale = true
	if _is_threaded:
		_ask()


func _process(_delta: float) -> void:
	if not _is_threaded:
		_ask()
	if _wanted.is_empty():
		_views.erase(_viewport_id)
		queue_free()
	_paper.queue_redraw()


func _ask() -> void:
	if not _is_stale:
		return
	_is_stale = false
	var viewport: Viewport = get_viewport()
	_sketch_3d.clear()
	_sketch_2d.clear()
	for owner_id: int in _wanted.keys():
		var sensors: Array = _wanted[owner_id].filter(is_instance_valid)
		_wanted[owner_id] = sensors
		if sensors.is_empty():
			_wanted.erase(owner_id)
		for sensor: Node in sensors:
			if not sensor.is_inside_tree() or sensor.get_viewport() != viewport:
				continue
			if owner_id == COLLISION_SHAPES and not sensor.call(&"is_drawn_with_shapes"):
				continue
			if sensor is ISensor3D:
				(sensor as ISensor3D).sketch(_sketch_3d)
				continue
			var canvas: Transform2D = (sensor as ISensor2D).get_canvas_transform()
			if not _sketch_2d.has(canvas):
				_sketch_2d[canvas] = RLSensorSketch.new()
			(sensor as ISensor2D).sketch(_sketch_2d[canvas])


func _draw_sketches() -> void:
	for canvas: Transform2D in _sketch_2d:
		var sketch: RLSensorSketch = _sketch_2d[canvas]
		var to_screen: Callable = func(at: Vector3) -> Vector2: return canvas * Vector2(at.x, at.y)
		var lines: PackedVector2Array = []
		for end: Vector3 in sketch.ends:
			lines.append(canvas * Vector2(end.x, end.y))
		_draw_sketch(sketch, lines, sketch.colors, to_screen)
	var camera: Camera3D = get_viewport().get_camera_3d()
	if camera != null and not (_sketch_3d.ends.is_empty() and _sketch_3d.texts.is_empty()):
		_draw_in_space(camera)


func _draw_in_space(camera: Camera3D) -> void:
	var lines: PackedVector2Array = []
	var colors: PackedColorArray = []
	var front: Plane = Plane(
		-camera.global_basis.z,
		camera.global_position - camera.global_basis.z * (camera.near + 0.01)
	)
	for i: int in _sketch_3d.colors.size():
		var from: Vector3 = _sketch_3d.ends[2 * i]
		var to: Vector3 = _sketch_3d.ends[2 * i + 1]
		var is_from_seen: bool = front.is_point_over(from)
		var is_to_seen: bool = front.is_point_over(to)
		if not is_from_seen and not is_to_seen:
			continue
		if is_from_seen != is_to_seen:
			var cut: Variant = front.intersects_segment(from, to)
			if cut == null:
				continue
			if is_from_seen:
				to = cut
			else:
				from = cut
		lines.append(camera.unproject_position(from))
		lines.append(camera.unproject_position(to))
		colors.append(_sketch_3d.colors[i])
	var to_screen: Callable = func(at: Vector3) -> Vector2:
		return camera.unproject_position(at) if front.is_point_over(at) else Vector2.INF
	_draw_sketch(_sketch_3d, lines, colors, to_screen)


func _draw_sketch(
	sketch: RLSensorSketch, lines: PackedVector2Array, colors: PackedColorArray, to_screen: Callable
) -> void:
	var size: float = RLScreenUnit.of(get_viewport())
	if not lines.is_empty():
		_paper.draw_multiline_colors(lines, colors, _LINE * size, true)
	for i: int in sketch.points.size():
		var at: Vector2 = to_screen.call(sketch.points[i])
		if at.is_finite():
			_paper.draw_circle(at, (_POINT + 1.0) * size, Color(0.0, 0.0, 0.0, 0.6))
			_paper.draw_circle(at, _POINT * size, sketch.point_colors[i])
	var font: Font = ThemeDB.fallback_font
	var letters: int = roundi(_LETTERS * size)
	for i: int in sketch.texts.size():
		var at: Vector2 = to_screen.call(sketch.text_places[i])
		if not at.is_finite():
			continue
		var words: String = sketch.texts[i]
		at.x -= font.get_string_size(words, HORIZONTAL_ALIGNMENT_LEFT, -1, letters).x / 2.0
		at.y += letters * 0.4
		var left: HorizontalAlignment = HORIZONTAL_ALIGNMENT_LEFT
		_paper.draw_string_outline(
			font, at, words, left, -1, letters, ceili(letters * 0.3), Color.BLACK
		)
		_paper.draw_string(font, at, words, left, -1, letters, Color.WHITE)


# The viewport may be gone before the view has joined it.
static func _join(view: RLSensorView) -> void:
	var viewport: Viewport = instance_from_id(view._viewport_id) as Viewport
	if viewport == null:
		_views.erase(view._viewport_id)
		view.free()
		return
	viewport.add_child(view, false, Node.INTERNAL_MODE_BACK)
