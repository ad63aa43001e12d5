extends Node3D
## Shows the player: body, headset, hands, an arrow on the ground the way it faces, and the trail of
## the episode in the colours of its comfort. NavView makes one in each arena.

const Looks := preload("res://scenes/vr_navigation/view/looks.gd")

## Seconds and places of the trail: the oldest is forgotten.
const TRAIL_STEP: float = 0.1
const TRAIL_LENGTH: int = 400
const TRAIL_WIDTH: float = 0.11
const TRAIL_LIFT: float = 0.05
## A step longer than this is a teleport, or a new episode, m.
const JUMP: float = 1.0

var _player: NavPlayer
var _trail: ImmediateMesh = ImmediateMesh.new()
var _places: PackedVector3Array = []
var _colours: PackedColorArray = []
var _since: float = 0.0


func _init(view: NavView) -> void:
	_player = view.player
	top_level = true
	view.course.built.connect(_forget)


func _ready() -> void:
	global_transform = Transform3D.IDENTITY
	_build_body()
	for hand: XRController3D in [_player.left_hand, _player.right_hand]:
		var grip: CapsuleMesh = CapsuleMesh.new()
		grip.radius = 0.045
		grip.height = 0.2
		var shown: MeshInstance3D = Looks.show(grip, Looks.matt(Looks.HAND, 0.4))
		shown.rotation.x = -PI / 2.0
		hand.add_child(shown)
	_player.camera.cull_mask = Looks.ALL_LAYERS & ~Looks.BODY_LAYER & ~Looks.ABOVE_LAYER
	var material: StandardMaterial3D = Looks.glow(Color(1.0, 1.0, 1.0, 0.85))
	material.vertex_color_use_as_albedo = true
	material.vertex_color_is_srgb = true
	add_child(Looks.show_flat(_trail, material, Looks.ABOVE_LAYER))


func _process(delta: float) -> void:
	_since += delta
	if _since < TRAIL_STEP:
		return
	_since = 0.0
	_places.append(_player.global_position + Vector3.UP * TRAIL_LIFT)
	_colours.append(Looks.grade(_player.comfort.value))
	if _places.size() > TRAIL_LENGTH:
		_places.remove_at(0)
		_colours.remove_at(0)
	_draw_trail()


func _forget() -> void:
	_places.clear()
	_colours.clear()
	_trail.clear_surfaces()


func _draw_trail() -> void:
	_trail.clear_surfaces()
	if _places.size() < 2:
		return
	_trail.surface_begin(Mesh.PRIMITIVE_TRIANGLES)
	# A surface needs a triangle, also where all the steps are jumps.
	for corner: int in 3:
		_trail.surface_add_vertex(_places[0])
	for i: int in _places.size() - 1:
		var step: Vector3 = _places[i + 1] - _places[i]
		if step.length() < 0.005 or step.length() > JUMP:
			continue
		var side: Vector3 = step.cross(Vector3.UP).normalized() * (TRAIL_WIDTH / 2.0)
		_trail.surface_set_color(_colours[i])
		var corners: PackedVector3Array = [
			_places[i] - side, _places[i] + side, _places[i + 1] + side, _places[i + 1] - side
		]
		for index: int in [0, 1, 2, 0, 2, 3]:
			_trail.surface_add_vertex(corners[index])
	_trail.surface_end()


func _build_body() -> void:
	var capsule: CapsuleMesh = CapsuleMesh.new()
	capsule.radius = 0.28
	capsule.height = 1.5
	var body: MeshInstance3D = Looks.show_on(Looks.BODY_LAYER, capsule, Looks.matt(Looks.BODY, 0.7))
	body.position.y = 0.76
	_player.add_child(body)
	var sphere: SphereMesh = SphereMesh.new()
	sphere.radius = 0.17
	sphere.height = 0.34
	var head: MeshInstance3D = Looks.show_on(Looks.BODY_LAYER, sphere, Looks.matt(Looks.BODY, 0.7))
	head.position = Vector3(0.0, -0.02, 0.1)
	_player.camera.add_child(head)
	var visor: MeshInstance3D = Looks.show_on(
		Looks.BODY_LAYER, Looks.box(Vector3(0.36, 0.19, 0.2)), Looks.matt(Looks.VISOR, 0.3)
	)
	visor.position = Vector3(0.0, 0.0, -0.08)
	_player.camera.add_child(visor)
	var arrow: PrismMesh = PrismMesh.new()
	arrow.size = Vector3(0.55, 0.5, 0.02)
	var shown: MeshInstance3D = Looks.show_flat(arrow, Looks.glow(Looks.HAND), Looks.ABOVE_LAYER)
	shown.rotation.x = -PI / 2.0
	shown.position = Vector3(0.0, 0.06, -0.75)
	_player.add_child(shown)
