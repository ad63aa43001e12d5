extends GodotTestCase
## A panel in the world and a hand's ray on it, in a headless engine: places, hovering, clicks,
## sliders, drags of the panel, two hands.

const SimulatedTrackers := preload("res://addons/godot_rl/xr/simulated_trackers.gd")
const UIPanel := preload("res://addons/godot_rl/xr/ui_panel.gd")
const UIPointer := preload("res://addons/godot_rl/xr/ui_pointer.gd")
const UITester := preload("res://addons/godot_rl/ui_testing/ui_tester.gd")

var panel: UIPanel
var button: Button = Button.new()
var slider: HSlider = HSlider.new()
var pressed: int = 0
var trackers: SimulatedTrackers
var right: UIPointer
var left: UIPointer


func _exit_tree() -> void:
	if trackers != null:
		trackers.release()


## Adds a panel of 1.6 x 1.2 m, 2 m ahead at eye height, and two hands at the origin.
func build(turned: float = 0.0) -> void:
	panel = UIPanel.new()
	panel.transform = Transform3D(Basis(Vector3.UP, turned), Vector3(0.0, 1.5, -2.0))
	button.position = Vector2(100.0, 100.0)
	button.size = Vector2(300.0, 80.0)
	button.pressed.connect(_on_pressed)
	slider.position = Vector2(100.0, 300.0)
	slider.size = Vector2(400.0, 40.0)
	panel.viewport.add_child(button)
	panel.viewport.add_child(slider)
	add_child(panel)
	trackers = SimulatedTrackers.new(self)
	var origin: XROrigin3D = XROrigin3D.new()
	add_child(origin)
	right = _add_pointer(origin, trackers.right)
	left = _add_pointer(origin, trackers.left)
	left.is_active = false


## Points [param pointer]'s hand at [param pixels] of the panel.
func aim(tracker: XRControllerTracker, pointer: UIPointer, pixels: Vector2) -> void:
	var place: Vector2 = panel.from_pixels(pixels)
	var target: Vector3 = panel.global_transform * Vector3(place.x, place.y, 0.0)
	var hand: Transform3D = Transform3D(Basis.IDENTITY, Vector3(0.2, 1.2, 0.0)).looking_at(target)
	SimulatedTrackers.pose(tracker, hand)
	pointer.move()


func pull(
	tracker: XRControllerTracker, pointer: UIPointer, trigger: float, grip: float = 0.0
) -> void:
	tracker.set_input("trigger", trigger)
	tracker.set_input("grip", grip)
	pointer.read_buttons()


func test_the_ray_meets_the_pixel_that_it_points_at() -> void:
	build(0.3)
	for pixels: Vector2 in [Vector2(10.0, 10.0), Vector2(512.0, 384.0), Vector2(1000.0, 700.0)]:
		aim(trackers.right, right, pixels)
		check(right.panel == panel, "it meets the panel at %s" % pixels)
		check_near(panel.viewport.get_mouse_position().distance_to(pixels), 0.0, 0.05, "pixels")
	var middle: float = Vector3(0.2, 1.2, 0.0).distance_to(panel.global_position)
	aim(trackers.right, right, Vector2(512.0, 384.0))
	check_near(right.distance, middle, 1e-4, "distance")


func test_the_back_of_a_panel_is_not_used() -> void:
	build(PI)
	aim(trackers.right, right, Vector2(512.0, 384.0))
	check(right.panel == null, "no panel")
	check_equal(right.distance, right.length, "distance")


func test_a_click_presses_a_button_once() -> void:
	build()
	aim(trackers.right, right, Vector2(200.0, 140.0))
	check(panel.get_hovered() == button, "it hovers")
	pull(trackers.right, right, 0.6)
	check(not right.is_pressing, "a trigger that is not pulled far enough")
	pull(trackers.right, right, 0.8)
	pull(trackers.right, right, 0.5)
	check(right.is_pressing, "half-way back it is still held")
	check_equal(pressed, 0, "before the trigger is let go")
	pull(trackers.right, right, 0.2)
	check_equal(pressed, 1, "clicks")


func test_a_click_that_ends_elsewhere_presses_nothing() -> void:
	build()
	aim(trackers.right, right, Vector2(200.0, 140.0))
	pull(trackers.right, right, 1.0)
	aim(trackers.right, right, Vector2(800.0, 600.0))
	pull(trackers.right, right, 0.0)
	check_equal(pressed, 0, "clicks")


