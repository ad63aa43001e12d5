extends VoxelTestCase
## The terrain of voxel_stress: what comes when, what is drawn, what is kept and what is dropped.


func test_threads_change_nothing_of_what_comes_when() -> void:
	build()
	walker.frozen = true
	var first: Array[String] = _log_of_a_way(0)
	var again: Array[String] = _log_of_a_way(0)
	var busy: Array[String] = _log_of_a_way(40)
	check(first.size() > 100, "chunks came: %d" % first.size())
	check(again == first, "the same way again")
	check(busy == first, "with threads that are busy")


func test_a_column_comes_latency_ticks_after_it_was_begun() -> void:
	var loader: VoxelLoader = VoxelLoader.new()
	loader.restart(3)
	loader.want(Vector3i(0, 1, 2))
	loader.begin(100)
	OS.delay_msec(50)
	check_equal(loader.take(100 + VoxelLoader.LATENCY - 1).size(), 0, "done, but not yet due")
	var taken: Array[VoxelColumnJob] = loader.take(100 + VoxelLoader.LATENCY)
	check_equal(taken.size(), 1, "due")
	check_equal(taken[0].key, Vector3i(0, 1, 2), "key")
	check_equal(loader.count(), 0, "nothing is left")


func test_what_is_not_wanted_any_more_does_not_come() -> void:
	var loader: VoxelLoader = VoxelLoader.new()
	loader.restart(3)
	for x: int in 6:
		loader.want(Vector3i(0, x, 0))
	loader.begin(0)
	loader.keep_only({Vector3i(0, 5, 0): true})
	check_equal(loader.count(), 1, "wanted")
	loader.want(Vector3i(0, 4, 0))
	var came: Array[VoxelColumnJob] = []
	for tick: int in range(1, 20):
		loader.begin(tick)
		came.append_array(loader.take(tick))
	var keys: Array[Vector3i] = []
	for job: VoxelColumnJob in came:
		keys.append(job.key)
	keys.sort()
	check_equal(keys, [Vector3i(0, 4, 0), Vector3i(0, 5, 0)] as Array[Vector3i], "came")


func test_what_left_is_kept_for_a_while_and_taken_back() -> void:
	set_parameter("linger_time", 4.0)
	build()
	walker.frozen = true
	var made: Array[int] = [0]
	terrain.chunk_made.connect(func(_key: Vector3i, _level: int, _ms: float) -> void: made[0] += 1)
	var start: Vector3 = walker.position
	var chunks: int = terrain.chunk_count
	var place: Vector3 = lead(start, Vector3(0.3, 0.0, 0.0), 120)
	place = lead(place, Vector3.ZERO, 60)
	check(made[0] > 10, "chunks came: %d" % made[0])
	check(terrain.chunk_count > chunks + 10, "what left is kept")
	var before: int = made[0]
	place = lead(place, Vector3(-0.3, 0.0, 0.0), 120)
	check_equal(made[0], before, "what is taken back is not made again")
	lead(place, Vector3.ZERO, 500)
	check(terrain.chunk_count < chunks + 60, "dropped: %d" % terrain.chunk_count)
	check_equal(terrain.held_bytes, _sum_of_bytes(), "bytes held are those of the columns")


func test_a_full_terrain_drops_what_left_at_once() -> void:
	set_parameter("linger_time", 60.0)
	set_parameter("memory_budget_mb", 1.0)
	build()
	walker.frozen = true
	var chunks: int = terrain.chunk_count
	var place: Vector3 = lead(walker.position, Vector3(0.3, 0.0, 0.1), 600)
	lead(place, Vector3.ZERO, 60)
	check(terrain.chunk_count < chunks + 80, "beyond the budget: %d" % terrain.chunk_count)
	check(terrain.columns().all(func(one: VoxelColumn) -> bool: return one.is_wanted), "no more")


