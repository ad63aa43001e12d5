extends VRTestCase
## A person with a headset in the VR scene: real trackers move the player as simulated ones do,
## hands feel what happens, and all is as before once the headset is off. The hardware is an XR
## interface of the tests' own.

const WornInterface := preload("res://tests/godot/xr/worn_interface.gd")

var worn: WornInterface
var _physics_rate: int = Engine.physics_ticks_per_second


func _exit_tree() -> void:
	for child: Node in get_children():
		child.free()
	Engine.physics_ticks_per_second = _physics_rate
	if worn != null:
		worn.unplug()


## The scene of a free floor with a headset put on, the wearer's eyes at [param head].
func put_on(head: Transform3D = Transform3D(Basis.IDENTITY, Vector3(0.0, 1.6, 0.0))) -> void:
	worn = WornInterface.new()
	worn.plug_in()
	build()
	controller.set_heuristic("human")
	check(player.headset.is_simulating, "a headless engine enters a headset by itself")
	check(player.headset.put_on(WornInterface.NAME), "the headset is not entered")
	worn.pose(worn.head, head)
	clear_floor()


## Holds the real controllers' sticks and trigger there and lets [param ticks] pass.
func press(stick: Vector2, turn: float, trigger: float, ticks: int = 1) -> void:
	worn.left.set_input("primary", stick)
	worn.right.set_input("primary", Vector2(turn, 0.0))
	worn.right.set_input("trigger", trigger)
	await wait_physics(ticks)


func test_real_sticks_walk_as_simulated_ones() -> void:
	build()
	clear_floor()
	await hold(0.0, 1.0, 0.0, 0.0, 60)
	var simulated: Vector3 = player.velocity
	scene.free()
	put_on()
	await press(Vector2(0.0, 1.0), 0.0, 0.0, 60)
	check_near(player.velocity.z, simulated.z, 1e-4, "speed")
	check(player.position.z < -0.5, "the player walks")


func test_snap_turn_and_teleport_from_real_controllers_are_felt() -> void:
	put_on()
	player.add_child(VRHandsView.new(player))
	await press(Vector2.ZERO, 1.0, 0.0, 3)
	check_near(rad_to_deg(player.rotation.y), -30.0, 1e-3, "yaw")
	check_equal(worn.pulses.size(), 1, "pulses after a snap turn")
	await press(Vector2.ZERO, 0.0, 1.0, 3)
	check(Vector2(player.position.x, player.position.z).length() > 2.9, "teleported")
	check_equal(worn.pulses.size(), 2, "pulses after a teleport")
	check_equal(worn.pulses[1][0], &"right_hand", "the hand that did it")


func test_a_collision_is_felt_in_both_hands() -> void:
	put_on()
	player.add_child(VRHandsView.new(player))
	player.collided.emit(1)
	check_equal(worn.pulses.size(), 2, "pulses")
	check(worn.pulses[0][0] != worn.pulses[1][0], "one hand twice")


func test_without_hardware_hands_feel_nothing_and_nothing_fails() -> void:
	build()
	player.add_child(VRHandsView.new(player))
	player.collided.emit(1)
	clear_floor()
	await hold(0.0, 0.0, 1.0, 1.0, 3)
	check(XRServer.primary_interface == null, "an interface came up")


func test_the_head_is_over_the_body_wherever_the_wearer_stands() -> void:
	var away: Transform3D = Transform3D(
		Basis.from_euler(Vector3(0.3, 1.1, 0.1)), Vector3(1.2, 1.6, -0.7)
	)
	put_on(away)
	player.restart(scene.to_global(Vector3(2.0, 0.0, 3.0)), 0.5)
	await wait_physics(2)
	var head: Vector3 = player.camera.global_position
	check_near(head.x, 2.0, 1e-3, "head x")
	check_near(head.z, 3.0, 1e-3, "head z")
	check_near(head.y, 1.6, 1e-3, "head y")
	check_near(player.position.x, 2.0, 1e-3, "body x")
	var forward: Vector3 = player.locomotion.get_head_forward()
	check_near(atan2(-forward.x, -forward.z), 0.5, 1e-3, "the way that the course begins")


