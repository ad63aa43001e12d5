extends NavTestCase
## A wearer of VR navigation: the rig steps aside, the body follows the head.


func test_a_new_episode_leaves_a_wearers_head_alone() -> void:
	build()
	player.headset.hand_over()
	player.camera.transform = Transform3D(Basis(Vector3.UP, 0.7), Vector3(0.4, 1.6, -0.2))
	begin(5)
	check_equal(player.camera.position, Vector3(0.4, 1.6, -0.2), "the camera is the wearer's")
	var start: Vector3 = course.to_global(course.start)
	var head: Vector3 = player.camera.global_position
	check_near(Vector2(head.x - start.x, head.z - start.z).length(), 0.0, 1e-4, "over the start")
	var ahead: Vector3 = -player.camera.global_basis.z
	check_near(ahead.dot(-player.global_basis.z), 1.0, 1e-4, "facing as the body does")
	player.headset.take_back()
	check(player.headset.is_simulating, "taken back")


func test_the_body_follows_a_wearers_steps() -> void:
	build()
	await stand()
	player.headset.hand_over()
	player.restart(scene.global_position, 0.0, true)
	player.camera.position += Vector3(0.0, 0.0, -0.5)
	await wait_physics(3)
	check_near(player.position.z, -0.5, 0.01, "the body walked under the head")
	var head: Vector3 = player.camera.global_position
	check_near(head.z, -0.5, 0.01, "the head stayed where it is")


func test_two_scenes_have_trackers_of_their_own() -> void:
	build(1)
	var first: NavPlayer = player
	build(2, NavCourse.Kind.EMPTY, Vector3(24.0, 0.0, 0.0))
	player.headset.set_sticks(Vector2(0.0, 1.0), Vector2.ZERO)
	check_equal(first.left_hand.get_vector2(NavLocomotion.STICK), Vector2.ZERO, "the first rests")
	check_equal(player.left_hand.get_vector2(NavLocomotion.STICK), Vector2(0.0, 1.0), "the other")
