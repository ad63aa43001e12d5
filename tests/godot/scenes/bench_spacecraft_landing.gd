extends SceneTree
## Cost of one agent-tick of the landing scene: `godot --headless --fixed-fps 90 --path .
## --script res://tests/godot/scenes/bench_spacecraft_landing.gd -- [arenas] [ticks]`.
##
## Random actions every ACTION_REPEAT ticks, observations read at each decision, ended episodes
## begun anew; no trainer, no wire. Prints microseconds per agent-tick.

const SCENE: String = "res://scenes/spacecraft_landing/spacecraft_landing.tscn"
const ACTION_REPEAT: int = 18
## The ticks are timed in so many parts: on a busy machine the least is the best estimate.
const SEGMENTS: int = 20

var _controllers: Array[SpacecraftLandingController] = []
var _rng: RandomNumberGenerator = RandomNumberGenerator.new()


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	var arguments: PackedStringArray = OS.get_cmdline_user_args()
	var arenas: int = arguments[0].to_int() if arguments.size() > 0 else 64
	var ticks: int = arguments[1].to_int() if arguments.size() > 1 else 3600
	var packed: PackedScene = load(SCENE)
	for i: int in arenas:
		var scene: SpacecraftLanding = packed.instantiate()
		scene.position = Vector3(i % 8, 0.0, floori(i / 8.0)) * scene.arena_size
		root.add_child(scene)
		var controller: SpacecraftLandingController = scene.get_node("AIController3D")
		controller.set_heuristic("model")
		controller.begin_episode(i)
		_controllers.append(controller)
	await _advance(200)
	var times: Array[float] = []
	for segment: int in SEGMENTS:
		var started: int = Time.get_ticks_usec()
		await _advance(ceili(float(ticks) / SEGMENTS))
		times.append((Time.get_ticks_usec() - started) * SEGMENTS / float(ticks * arenas))
	times.sort()
	print(
		(
			"%d arenas, %d ticks: median %.2f, least %.2f us per agent-tick"
			% [arenas, ticks, times[SEGMENTS >> 1], times[0]]
		)
	)
	quit()


func _advance(ticks: int) -> void:
	for tick: int in ticks:
		if tick % ACTION_REPEAT == 0:
			for controller: SpacecraftLandingController in _controllers:
				_decide(controller)
		await physics_frame


func _decide(controller: SpacecraftLandingController) -> void:
	if controller.done:
		controller.reset()
		controller.begin_episode(_rng.randi())
		controller.done = false
	controller.get_obs()
	controller.get_reward()
	controller.zero_reward()
	var action: Dictionary = {}
	for name: String in controller.get_action_space():
		action[name] = [_rng.randf_range(-1.0, 1.0)]
	controller.set_action(action)
