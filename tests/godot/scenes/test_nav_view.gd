extends NavTestCase
## What is seen of VR navigation: nothing in a headless engine; else every piece where it collides,
## the goal, the rays, the display. Looking on changes nothing. The parts are made by hand here,
## since these tests have no screen.

const PARTS: String = "res://scenes/vr_navigation/view/"
const CourseView := preload("res://scenes/vr_navigation/view/course_view.gd")
const GoalView := preload("res://scenes/vr_navigation/view/goal_view.gd")
const Looks := preload("res://scenes/vr_navigation/view/looks.gd")
const RaysView := preload("res://scenes/vr_navigation/view/rays_view.gd")
const Screen := preload("res://scenes/vr_navigation/view/screen.gd")

var _views: Array[Node] = []


## A view that does not ask whether there is a screen.
class SeenView:
	extends NavView

	func _ready() -> void:
		build()


func _exit_tree() -> void:
	for view: Node in _views:
		if is_instance_valid(view) and not view.is_inside_tree():
			view.free()
	super()


## A view of the scene that is not in the tree, for its parts.
func make_view() -> NavView:
	var view: NavView = NavView.new()
	_point(view)
	_views.append(view)
	return view


func test_a_headless_engine_has_no_view_and_loads_none_of_its_parts() -> void:
	build()
	check(scene.get_node("View").is_queued_for_deletion(), "the view stays")
	await wait_physics(2)
	check(not scene.has_node("View"), "the view is there")
	check(get_tree().get_nodes_in_group(NavView.GROUP).is_empty(), "it counts itself")
	for needed: String in ResourceLoader.get_dependencies(PARTS + "nav_view.gd"):
		check(not needed.contains("/view/"), "it loads %s with itself" % needed)


func test_every_piece_is_seen_where_it_collides() -> void:
	build()
	scene.add_child(CourseView.new(make_view()))
	for kind: int in NavCourse.KINDS:
		controller.course_kind = kind
		for seed_value: int in 8:
			controller.difficulty = seed_value / 7.0
			begin(seed_value)
			var label: String = "kind %d, seed %d" % [kind, seed_value]
			for i: int in course.pieces.boxes.size():
				_check_box(label, i)
			for i: int in course.pieces.pillar_count:
				_check_pillar(label, i)


func test_start_and_goal_are_marked() -> void:
	build()
	var view: CourseView = CourseView.new(make_view())
	scene.add_child(view)
	controller.course_kind = NavCourse.Kind.RAMPS
	begin(4)
	var marks: GoalView = null
	for child: Node in course.get_children():
		marks = child as GoalView if child is GoalView else marks
	var goal: Vector3 = marks._goal.position
	check(goal.distance_to(course.goal) < 0.05, "the goal's mark at %s" % goal)
	check(marks._start.position.distance_to(course.start) < 0.05, "the start's mark")
	check_near(marks._ring.outer_radius, course.goal_radius, 1e-5, "radius")


func test_the_rays_that_are_drawn_are_the_agents() -> void:
	build(3, NavCourse.Kind.DENSE)
	var view: RaysView = RaysView.new(make_view())
	scene.add_child(view)
	await wait_physics(20)
	for i: int in NavRays.COUNT:
		var free: float = view.free[i]
		check_near(sqrt(free / 6.0), observe(NavObservation.NAMES[13 + i]), 1e-3, "ray %d" % i)


func test_looking_on_changes_no_rollout() -> void:
	var runs: Array[PackedFloat32Array] = []
	for is_seen: bool in [false, true]:
		await wait_physics()
		build(7, NavCourse.Kind.MOVING)
		if is_seen:
			_show()
		begin(7)
		var values: PackedFloat32Array = []
		for decision: int in 30:
			values.append_array(controller.get_obs()["obs"])
			await act(0.2, 0.8, sin(decision * 0.3))
		runs.append(values)
		scene.free()
	check(runs[0] == runs[1], "the rollouts differ")


func test_the_display_tells_kind_and_way() -> void:
	build(2, NavCourse.Kind.SLALOM)
	var screen: Screen = _show()
	await get_tree().process_frame
	await get_tree().process_frame
	var texts: PackedStringArray = []
	for label: Node in screen.find_children("*", "Label", true, false):
		texts.append((label as Label).text)
	check("Slalom" in texts, "no kind in %s" % texts)
	check("%.1f of %.1f m to go" % [course.length, course.length] in texts, "%s" % texts)


func test_a_person_begins_inside_and_v_changes_places() -> void:
	build()
	var screen: Screen = _show()
	await get_tree().process_frame
	check(not screen.is_inside, "a spectator begins above")
	controller.set_heuristic("human")
	await get_tree().process_frame
	await get_tree().process_frame
	check(screen.is_inside, "a person begins inside")
	var key: InputEventKey = InputEventKey.new()
	key.physical_keycode = KEY_V
	key.pressed = true
	screen._unhandled_key_input(key)
	check(not screen.is_inside, "V changes places")
	controller.set_heuristic("model")


func test_the_screen_is_left_to_a_wearer() -> void:
	build()
	var screen: Screen = _show()
	player.headset.worn.emit(true)
	check(not screen.visible, "the display before a wearer's eyes")
	check(player.camera.current, "the player's eyes")
	player.headset.worn.emit(false)
	check(screen.visible and not player.camera.current, "the screen comes back")


# A view as it is in a window; the screen.
func _show() -> Screen:
	var view: SeenView = SeenView.new()
	_point(view)
	scene.add_child(view)
	return view.get_node("Screen")


func _point(view: NavView) -> void:
	view.player = player
	view.course = course
	view.controller = controller
	view.rays = scene.get_node("Player/Rays")


func _check_box(label: String, index: int) -> void:
	var body: StaticBody3D = course.pieces.boxes[index]
	var size: Vector3 = course.pieces.box_shapes[index].size
	var look: int = course.pieces.box_looks[index]
	var shown: Array[AABB] = []
	for child: Node in body.get_children():
		var mesh: MeshInstance3D = child as MeshInstance3D
		if mesh != null and mesh.visible:
			shown.append(body.transform * mesh.transform * mesh.get_aabb())
	if index >= course.pieces.box_count:
		check(shown.is_empty(), "%s: box %d is parked and shown" % [label, index])
		return
	var wanted: AABB = body.transform * AABB(-size / 2.0, size)
	if look == NavCourse.CoursePieces.Look.WALL:
		check_equal(shown.size(), 2, "%s: wall %d: for eyes and from above" % [label, index])
		check_near(shown[1].end.y, CourseView.CUT, 1e-3, "%s: cut wall" % label)
	if look in [NavCourse.CoursePieces.Look.RAMP, NavCourse.CoursePieces.Look.STAIRS]:
		check_near(shown[0].position.y, 0.0, 1e-3, "%s: foot of incline %d" % [label, index])
		check(absf(shown[0].end.y - wanted.end.y) < 0.1, "%s: head of incline %d" % [label, index])
		return
	check(shown[0].position.distance_to(wanted.position) < 2e-3, "%s: box %d" % [label, index])
	check(shown[0].end.distance_to(wanted.end) < 2e-3, "%s: box %d" % [label, index])


func _check_pillar(label: String, index: int) -> void:
	var shape: CylinderShape3D = course.pieces.pillar_shapes[index]
	var mesh: MeshInstance3D = course.pieces.pillars[index].get_child(1)
	var size: Vector3 = mesh.get_aabb().size
	check_near(size.y, shape.height, 1e-3, "%s: height of pillar %d" % [label, index])
	check_near(size.x, shape.radius * 2.0, 0.02, "%s: width of pillar %d" % [label, index])