func test_a_quick_drag_that_ends_where_the_value_was_is_no_dead_slider() -> void:
	build()
	var found: Array[String] = []
	slider.value = 60.0
	var tester: UITester = UITester.new(right)
	tester.found.connect(func(kind: String, _m: String, _d: Dictionary) -> void: found.append(kind))
	tester.begin()
	for drag: int in 3:
		aim(trackers.right, right, Vector2(150.0, 320.0))
		pull(trackers.right, right, 1.0)
		aim(trackers.right, right, slider.position + slider.size * Vector2(0.6, 0.5))
		tester.look()
		pull(trackers.right, right, 0.0)
		check_near(slider.value, 60.0, 2.0, "as before")
		tester.look()
	check_equal(tester.count()["pages"], 1.0, "a page that no container holds")
	check_equal(found, [] as Array[String], "the value followed in between")


func test_a_drag_moves_a_slider_beyond_the_panel_too() -> void:
	build()
	aim(trackers.right, right, Vector2(200.0, 320.0))
	pull(trackers.right, right, 1.0)
	aim(trackers.right, right, Vector2(300.0, 320.0))
	check_near(slider.value, 50.0, 2.0, "in its middle")
	aim(trackers.right, right, Vector2(1500.0, 320.0))
	check_equal(slider.value, 100.0, "off the panel")
	pull(trackers.right, right, 0.0)
	aim(trackers.right, right, Vector2(150.0, 320.0))
	check_equal(slider.value, 100.0, "after the trigger was let go")


func test_the_grip_drags_a_panel_by_its_bar_and_its_pixels_go_with_it() -> void:
	build()
	var bar: Vector2 = panel.to_pixels(panel.get_bar().get_center())
	aim(trackers.right, right, bar)
	check(right.panel == panel and not right.is_on_picture(), "the ray is on the bar")
	pull(trackers.right, right, 0.0, 1.0)
	check(right.is_grabbing, "it is held")
	var before: Vector3 = panel.position
	var distance: float = right.distance
	aim(trackers.right, right, bar + Vector2(300.0, -100.0))
	check(panel.position.distance_to(before) > 0.3, "it moved to %s" % panel.position)
	check_near(right.distance, distance, 0.02, "it keeps its distance")
	pull(trackers.right, right, 0.0, 0.0)
	var dropped: Transform3D = panel.transform
	aim(trackers.right, right, Vector2(200.0, 140.0))
	check_equal(panel.transform, dropped, "it stays where it was dropped")
	check(panel.get_hovered() == button, "the button is where it is seen")


func test_a_panel_stays_within_its_limits() -> void:
	build()
	panel.limits = AABB(Vector3(-0.1, 1.4, -2.1), Vector3(0.2, 0.2, 0.2))
	var bar: Vector2 = panel.to_pixels(panel.get_bar().get_center())
	aim(trackers.right, right, bar)
	pull(trackers.right, right, 0.0, 1.0)
	aim(trackers.right, right, bar + Vector2(3000.0, 0.0))
	check(panel.limits.grow(1e-4).has_point(panel.position), "at %s" % panel.position)


func test_only_the_bar_can_be_gripped() -> void:
	build()
	aim(trackers.right, right, Vector2(200.0, 140.0))
	pull(trackers.right, right, 0.0, 1.0)
	check(not right.is_grabbing, "on the picture")


func test_the_hand_that_does_not_point_only_looks_and_may_ask() -> void:
	build()
	var asked: Array[bool] = []
	left.asked.connect(asked.append.bind(true))
	aim(trackers.right, right, Vector2(200.0, 140.0))
	aim(trackers.left, left, Vector2(800.0, 600.0))
	check(left.panel == panel, "it sees the panel")
	check(panel.get_hovered() == button, "the other hand's mouse is left alone")
	pull(trackers.left, left, 1.0)
	check_equal(asked.size(), 1, "it asks")
	check(not left.is_pressing, "and presses nothing")


func test_a_press_beside_the_panels_is_told() -> void:
	build()
	var missed: Array[bool] = []
	right.missed.connect(missed.append.bind(true))
	SimulatedTrackers.pose(trackers.right, Transform3D(Basis(Vector3.UP, 2.0), Vector3.UP))
	right.move()
	pull(trackers.right, right, 1.0)
	check_equal(missed.size(), 1, "missed")


func _add_pointer(origin: XROrigin3D, tracker: XRControllerTracker) -> UIPointer:
	var hand: XRController3D = XRController3D.new()
	origin.add_child(hand)
	SimulatedTrackers.attach(hand, tracker)
	SimulatedTrackers.pose(tracker, Transform3D(Basis.IDENTITY, Vector3(0.2, 1.2, 0.0)))
	var pointer: UIPointer = UIPointer.new()
	pointer.hand = hand
	pointer.panels_root = self
	pointer.advances_itself = false
	add_child(pointer)
	return pointer


func _on_pressed() -> void:
	pressed += 1
