extends SceneTree
## Cost of one agent-tick of the VR navigation scene: `godot --headless --fixed-fps 90 --path .
## --script res://tests/godot/scenes/bench_vr_navigation.gd -- [arenas] [ticks] [kind]`.
##
## Random actions every ACTION_REPEAT ticks, observations read at each decision, ended episodes
## begun anew; no trainer, no wire. Prints microseconds per agent-tick and of the parts.

const SCENE: String = "res://scenes/vr_navigation/vr_navigation.tscn"
const ACTION_REPEAT: int = 9
## The ticks are timed in so many parts: on a busy machine the least is the best estimate.
const SEGMENTS: int = 20

var _controllers: Array[VRNavigationController] = []
var _rng: RandomNumberGenerator = RandomNumberGenerator.new()


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	var arguments: PackedStringArray = OS.get_cmdline_user_args()
	var arenas: int = arguments[0].to_int() if arguments.size() > 0 else 16
	var ticks: int = arguments[1].to_int() if arguments.size() > 1 else 4000
	var kind: int = arguments[2].to_int() if arguments.size() > 2 else 2
	var packed: PackedScene = load(SCENE)
	for i: int in arenas:
		var scene: VRNavigation = packed.instantiate()
		scene.position = Vector3(i % 4, 0.0, floori(i / 4.0)) * scene.arena_size
		var controller: VRNavigationController = scene.get_node("Player/AIController3D")
		controller.course_kind = kind
		root.add_child(scene)
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
			"kind %d, %d arenas, %d ticks: median %.2f, least %.2f us per agent-tick"
			% [kind, arenas, ticks, times[SEGMENTS >> 1], times[0]]
		)
	)
	_time_parts()
	quit()


func _advance(ticks: int) -> void:
	for tick: int in ticks:
		if tick % ACTION_REPEAT == 0:
			for controller: VRNavigationController in _controllers:
				_decide(controller)
		await physics_frame


func _decide(controller: VRNavigationController) -> void:
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
	var controller: VRNavigationController = _controllers[0]
	var player: NavPlayer = controller.player
	var delta: float = 1.0 / 90.0
	_time("move_and_slide", player.move_and_slide)
	_time("locomotion.step", player.locomotion.step.bind(delta))
	_time("comfort.step", player.comfort.step.bind(player.velocity, 0.0, 1.0, delta * 3.0))
	_time("headset.sample_at", player.headset.sample_at.bind(1.0, 0.1))
	_time("distance_to_go", controller.course.distance_to_go.bind(player.global_position))
	_time("sampled", controller._on_sampled.bind(delta * 3.0))
	_time("rays", controller.observation.rays.get_packed_observation)
	_time("observation", controller.get_obs)
	_time("begin_episode", controller.begin_episode.bind(7))


func _time(what: String, part: Callable) -> void:
	var least: float = INF
	for attempt: int in 10:
		var started: int = Time.get_ticks_usec()
		for i: int in 200:
			part.call()
		least = minf(least, (Time.get_ticks_usec() - started) / 200.0)
	print("  %s: %.2f us a call" % [what, least])
