extends VoxelTestCase
## The detectors of voxel_stress: each finds its planted bug, and none finds anything without.


func test_a_slow_chunk_is_found_by_modelled_times() -> void:
	for planted: bool in [false, true]:
		set_parameter("bug_slow_chunk", float(planted))
		set_parameter("world_seed", 3.0)
		if scene == null:
			build()
		begin(1)
		walker.frozen = true
		var cavern: Vector3i = _cavern()
		var middle: Vector3 = Vector3(cavern.y + 0.5, 0.0, cavern.z + 0.5) * 16.0
		terrain.restart(3, middle + Vector3(110.0, 20.0, 0.0))
		lead(middle + Vector3(110.0, 20.0, 0.0), Vector3(-0.2, 0.0, 0.0), 500)
		check_equal(controller.findings.told().size(), int(planted), "planted: %s" % planted)


func test_a_suspect_is_slow_only_if_it_is_slow_each_time() -> void:
	set_parameter("world_seed", 3.0)
	build()
	walker.frozen = true
	terrain.measures_time = true
	for planted: bool in [false, true]:
		terrain.loader.has_slow_way = planted
		var watch: VoxelChunkWatch = VoxelChunkWatch.new()
		watch.restart(2.5)
		var cavern: Vector3i = _cavern()
		var job: VoxelColumnJob = terrain.loader.make_job(cavern)
		job.run()
		var biggest: VoxelColumnJob.Chunk = job.chunks[0]
		for chunk: VoxelColumnJob.Chunk in job.chunks:
			if chunk.vertices.size() > biggest.vertices.size():
				biggest = chunk
		check_equal(watch.see(terrain, cavern, biggest.level, 99.0), {}, "once is not enough")
		var found: Dictionary = {}
		for round: int in VoxelChunkWatch.REPEATS:
			check_equal(found, {}, "not before the last repeat")
			terrain.ticks += VoxelChunkWatch.PAUSE
			found = watch.take(terrain.ticks)
		check_equal(found.get("kind", ""), "slow_chunk" if planted else "", "planted: %s" % planted)
		watch.stop()


func test_a_seam_is_found_where_coordinates_are_negative() -> void:
	build()
	walker.frozen = true
	var middle: Vector3 = Vector3(-500.0, 20.0, -400.0)
	for planted: bool in [false, true]:
		terrain.has_seams = planted
		terrain.restart(21, middle)
		check_equal(not _seam().is_empty(), planted, "planted: %s" % planted)
	terrain.restart(21, -middle)
	check(_seam().is_empty(), "planted, but everything is above 0")


func test_drawn_levels_of_clean_worlds_have_no_seams() -> void:
	build()
	walker.frozen = true
	for world: int in 6:
		terrain.restart(world, Vector3(-300.0 + 130.0 * world, 20.0, 250.0 - 110.0 * world))
		check_equal(_seam(), {}, "world %d" % world)


func test_memory_that_is_kept_is_found_by_to_and_fro() -> void:
	for planted: bool in [false, true]:
		set_parameter("bug_leak", float(planted))
		if scene == null:
			build()
		begin(1)
		walker.frozen = true
		var watch: VoxelMemoryWatch = VoxelMemoryWatch.new()
		var found: Dictionary = {}
		var place: Vector3 = walker.position
		for leg: int in 12:
			place = lead(place, Vector3(0.22 if leg % 2 == 0 else -0.22, 0.0, 0.0), 200)
			for decision: int in VoxelMemoryWatch.PATIENCE:
				if found.is_empty():
					found = watch.look(terrain)
		check_equal(
			found.get("kind", ""), "memory_leak" if planted else "", "planted: %s" % planted
		)


func test_more_memory_than_the_budget_is_told() -> void:
	build()
	terrain.memory_budget_mb = 1.0
	check_equal(VoxelMemoryWatch.new().look(terrain)["kind"], "memory_warning", "kind")


func test_only_who_tries_all_ways_is_stuck() -> void:
	var ways: Array[Vector2] = [Vector2.RIGHT, Vector2.UP, Vector2.LEFT, Vector2.DOWN]
	check_equal(_watch_at_rest(ways, true), "stuck", "all ways and leaps")
	check_equal(_watch_at_rest(ways, false), "", "without a leap")
	check_equal(_watch_at_rest([Vector2.RIGHT], true), "", "one way only")
	check_equal(_watch_at_rest([Vector2.ZERO], true), "", "no way")
	var watch: VoxelStuckWatch = VoxelStuckWatch.new()
	watch.restart(Vector3.ZERO)
	for decision: int in 200:
		var place: Vector3 = Vector3(decision * 0.1, 0.0, 0.0)
		check_equal(watch.look(place, ways[decision % 4] * 9.0, true), {}, "it moves")


func test_a_kind_is_told_and_paid_once_an_episode() -> void:
	build()
	var fall: Vector3 = Vector3(1.0, -9.0, 2.0)
	check_equal(controller.findings.tell_fall(fall), 1, "new")
	check_equal(controller.findings.tell_fall(fall), 0, "known")
	begin(2)
	check_equal(controller.findings.tell_fall(fall), 1, "new in the next episode")


# The column with the largest cave within 1 km of the middle of world 3.
func _cavern() -> Vector3i:
	var ground: VoxelGround = VoxelGround.new(3)
	var best: Vector3i = Vector3i.ZERO
	var caves: int = 0
	for x: int in range(-40, 40):
		for z: int in range(-40, 40):
			ground.sample(x * 16, z * 16, 1)
			if ground.caves > caves:
				caves = ground.caves
				best = Vector3i(0, x, z)
	return best


# What the seam watch finds within 400 looks.
func _seam() -> Dictionary:
	var watch: VoxelSeamWatch = VoxelSeamWatch.new()
	watch.restart()
	watch.list_borders(terrain)
	for decision: int in 400:
		var found: Dictionary = watch.look(terrain)
		if not found.is_empty():
			return found
	return {}


func _watch_at_rest(ways: Array[Vector2], leaps: bool) -> String:
	var watch: VoxelStuckWatch = VoxelStuckWatch.new()
	watch.restart(Vector3.ONE)
	for decision: int in VoxelStuckWatch.WINDOW:
		var found: Dictionary = watch.look(Vector3.ONE, ways[decision % ways.size()] * 9.0, leaps)
		if not found.is_empty():
			return found["kind"]
	return ""
