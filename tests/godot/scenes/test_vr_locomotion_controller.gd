extends VRTestCase
## The agent: observation, reward terms, the episode's end, repeatability.


func test_observation_has_its_names_and_range_over_random_play() -> void:
	build_person()
	var rng: RandomNumberGenerator = RandomNumberGenerator.new()
	rng.seed = 9
	var names: PackedStringArray = controller.get_observation_names()["obs"]
	for decision: int in 600:
		if decision % 200 == 0:
			begin(decision)
		var values: PackedFloat32Array = controller.get_obs()["obs"]
		check_equal(values.size(), names.size(), "size")
		for i: int in values.size():
			check(absf(values[i]) <= 1.001, "%s = %s" % [names[i], values[i]])
		await act(_draw(rng), _draw(rng), _draw(rng), _draw(rng), 8)


func test_the_waypoint_and_a_box_are_seen_in_the_players_frame() -> void:
	build()
	clear_floor()
	course.target = player.global_position + Vector3(0.0, 0.0, -4.0)
	check_near(_observe("waypoint_forward"), 1.0, 1e-5, "waypoint ahead")
	check_near(_observe("waypoint_distance"), 0.2, 1e-5, "4 m of 20")
	player.restart(player.global_position, PI / 2.0)
	check_near(_observe("waypoint_right"), 1.0, 1e-5, "waypoint to the right after a left turn")
	check_near(_observe("heading_sin"), 1.0, 1e-5, "heading_sin")
	var size: Vector3 = course.get_obstacle_size(0)
	course.obstacles[0].transform = Transform3D(
		Basis.IDENTITY, Vector3(3.0 + size.x / 2.0, size.y / 2.0, 0.0)
	)
	course.obstacles[0].force_update_transform()
	check_near(_observe("ray_180"), sqrt(2.7 / 6.0), 1e-3, "box 3 m behind, less the radius")
	check_near(_observe("ray_0"), 1.0, 1e-5, "free ahead")


func test_a_corner_that_only_a_flank_meets_is_seen() -> void:
	build()
	clear_floor()
	var size: Vector3 = course.get_obstacle_size(0)
	for side: float in [-1.0, 1.0]:
		var corner: Vector3 = Vector3(0.2 * side, 0.0, -1.5)
		var to_centre: Vector3 = Vector3(side * size.x, size.y, -size.z) / 2.0
		course.obstacles[0].transform = Transform3D(Basis.IDENTITY, corner + to_centre)
		course.obstacles[0].force_update_transform()
		check_near(_observe("ray_0"), sqrt(1.5 / 6.0), 1e-3, "corner 1.5 m ahead, side %d" % side)
		course.obstacles[0].position.x += 0.2 * side
		course.obstacles[0].force_update_transform()
		check_near(_observe("ray_0"), 1.0, 1e-5, "the body passes, side %d" % side)


func test_reading_an_observation_changes_nothing() -> void:
	build()
	var first: PackedFloat32Array = controller.get_obs()["obs"]
	check_equal(controller.get_obs()["obs"], first, "second reading")


func test_rewards_sum_to_the_terms() -> void:
	build_person()
	var rng: RandomNumberGenerator = RandomNumberGenerator.new()
	rng.seed = 8
	for episode: int in 3:
		begin(episode)
		for decision: int in 100:
			await act(_draw(rng), _draw(rng), _draw(rng), _draw(rng), 8)
		await act(0.0, 1.0, 0.0, 0.0, 800)
		var total: float = 0.0
		for value: float in controller.get_reward_terms().values():
			total += value
		check_near(controller.get_reward(), total, 1e-6, "reward of episode %d" % episode)
		check(controller.get_reward_terms()[&"collision"] < -2.0, "straight on meets a wall")


func test_a_finished_course_reports_itself() -> void:
	build(3)
	check_equal(controller.get_info(), {}, "info in mid-episode")
	await drive(VRScriptedDriver.new())
	var info: Dictionary = controller.get_info()
	check_equal(info["is_success"], true, "is_success")
	check_near(info["reward_terms"][&"waypoint"], 30.0, 1e-6, "waypoint term")
	check(info["metrics"]["course_time"] > 3.0, "course_time")
	check_equal(info["metrics"]["clean"], 1.0, "clean")
	check_equal(info["reward_terms"].keys(), controller.REWARD_WEIGHTS.keys(), "names of terms")


