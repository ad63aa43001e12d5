extends NavTestCase
## The agent of VR navigation: reward terms, ends, parameters, repeatability.


func test_the_goal_ends_the_episode_and_is_paid() -> void:
	build()
	await stand(Vector3(0.0, 0.0, 0.0))
	course.goal = Vector3(0.0, 0.0, -1.6)
	check_equal(controller.get_info(), {}, "info in mid-episode")
	await hold(0.0, 1.0, 0.0, 10)
	check(controller.terminated, "terminated")
	var info: Dictionary = controller.get_info()
	check_equal(info["is_success"], true, "is_success")
	check_equal(info["metrics"]["kind"], NavCourse.Kind.EMPTY, "kind")
	check_near(info["reward_terms"][&"goal"], 100.0, 1e-6, "goal term")
	check_equal(info["reward_terms"].keys(), NavRewards.WEIGHTS.keys(), "names of terms")
	var place: Vector3 = player.position
	await hold(0.0, 1.0, 0.0, 2)
	check_equal(player.position, place, "the player holds still until the next episode")


func test_progress_is_paid_by_the_metre() -> void:
	build()
	await stand()
	var before: float = course.distance_to_go(player.global_position)
	await hold(0.0, 1.0, 0.0, 10)
	var gained: float = before - course.distance_to_go(player.global_position)
	check_near(controller.rewards.sums[&"progress"], gained, 1e-4, "progress")


func test_rewards_sum_to_the_terms() -> void:
	build(1, NavCourse.Kind.DENSE)
	var rng: RandomNumberGenerator = RandomNumberGenerator.new()
	rng.seed = 8
	for episode: int in 3:
		begin(episode)
		for decision: int in 60:
			var action: Vector3 = draw(rng)
			await act(action.x, action.y, action.z)
		await hold(0.3, 1.0, 0.0, 60)
		var total: float = 0.0
		for value: float in controller.rewards.sums.values():
			total += value
		check_near(controller.get_reward(), total, 1e-4, "reward of episode %d" % episode)


func test_standing_still_earns_nothing() -> void:
	build()
	await stand()
	await hold(0.0, 0.0, 0.0, 50)
	check_near(controller.get_reward(), 0.0, 1e-6, "5 s at rest")


func test_walking_to_and_fro_or_in_circles_earns_nothing() -> void:
	build()
	await stand()
	for i: int in 8:
		await hold(0.0, 0.6 if i % 2 == 0 else -1.0, 0.0, 8)
	var sums: Dictionary[StringName, float] = controller.rewards.sums
	var once: float = sums[&"comfort"] + sums[&"smooth_movement"]
	for i: int in 8:
		await hold(0.0, 0.6 if i % 2 == 0 else -1.0, 0.0, 8)
	check_near(sums[&"comfort"] + sums[&"smooth_movement"], once, 0.1, "the same way again")
	check(absf(sums[&"progress"]) < 0.5, "progress is what was gained: %s" % sums[&"progress"])
	await stand()
	await hold(0.0, 0.5, 1.0, 40)
	var first: float = controller.get_reward()
	await hold(0.0, 0.5, 1.0, 40)
	check_near(controller.get_reward(), first, 0.3, "the second circle")


func test_comfort_and_smooth_movement_are_bounded_by_their_weights() -> void:
	build(4, NavCourse.Kind.SPARSE)
	for decision: int in 300:
		var goal: Vector3 = player.to_local(course.to_global(course.goal)).normalized()
		await act(goal.x, -goal.z, 0.0)
	var sums: Dictionary[StringName, float] = controller.rewards.sums
	check(sums[&"comfort"] > 0.2 and sums[&"comfort"] <= 2.0, "comfort %s" % sums[&"comfort"])
	check(
		sums[&"smooth_movement"] > 0.02 and sums[&"smooth_movement"] <= 0.1,
		"smooth_movement %s" % sums[&"smooth_movement"]
	)


func test_a_contact_costs_when_it_begins_and_for_each_second() -> void:
	build()
	await stand(Vector3(0.0, 0.0, -9.0))
	await hold(0.0, 1.0, 0.0, 7)
	check_equal(player.collisions, 1, "contacts")
	check_near(controller.rewards.sums[&"collision"], -10.0, 1e-6, "at once")
	await hold(0.0, 1.0, 0.0, 10)
	check_equal(player.collisions, 1, "still the same")
	check_near(controller.rewards.sums[&"collision"], -20.0, 1e-6, "after a second")
	check(not controller.done, "a collision ends nothing")


func test_a_collision_ends_the_episode_where_asked() -> void:
	build()
	set_parameter("end_on_collision", 1.0)
	await stand(Vector3(0.0, 0.0, -9.0))
	await hold(0.0, 1.0, 0.0, 6)
	check(controller.terminated, "terminated")
	check_equal(controller.get_info()["is_success"], false, "is_success")


