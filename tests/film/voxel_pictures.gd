extends SceneTree
## Takes pictures of `voxel_stress`. Needs a screen; make_voxel_pictures.py starts it: `-- FOLDER
## NAME:SEED:SECONDS[:BUG] ...`.
##
## The runner goes straight on for that many seconds, then the window is saved as FOLDER/NAME.png. A
## NAME that begins with "above" is seen from high above. It never changes the scene.

const SCENE: String = "res://scenes/voxel_stress/voxel_stress.tscn"
const REPEAT: int = 9
const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")

var _controller: VoxelStressController


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	root.get_node("GodotRLAgentsSync").process_mode = Node.PROCESS_MODE_DISABLED
	var scene: Node3D = (load(SCENE) as PackedScene).instantiate()
	root.add_child(scene)
	_controller = scene.get_node("Walker/AIController3D")
	_controller.heuristic = "model"
	var arguments: PackedStringArray = OS.get_cmdline_user_args()
	for wanted: String in arguments.slice(1):
		var parts: PackedStringArray = (wanted + ":").split(":")
		await _take(parts, arguments[0].path_join(parts[0] + ".png"))
	quit()


func _take(parts: PackedStringArray, file: String) -> void:
	if not parts[3].is_empty():
		RLParameters.shared().set_values({parts[3]: 1.0})
	_controller.reset()
	_controller.begin_episode(int(parts[1]))
	_controller.zero_reward()
	_controller.done = false
	var camera: Camera3D = root.get_camera_3d()
	camera.set("is_above", parts[0].begins_with("above"))
	for decision: int in roundi(float(parts[2]) * 90.0 / REPEAT):
		var heading: Vector2 = Vector2(-0.9, -0.4)
		var leap: float = 0.6 if decision % 20 == 10 else -1.0
		_controller.set_action(
			{"direction": [heading.x, heading.y], "speed": [1.0], "jump": [leap]}
		)
		for tick: int in REPEAT:
			await physics_frame
	for frame: int in 6:
		camera.call("look", 1.0)
		await process_frame
	for frame: int in 3:
		await RenderingServer.frame_post_draw
	root.get_texture().get_image().save_png(file)
