extends VoxelTestCase
## The agent of voxel_stress: actions, observation, rewards, ends, parameters, repeatability.


func test_rewards_sum_to_the_terms() -> void:
	build()
	var rng: RandomNumberGenerator = RandomNumberGenerator.new()
	rng.seed = 2
	for decision: int in 60:
		var way: Vector2 = Vector2(rng.randf_range(-1.0, 1.0), rng.randf_range(-1.0, 1.0))
		await act(way, rng.randf_range(-1.0, 1.0), rng.randf_range(-1.0, 1.0))
	var total: float = 0.0
	for value: float in controller.rewards.sums.values():
		total += value
	check_near(controller.get_reward(), total, 1e-3, "reward")
	check(total > 10.0, "something was earned: %s" % total)


func test_speed_and_chunks_are_paid() -> void:
	build()
	await hold(Vector2(1.0, 0.3), 1.0, 0.5, 60)
	var sums: Dictionary[StringName, float] = controller.rewards.sums
	check(sums[&"speed"] > 60.0 and sums[&"speed"] < 130.0, "speed %s" % sums[&"speed"])
	check(sums[&"chunk_generated"] >= 10.0, "chunks %s" % sums[&"chunk_generated"])
	check_equal(sums[&"known_bug"], 0.0, "known_bug")


func test_actions_are_direction_speed_and_leap() -> void:
	build()
	await act(Vector2(0.0, -0.2), 0.0)
	check_near(walker.asked.x, 0.0, 1e-6, "x")
	check_near(walker.asked.y, -10.0, 1e-4, "half of the top speed, whatever the length")
	check_equal(walker.asked_leap, 0.0, "no leap")
	await act(Vector2.ZERO, 1.0, 0.25)
	check_near(walker.asked.y, -20.0, 1e-4, "no direction keeps the last one")
	check_near(walker.asked_leap, 10.0, 1e-4, "a quarter of the longest leap")


func test_the_time_limit_truncates() -> void:
	set_parameter("episode_decisions", 10.0)
	build()
	check_equal(controller.reset_after, 90, "10 decisions of 9 ticks")
	check_equal(controller.get_info(), {}, "info in mid-episode")
	await hold(Vector2.RIGHT, 1.0, -1.0, 11)
	check(controller.truncated and not controller.terminated, "truncated")
	var info: Dictionary = controller.get_info()
	check_equal(info["is_success"], false, "is_success")
	check_equal(info["reward_terms"].keys(), VoxelRewards.WEIGHTS.keys(), "names of terms")
	var place: Vector3 = walker.position
	await wait_physics(3)
	check_equal(walker.position, place, "the walker holds still until the next episode")


func test_many_chunks_make_the_success() -> void:
	set_parameter("episode_decisions", 20.0)
	build()
	terrain.chunk_count += 200
	await hold(Vector2.RIGHT, 1.0, -1.0, 21)
	var info: Dictionary = controller.get_info()
	check_equal(info["is_success"], true, "is_success")
	check_near(info["reward_terms"][&"many_chunks"], 40.0, 0.01, "2 a decision")
	terrain.chunk_count -= 200


func test_who_falls_out_of_the_world_ends_the_episode() -> void:
	build()
	await act(Vector2.RIGHT, 0.0)
	walker.position.y = -10.0
	await wait_physics(2)
	check(controller.terminated, "terminated")
	check_equal(controller.get_info()["metrics"]["findings"], 1, "findings")


func test_weights_and_settings_are_parameters() -> void:
	set_parameter("reward_speed", 3.0)
	set_parameter("linger_time", 1.5)
	set_parameter("slow_chunk_ms", 7.0)
	set_parameter("world_seed", 42.0)
	build()
	check_near(controller.rewards.weights[&"speed"], 3.0, 1e-9, "reward_speed")
	check_near(terrain.linger_time, 1.5, 1e-9, "linger_time")
	check_near(controller.findings.chunks.limit, 7.0, 1e-9, "slow_chunk_ms")
	check_equal(controller.world_seed, 42, "world_seed")
	check(not (walker.sticks or terrain.leaks or terrain.has_seams), "no bug unless asked for")
	for name: String in ["bug_slow_chunk", "bug_lod_seam", "bug_leak", "bug_stuck"]:
		set_parameter(name, 1.0)
	begin(1)
	check(walker.sticks and terrain.leaks and terrain.has_seams, "planted")
	check(terrain.loader.has_slow_way, "bug_slow_chunk")


func test_the_observation_tells_of_cost_and_motion() -> void:
	build()
	await hold(Vector2.RIGHT, 1.0, 0.4, 12)
	var values: PackedFloat32Array = controller.get_obs()["obs"]
	check_equal(values.size(), VoxelObservation.NAMES.size(), "size")
	for i: int in values.size():
		check(absf(values[i]) <= 1.0, "%s is %s" % [VoxelObservation.NAMES[i], values[i]])
	check(observe("frame_time") > 0.0, "frame_time")
	check_near(observe("active_chunks"), terrain.chunk_count / 512.0, 1e-5, "active_chunks")
	check_near(observe("velocity_x"), walker.velocity.x / 20.0, 1e-5, "velocity_x")
	check_near(observe("heading_x"), 1.0, 1e-5, "heading_x")


func test_a_cell_is_a_coarse_place() -> void:
	build()
	walker.position = Vector3(-1.0, 17.0, 65.0)
	check_equal(controller.get_cell(), "-1,0,2", "cell")


func test_the_same_episode_is_the_same() -> void:
	build()
	await wait_physics()
	var first: PackedFloat32Array = await _values_of(7)
	begin(8)
	await hold(Vector2.LEFT, 1.0, 0.3, 10)
	var again: PackedFloat32Array = await _values_of(7)
	check(again == first, "observations")


func _values_of(episode: int) -> PackedFloat32Array:
	begin(episode)
	var rng: RandomNumberGenerator = RandomNumberGenerator.new()
	rng.seed = 3
	var values: PackedFloat32Array = []
	for decision: int in 40:
		var way: Vector2 = Vector2.from_angle(rng.randf() * TAU)
		await act(way, 1.0, rng.randf_range(-1.0, 1.0))
		values.append_array(controller.get_obs()["obs"])
	return values


func test_a_slower_machine_takes_longer_and_nothing_else() -> void:
	var ways: Array[Vector3] = []
	var times: Array[PackedFloat64Array] = []
	build()
	await wait_physics()
	scene.ticked.connect(func(milliseconds: float) -> void: times[-1].append(milliseconds))
	terrain.chunk_made.connect(
		func(_key: Vector3i, _level: int, milliseconds: float) -> void:
			times[-1].append(milliseconds)
	)
	for cost: float in [1.0, 4.0]:
		set_parameter("work_cost", cost)
		times.append(PackedFloat64Array())
		begin(8)
		await hold(Vector2.RIGHT, 1.0, -1.0, 20)
		ways.append(walker.position)
	check_equal(ways[0], ways[1], "the same way")
	check(times[0].size() > 200, "ticks and chunks")
	check_equal(times[0].size(), times[1].size(), "as many ticks and chunks")
	for i: int in times[0].size():
		check_near(times[1][i], 4.0 * times[0][i], 1e-9, "time %d" % i)