func test_the_body_goes_where_the_wearer_walks() -> void:
	put_on()
	player.restart(scene.global_position, 0.0)
	await wait_physics(2)
	worn.pose(worn.head, Transform3D(Basis.IDENTITY, Vector3(0.3, 1.6, -0.4)))
	await wait_physics(2)
	check_near(player.position.x, 0.3, 1e-3, "x")
	check_near(player.position.z, -0.4, 1e-3, "z")


func test_real_fingers_are_observed() -> void:
	put_on()
	await press(Vector2.ZERO, 0.5, 0.4, 2)
	var values: PackedFloat32Array = controller.get_obs()["obs"]
	check_near(values[VRObservation.NAMES.find("turn_press")], 0.5, 1e-6, "turn_press")
	check_near(values[VRObservation.NAMES.find("trigger_press")], 0.4, 1e-6, "trigger_press")


func test_a_policy_that_takes_over_gets_simulated_hands() -> void:
	put_on()
	var changes: Array[bool] = []
	player.headset.worn.connect(func(is_on: bool) -> void: changes.append(is_on))
	controller.set_heuristic("model")
	check_equal(changes, [false] as Array[bool], "told")
	check(player.headset.is_simulating, "simulating")
	check(not get_viewport().use_xr, "the viewport")
	clear_floor()
	await hold(0.0, 1.0, 0.0, 0.0, 30)
	check(player.velocity.z < -1.0, "simulated sticks walk")


func test_a_scene_that_goes_leaves_the_screen_as_it_was() -> void:
	put_on()
	check(get_viewport().use_xr, "use_xr")
	scene.free()
	check(not get_viewport().use_xr, "use_xr after the scene")
	build(2)
	check(player.headset.put_on(WornInterface.NAME), "the next scene cannot be entered")
	check_equal(player.locomotion.left_hand.tracker, &"left_hand", "its left hand")


func test_the_head_moves_by_default_and_hands_that_are_seen() -> void:
	build_person()
	check(player.headset.moves and player.headset.head_moves, "moves")
	check(not player.headset.hands_move, "hands that nobody sees cost a third of the tick")
	player.headset.hands_move = true
	var hand: Transform3D = player.locomotion.right_hand.transform
	var head: Transform3D = player.camera.transform
	await wait_physics(30)
	check(player.locomotion.right_hand.transform != hand, "the hand holds still")
	check(player.camera.transform != head, "the head holds still")


func test_a_person_can_hold_still() -> void:
	build()
	check(not player.headset.head_moves, "moves")
	var hand: Transform3D = player.locomotion.right_hand.transform
	await wait_physics(30)
	check_equal(player.locomotion.right_hand.transform, hand, "hand")


func test_a_person_that_moves_repeats_with_the_seed() -> void:
	build_person()
	var runs: Array[PackedFloat32Array] = []
	for run: int in 2:
		await wait_physics()
		begin(11)
		var values: PackedFloat32Array = []
		for decision: int in 100:
			values.append_array(controller.get_obs()["obs"])
			await act(0.2, 0.5, 0.1, 0.1, 9)
			var hand: Vector3 = player.locomotion.right_hand.position
			values.append_array([hand.x, hand.y, hand.z])
		runs.append(values)
	check(runs[0] == runs[1], "the runs differ")
	var pitch: PackedFloat32Array = []
	for decision: int in 100:
		pitch.append(runs[0][decision * 35 + VRObservation.NAMES.find("camera_pitch")])
	check(pitch[0] != pitch[99], "the head holds still")
	check_near(player.camera.global_position.x, player.global_position.x, 0.02, "head over body")
