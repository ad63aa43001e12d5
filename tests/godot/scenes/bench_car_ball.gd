extends SceneTree
## Speed of the car-ball game, without trainer and wire: `godot --headless --fixed-fps 120 --path .
## --script res://tests/godot/scenes/bench_car_ball.gd -- [arenas] [ticks] [scene]`.
##
## Each car draws a row of the action table every 8 ticks and its observation and reward are read;
## ended episodes begin anew. It tells car-ticks a second, processor time, and what each part of a
## tick costs. It judges nothing.

const SCENE: String = "res://scenes/car_ball/car_ball.tscn"
const WARM_UP: int = 240
const SEGMENTS: int = 15

var _arenas: Array[CarBall] = []
var _controllers: Array[CarController] = []
var _rng: RandomNumberGenerator = RandomNumberGenerator.new()
var _ticks: int = 0


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	await process_frame
	root.get_node("GodotRLAgentsSync").process_mode = Node.PROCESS_MODE_DISABLED
	var given: PackedStringArray = OS.get_cmdline_user_args()
	var count: int = given[0].to_int() if given.size() > 0 else 32
	var ticks: int = given[1].to_int() if given.size() > 1 else 3000
	var packed: PackedScene = load(given[2] if given.size() > 2 else SCENE)
	for i: int in count:
		var arena: CarBall = packed.instantiate()
		arena.position = Vector3(i % 8, 0.0, i / 8) * arena.arena_size
		root.add_child(arena)
		for car: CarBody in arena.cars:
			var controller: CarController = car.get_node("AIController3D")
			controller.set_heuristic("model")
			_controllers.append(controller)
		_arenas.append(arena)
		_begin(arena, i)
	await _advance(WARM_UP)
	var cars: int = _controllers.size()
	var times: PackedFloat64Array = []
	var spent: float = _processor_seconds()
	for segment: int in SEGMENTS:
		var started: int = Time.get_ticks_usec()
		await _advance(ticks / SEGMENTS)
		var used: float = (Time.get_ticks_usec() - started) / float(ticks / SEGMENTS * cars)
		times.append(used)
	times.sort()
	var median: float = times[SEGMENTS >> 1]
	print(
		(
			"%d arenas, %d cars: median %.2f, least %.2f us a car-tick: %d and %d car-ticks/s"
			% [count, cars, median, times[0], roundi(1e6 / median), roundi(1e6 / times[0])]
		)
	)
	spent = (_processor_seconds() - spent) * 1e6 / (ticks / SEGMENTS * SEGMENTS * cars)
	if spent > 0.0:
		print(
			(
				"processor time of all threads: %.2f us a car-tick, %d car-ticks a core-second"
				% [spent, roundi(1e6 / spent)]
			)
		)
	_time_parts(median if spent <= 0.0 else spent)
	quit()


func _advance(count: int) -> void:
	for tick: int in count:
		if _ticks % CarBall.DECISION_TICKS == 0:
			for arena: CarBall in _arenas:
				if not arena.is_on:
					_begin(arena, _rng.randi())
			for controller: CarController in _controllers:
				controller.get_obs()
				controller.get_reward()
				controller.zero_reward()
				controller.set_action({"row": _rng.randi_range(0, 89)})
		_ticks += 1
		await physics_frame


func _begin(arena: CarBall, arena_seed: int) -> void:
	arena.begin_arena(arena_seed)
	for car: CarBody in arena.cars:
		var controller: CarController = car.get_node("AIController3D")
		controller.rl_episode.clear_end()
		controller.begin_episode(arena_seed)
		controller.zero_reward()


# What a car-tick is made of; a part's share is of the processor time, where that is known.
func _time_parts(whole: float) -> void:
	var controllers: Array[CarController] = _controllers
	var each: int = CarBall.DECISION_TICKS
	for arena: CarBall in _arenas:
		arena.look()
	_tell("look (read bodies)", whole, 1, func(i: int) -> void: _look(controllers[i]))
	_tell("ground and springs", whole, 1, func(i: int) -> void: controllers[i].car.find_ground(0.0))
	_tell("whole car (advance)", whole, 1, func(i: int) -> void: controllers[i].car.advance(0.0))
	_tell(
		"ball meets car",
		whole,
		1,
		func(i: int) -> void: controllers[i].arena.ball.meets(controllers[i].car)
	)
	_tell("observation", whole, each, func(i: int) -> void: controllers[i].get_obs())
	_tell("action", whole, each, func(i: int) -> void: controllers[i].set_action({"row": i % 90}))
	_tell(
		"reward terms",
		whole,
		each,
		func(i: int) -> void:
			controllers[i].arena.ticks += 1
			controllers[i].get_reward()
	)


# What this process has used, s, on Linux; other work on the machine does not count. -1: unknown.
static func _processor_seconds() -> float:
	var file: FileAccess = FileAccess.open("/proc/self/stat", FileAccess.READ)
	if file == null:
		return -1.0
	var fields: PackedStringArray = file.get_line().get_slice(") ", 1).split(" ")
	# User and system time, in hundredths of a second.
	return (fields[11].to_int() + fields[12].to_int()) / 100.0


func _look(controller: CarController) -> void:
	controller.car.look(controller.arena.global_position)


# The least of ten times, each the mean over all cars; `every`: once in so many ticks.
func _tell(what: String, whole: float, every: int, part: Callable) -> void:
	var least: float = INF
	for attempt: int in 10:
		var started: int = Time.get_ticks_usec()
		for i: int in _controllers.size():
			part.call(i)
		least = minf(least, (Time.get_ticks_usec() - started) / float(_controllers.size()))
	print("  %s: %.2f us a call, %d %%" % [what, least, roundi(100.0 * least / every / whole)])
