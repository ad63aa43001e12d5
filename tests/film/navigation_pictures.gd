extends SceneTree
## Takes one picture of VR navigation for each course that is asked for. Needs a screen;
## make_navigation_pictures.py starts it: `-- FOLDER KIND:DIFFICULTY:SEED:SECONDS[:MODE] ...`.
##
## A driver by rule walks the player for that many seconds, then the window is saved as
## FOLDER/KINDMODE.png. MODE "inside" is the view of who plays, "teleport" the same with a teleport
## that is aimed. It never changes the scene.

const Screen := preload("res://scenes/vr_navigation/view/screen.gd")
const SCENE: String = "res://scenes/vr_navigation/vr_navigation.tscn"
const REPEAT: int = 9

var _controller: VRNavigationController
var _mode: String = ""


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	root.get_node("GodotRLAgentsSync").process_mode = Node.PROCESS_MODE_DISABLED
	var scene: Node3D = (load(SCENE) as PackedScene).instantiate()
	root.add_child(scene)
	_controller = scene.get_node("Player/AIController3D")
	_controller.heuristic = "model"
	var arguments: PackedStringArray = OS.get_cmdline_user_args()
	for wanted: String in arguments.slice(1):
		var parts: PackedStringArray = (wanted + ":").split(":")
		_mode = parts[4]
		await _take(
			int(parts[0]),
			float(parts[1]),
			int(parts[2]),
			float(parts[3]),
			arguments[0].path_join("%s%s.png" % [parts[0], _mode])
		)
	quit()


func _take(kind: int, difficulty: float, seed_value: int, seconds: float, file: String) -> void:
	_controller.course_kind = kind
	_controller.difficulty = difficulty
	_controller.reset()
	_controller.begin_episode(seed_value)
	_controller.zero_reward()
	_controller.done = false
	for decision: int in roundi(seconds * 90.0 / REPEAT):
		_controller.set_action(NavDownhillDriver.decide(_controller))
		for tick: int in REPEAT:
			await physics_frame
	if _mode == "teleport":
		await _aim()
	(_controller.get_node("../../View/Screen") as Screen).is_inside = not _mode.is_empty()
	for frame: int in 3:
		await RenderingServer.frame_post_draw
	root.get_texture().get_image().save_png(file)


func _aim() -> void:
	_controller.player.locomotion.walking = NavLocomotion.Walking.TELEPORT
	_controller.set_action({"horizontal": [0.15], "vertical": [0.8], "rotation": [0.0]})
	for tick: int in 40:
		await physics_frame
