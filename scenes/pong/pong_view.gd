class_name PongView
extends Node3D
## Everything that only a spectator sees: table, paddles, ball, its track, score, camera.
##
## It frees itself where nothing is drawn, so training pays nothing for it. It reads the table and
## never changes it.

const LEFT: Color = Color(0.16, 0.68, 0.80)
const RIGHT: Color = Color(0.95, 0.45, 0.22)
const FLOOR: Color = Color(0.16, 0.30, 0.27)
const LINE: Color = Color(0.60, 0.70, 0.66)
const WALL: Color = Color(0.42, 0.46, 0.52)
const BALL: Color = Color(0.98, 0.86, 0.35)
## Dots of the ball's track, and seconds between two.
const TRACK_DOTS: int = 16
const TRACK_SECONDS: float = 0.05

@export var table: PongTable

var _track: Array[MeshInstance3D] = []
var _next_dot: int = 0
var _dot_wait: float = 0.0
var _hud: Label
var _points: PackedInt32Array = [0, 0]


func _ready() -> void:
	if DisplayServer.get_name() == "headless":
		queue_free()
		set_process(false)
		return
	var first: bool = get_tree().get_nodes_in_group("pong_view").is_empty()
	add_to_group("pong_view")
	_build_table()
	_build_players()
	if first:
		_build_light()
		_build_hud()
	table.begun.connect(_hide_track)
	table.over.connect(_count)


func _process(delta: float) -> void:
	_dot_wait -= delta
	if _dot_wait > 0.0 or not table.is_on:
		return
	_dot_wait = TRACK_SECONDS
	_next_dot = (_next_dot + 1) % TRACK_DOTS
	_track[_next_dot].visible = true
	_track[_next_dot].position = Vector3(table.ball.x, 0.03, table.ball.y)


func _hide_track() -> void:
	for dot: MeshInstance3D in _track:
		dot.visible = false


func _count(winner: int) -> void:
	if winner >= 0:
		_points[winner] += 1
	if _hud != null:
		_hud.text = "left  %d   :   %d  right" % [_points[0], _points[1]]


func _build_table() -> void:
	var length: float = 2.0 * PongTable.HALF_LENGTH
	var width: float = 2.0 * PongTable.HALF_WIDTH
	_box(self, Vector3(length, 0.2, width), FLOOR, Vector3(0.0, -0.1, 0.0))
	for i: int in 12:
		var at: float = (i + 0.5) * width / 12.0 - PongTable.HALF_WIDTH
		_box(self, Vector3(0.06, 0.02, 0.25), LINE, Vector3(0.0, 0.005, at))
	for sign: float in [-1.0, 1.0]:
		var at: float = sign * (PongTable.HALF_WIDTH + 0.1)
		_box(self, Vector3(length, 0.4, 0.2), WALL, Vector3(0.0, 0.1, at))


func _build_players() -> void:
	for side: int in 2:
		var size: Vector3 = Vector3(0.16, 0.3, 2.0 * PongTable.HALF_PADDLE)
		var at: Vector3 = Vector3(PongTable.direction_of(side) * 0.08, 0.15, 0.0)
		_box(table.paddles[side], size, RIGHT if side == 1 else LEFT, at)
	var sphere: SphereMesh = SphereMesh.new()
	sphere.radius = PongTable.BALL_RADIUS
	sphere.height = 2.0 * PongTable.BALL_RADIUS
	_mesh(table.ball_node, sphere, BALL).position.y = PongTable.BALL_RADIUS
	for i: int in TRACK_DOTS:
		var mesh: CylinderMesh = CylinderMesh.new()
		mesh.top_radius = 0.06
		mesh.bottom_radius = 0.06
		mesh.height = 0.02
		_track.append(_mesh(self, mesh, BALL.darkened(0.25)))
	_hide_track()


func _build_light() -> void:
	var sun: DirectionalLight3D = DirectionalLight3D.new()
	sun.rotation_degrees = Vector3(-58.0, 32.0, 0.0)
	sun.shadow_enabled = true
	sun.light_energy = 0.8
	add_child(sun)
	var environment: Environment = Environment.new()
	environment.background_mode = Environment.BG_COLOR
	environment.background_color = Color(0.10, 0.12, 0.15)
	environment.ambient_light_source = Environment.AMBIENT_SOURCE_COLOR
	environment.ambient_light_color = Color(0.80, 0.84, 0.92)
	environment.ambient_light_energy = 0.5
	var world: WorldEnvironment = WorldEnvironment.new()
	world.environment = environment
	add_child(world)
	var camera: Camera3D = Camera3D.new()
	camera.fov = 50.0
	add_child(camera)
	camera.position = Vector3(0.0, 7.6, 4.6)
	camera.look_at(table.global_position + Vector3(0.0, 0.0, 0.2))
	camera.make_current()


func _build_hud() -> void:
	var screen: CanvasLayer = CanvasLayer.new()
	add_child(screen)
	_hud = Label.new()
	_hud.text = "left  0   :   0  right"
	_hud.add_theme_font_size_override("font_size", 28)
	_hud.add_theme_color_override("font_outline_color", Color(0.05, 0.07, 0.1))
	_hud.add_theme_constant_override("outline_size", 8)
	_hud.set_anchors_and_offsets_preset(Control.PRESET_CENTER_TOP, Control.PRESET_MODE_MINSIZE, 16)
	_hud.grow_horizontal = Control.GROW_DIRECTION_BOTH
	screen.add_child(_hud)


func _box(parent: Node3D, size: Vector3, colour: Color, at: Vector3) -> MeshInstance3D:
	var box: BoxMesh = BoxMesh.new()
	box.size = size
	var instance: MeshInstance3D = _mesh(parent, box, colour)
	instance.position = at
	return instance


func _mesh(parent: Node3D, mesh: Mesh, colour: Color) -> MeshInstance3D:
	var instance: MeshInstance3D = MeshInstance3D.new()
	var material: StandardMaterial3D = StandardMaterial3D.new()
	material.albedo_color = colour
	material.roughness = 0.8
	instance.mesh = mesh
	instance.material_override = material
	parent.add_child(instance)
	return instance
