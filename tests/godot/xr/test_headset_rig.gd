extends GodotTestCase
## The rig that a person can take over: put on, taken off, and who may.

const HeadsetRig := preload("res://addons/godot_rl/xr/headset_rig.gd")
const WornInterface := preload("res://tests/godot/xr/worn_interface.gd")

var _told: Array[bool] = []


func build() -> HeadsetRig:
	var origin: XROrigin3D = XROrigin3D.new()
	var rig: HeadsetRig = HeadsetRig.new()
	rig.camera = XRCamera3D.new()
	rig.left_hand = XRController3D.new()
	rig.right_hand = XRController3D.new()
	rig.left_hand.tracker = &"left_hand"
	rig.right_hand.tracker = &"right_hand"
	for node: Node in [rig.camera, rig.left_hand, rig.right_hand, rig]:
		origin.add_child(node)
	add_child(origin)
	rig.worn.connect(_told.append)
	return rig


func test_a_person_takes_over_and_gives_back() -> void:
	var physics_rate: int = Engine.physics_ticks_per_second
	var worn: WornInterface = WornInterface.new()
	worn.plug_in()
	var rig: HeadsetRig = build()
	var own: StringName = rig.left_hand.tracker
	check(rig.put_on(WornInterface.NAME), "the headset is not entered")
	check(rig.put_on(WornInterface.NAME), "a second time")
	check(not rig.is_simulating, "it still simulates")
	check_equal(rig.left_hand.tracker, &"left_hand", "the left hand follows hardware")
	rig.take_off()
	rig.take_off()
	check(rig.is_simulating, "it does not simulate again")
	check_equal(rig.left_hand.tracker, own, "the left hand's own tracker")
	check_equal(_told, [true, false] as Array[bool], "told")
	rig.get_parent().free()
	Engine.physics_ticks_per_second = physics_rate
	worn.unplug()


func test_without_a_headset_nothing_changes() -> void:
	var rig: HeadsetRig = build()
	check(not rig.put_on("NoSuchInterface"), "it enters what is not there")
	rig.serve("human", 0)
	check(rig.is_simulating, "a headless engine enters a headset by itself")
	check_equal(_told, [] as Array[bool], "told")


func test_a_headset_is_looked_for_where_a_person_plays_and_sees() -> void:
	check(HeadsetRig.may_enter("human", 0, "X11"), "a person at a screen")
	check(not HeadsetRig.may_enter("human", 0, "headless"), "headless")
	check(not HeadsetRig.may_enter("human", 1, "X11"), "another arena")
	check(not HeadsetRig.may_enter("model", 0, "X11"), "a trainer or a policy")
	check(not HeadsetRig.may_enter("demo_record", 0, "X11"), "keyboard recording")
