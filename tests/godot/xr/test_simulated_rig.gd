extends GodotTestCase
## The simulated headset: trackers of its own for each copy, moving or still, and given to hardware.

const SimulatedRig := preload("res://addons/godot_rl/xr/simulated_rig.gd")
const SimulatedTrackers := preload("res://addons/godot_rl/xr/simulated_trackers.gd")


## A player's XR nodes and a rig, added to the tree.
func build(moves: bool, motion_seed: int = 1) -> SimulatedRig:
	var origin: XROrigin3D = XROrigin3D.new()
	var rig: SimulatedRig = SimulatedRig.new()
	rig.camera = XRCamera3D.new()
	rig.left_hand = XRController3D.new()
	rig.right_hand = XRController3D.new()
	rig.left_hand.tracker = &"left_hand"
	rig.right_hand.tracker = &"right_hand"
	rig.moves = moves
	rig.motion_seed = motion_seed
	for node: Node in [rig.camera, rig.left_hand, rig.right_hand, rig]:
		origin.add_child(node)
	add_child(origin)
	return rig


func test_no_two_rigs_share_a_tracker() -> void:
	var names: Dictionary[StringName, bool] = {}
	for i: int in 16:
		var rig: SimulatedRig = build(true, i)
		for tracker: XRTracker in [rig.trackers.left, rig.trackers.right, rig.trackers.head]:
			check(not names.has(tracker.name), "%s twice" % tracker.name)
			names[tracker.name] = true
			check(XRServer.get_tracker(tracker.name) == tracker, "%s not found" % tracker.name)
	check_equal(names.size(), 48, "trackers")
	check(XRServer.get_tracker(&"head") == null, "the tracker 'head' stays free")
	for child: Node in get_children():
		child.free()
	for tracker_name: StringName in names:
		check(XRServer.get_tracker(tracker_name) == null, "%s is left behind" % tracker_name)


func test_the_nodes_follow_in_the_same_tick() -> void:
	var rig: SimulatedRig = build(true)
	var other: SimulatedRig = build(true, 2)
	await wait_physics(90)
	check_near(rig.time, 1.0, 0.05, "time")
	check(rig.camera.transform == rig._motion.head, "camera")
	check(rig.left_hand.transform == rig._motion.left_hand, "left hand")
	check(rig.right_hand.transform == rig._motion.right_hand, "right hand")
	var head: XRPose = rig.trackers.head.get_pose(SimulatedTrackers.POSE)
	check(head.transform == rig.camera.transform, "the head's tracker")
	check(other.right_hand.transform != rig.right_hand.transform, "two people, one hand")


func test_a_still_rig_stands_still_and_moves_when_told() -> void:
	var rig: SimulatedRig = build(false)
	check(not rig.is_physics_processing(), "it costs a call a tick")
	check(not rig.head_moves, "head_moves")
	var hand: Transform3D = rig.left_hand.transform
	check_equal(hand, Transform3D(Basis.IDENTITY, rig.left_hand_position), "left hand")
	check_equal(rig.camera.position, Vector3(0.0, 1.7, 0.0), "head")
	rig.look(0.1, 0.2)
	await wait_physics(5)
	check_equal(rig.left_hand.transform, hand, "left hand later")
	check_equal(rig.camera.basis, Basis.from_euler(Vector3(0.1, 0.2, 0.0)), "gaze")


func test_hands_that_do_not_move_change_nothing_else() -> void:
	var whole: SimulatedRig = build(true)
	var rig: SimulatedRig = build(true)
	for each: SimulatedRig in [whole, rig]:
		each.set_physics_process(false)
		each.hands_move = each == whole
		each.begin(3)
		each.look(0.1, -0.3)
	var hand: Transform3D = rig.left_hand.transform
	for tick: int in 200:
		whole.advance(1.0 / 90.0)
		rig.advance(1.0 / 90.0)
		check(rig.camera.transform == whole.camera.transform, "the head at tick %d" % tick)
	check(rig.left_hand.transform == hand, "the hand moves")
	check(whole.left_hand.transform != hand, "nobody's hand moves")
	rig.hands_move = true
	whole.advance(1.0 / 90.0)
	rig.advance(1.0 / 90.0)
	check(rig.left_hand.transform == whole.left_hand.transform, "the left hand later")
	check(rig.right_hand.transform == whole.right_hand.transform, "the right hand later")


func test_one_seed_repeats_itself() -> void:
	var rig: SimulatedRig = build(true)
	rig.set_physics_process(false)
	var runs: Array = []
	for run: int in 2:
		rig.begin(5)
		rig.look(0.1, -0.3)
		var poses: Array[Transform3D] = [rig.camera.transform]
		for tick: int in 900:
			rig.advance(1.0 / 90.0)
			poses.append_array([rig.camera.transform, rig.left_hand.transform])
		runs.append(poses)
	check(runs[0] == runs[1], "the runs differ")


func test_velocities_are_those_of_the_poses() -> void:
	var rig: SimulatedRig = build(true)
	rig.set_physics_process(false)
	var moved: Vector3 = Vector3.ZERO
	var place: Vector3 = rig.right_hand.position
	for tick: int in 900:
		rig.advance(1.0 / 90.0)
		var pose: XRPose = rig.trackers.right.get_pose(SimulatedTrackers.POSE)
		moved += pose.linear_velocity / 90.0
		check(pose.angular_velocity.length() < 10.0, "spin %s" % pose.angular_velocity)
	check((place + moved).distance_to(rig.right_hand.position) < 1e-3, "the velocities' sum")


func test_hardware_takes_the_nodes_and_gives_them_back() -> void:
	var rig: SimulatedRig = build(false)
	check_equal(rig.left_hand.tracker, rig.trackers.left.name, "simulated")
	rig.hand_over()
	check_equal(rig.left_hand.tracker, &"left_hand", "left hand in use")
	check_equal(rig.right_hand.tracker, &"right_hand", "right hand in use")
	check(rig.head_moves and not rig.is_simulating, "a worn head moves")
	rig.look(0.5, 0.5)
	check_equal(rig.camera.basis, Basis.IDENTITY, "look() leaves a worn head alone")
	rig.take_back()
	check_equal(rig.right_hand.tracker, rig.trackers.right.name, "simulated again")
	check(rig.is_simulating and not rig.head_moves, "still again")
