extends GodotTestCase
## Entering a headset, and everything that stays as it was where there is none.

const Haptics := preload("res://addons/godot_rl/xr/haptics.gd")
const HeadsetSession := preload("res://addons/godot_rl/xr/headset_session.gd")
const WornInterface := preload("res://tests/godot/xr/worn_interface.gd")

var worn: WornInterface
var _physics_rate: int = Engine.physics_ticks_per_second


func _exit_tree() -> void:
	Engine.physics_ticks_per_second = _physics_rate
	if worn != null:
		worn.unplug()


func plug_in() -> void:
	worn = WornInterface.new()
	worn.plug_in()


func test_without_a_runtime_nothing_happens() -> void:
	var session: HeadsetSession = HeadsetSession.new()
	check(not session.start(get_viewport()), "OpenXR starts without a runtime")
	check(not session.start(get_viewport(), "NoSuchInterface"), "an unknown interface starts")
	check(not get_viewport().use_xr, "the viewport is left alone")
	check(session.interface == null, "interface")
	session.stop()


func test_a_headset_that_does_not_start_changes_nothing() -> void:
	plug_in()
	worn.can_start = false
	var session: HeadsetSession = HeadsetSession.new()
	check(not session.start(get_viewport(), WornInterface.NAME), "it starts")
	check(not get_viewport().use_xr, "use_xr")
	check(XRServer.primary_interface == null, "primary interface")


func test_a_headset_is_entered_and_left() -> void:
	plug_in()
	var session: HeadsetSession = HeadsetSession.new()
	check(session.start(get_viewport(), WornInterface.NAME), "it does not start")
	check(get_viewport().use_xr, "the viewport is not shown in the headset")
	check(XRServer.primary_interface == worn, "primary interface")
	session.stop()
	check(not get_viewport().use_xr, "the viewport stays in the headset")
	check_equal(Engine.physics_ticks_per_second, _physics_rate, "physics rate afterwards")
	check(session.start(get_viewport(), WornInterface.NAME), "a second time")
	session.stop()


func test_the_rate_that_equals_the_physics_is_taken() -> void:
	plug_in()
	Engine.physics_ticks_per_second = 90
	var session: HeadsetSession = HeadsetSession.new()
	session.start(get_viewport(), WornInterface.NAME)
	check_equal(worn.display_refresh_rate, 90.0, "refresh rate")
	check_equal(Engine.physics_ticks_per_second, 90, "physics rate")
	session.stop()


func test_physics_follow_a_headset_that_has_no_equal_rate() -> void:
	plug_in()
	Engine.physics_ticks_per_second = 90
	worn.rates = [60.0, 72.0]
	var session: HeadsetSession = HeadsetSession.new()
	session.start(get_viewport(), WornInterface.NAME)
	check_equal(Engine.physics_ticks_per_second, 72, "physics rate")
	session.stop()
	check_equal(Engine.physics_ticks_per_second, 90, "physics rate afterwards")
	session.adapts_physics = false
	session.start(get_viewport(), WornInterface.NAME)
	check_equal(Engine.physics_ticks_per_second, 90, "physics rate of a game that counts ticks")
	session.stop()


func test_physics_do_not_follow_a_rate_that_no_headset_has() -> void:
	plug_in()
	Engine.physics_ticks_per_second = 90
	worn.rates = [20.0]
	var session: HeadsetSession = HeadsetSession.new()
	session.start(get_viewport(), WornInterface.NAME)
	check_equal(Engine.physics_ticks_per_second, 90, "physics rate")
	session.stop()


func test_the_best_rate() -> void:
	check_equal(HeadsetSession.best_rate([72.0, 90.0, 120.0], 90.0), 90.0, "equal")
	check_equal(HeadsetSession.best_rate([120.0, 90.0], 90.0), 90.0, "equal, last")
	check_equal(HeadsetSession.best_rate([144.0, 120.0, 72.0], 90.0), 120.0, "least above")
	check_equal(HeadsetSession.best_rate([60.0, 80.0, 72.0], 90.0), 80.0, "highest")
	check_equal(HeadsetSession.best_rate([89.9], 90.0), 89.9, "nearly equal")
	check_equal(HeadsetSession.best_rate([], 90.0), 0.0, "none")


func test_pulses_go_to_hardware_only() -> void:
	var hand: XRController3D = XRController3D.new()
	hand.tracker = &"right_hand"
	add_child(hand)
	check(not Haptics.pulse(hand, 0.5, 0.1), "a pulse without an interface")
	plug_in()
	var session: HeadsetSession = HeadsetSession.new()
	session.start(get_viewport(), WornInterface.NAME)
	check(Haptics.pulse(hand, 0.5, 0.1), "no pulse")
	check_equal(worn.pulses, [[&"right_hand", 0.5, 0.1]] as Array[Array], "pulses")
	hand.tracker = &"vr_1/right_hand"
	check(not Haptics.pulse(hand, 0.5, 0.1), "a pulse in a simulated hand")
	check_equal(worn.pulses.size(), 1, "pulses")
	session.stop()


func test_engines_without_a_runtime_start_without_a_word() -> void:
	check_equal(ProjectSettings.get_setting("xr/openxr/enabled"), false, "OpenXR at every start")
	check_equal(
		ProjectSettings.get_setting("xr/openxr/startup_alert"), false, "an alert that waits"
	)
	check_equal(ProjectSettings.get_setting("xr/openxr/enabled.vr"), true, "exports with a headset")
