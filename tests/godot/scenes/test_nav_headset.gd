extends NavTestCase
## A person with a headset in VR navigation: real controllers move the player as simulated ones do,
## a teleport is aimed with an arc, and hands feel landings, turns and collisions. The hardware is
## an XR interface of these tests.

const HandsView := preload("res://scenes/vr_navigation/view/hands_view.gd")
const WornInterface := preload("res://tests/godot/xr/worn_interface.gd")

var worn: WornInterface
var hands: HandsView
var _physics_rate: int = Engine.physics_ticks_per_second


func _exit_tree() -> void:
	for child: Node in get_children():
		child.free()
	Engine.physics_ticks_per_second = _physics_rate
	if worn != null:
		worn.unplug()
	super()


## A player on an empty floor with a headset put on, and what its hands show.
func put_on() -> void:
	worn = WornInterface.new()
	worn.plug_in()
	build()
	controller.set_heuristic("human")
	check(player.headset.is_simulating, "a headless engine enters a headset by itself")
	check(player.headset.put_on(WornInterface.NAME), "the headset is not entered")
	worn.pose(worn.head, Transform3D(Basis.IDENTITY, Vector3(0.0, 1.6, 0.0)))
	await stand()
	var view: NavView = NavView.new()
	view.player = player
	hands = HandsView.new(view)
	view.free()
	scene.add_child(hands)


## Holds the real controllers' sticks there and lets [param ticks] pass.
func press(left: Vector2, right: Vector2, ticks: int = 1) -> void:
	worn.left.set_input("primary", left)
	worn.right.set_input("primary", right)
	await wait_physics(ticks)


func test_real_sticks_walk_and_turn() -> void:
	await put_on()
	await press(Vector2(0.0, 1.0), Vector2.ZERO, 60)
	check(player.position.z < -0.5, "walked to %s" % player.position)
	await press(Vector2.ZERO, Vector2(1.0, 0.0), 30)
	check(player.rotation.y < -0.1, "turned to %f" % player.rotation.y)


func test_a_teleport_is_aimed_with_an_arc_and_its_landing_felt() -> void:
	await put_on()
	player.locomotion.walking = NavLocomotion.Walking.TELEPORT
	await press(Vector2(0.0, 1.0), Vector2.ZERO, 3)
	check(hands.arc.visible, "no arc")
	var landing: Vector3 = player.locomotion.find_landing()
	check(hands.arc._marker.position.distance_to(landing) < 0.1, "the marker is elsewhere")
	check_equal(worn.pulses.size(), 0, "pulses while aiming")
	await press(Vector2.ZERO, Vector2.ZERO, 3)
	check(player.global_position.distance_to(landing) < 0.1, "not there")
	check(not hands.arc.visible, "the arc stays")
	check_equal(worn.pulses.size(), 1, "pulses at the landing")
	check_equal(worn.pulses[0][0], &"left_hand", "the hand that aimed")


func test_an_arc_into_a_wall_is_red() -> void:
	await put_on()
	player.locomotion.walking = NavLocomotion.Walking.TELEPORT
	add_box(Vector3(0.0, 1.0, -2.0), Vector3(6.0, 2.0, 0.3), 2)
	await wait_physics()
	await press(Vector2(0.0, 1.0), Vector2.ZERO, 3)
	check_equal(hands.arc._material.albedo_color, hands.TeleportArc.INVALID, "colour")


func test_a_snap_turn_is_felt_in_the_right_hand() -> void:
	await put_on()
	player.locomotion.turning = NavLocomotion.Turning.SNAP
	await press(Vector2.ZERO, Vector2(1.0, 0.0), 3)
	check_near(rad_to_deg(player.rotation.y), -30.0, 1e-2, "yaw")
	check_equal(worn.pulses.size(), 1, "pulses")
	check_equal(worn.pulses[0][0], &"right_hand", "the hand that turned")


func test_a_collision_is_felt_in_both_hands() -> void:
	await put_on()
	add_box(Vector3(0.0, 1.0, -0.8), Vector3(6.0, 2.0, 0.3), 2)
	await wait_physics()
	await press(Vector2(0.0, 1.0), Vector2.ZERO, 60)
	check_equal(player.collisions, 1, "collisions")
	check_equal(worn.pulses.size(), 2, "pulses")
	check(worn.pulses[0][0] != worn.pulses[1][0], "one hand twice")


func test_without_hardware_nothing_is_felt_and_nothing_fails() -> void:
	build()
	var view: NavView = NavView.new()
	view.player = player
	scene.add_child(HandsView.new(view))
	view.free()
	player.collided.emit(1)
	await wait_physics(2)
	check(XRServer.primary_interface == null, "an interface came up")


func test_keyboard_and_mouse_rest_while_a_headset_is_worn() -> void:
	await put_on()
	var motion: InputEventMouseButton = InputEventMouseButton.new()
	motion.pressed = true
	controller.desktop._unhandled_input(motion)
	check_equal(Input.mouse_mode, Input.MOUSE_MODE_VISIBLE, "the mouse")
	await press(Vector2(0.0, 1.0), Vector2.ZERO, 5)
	var stick: Vector2 = player.left_hand.get_vector2("primary")
	check_equal(stick, Vector2(0.0, 1.0), "the stick")


func test_a_scene_that_goes_leaves_the_screen_as_it_was() -> void:
	await put_on()
	check(get_viewport().use_xr, "use_xr")
	scene.free()
	check(not get_viewport().use_xr, "use_xr after the scene")
