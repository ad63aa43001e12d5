extends SceneTree
## Cost of one agent-tick of the VR locomotion scenario: `godot --headless --fixed-fps 90 --path .
## --script res://tests/godot/scenes/bench_vr_locomotion.gd -- [arenas] [ticks]`.
##
## Random actions every ACTION_REPEAT ticks, observations read at each decision, ended episodes
## begun anew; no trainer, no wire. Prints microseconds per agent-tick.

const SCENE: String = "res://scenes/features/vr_locomotion_test.tscn"
const ACTION_REPEAT: int = 8
## The ticks are timed in so many parts: on a busy machine the least is the best estimate.
const SEGMENTS: int = 20

var _controllers: Array[VRLocomotionController] = []
var _rng: RandomNumberGenerator = RandomNumberGenerator.new()


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	var arguments: PackedStringArray = OS.get_cmdline_user_args()
	var arenas: int = arguments[0].to_int() if arguments.size() > 0 else 16
	var ticks: int = arguments[1].to_int() if arguments.size() > 1 else 4000
	var packed: PackedScene = load(SCENE)
	for i: int in arenas:
		var scene: VRLocomotionTest = packed.instantiate()
		scene.position = Vector3(i % 4, 0.0, floori(i / 4.0)) * scene.arena_size
		root.add_child(scene)
		var controller: VRLocomotionController = scene.get_node("Player/AIController3D")
		controller.heuristic = "model"
		controller.begin_episode(i)
		_controllers.append(controller)
	await _advance(400)
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
	_time_parts()
	quit()


func _advance(ticks: int) -> void:
	for tick: int in ticks:
		if tick % ACTION_REPEAT == 0:
			for controller: VRLocomotionController in _controllers:
				_decide(controller)
		await physics_frame


func _decide(controller: VRLocomotionController) -> void:
	if controller.done:
		controller.reset()
		controller.begin_episode(_rng.randi())
		controller.done = false
	controller.get_obs()
	controller.zero_reward()
	var action: Dictionary = {}
	for key: String in controller.get_action_space():
		action[key] = [_rng.randf_range(-1.0, 1.0)]
	controller.set_action(action)


func _time_parts() -> void:
	var controller: VRLocomotionController = _controllers[0]
	var player: VRPlayer = controller.player
	var delta: float = 1.0 / 90.0
	_time("move_and_slide", player.move_and_slide)
	_time("locomotion.step", player.locomotion.step.bind(delta))
	_time("comfort.step", player.comfort.step.bind(player.velocity, delta))
	_time("reward", controller._reward_tick.bind(delta))
	_time("observation", controller.get_obs)
	_time("begin_episode", controller.begin_episode.bind(7))


func _time(what: String, part: Callable) -> void:
	var started: int = Time.get_ticks_usec()
	for i: int in 1000:
		part.call()
	print("  %s: %.2f us a call" % [what, (Time.get_ticks_usec() - started) / 1000.0])