func test_the_time_limit_truncates_and_costs() -> void:
	build()
	check_equal(controller.reset_after, 600 * 9, "600 decisions of 9 ticks")
	set_parameter("episode_decisions", 5.0)
	begin(1)
	check_equal(controller.reset_after, 200 * 9, "at least 200")
	set_parameter("episode_decisions", 5000.0)
	begin(1)
	check_equal(controller.reset_after, 1000 * 9, "at most 1,000")
	controller.reset_after = 45
	await wait_physics(46)
	check(controller.truncated and not controller.terminated, "truncated")
	check_near(controller.get_info()["reward_terms"][&"time_out"], -20.0, 1e-9, "time_out")
	check_near(controller.get_info()["metrics"]["course_time"], 0.5, 1e-6, "course_time")


func test_weights_and_settings_are_parameters() -> void:
	build()
	set_parameter("reward_goal", 7.0)
	set_parameter("smoothing_time", 0.4)
	set_parameter("snap_turning", 1.0)
	set_parameter("teleporting", 1.0)
	set_parameter("course", 4.0)
	set_parameter("difficulty", 0.9)
	check_near(controller.rewards.weights[&"goal"], 100.0, 1e-9, "before the next episode")
	begin(2)
	check_near(controller.rewards.weights[&"goal"], 7.0, 1e-9, "reward_goal")
	check_near(player.locomotion.smoothing_time, 0.4, 1e-9, "smoothing_time")
	check_equal(player.locomotion.turning, NavLocomotion.Turning.SNAP, "snap_turning")
	check_equal(player.locomotion.walking, NavLocomotion.Walking.TELEPORT, "teleporting")
	check_equal(course.kind, NavCourse.Kind.CORRIDOR, "course")
	check_near(course.difficulty, 0.9, 1e-9, "difficulty")
	for name: String in _set:
		RLParameters.shared().set_values({name: null})
	begin(3)
	check_near(player.locomotion.smoothing_time, 0.15, 1e-9, "the exported value again")
	check_near(controller.rewards.weights[&"goal"], 100.0, 1e-9, "the weight again")


func test_every_named_parameter_reaches_its_setting() -> void:
	build()
	for name: String in NavSettings.PROPERTIES:
		var property: StringName = NavSettings.PROPERTIES[name]
		check(property in player.locomotion, "%s: no property %s" % [name, property])
	for term: StringName in NavRewards.WEIGHTS:
		set_parameter("reward_" + term, 3.0)
	begin(2)
	for term: StringName in NavRewards.WEIGHTS:
		check_near(controller.rewards.weights[term], 3.0, 1e-9, "reward_" + term)


func test_equal_seeds_and_actions_give_equal_rollouts() -> void:
	build(1, NavCourse.Kind.MIXTURE)
	var runs: Array = []
	for run: int in 2:
		await wait_physics()
		begin(11)
		var rng: RandomNumberGenerator = RandomNumberGenerator.new()
		rng.seed = 4
		var values: PackedFloat32Array = []
		for decision: int in 150:
			values.append_array(controller.get_obs()["obs"])
			values.append(controller.get_reward())
			var action: Vector3 = draw(rng)
			await act(action.x, action.y, action.z)
		runs.append(values)
	check(runs[0] == runs[1], "the rollouts differ")


func test_who_looks_on_changes_no_observation() -> void:
	build(1, NavCourse.Kind.SPARSE)
	var runs: Array = []
	for run: int in 2:
		player.headset.is_watched = run == 1
		await wait_physics()
		begin(11)
		var values: PackedFloat32Array = []
		for decision: int in 60:
			values.append_array(controller.get_obs()["obs"])
			await act(0.2, 0.8, sin(decision * 0.2))
		runs.append(values)
	check(runs[0] == runs[1], "the rollouts differ")


func test_a_fall_ends_the_episode_and_costs_no_collision() -> void:
	build(3, NavCourse.Kind.PLATFORMS)
	await wait_physics()
	begin(3)
	check(not player.is_on_level, "platforms are not flat")
	var limit: int = 100
	while not controller.done and limit > 0:
		limit -= 1
		await act(0.0, 1.0, 0.0)
	check(controller.terminated, "terminated")
	var info: Dictionary = controller.get_info()
	check_equal(info["metrics"]["falls"], 1.0, "falls")
	check_near(info["reward_terms"][&"fall"], -50.0, 1e-9, "fall")
	check_equal(info["metrics"]["collisions"], 0, "collisions")
	check_equal(info["is_success"], false, "is_success")
