extends "res://tests/film/picture_taker.gd"
## Takes pictures of the landing scene; make_landing_picture.py starts it. What is wanted:
## SEED:HEIGHT[:walk].
##
## LandingGuide flies the episode of that seed until the craft is below HEIGHT m (with "walk": until
## the pilot has walked that many m), then the window is saved as HEIGHT.png or HEIGHTwalk.png.

const SCENE: String = "res://scenes/spacecraft_landing/spacecraft_landing.tscn"

var _controller: SpacecraftLandingController


func open() -> void:
	_controller = add_scene(SCENE).get_node("AIController3D")
	_controller.set_heuristic("model")
	_controller.walking = true


func take(parts: PackedStringArray) -> void:
	# Software rendering is slow: only what is saved is drawn.
	RenderingServer.render_loop_enabled = false
	begin(_controller, int(parts[0]))
	await _fly(float(parts[1]), parts[2] == "walk")
	RenderingServer.render_loop_enabled = true
	for frame: int in 6:
		await process_frame
	await save(parts[1] + parts[2], 1)


func _fly(until: float, on_foot: bool) -> void:
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
		await pass_decision()


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
