class_name YardView
extends Node3D
## What people see of the yard: ground, walls, crate, pad, bolts and the player, from above. Without
## a screen it makes nothing, and it never changes the game.

@export var root: BugReproduction
@export var controller: BugReproductionController

var _pad: MeshInstance3D
var _body: MeshInstance3D


func _ready() -> void:
	if DisplayServer.get_name() == "headless":
		set_process(false)
		return
	var ground: YardGround = root.ground
	for chunk: Node in ground.get_children():
		var size: float = YardGround.CHUNK - 0.06
		_add_box(chunk as Node3D, Vector3(size, 0.1, size), Color(0.36, 0.5, 0.38), -0.05)
	for wall: Node in root.walls.get_children():
		var shape: CollisionShape3D = wall.get_child(0) as CollisionShape3D
		var colour: Color = Color(0.75, 0.5, 0.3) if wall.name == "Crate" else Color(0.8, 0.8, 0.78)
		_add_box(wall as Node3D, (shape.shape as BoxShape3D).size, colour)
	_pad = _add_box(self, Vector3(1.2, 0.06, 1.2), Color(0.2, 0.7, 1.0))
	_body = _add_box(root.player, Vector3(0.45, 1.6, 0.3), Color(0.9, 0.25, 0.2), 0.85)
	_add_box(root.player, Vector3(0.1, 0.1, 0.6), Color.WHITE, 1.4, -0.4)
	root.bolts.child_entered_tree.connect(_on_bolt_made)
	for bolt: Node in root.bolts.get_children():
		_on_bolt_made(bolt)
	_add_light()
	if controller.arena_index == 0:
		_add_camera()


func _process(_delta: float) -> void:
	_pad.position = controller.pad + Vector3(0.0, 0.04, 0.0)


func _on_bolt_made(bolt: Node) -> void:
	_add_box(bolt as Node3D, Vector3.ONE * 0.18, Color(1.0, 0.85, 0.2), 0.09)


func _add_light() -> void:
	var light: DirectionalLight3D = DirectionalLight3D.new()
	light.rotation_degrees = Vector3(-55.0, 35.0, 0.0)
	light.shadow_enabled = true
	add_child(light)
	var surroundings: Environment = Environment.new()
	surroundings.background_mode = Environment.BG_COLOR
	surroundings.background_color = Color(0.09, 0.1, 0.13)
	surroundings.ambient_light_source = Environment.AMBIENT_SOURCE_COLOR
	surroundings.ambient_light_color = Color.WHITE
	surroundings.ambient_light_energy = 0.45
	var world: WorldEnvironment = WorldEnvironment.new()
	world.environment = surroundings
	add_child(world)


func _add_camera() -> void:
	var camera: Camera3D = Camera3D.new()
	camera.transform = Transform3D(Basis(), Vector3(0.0, 21.0, 15.0))
	camera.fov = 55.0
	add_child(camera)
	camera.look_at_from_position(camera.position, Vector3(0.0, 0.0, 1.5))
	camera.make_current.call_deferred()


static func _add_box(
	to: Node3D, size: Vector3, colour: Color, up: float = 0.0, back: float = 0.0
) -> MeshInstance3D:
	var mesh: BoxMesh = BoxMesh.new()
	mesh.size = size
	var material: StandardMaterial3D = StandardMaterial3D.new()
	material.albedo_color = colour
	mesh.material = material
	var shown: MeshInstance3D = MeshInstance3D.new()
	shown.mesh = mesh
	shown.position = Vector3(0.0, up, back)
	to.add_child(shown)
	return shown