func test_what_is_drawn_covers_the_ground_once() -> void:
	build()
	walker.frozen = true
	var place: Vector3 = walker.position
	for leg: int in 30:
		place = lead(place, Vector3(-0.31, 0.0, 0.12), 30)
		var covered: Dictionary[Vector2i, int] = {}
		for column: VoxelColumn in terrain.columns():
			if not column.is_visible:
				continue
			var count: int = 1 << column.key.x
			for x: int in count:
				for z: int in count:
					var cell: Vector2i = Vector2i(
						column.key.y * count + x, column.key.z * count + z
					)
					covered[cell] = covered.get(cell, 0) + 1
		check_equal(covered.size(), 32 * 32, "cells that are drawn")
		check_equal(covered.values().max(), 1, "times that a cell is drawn")


func test_the_ground_is_solid_round_the_player() -> void:
	build(2, Vector3(6144.0, 0.0, 0.0))
	await wait_physics(2)
	var space: PhysicsDirectSpaceState3D = scene.get_world_3d().direct_space_state
	var ground: VoxelGround = VoxelGround.new(controller.world_seed)
	for offset: Vector2i in [Vector2i(0, 0), Vector2i(-14, 9), Vector2i(11, -13)]:
		var x: int = floori(walker.position.x) + offset.x
		var z: int = floori(walker.position.z) + offset.y
		ground.sample(x, z, 1)
		var top: float = ground.tops[19]
		if ground.cave_ceilings[19] >= top and ground.cave_ceilings[19] > ground.cave_floors[19]:
			top = minf(ground.cave_floors[19], top)
		var from: Vector3 = scene.to_global(Vector3(x + 0.5, 70.0, z + 0.5))
		var query: PhysicsRayQueryParameters3D = PhysicsRayQueryParameters3D.create(
			from, from + Vector3.DOWN * 80.0, VoxelTerrain.LAYER
		)
		var hit: Dictionary = space.intersect_ray(query)
		check(not hit.is_empty(), "ground below %s" % from)
		if not hit.is_empty():
			check_near((hit["position"] as Vector3).y, top, 0.01, "height of the ground")


func test_the_monitor_is_told() -> void:
	build()
	var monitor: RLPerformanceMonitor = RLPerformanceMonitor.current()
	var told: Dictionary = monitor.get_statistics()
	check_equal(int(told["active_chunks"]), terrain.chunk_count, "active_chunks")
	check_near(told["voxel_memory_mb"], terrain.held_bytes / 1048576.0, 1e-6, "voxel_memory_mb")
	walker.frozen = true
	lead(walker.position, Vector3(0.3, 0.0, 0.0), 120)
	told = monitor.get_statistics()
	check(told["chunk_generation_average_ms"] > 0.0, "chunk_generation_average_ms")
	scene.queue_free()
	await wait_physics(2)
	check_equal(int(monitor.get_statistics()["active_chunks"]), 0, "after the scene has left")


# What comes at which tick on a way through the world, while so many tasks keep the threads busy.
func _log_of_a_way(tasks: int) -> Array[String]:
	var told: Array[String] = []
	var note: Callable = func(key: Vector3i, level: int, ms: float) -> void:
		told.append("%d %s %d %.6f" % [terrain.ticks, key, level, ms])
	begin(5)
	walker.frozen = true
	terrain.chunk_made.connect(note)
	var place: Vector3 = walker.position
	var ids: PackedInt64Array = []
	for leg: int in 8:
		for i: int in tasks:
			ids.append(WorkerThreadPool.add_task(OS.delay_msec.bind(1)))
		var heading: Vector3 = Vector3.RIGHT.rotated(Vector3.UP, leg * 0.7)
		place = lead(place, heading * 0.3, 100)
	terrain.chunk_made.disconnect(note)
	for id: int in ids:
		WorkerThreadPool.wait_for_task_completion(id)
	told.append("%d chunks, %d bytes" % [terrain.chunk_count, terrain.held_bytes])
	return told


func _sum_of_bytes() -> int:
	var sum: int = 0
	for column: VoxelColumn in terrain.columns():
		sum += column.bytes
	return sum
