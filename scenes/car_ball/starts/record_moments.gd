extends SceneTree
## Records moments of matches between the scripted drivers into CarMoments.FILE: `godot --headless
## --fixed-fps 120 --path . --script res://scenes/car_ball/starts/record_moments.gd -- [of each
## size]`.
##
## One moment every second and a half of play, for one and for two cars a team. The same command
## writes the same file.

const SCENE: PackedScene = preload("res://scenes/car_ball/car_ball.tscn")
const EVERY: int = 180

var _lines: PackedStringArray = []


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	await process_frame
	root.get_node("GodotRLAgentsSync").process_mode = Node.PROCESS_MODE_DISABLED
	var given: PackedStringArray = OS.get_cmdline_user_args()
	var count: int = given[0].to_int() if given.size() > 0 else 120
	for size: int in [1, 2]:
		await _record(size, count)
	var file: FileAccess = FileAccess.open(CarMoments.FILE, FileAccess.WRITE)
	file.store_string("\n".join(_lines) + "\n")
	file.close()
	print("%d moments in %s" % [_lines.size(), CarMoments.FILE])
	quit()


func _record(size: int, count: int) -> void:
	var arena: CarBall = SCENE.instantiate()
	arena.team_size = size
	root.add_child(arena)
	var wanted: int = _lines.size() + count
	var round_seed: int = 0
	var ticks: int = 0
	while _lines.size() < wanted:
		if not arena.is_on:
			Sync.set_parameter("phase", 1.0 if round_seed % 2 == 0 else 0.0)
			arena.begin_arena(round_seed)
			round_seed += 1
			for car: CarBody in arena.cars:
				car.get_node("AIController3D").call("set_heuristic", "human")
		await physics_frame
		ticks += 1
		if ticks % EVERY == 0 and arena.is_on:
			arena.look()
			_lines.append(JSON.stringify(CarMoments.of(arena)))
	arena.free()
