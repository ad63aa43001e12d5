class_name TagView
extends Node3D
## Everything that only a spectator sees: floor, walls, pillars, players, tracks, score, camera.
##
## It frees itself where nothing is drawn, so training pays nothing for it. It reads the arena and
## never changes it.

const RUNNER: Color = Color(0.16, 0.68, 0.80)
const CHASER: Color = Color(0.95, 0.45, 0.22)
const FLOOR: Color = Color(0.62, 0.65, 0.62)
const WALL: Color = Color(0.42, 0.46, 0.52)
const PILLAR: Color = Color(0.56, 0.52, 0.62)
## Dots of a track, and seconds between two.
const TRACK_DOTS: int = 14
const TRACK_SECONDS: float = 0.12

@export var arena: TagArena

var _pillars: Array[MeshInstance3D] = []
var _tracks: Dictionary[TagPlayer, Array] = {}
var _next_dot: int = 0
var _dot_wait: float = 0.0
var _time_bar: MeshInstance3D
var _hud: Label
var _wins: PackedInt32Array = [0, 0]


func _ready() -> void:
	if DisplayServer.get_name() == "headless":
		queue_free()
		set_process(false)
		return
	var first: bool = get_tree().get_nodes_in_group("tag_view").is_empty()
	add_to_group("tag_view")
	_build_field()
	_build_runner()
	_build_chaser()
	if first:
		_build_light()
		_build_hud()
	arena.begun.connect(_show_round)
	arena.over.connect(_count)
	_show_round()


func _process(delta: float) -> void:
	var share: float = clampf(arena.seconds_left / arena.round_seconds, 0.001, 1.0)
	_time_bar.scale.x = share
	_dot_wait -= delta
	if _dot_wait > 0.0:
		return
	_dot_wait = TRACK_SECONDS
	_next_dot = (_next_dot + 1) % TRACK_DOTS
	for player: TagPlayer in _tracks:
		var dot: MeshInstance3D = _tracks[player][_next_dot]
		dot.visible = arena.is_on
		dot.position = Vector3(player.place.x, 0.02, player.place.y)


func _show_round() -> void:
	for i: int in _pillars.size():
		_pillars[i].visible = i < arena.pillars.size()
		if _pillars[i].visible:
			_pillars[i].position = Vector3(arena.pillars[i].x, 0.6, arena.pillars[i].y)
	for player: TagPlayer in _tracks:
		for dot: MeshInstance3D in _tracks[player]:
			dot.visible = false


func _count(caught: bool) -> void:
	_wins[1 if caught else 0] += 1
	if _hud != null:
		_hud.text = "runner  %d   :   %d  chaser" % [_wins[0], _wins[1]]


func _build_field() -> void:
	var side: float = 2.0 * TagArena.HALF
	_box(self, Vector3(side + 0.6, 0.2, side + 0.6), FLOOR, Vector3(0.0, -0.1, 0.0))
	for sign: float in [-1.0, 1.0]:
		var at: float = sign * (TagArena.HALF + 0.15)
		_box(self, Vector3(side + 0.6, 0.5, 0.3), WALL, Vector3(0.0, 0.25, at))
		_box(self, Vector3(0.3, 0.5, side + 0.6), WALL, Vector3(at, 0.25, 0.0))
	for i: int in TagArena.MAX_PILLARS:
		var mesh: CylinderMesh = CylinderMesh.new()
		mesh.top_radius = TagArena.PILLAR_RADIUS
		mesh.bottom_radius = TagArena.PILLAR_RADIUS
		mesh.height = 1.2
		_pillars.append(_mesh(self, mesh, PILLAR))
	_time_bar = _box(
		self,
		Vector3(side, 0.06, 0.24),
		Color(0.98, 0.80, 0.25),
		Vector3(0, 0.53, -TagArena.HALF - 0.15)
	)


func _build_runner() -> void:
	var body: CapsuleMesh = CapsuleMesh.new()
	body.radius = TagPlayer.RADIUS * 0.8
	body.height = 1.3
	_mesh(arena.runner, body, RUNNER).position.y = 0.65
	_build_track(arena.runner, RUNNER)


func _build_chaser() -> void:
	var car: TagChaser = arena.chaser
	_box(car, Vector3(0.95, 0.28, 0.6), CHASER, Vector3(0.0, 0.28, 0.0))
	_box(car, Vector3(0.42, 0.24, 0.5), Color(0.16, 0.17, 0.2), Vector3(-0.08, 0.53, 0.0))
	for x: float in [-0.3, 0.3]:
		for z: float in [-0.32, 0.32]:
			var wheel: CylinderMesh = CylinderMesh.new()
			wheel.top_radius = 0.16
			wheel.bottom_radius = 0.16
			wheel.height = 0.12
			var node: MeshInstance3D = _mesh(car, wheel, Color(0.1, 0.1, 0.12))
			node.position = Vector3(x, 0.16, z)
			node.rotation.x = PI / 2.0
	_build_track(car, CHASER)


func _build_track(player: TagPlayer, colour: Color) -> void:
	var dots: Array[MeshInstance3D] = []
	for i: int in TRACK_DOTS:
		var mesh: CylinderMesh = CylinderMesh.new()
		mesh.top_radius = 0.09
		mesh.bottom_radius = 0.09
		mesh.height = 0.02
		var dot: MeshInstance3D = _mesh(self, mesh, colour.lightened(0.25))
		dot.visible = false
		dots.append(dot)
	_tracks[player] = dots


func _build_light() -> void:
	var sun: DirectionalLight3D = DirectionalLight3D.new()
	sun.rotation_degrees = Vector3(-58.0, 32.0, 0.0)
	sun.shadow_enabled = true
	sun.light_energy = 0.75
	add_child(sun)
	var environment: Environment = Environment.new()
	environment.background_mode = Environment.BG_COLOR
	environment.background_color = Color(0.20, 0.23, 0.28)
	environment.ambient_light_source = Environment.AMBIENT_SOURCE_COLOR
	environment.ambient_light_color = Color(0.80, 0.84, 0.92)
	environment.ambient_light_energy = 0.4
	var world: WorldEnvironment = WorldEnvironment.new()
	world.environment = environment
	add_child(world)
	var camera: Camera3D = Camera3D.new()
	camera.fov = 50.0
	add_child(camera)
	camera.position = Vector3(0.0, 13.5, 8.6)
	camera.look_at(arena.global_position + Vector3(0.0, 0.0, 0.7))
	camera.make_current()


func _build_hud() -> void:
	var screen: CanvasLayer = CanvasLayer.new()
	add_child(screen)
	_hud = Label.new()
	_hud.text = "runner  0   :   0  chaser"
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
