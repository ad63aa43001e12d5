extends NavTestCase
## Walking, turning, teleporting, ground and falls of VR navigation.


func test_the_stick_walks_and_a_small_push_is_a_slow_walk() -> void:
	build()
	await stand()
	await hold(0.0, 1.0, 0.0, 10)
	check_near(player.velocity.length(), 2.5, 0.02, "full stick")
	check(player.global_position.z < scene.global_position.z - 1.0, "ahead is -z")
	await stand()
	await hold(0.0, 0.05, 0.0, 10)
	check_near(player.velocity.length(), 0.125, 0.01, "a small action is past the dead zone")
	await stand()
	await hold(1.0, 0.0, 0.0, 10)
	check_near(player.velocity.x, 2.0, 0.02, "sideways is slower")
	await stand()
	await hold(0.0, -1.0, 0.0, 10)
	check_near(player.velocity.z, 1.5, 0.02, "backwards slower still")


func test_a_stick_within_the_dead_zone_rests() -> void:
	build()
	await stand()
	player.headset.set_sticks(Vector2(0.1, 0.1), Vector2(0.14, 0.0))
	await wait_physics(30)
	check_equal(player.velocity, Vector3.ZERO, "walk")
	check_near(player.rotation.y, 0.0, 1e-9, "turn")


func test_smoothing_delays_the_stick() -> void:
	build()
	player.locomotion.acceleration = 1000.0
	var reached: Array[float] = []
	for time: float in [0.0, 0.15, 0.4]:
		player.locomotion.smoothing_time = time
		player.restart(scene.global_position, 0.0, true)
		controller.set_action({"horizontal": [0.0], "vertical": [1.0], "rotation": [0.0]})
		await wait_physics(10)
		reached.append(player.velocity.length() / 2.5)
	check_near(reached[0], 1.0, 1e-3, "no smoothing")
	check_near(reached[1], 1.0 - exp(-10.0 * DELTA / 0.15), 0.02, "0.15 s")
	check_near(reached[2], 1.0 - exp(-10.0 * DELTA / 0.4), 0.02, "0.4 s")


func test_smooth_turning() -> void:
	build()
	await stand()
	await hold(0.0, 0.0, 1.0, 20)
	check_near(player.locomotion.turn_rate, -deg_to_rad(90.0), 1e-3, "to the right, 90 degrees/s")
	var before: float = player.rotation.y
	await hold(0.0, 0.0, 1.0, 1)
	check_near(angle_difference(before, player.rotation.y), -deg_to_rad(9.0), 1e-3, "0.1 s")


func test_snap_turning_adds_up_small_pushes() -> void:
	build()
	set_parameter("snap_turning", 1.0)
	await stand()
	await hold(0.0, 0.0, 0.2, 2)
	check_near(player.rotation.y, 0.0, 1e-9, "not yet")
	await hold(0.0, 0.0, 0.2, 9)
	check_near(player.rotation.y, -deg_to_rad(30.0), 1e-5, "one snap to the right")
	await hold(0.0, 0.0, 1.0, 12)
	check_near(player.rotation.y, -deg_to_rad(150.0), 1e-5, "one in 0.3 s")


func test_a_teleport_is_aimed_and_let_go() -> void:
	build()
	set_parameter("teleporting", 1.0)
	await stand()
	await hold(0.0, 0.75, 0.0, 4)
	check(player.locomotion.is_aiming, "aiming")
	check_near(player.locomotion.aim.z, -3.0, 0.05, "three quarters of 4 m")
	check_equal(player.locomotion.teleports, 0, "not yet")
	check_near(player.position.z, 0.0, 1e-5, "standing")
	await hold(0.0, 0.75, 0.0, 4)
	check_equal(player.locomotion.teleports, 1, "let go")
	check_near(player.position.z, -3.0, 0.05, "landed")


