extends SceneTree
## Base of the scenarios' benchmarks: random actions every [member action_repeat] ticks,
## observations read at each decision, ended episodes begun anew; no trainer, no wire.
##
## A benchmark sets what its scene needs in _init and overrides what it does otherwise. Arguments
## behind `--`: arenas, ticks. It measures and judges nothing.

## The scene; its root has an `arena_size`.
var scene_path: String
## Its controller, below the root.
var controller_path: NodePath = ^"Player/AIController3D"
## Ticks of a decision.
var action_repeat: int = 9
## Copies and ticks where the command line says nothing, and copies in a row.
var arenas: int = 16
var ticks: int = 4000
var columns: int = 4
## Ticks before the first that counts.
var warm_up: int = 400
## The ticks are timed in so many parts: on a busy machine the least is the best estimate.
var segments: int = 20

var _controllers: Array[AIController3D] = []
var _rng: RandomNumberGenerator = RandomNumberGenerator.new()


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	arenas = _argument(0, arenas)
	ticks = _argument(1, ticks)
	var packed: PackedScene = load(scene_path)
	for i: int in arenas:
		var scene: Node3D = packed.instantiate()
		scene.position = (
			Vector3(i % columns, 0.0, i / columns) * (scene.get("arena_size") as Vector3)
		)
		var controller: AIController3D = scene.get_node(controller_path)
		_prepare(controller)
		root.add_child(scene)
		controller.set_heuristic("model")
		controller.call("begin_episode", i)
		_controllers.append(controller)
	await _advance(warm_up)
	var times: Array[float] = []
	for segment: int in segments:
		var started: int = Time.get_ticks_usec()
		await _advance(ceili(float(ticks) / segments))
		times.append((Time.get_ticks_usec() - started) * segments / float(ticks * arenas))
	times.sort()
	_tell(times[segments >> 1], times[0])
	_time_parts()
	quit()


func _argument(place: int, otherwise: int) -> int:
	var given: PackedStringArray = OS.get_cmdline_user_args()
	return given[place].to_int() if given.size() > place else otherwise


## Sets what must be set before the scene enters the tree.
func _prepare(_controller: AIController3D) -> void:
	pass


## Prints what was measured, microseconds of one agent's tick.
func _tell(median: float, least: float) -> void:
	print(
		(
			"%d arenas, %d ticks: median %.2f, least %.2f us per agent-tick"
			% [arenas, ticks, median, least]
		)
	)


## Times the parts of a tick with [method _time].
func _time_parts() -> void:
	pass


func _advance(count: int) -> void:
	for tick: int in count:
		if tick % action_repeat == 0:
			for controller: AIController3D in _controllers:
				_decide(controller)
		await physics_frame


func _decide(controller: AIController3D) -> void:
	if controller.done:
		controller.reset()
		controller.call("begin_episode", _rng.randi())
		controller.done = false
	controller.get_obs()
	controller.get_reward()
	controller.zero_reward()
	controller.set_action(_draw(controller))


## An action at random.
func _draw(controller: AIController3D) -> Dictionary:
	var action: Dictionary = {}
	for key: String in controller.get_action_space():
		action[key] = [_rng.randf_range(-1.0, 1.0)]
	return action


## Prints the least time of [param part] out of ten, each the mean of [param calls] calls.
func _time(what: String, part: Callable, calls: int = 200) -> void:
	var least: float = INF
	for attempt: int in 10:
		var started: int = Time.get_ticks_usec()
		for i: int in calls:
			part.call()
		least = minf(least, (Time.get_ticks_usec() - started) / float(calls))
	print("  %s: %.2f us a call" % [what, least])
