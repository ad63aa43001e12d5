extends SceneTree
## Takes pictures of the landing scene. Needs a screen; make_landing_picture.py starts it:
## `-- FOLDER SEED:HEIGHT[:walk] ...`.
##
## LandingGuide flies the episode of that seed until the craft is below HEIGHT m (with "walk": until
## the pilot has walked that many m), then the window is saved as FOLDER/HEIGHT.png.

const SCENE: String = "res://scenes/spacecraft_landing/spacecraft_landing.tscn"
const REPEAT: int = 9

var _controller: SpacecraftLandingController


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	root.get_node("GodotRLAgentsSync").process_mode = Node.PROCESS_MODE_DISABLED
	var scene: SpacecraftLanding = (load(SCENE) as PackedScene).instantiate()
	root.add_child(scene)
	_controller = scene.get_node("AIController3D")
	_controller.set_heuristic("model")
	_controller.walking = true
	var arguments: PackedStringArray = OS.get_cmdline_user_args()
	for wanted: String in arguments.slice(1):
		var parts: PackedStringArray = (wanted + ":").split(":")
		# Software rendering is slow: only what is saved is drawn.
		RenderingServer.render_loop_enabled = false
		await _take(int(parts[0]), float(parts[1]), parts[2] == "walk")
		RenderingServer.render_loop_enabled = true
		for frame: int in 6:
			await process_frame
		await RenderingServer.frame_post_draw
		root.get_texture().get_image().save_png(
			arguments[0].path_join("%s%s.png" % [parts[1], parts[2]])
		)
	quit()


func _take(seed_value: int, until: float, on_foot: bool) -> void:
	_controller.reset()
	_controller.begin_episode(seed_value)
	_controller.zero_reward()
	_controller.done = false
	var guide: LandingGuide = LandingGuide.new()
	for decision: int in 1000:
		if _controller.walk.is_on:
			if not on_foot or _controller.walk.pilot.walked >= until:
				return
			_walk()
		elif not on_foot and _controller.judge.offset().y < until:
			return
		else:
			_controller.set_action(guide.decide(_controller.get_obs()["obs"]))
		for tick: int in REPEAT:
			await physics_frame


func _walk() -> void:
	var seen: PackedFloat32Array = _controller.get_obs()["obs"]
	var turn: float = clampf(-2.0 * atan2(seen[9], -seen[11]), -1.0, 1.0)
	(
		_controller
		. set_action(
			{
				"thrust_x": [0.0],
				"thrust_y": [-1.0],
				"thrust_z": [-1.0],
				"torque_pitch": [0.0],
				"torque_roll": [turn],
			}
		)
	)
