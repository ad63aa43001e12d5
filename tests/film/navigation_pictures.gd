extends SceneTree
## Takes one picture of VR navigation for each course that is asked for. Needs a screen;
## make_navigation_pictures.py starts it: `-- FOLDER KIND:DIFFICULTY:SEED:SECONDS ...`.
##
## A driver by rule walks the player for that many seconds, then the window is saved as
## FOLDER/KIND.png. It never changes the scene.

const SCENE: String = "res://scenes/vr_navigation/vr_navigation.tscn"
const REPEAT: int = 9

var _controller: VRNavigationController
var _rng: RandomNumberGenerator = RandomNumberGenerator.new()


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
		var parts: PackedStringArray = wanted.split(":")
		await _take(
			int(parts[0]),
			float(parts[1]),
			int(parts[2]),
			float(parts[3]),
			arguments[0].path_join("%s.png" % parts[0])
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
	for frame: int in 3:
		await RenderingServer.frame_post_draw
	root.get_texture().get_image().save_png(file)
