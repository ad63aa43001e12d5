extends NavTestCase
## A person at keyboard and mouse in VR navigation: the agent's actions, and the view that the mouse
## turns.


func _exit_tree() -> void:
	for key: Key in [KEY_W, KEY_A, KEY_S, KEY_D, KEY_Q, KEY_E]:
		_press(key, false)
	super()


## Stands the player in the middle, the view ahead.
func stand_here() -> void:
	await stand()
	controller.desktop.recentre()


func test_the_keys_are_the_agents_actions() -> void:
	build()
	check_equal(controller.get_action(), [0.0, 0.0, 0.0], "no key")
	_press(KEY_W)
	check_equal(controller.get_action(), [0.0, 1.0, 0.0], "W")
	_press(KEY_D)
	var both: Array = controller.get_action()
	check_near(Vector2(both[0], both[1]).length(), 1.0, 1e-5, "W and D are no faster")
	_press(KEY_W, false)
	_press(KEY_E)
	check_equal(controller.get_action(), [1.0, 0.0, 1.0], "D and E")


func test_keys_walk_a_person() -> void:
	build()
	await stand_here()
	controller.set_heuristic("human")
	_press(KEY_W)
	await wait_physics(60)
	check(player.position.z < -0.5, "walked to %s" % player.position)
	controller.set_heuristic("model")


func test_the_body_follows_the_view_that_the_mouse_turns() -> void:
	build()
	await stand_here()
	controller.set_heuristic("human")
	controller.desktop.turn_view(Vector2(-200.0, 50.0))
	var seen: Transform3D = controller.desktop.get_view(true)
	var yaw: float = 200.0 * NavDesktop.MOUSE_TURN
	check_near(seen.basis.get_euler().y, yaw, 1e-3, "the view turns at once")
	check_near(seen.basis.get_euler().x, -50.0 * NavDesktop.MOUSE_TURN, 1e-3, "and looks down")
	check_near(player.rotation.y, 0.0, 1e-6, "the body does not")
	await wait_physics(180)
	check_near(player.rotation.y, yaw, 0.03, "the body has followed")
	check_near(controller.desktop.get_view(true).basis.get_euler().y, yaw, 1e-3, "the view stays")
	controller.set_heuristic("model")


func test_one_walks_the_way_that_one_looks() -> void:
	build()
	await stand_here()
	_press(KEY_W)
	controller.desktop.turn_view(Vector2(-300.0, 0.0))
	var action: Array = controller.get_action()
	var lead: float = 300.0 * NavDesktop.MOUSE_TURN
	check_near(action[0], -sin(lead), 1e-4, "sideways")
	check_near(action[1], cos(lead), 1e-4, "forwards")
	check(action[2] < 0.0, "and turns to the left")


func test_the_mouse_never_asks_for_more_than_an_action() -> void:
	build()
	controller.desktop.turn_view(Vector2(100000.0, 100000.0))
	var action: Array = controller.get_action()
	check_equal(action[2], 1.0, "rotation")
	var seen: Basis = controller.desktop.get_view(true).basis
	check(seen.y.y > 0.0, "the view is upside down")


func test_snap_turns_come_from_the_mouse_too() -> void:
	build()
	await stand_here()
	player.locomotion.turning = NavLocomotion.Turning.SNAP
	controller.desktop.turn_view(Vector2(30.0, 0.0))
	check_equal(controller.get_action()[2], 0.0, "a little aside")
	controller.desktop.turn_view(Vector2(300.0, 0.0))
	check_equal(controller.get_action()[2], 1.0, "far aside")


func test_an_episode_begins_with_the_view_ahead() -> void:
	build()
	controller.desktop.turn_view(Vector2(300.0, 80.0))
	begin(5)
	var seen: Vector3 = controller.desktop.get_view(true).basis.get_euler()
	check_near(angle_difference(seen.y, player.global_rotation.y), 0.0, 1e-4, "yaw")
	check_near(seen.x, 0.0, 1e-6, "pitch")
	check_equal(controller.get_action()[2], 0.0, "rotation")


func test_a_policy_takes_no_notice_of_the_mouse() -> void:
	build()
	check(not controller.desktop.is_processing_unhandled_input(), "a policy plays")
	controller.set_heuristic("human")
	check(controller.desktop.is_processing_unhandled_input(), "a person plays")
	controller.set_heuristic("model")
	check(not controller.desktop.is_processing_unhandled_input(), "a policy again")


func _press(key: Key, pressed: bool = true) -> void:
	var event: InputEventKey = InputEventKey.new()
	event.physical_keycode = key
	event.keycode = key
	event.pressed = pressed
	Input.parse_input_event(event)
	Input.flush_buffered_events()
