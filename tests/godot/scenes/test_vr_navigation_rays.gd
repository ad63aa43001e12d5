extends NavTestCase
## The 16 rays of VR navigation: walls, obstacles, and where the ground ends.


func test_a_wall_is_as_far_as_it_is_from_the_bodys_surface() -> void:
	build()
	await stand()
	add_box(Vector3(0.0, 1.0, -3.5), Vector3(2.0, 2.0, 1.0), 2)
	await wait_physics()
	check_near(observe("ray_0"), sqrt(2.7 / 6.0), 1e-3, "3 m ahead, less the radius")
	check_near(observe("ray_180"), 1.0, 1e-6, "free behind")
	player.restart(scene.global_position, -PI / 2.0, true)
	check_near(observe("ray_270"), sqrt(2.7 / 6.0), 1e-3, "to the left after a right turn")


func test_a_corner_beside_the_line_is_seen() -> void:
	build()
	await stand()
	add_box(Vector3(0.7, 1.0, -2.0), Vector3(1.0, 2.0, 1.0), 2)
	await wait_physics()
	check_near(observe("ray_0"), sqrt(1.5 / 6.0), 1e-3, "in the way of the right flank")
	check_near(observe("ray_337.5"), 1.0, 1e-6, "free to the left of it")


func test_an_edge_ends_the_way() -> void:
	build()
	add_box(Vector3(0.0, 2.0, 0.0), Vector3(4.0, 0.5, 5.0), 1)
	await stand(Vector3(0.0, 2.25, 0.0), false)
	await wait_physics()
	check_near(observe("ray_90"), sqrt(1.7 / 6.0), 1e-3, "2 m to the right, less the radius")
	check_near(observe("ray_270"), sqrt(1.7 / 6.0), 1e-3, "and to the left")
	check_near(observe("ray_0"), sqrt(2.2 / 6.0), 1e-3, "2.5 m ahead")
	check_near(observe("ray_45"), sqrt((sqrt(8.0) - 0.3) / 6.0), 1e-2, "towards the corner")


func test_a_gap_hides_no_edge() -> void:
	build()
	add_box(Vector3(0.0, 2.0, 0.0), Vector3(4.0, 0.5, 2.0), 1)
	add_box(Vector3(0.0, 2.0, -3.0), Vector3(4.0, 0.5, 2.4), 1)
	await stand(Vector3(0.0, 2.25, 0.0), false)
	await wait_physics()
	check_near(observe("ray_0"), sqrt(0.7 / 6.0), 0.02, "the edge 1 m ahead, not the ground beyond")


func test_ramps_and_steps_are_ground() -> void:
	build()
	var tilt: float = deg_to_rad(25.0)
	var along: Vector3 = Vector3(0.0, sin(tilt), -cos(tilt))
	var top: Vector3 = Vector3(0.0, 0.0, -1.0) + along * 3.0
	add_box(
		top - Vector3(0.0, 0.25, 0.0).rotated(Vector3.RIGHT, tilt), Vector3(4.0, 0.5, 6.0), 1, tilt
	)
	await stand(Vector3.ZERO, false)
	await wait_physics()
	check_near(observe("ray_0"), 1.0, 1e-6, "up the ramp")
	for i: int in 4:
		add_box(Vector3(0.0, 0.09 + 0.18 * i, 1.0 + 0.3 * i + 2.0), Vector3(4.0, 0.18, 4.0), 1)
	await wait_physics()
	check_near(observe("ray_180"), 1.0, 1e-6, "up the stairs")


func test_a_step_that_is_too_high_ends_the_way() -> void:
	build()
	add_box(Vector3(0.0, 0.75, -3.0), Vector3(4.0, 1.5, 2.0), 1)
	await stand(Vector3.ZERO, false)
	await wait_physics()
	check_near(observe("ray_0"), sqrt(1.7 / 6.0), 1e-3, "2 m ahead, less the radius")


func test_a_flat_course_looks_for_no_edges() -> void:
	build()
	await stand(Vector3(9.0, 0.0, 0.0))
	check(player.is_on_level, "an empty course is flat")
	check_near(observe("ray_90"), sqrt(0.7 / 6.0), 1e-3, "the wall")