func test_the_time_limit_truncates_and_costs() -> void:
	build()
	check_equal(controller.reset_after, 5400, "limit in ticks, 60 s")
	controller.reset_after = 50
	await wait_physics(52)
	check(controller.truncated and not controller.terminated, "truncated")
	check_equal(controller.get_info()["is_success"], false, "is_success")
	check_near(controller.get_info()["reward_terms"][&"time_out"], -5.0, 1e-9, "time_out")
	check_near(controller.get_info()["metrics"]["course_time"], 50.0 / 90.0, 1e-6, "course_time")
	var place: Vector3 = player.position
	var earned: float = controller.get_reward()
	await act(0.0, 1.0, 0.0, 0.0, 20)
	check_equal(player.position, place, "the player holds still until the next episode")
	check_near(controller.get_reward(), earned, 1e-9, "reward after the end")


func test_a_contact_is_one_collision_however_long() -> void:
	build()
	clear_floor()
	player.restart(scene.to_global(Vector3(0.0, 0.0, -9.0)), 0.0)
	await act(0.6, 1.0, 0.0, 0.0, 200)
	check_equal(player.collisions, 1, "pushed along the wall")
	await act(0.0, -1.0, 0.0, 0.0, 60)
	check(not player.in_contact, "free again")
	await act(0.0, 1.0, 0.0, 0.0, 240)
	check_equal(player.collisions, 2, "second contact")
	check(controller.get_reward_terms()[&"collision"] <= -4.0, "two collisions are paid for")


func test_a_course_with_a_collision_or_a_comfort_event_is_not_clean() -> void:
	build()
	course.next_waypoint = Course.WAYPOINT_COUNT
	controller.done = true
	check_equal(controller.get_info()["metrics"]["clean"], 1.0, "neither")
	player.collisions = 1
	check_equal(controller.get_info()["metrics"]["clean"], 0.0, "a collision")
	player.collisions = 0
	player.comfort.activations = 1
	check_equal(controller.get_info()["metrics"]["clean"], 0.0, "a comfort event")
	player.comfort.activations = 0
	course.next_waypoint = 2
	check_equal(controller.get_info()["metrics"]["clean"], 0.0, "not finished")


func test_the_weights_of_rewards_are_parameters_from_the_next_episode_on() -> void:
	build()
	clear_floor()
	Sync.set_parameter("reward_survival", -0.5)
	Sync.set_parameter("reward_collision", -20.0)
	await act(0.0, 0.0, 0.0, 0.0, 10)
	check(controller.get_reward_terms()[&"survival"] > -0.06, "in the middle of one")
	begin(2)
	clear_floor()
	player.restart(scene.to_global(Vector3(0.0, 0.0, -9.0)), 0.0)
	await act(0.0, 1.0, 0.0, 0.0, 100)
	var terms: Dictionary[StringName, float] = controller.get_reward_terms()
	check_near(terms[&"survival"], -50.0, 1e-6, "survival")
	check(terms[&"collision"] < -20.0, "collision %s" % terms[&"collision"])
	RLParameters.shared().set_values({"reward_survival": null, "reward_collision": null})
	begin(3)
	await act(0.0, 0.0, 0.0, 0.0, 10)
	check(controller.get_reward_terms()[&"survival"] > -0.06, "taken back")


func test_bouncing_on_a_wall_is_one_collision() -> void:
	build()
	clear_floor()
	player.restart(scene.to_global(Vector3(0.0, 0.0, -9.0)), 0.0)
	await act(0.0, 1.0, 0.0, 0.0, 100)
	check_near(player.velocity.length(), 0.0, 0.06, "speed against the wall")
	var left: bool = false
	for bounce: int in 10:
		await act(0.0, -1.0, 0.0, 0.0, 3)
		left = left or not player.is_on_wall()
		await act(0.0, 1.0, 0.0, 0.0, 12)
	check(left, "the body leaves the wall in between")
	check_equal(player.collisions, 1, "collisions")


func test_a_headless_scene_carries_nothing_to_look_at() -> void:
	build()
	await wait_physics(2)
	check(not scene.has_node("View"), "the view is freed")


func test_equal_seeds_and_actions_give_equal_rollouts() -> void:
	build_person()
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
			await act(_draw(rng), _draw(rng), _draw(rng), _draw(rng), 8)
		runs.append(values)
	check(runs[0] == runs[1], "the rollouts differ")


func _observe(element: String) -> float:
	var values: PackedFloat32Array = controller.get_obs()["obs"]
	return values[VRObservation.NAMES.find(element)]


func _draw(rng: RandomNumberGenerator) -> float:
	return rng.randf_range(-1.0, 1.0)
