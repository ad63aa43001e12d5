extends Node3D
## What a person sees of `physics_stress`: the room's floor and walls, drain, pad, light and a
## camera. It is made only where there is a window, and changes nothing.

const _WALL: Color = Color(0.5, 0.52, 0.58)


func _ready() -> void:
	if DisplayServer.get_name() == "headless":
		return
	var size: Vector3 = StressRoom.SIZE
	_box(Vector3(0.0, -0.06, 0.0), Vector3(size.x, 0.12, size.z), Color(0.35, 0.37, 0.4))
	_box(Vector3(0.0, size.y / 2.0, -size.z / 2.0 - 0.06), Vector3(size.x, size.y, 0.12), _WALL)
	_box(Vector3(-size.x / 2.0 - 0.06, size.y / 2.0, 0.0), Vector3(0.12, size.y, size.z), _WALL)
	var drain: Vector3 = StressRoom.DRAIN_REACH * 2.0
	_box(
		StressRoom.DRAIN + Vector3.UP * 0.01, Vector3(drain.x, 0.02, drain.z), Color(0.1, 0.1, 0.1)
	)
	var pad: Vector3 = StressRoom.PAD_REACH * 2.0
	_box(StressRoom.PAD + Vector3.UP * 0.02, Vector3(pad.x, 0.04, pad.z), Color(0.2, 0.7, 0.3))
	var light: DirectionalLight3D = DirectionalLight3D.new()
	light.rotation = Vector3(-1.0, 0.6, 0.0)
	add_child(light)
	var sky: WorldEnvironment = WorldEnvironment.new()
	sky.environment = Environment.new()
	sky.environment.background_mode = Environment.BG_COLOR
	sky.environment.background_color = Color(0.6, 0.7, 0.8)
	sky.environment.ambient_light_source = Environment.AMBIENT_SOURCE_COLOR
	sky.environment.ambient_light_color = Color.WHITE
	sky.environment.ambient_light_energy = 0.5
	add_child(sky)
	var camera: Camera3D = Camera3D.new()
	add_child(camera)
	camera.look_at_from_position(Vector3(4.4, 4.2, 5.2), Vector3(-0.2, 1.2, 0.0))
	camera.current = true


func _box(place: Vector3, size: Vector3, colour: Color) -> void:
	var box: BoxMesh = BoxMesh.new()
	box.size = size
	var material: StandardMaterial3D = StandardMaterial3D.new()
	material.albedo_color = colour
	var look: MeshInstance3D = MeshInstance3D.new()
	look.mesh = box
	look.material_override = material
	look.position = place
	add_child(look)