func test_many_teleports_are_excessive() -> void:
	build()
	set_parameter("teleporting", 1.0)
	await stand(Vector3(0.0, 0.0, 8.0))
	await hold(0.0, 0.25, 0.0, 40)
	var count: int = player.locomotion.teleports
	check(count >= 5, "%d teleports in 4 s" % count)
	check_near(
		controller.rewards.sums[&"excessive_teleport"], 1.0 - count, 1e-6, "all but the first"
	)


func test_a_teleport_through_a_wall_is_refused() -> void:
	build()
	set_parameter("teleporting", 1.0)
	await stand()
	add_box(Vector3(0.0, 1.5, -1.5), Vector3(4.0, 3.0, 0.3), 2)
	await wait_physics()
	await hold(0.0, 0.75, 0.0, 16)
	check_equal(player.locomotion.teleports, 0, "behind a wall")
	await stand(Vector3(0.0, 0.0, 5.0))
	player.locomotion.aim = Vector3(0.0, 0.0, 30.0)
	check(not player.locomotion.find_landing().is_finite(), "no ground there")
	player.locomotion.aim = Vector3(0.0, 0.0, -6.5)
	check(not player.locomotion.find_landing().is_finite(), "inside a box")
	player.locomotion.aim = Vector3(3.0, 0.0, 0.0)
	check(player.locomotion.find_landing().is_finite(), "free floor")


func test_a_ramp_and_stairs_are_climbed() -> void:
	build()
	var tilt: float = deg_to_rad(25.0)
	var along: Vector3 = Vector3(0.0, sin(tilt), -cos(tilt))
	var middle: Vector3 = Vector3(0.0, 0.0, -1.0) + along * 3.0
	add_box(
		middle - Vector3(0.0, 0.25, 0.0).rotated(Vector3.RIGHT, tilt),
		Vector3(4.0, 0.5, 6.0),
		1,
		tilt
	)
	await stand(Vector3.ZERO, false)
	await wait_physics()
	await hold(0.0, 1.0, 0.0, 22)
	check(player.position.y > 1.2, "height on the ramp: %s" % player.position.y)
	check_equal(player.collisions, 0, "a ramp is no wall")
	for i: int in 5:
		add_box(Vector3(6.0, 0.09 + 0.18 * i, 1.0 + 0.3 * i + 2.0), Vector3(4.0, 0.18, 4.0), 1)
	await stand(Vector3(6.0, 0.0, 0.0), false)
	await hold(0.0, -1.0, 0.0, 24)
	check_near(player.position.y, 0.9, 0.05, "on the fifth step")
	check_equal(player.collisions, 0, "stairs are no wall")


func test_a_high_step_is_a_wall() -> void:
	build()
	add_box(Vector3(0.0, 0.75, -3.0), Vector3(4.0, 1.5, 2.0), 1)
	await stand(Vector3.ZERO, false)
	await hold(0.0, 1.0, 0.0, 15)
	check_equal(player.collisions, 1, "touched")
	check_near(player.position.y, 0.0, 0.02, "not climbed")


func test_beyond_an_edge_one_falls_and_lands() -> void:
	build()
	add_box(Vector3(0.0, 2.0, 0.0), Vector3(4.0, 0.5, 4.0), 1)
	await stand(Vector3(0.0, 2.25, 0.0), false)
	await hold(0.0, 0.5, 0.0, 8)
	check_near(player.position.y, 2.25, 0.02, "on the platform")
	check(player.is_grounded, "grounded")
	var fell: bool = false
	for i: int in 25:
		await hold(0.0, 0.5, 0.0, 1)
		fell = fell or not player.is_grounded
	check(fell, "it fell")
	check(player.is_grounded, "and landed")
	check_near(player.position.y, 0.0, 0.05, "on the floor")


func test_a_moving_obstacle_touches_who_stands() -> void:
	build()
	await stand()
	var body: StaticBody3D = add_box(Vector3(0.0, 1.0, -3.0), Vector3(1.0, 2.0, 1.0), 2)
	for tick: int in 120:
		body.position.z += 0.02
		body.force_update_transform()
		await wait_physics()
	check(player.collisions >= 1, "touched by what comes")
