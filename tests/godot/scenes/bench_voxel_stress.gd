extends SceneTree
## Cost of the voxel terrain, and the spread behind the limits of its detectors: `godot --headless
## --fixed-fps 90 --path . --script res://tests/godot/scenes/bench_voxel_stress.gd -- [columns]`.
##
## Chunks are made as the game makes them, clean and with the planted slow way, once and as
## the shortest of seven rounds; then a walker runs through worlds. Prints milliseconds and bytes.

const SCENE: String = "res://scenes/voxel_stress/voxel_stress.tscn"
const WORLDS: int = 5
## How often each chunk is made.
const REPEATS: int = 7


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	var arguments: PackedStringArray = OS.get_cmdline_user_args()
	var columns: int = arguments[0].to_int() if arguments.size() > 0 else 200
	for level: int in VoxelRings.LEVELS:
		_time_chunks("clean, level %d" % level, level, columns, false, 0)
	_time_chunks("planted slow way", 0, columns * 40, true, VoxelColumnJob.CAVERNOUS)
	_time_parts()
	await _measure_ticks()
	quit()


func _time_chunks(what: String, level: int, columns: int, slow: bool, caves: int) -> void:
	var keys: Array[Vector3i] = []
	var ground: VoxelGround = VoxelGround.new(3)
	for i: int in columns:
		var key: Vector3i = Vector3i(level, i % 97 - 48, i * 7 % 89 - 44)
		if caves > 0:
			ground.sample(key.y * 16, key.z * 16, 1)
		if ground.caves >= caves:
			keys.append(key)
	# In rounds: repeats one after another would be disturbed together.
	var times: Dictionary[Vector4i, Array] = {}
	var vertices: Array[float] = []
	var modelled: Array[float] = []
	for repeat: int in REPEATS:
		for key: Vector3i in keys:
			var job: VoxelColumnJob = VoxelColumnJob.new(3, key, slow)
			job.run()
			for chunk: VoxelColumnJob.Chunk in job.chunks:
				var name: Vector4i = Vector4i(key.x, key.y, chunk.level, key.z)
				times.get_or_add(name, []).append(chunk.milliseconds)
				if repeat == 0:
					vertices.append(chunk.vertices.size())
					modelled.append(chunk.modelled_milliseconds)
	var once: Array[float] = []
	var shortest: Array[float] = []
	for name: Vector4i in times:
		once.append(times[name][0])
		shortest.append(times[name].min())
	print("%s: %d chunks" % [what, once.size()])
	_tell("  once, ms", once)
	_tell("  shortest of %d, ms" % REPEATS, shortest)
	_tell("  modelled, ms", modelled)
	_tell("  vertices", vertices)


func _time_parts() -> void:
	var ground: VoxelGround = VoxelGround.new(3)
	var mesher: VoxelMesher = VoxelMesher.new()
	mesher.begin(1)
	_time("noise of a column", ground.sample.bind(48, 96, 1))
	_time("four walls", func() -> void: _walls(mesher, ground))
	mesher.begin(1)
	_time("bits of a chunk", mesher.fill.bind(ground, 16))
	_time("faces, merged", func() -> void: _faces(mesher, true))
	print("    %d looks, %d vertices" % [mesher.looks, mesher.vertices.size()])
	_time("faces, one by one", func() -> void: _faces(mesher, false))
	print("    %d looks, %d vertices" % [mesher.looks, mesher.vertices.size()])


func _walls(mesher: VoxelMesher, ground: VoxelGround) -> void:
	mesher.begin(1)
	for side: int in 4:
		mesher.add_wall(ground, side)


func _faces(mesher: VoxelMesher, merged: bool) -> void:
	mesher.begin(1)
	if merged:
		mesher.add_merged()
	else:
		mesher.add_one_by_one()


func _measure_ticks() -> void:
	var scene: VoxelStress = (load(SCENE) as PackedScene).instantiate()
	root.add_child(scene)
	var controller: VoxelStressController = scene.get_node("Walker/AIController3D")
	controller.heuristic = "model"
	var quiet: Array[float] = []
	var busy: Array[float] = []
	var bytes: Array[float] = []
	var begins: Array[float] = []
	var shapes: Array[float] = []
	for world: int in WORLDS:
		var began: int = Time.get_ticks_usec()
		controller.begin_episode(world)
		begins.append((Time.get_ticks_usec() - began) / 1000.0)
		shapes.append(_time_shapes(scene.terrain))
		var rng: RandomNumberGenerator = RandomNumberGenerator.new()
		rng.seed = world
		var heading: Vector2 = Vector2.RIGHT
		for decision: int in 200:
			if decision % 60 == 0:
				heading = Vector2.from_angle(rng.randf() * TAU)
			controller.set_action(
				{"direction": [heading.x, heading.y], "speed": [1.0], "jump": [0.3]}
			)
			for tick: int in 9:
				var chunks: int = scene.terrain.chunk_count
				began = Time.get_ticks_usec()
				var waited: int = scene.terrain.loader.waited
				scene.walker.tick(1.0 / 90.0, true)
				scene.terrain.tick(scene.walker.position)
				waited = scene.terrain.loader.waited - waited
				var took: float = (Time.get_ticks_usec() - began - waited) / 1000.0
				if scene.terrain.chunk_count == chunks:
					quiet.append(took)
				else:
					busy.append(took)
			bytes.append(scene.terrain.held_bytes / float(scene.terrain.chunk_count))
			if decision % 50 == 0:
				await physics_frame
	_tell("episode begins, ms", begins)
	_tell("tick without chunks, ms", quiet)
	_tell("tick with chunks that come or go, ms", busy)
	_tell("a column's shapes, ms", shapes)
	_tell("bytes a chunk", bytes)


# A column near the walker made solid again.
func _time_shapes(terrain: VoxelTerrain) -> float:
	var column: VoxelColumn = null
	for key: Vector3i in terrain.wanted_keys():
		if terrain.column_of(key).is_solid:
			column = terrain.column_of(key)
	column.make_soft()
	var began: int = Time.get_ticks_usec()
	column.make_solid(terrain.get_world_3d().space, 1, 0)
	return (Time.get_ticks_usec() - began) / 1000.0


func _time(what: String, part: Callable) -> void:
	var times: Array[float] = []
	for attempt: int in 30:
		var began: int = Time.get_ticks_usec()
		part.call()
		times.append((Time.get_ticks_usec() - began) / 1000.0)
	_tell("  %s, ms" % what, times)


func _tell(what: String, values: Array[float]) -> void:
	values.sort()
	var count: int = values.size()
	if count == 0:
		return
	print(
		(
			"%s: least %.3f, median %.3f, 99 %% %.3f, most %.3f"
			% [what, values[0], values[count >> 1], values[count * 99 / 100], values[-1]]
		)
	)
