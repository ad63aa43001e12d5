extends SceneTree
## Cost of one decision of the UI interaction scene: `godot --headless --fixed-fps 90 --path .
## --script res://tests/godot/scenes/bench_ui_interaction.gd -- [arenas] [decisions]`.
##
## Random actions, observations read at each decision, ended episodes begun anew; no trainer, no
## wire. Prints microseconds per decision of one agent, and of the parts.

const SCENE: String = "res://scenes/ui_interaction/ui_interaction.tscn"
const TICKS: int = 9
## The decisions are timed in so many parts: on a busy machine the least is the best estimate.
const SEGMENTS: int = 10

var _controllers: Array[UIInteractionController] = []
var _rng: RandomNumberGenerator = RandomNumberGenerator.new()


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	var arguments: PackedStringArray = OS.get_cmdline_user_args()
	var arenas: int = arguments[0].to_int() if arguments.size() > 0 else 32
	var decisions: int = arguments[1].to_int() if arguments.size() > 1 else 200
	await process_frame
	root.get_node("GodotRLAgentsSync").process_mode = Node.PROCESS_MODE_DISABLED
	var packed: PackedScene = load(SCENE)
	for i: int in arenas:
		var scene: UIInteraction = packed.instantiate()
		scene.position = Vector3(i % 4, 0.0, floori(i / 4.0)) * scene.arena_size
		root.add_child(scene)
		var controller: UIInteractionController = scene.get_node("Player/AIController3D")
		controller.heuristic = "model"
		controller.begin_episode(i)
		_controllers.append(controller)
	await _advance(20)
	var times: Array[float] = []
	var part: int = ceili(float(decisions) / SEGMENTS)
	for segment: int in SEGMENTS:
		var started: int = Time.get_ticks_usec()
		await _advance(part)
		times.append((Time.get_ticks_usec() - started) / float(part * arenas))
	times.sort()
	print(
		(
			"%d arenas: median %.0f, least %.0f us a decision of one agent (%d ticks)"
			% [arenas, times[SEGMENTS >> 1], times[0], TICKS]
		)
	)
	var controller: UIInteractionController = _controllers[0]
	_time("pointer.move", controller.player.right_pointer.move)
	_time("tester.look", controller.tester.look)
	_time("observation.collect", controller.observation.collect)
	_time("get_obs", controller.get_obs)
	_time("begin_episode", controller.begin_episode.bind(7))
	quit()


func _advance(decisions: int) -> void:
	for decision: int in decisions:
		for controller: UIInteractionController in _controllers:
			_decide(controller)
		for tick: int in TICKS:
			await physics_frame


func _decide(controller: UIInteractionController) -> void:
	if controller.done:
		controller.reset()
		controller.begin_episode(_rng.randi())
		controller.done = false
	controller.get_obs()
	controller.zero_reward()
	var turn: Array[float] = [_rng.randf_range(-0.6, 0.6), _rng.randf_range(-0.6, 0.6)]
	var trigger: int = _rng.randi_range(0, 1)
	controller.set_action({"point": turn, "trigger": trigger, "grip": _rng.randi_range(0, 1)})


func _time(what: String, part: Callable) -> void:
	var least: float = INF
	for attempt: int in 10:
		var started: int = Time.get_ticks_usec()
		for i: int in 30:
			part.call()
		least = minf(least, (Time.get_ticks_usec() - started) / 30.0)
	print("  %s: %.1f us a call" % [what, least])
