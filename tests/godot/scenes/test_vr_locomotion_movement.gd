extends VRTestCase
## Walking, snap turns, teleports and the trackers that drive them.


func test_forward_is_where_the_head_looks() -> void:
	build()
	clear_floor()
	player.headset.look(0.3, PI / 2.0)
	await hold(0.0, 1.0, 0.0, 0.0, 30)
	check(player.velocity.x < -1.0, "the head looks to -x, velocity %s" % player.velocity)
	check_near(player.velocity.z, 0.0, 1e-3, "sideways velocity")


func test_speed_is_limited_on_the_diagonal_and_reached_smoothly() -> void:
	build()
	clear_floor()
	await hold(1.0, 1.0, 0.0, 0.0, 9)
	check(player.velocity.length() <= 9.5 * 5.0 / 90.0, "acceleration at most 5 m/s^2")
	await wait_physics(90)
	check_near(player.velocity.length(), 2.5, 1e-3, "speed")


func test_the_dead_zone_holds_the_player() -> void:
	build()
	clear_floor()
	await hold(0.1, 0.1, 0.0, 0.0, 30)
	check_equal(player.velocity, Vector3.ZERO, "velocity")


func test_the_player_stays_on_the_ground() -> void:
	build()
	for seed_value: int in 3:
		begin(seed_value)
		await hold(1.0, 1.0, 1.0, 1.0, 400)
		check_near(player.position.y, 0.0, 1e-4, "height")


func test_a_snap_turn_is_30_degrees_and_needs_a_release() -> void:
	build()
	clear_floor()
	await hold(0.0, 0.0, 1.0, 0.0, 20)
	check_near(rad_to_deg(player.rotation.y), -30.0, 1e-4, "yaw after one turn to the right")
	await hold(0.0, 0.0, 0.5, 0.0, 2)
	await hold(0.0, 0.0, 1.0, 0.0, 5)
	check_near(rad_to_deg(player.rotation.y), -30.0, 1e-4, "0.5 does not arm")
	await hold(0.0, 0.0, 0.3, 0.0, 2)
	await hold(0.0, 0.0, -0.8, 0.0, 5)
	check_near(rad_to_deg(player.rotation.y), 0.0, 1e-4, "armed again, to the left")


func test_a_snap_turn_leaves_the_head_in_its_place() -> void:
	build()
	clear_floor()
	player.camera.position += Vector3(0.4, 0.0, -0.2)
	var before: Vector3 = player.camera.global_position
	await hold(0.0, 0.0, 1.0, 0.0, 2)
	check(player.camera.global_position.distance_to(before) < 1e-4, "the head moved")


func test_a_teleport_is_3_m_once_per_press_and_cools_down() -> void:
	build()
	clear_floor()
	await hold(0.0, 0.0, 0.0, 0.7, 3)
	check_near(player.position.z, 0.0, 1e-4, "0.7 is no press")
	await hold(0.0, 0.0, 0.0, 1.0, 30)
	check_near(player.position.z, -3.0, 1e-3, "one teleport forward")
	await hold(0.0, 0.0, 0.0, 0.0, 3)
	await hold(0.0, 0.0, 0.0, 1.0, 3)
	check_near(player.position.z, -3.0, 1e-3, "cooling down")
	await hold(0.0, 0.0, 0.0, 0.0, 90)
	await hold(0.0, 0.0, 0.0, 1.0, 3)
	check_near(player.position.z, -6.0, 1e-3, "second teleport")


func test_a_teleport_into_a_box_or_through_a_wall_is_refused() -> void:
	build()
	clear_floor()
	var refused: Array[int] = [0]
	player.locomotion.teleport_refused.connect(func() -> void: refused[0] += 1)
	course.obstacles[0].position = Vector3(0.0, 0.8, -3.0)
	course.obstacles[0].force_update_transform()
	await hold(0.0, 0.0, 0.0, 1.0, 2)
	check_near(player.position.z, 0.0, 1e-4, "box")
	check_equal(refused[0], 1, "refusals")
	for z: float in [-6.9, -7.5, -8.5, -9.6]:
		player.restart(scene.to_global(Vector3(0.0, 0.0, z)), 0.0)
		check(not player.locomotion.find_landing().is_finite(), "landing from z = %s" % z)
	player.restart(scene.to_global(Vector3(0.0, 0.0, -6.5)), 0.0)
	check(player.locomotion.find_landing().is_finite(), "room before the wall")


func test_a_real_head_that_walks_takes_the_body_along() -> void:
	build()
	clear_floor()
	player.headset.is_simulating = false
	player.camera.position += Vector3(0.5, 0.0, 0.0)
	await wait_physics(2)
	check_near(player.position.x, 0.5, 1e-3, "body")
	check_near(player.camera.global_position.x, 0.5, 1e-3, "head")


func test_trackers_are_per_scene_and_removed_with_it() -> void:
	build()
	var names: Array = XRServer.get_trackers(XRServer.TRACKER_CONTROLLER).keys()
	var first: VRPlayer = player
	build(2, Vector3(24.0, 0.0, 0.0))
	clear_floor()
	first.restart(first.global_position, 0.0)
	await hold(0.0, 1.0, 0.0, 0.0, 10)
	check(player.velocity.length() > 0.1, "the second player moves")
	check_equal(first.velocity, Vector3.ZERO, "velocity of the first player")
	check(XRServer.get_tracker("head") == null, "the tracker 'head' stays free")
	var count: int = XRServer.get_trackers(XRServer.TRACKER_CONTROLLER).size()
	check_equal(count, names.size() + 2, "trackers of two scenes")
	for child: Node in get_children():
		child.free()
	count = XRServer.get_trackers(XRServer.TRACKER_CONTROLLER).size()
	check_equal(count, names.size() - 2, "trackers after both scenes are gone")
