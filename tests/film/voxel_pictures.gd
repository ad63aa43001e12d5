extends "res://tests/film/picture_taker.gd"
## Takes pictures of `voxel_stress`; make_voxel_pictures.py starts it. What is wanted:
## NAME:SEED:SECONDS[:BUG].
##
## The runner goes straight on for that many seconds, then the window is saved as NAME.png. A NAME
## that begins with "above" is seen from high above.

const SCENE: String = "res://scenes/voxel_stress/voxel_stress.tscn"
const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")

var _controller: VoxelStressController


func open() -> void:
	_controller = add_scene(SCENE).get_node("Walker/AIController3D")
	_controller.heuristic = "model"


func take(parts: PackedStringArray) -> void:
	if not parts[3].is_empty():
		RLParameters.shared().set_values({parts[3]: 1.0})
	begin(_controller, int(parts[1]))
	var camera: Camera3D = root.get_camera_3d()
	camera.set("is_above", parts[0].begins_with("above"))
	for decision: int in roundi(float(parts[2]) * 90.0 / REPEAT):
		var heading: Vector2 = Vector2(-0.9, -0.4)
		var leap: float = 0.6 if decision % 20 == 10 else -1.0
		_controller.set_action(
			{"direction": [heading.x, heading.y], "speed": [1.0], "jump": [leap]}
		)
		await pass_decision()
	for frame: int in 6:
		camera.call("look", 1.0)
		await process_frame
	await save(parts[0])
