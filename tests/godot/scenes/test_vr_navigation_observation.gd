extends NavTestCase
## What the agent of VR navigation sees: 48 numbers that are named, bounded and alive.


func test_48_numbers_have_names_and_stay_in_range_and_none_is_constant() -> void:
	build(1, NavCourse.Kind.MIXTURE)
	var rng: RandomNumberGenerator = RandomNumberGenerator.new()
	rng.seed = 9
	var names: PackedStringArray = controller.get_observation_names()["obs"]
	check_equal(names.size(), 48, "names")
	var least: PackedFloat32Array = []
	var largest: PackedFloat32Array = []
	for decision: int in 600:
		if decision % 60 == 0:
			begin(decision)
		var values: PackedFloat32Array = controller.get_obs()["obs"]
		check_equal(values.size(), 48, "size")
		if decision == 0:
			least = values.duplicate()
			largest = values.duplicate()
		for i: int in values.size():
			check(absf(values[i]) <= 1.0, "%s = %s" % [names[i], values[i]])
			least[i] = minf(least[i], values[i])
			largest[i] = maxf(largest[i], values[i])
		check(values[6] >= 0.0, "the quaternion's sign")
		var action: Vector3 = draw(rng)
		await act(action.x, action.y, action.z)
	for i: int in names.size():
		check(largest[i] - least[i] > 1e-3, "%s is constant at %s" % [names[i], least[i]])


func test_names_are_48_different_ones() -> void:
	var seen: Dictionary[String, bool] = {}
	for name: String in NavObservation.NAMES:
		seen[name] = true
	check_equal(seen.size(), 48, "different names")


func test_the_rays_names_are_the_sensors() -> void:
	build()
	var names: PackedStringArray = controller.observation.rays.observation_names()
	check_equal(NavObservation.NAMES.slice(13, 29), names, "names of rays")


func test_the_goal_is_seen_in_the_rigs_frame() -> void:
	build()
	await stand()
	course.goal = Vector3(0.0, 0.0, -6.0)
	var offset: Vector3 = course.goal - player.camera.global_position
	check_near(observe("goal_back"), offset.z / 24.0, 1e-6, "goal ahead")
	check_near(observe("goal_distance"), offset.length() / 24.0, 1e-6, "distance from the eyes")
	check_near(observe("goal_direction_back"), offset.z / offset.length(), 1e-6, "direction")
	player.restart(scene.global_position, PI / 2.0, true)
	check(observe("goal_direction_right") > 0.9, "to the right after a left turn")


func test_place_and_velocity_are_told() -> void:
	build(1, 1, Vector3(24.0, 0.0, 48.0))
	await stand(Vector3(6.0, 0.0, -3.0))
	check_near(observe("camera_x"), 0.5, 0.02, "x of the arena, not of the world")
	check_near(observe("camera_z"), -0.25, 0.02, "z")
	check_near(observe("camera_y"), 1.7 / 8.0, 0.02, "y")
	await hold(0.0, 1.0, 0.0, 8)
	check_near(observe("velocity_back"), -2.5 / 3.0, 0.05, "velocity ahead")
	await hold(0.0, 0.0, 1.0, 8)
	check_near(observe("spin_yaw"), -deg_to_rad(90.0) / TAU, 0.5, "turning to the right")
	check(observe("spin_yaw") < 0.0, "right is negative")


func test_hands_are_relative_to_the_head() -> void:
	build(3)
	var head: Transform3D = player.camera.transform
	var frame: Basis = Basis(Vector3.UP, -head.basis.get_euler().y)
	var left: Vector3 = frame * (player.left_hand.position - head.origin)
	check_near(observe("left_hand_right"), left.x / 1.5, 1e-6, "left hand")
	check_near(observe("left_hand_up"), left.y / 1.5, 1e-6, "below the head")
	check(observe("left_hand_right") < observe("right_hand_right"), "left of the right hand")


func test_reading_an_observation_changes_nothing() -> void:
	build()
	var first: PackedFloat32Array = controller.get_obs()["obs"]
	check_equal(controller.get_obs()["obs"], first, "second reading")
