extends GodotTestCase
## What sensors tell to be drawn, and that drawing them changes no observation and leaves nothing
## behind. That no camera sees the lines is in test_camera_pixels.gd.

const RLSensorSketch := preload("res://addons/godot_rl/sensors/sensor_sketch.gd")
const RLSensorView := preload("res://addons/godot_rl/sensors/sensor_view.gd")
const SensorScene: GDScript = preload("res://tests/godot/sensors/sensor_scene.gd")
const OWNER: int = 17


func _rays_3d(parent: Node) -> RayCastSensor3D:
	var sensor: RayCastSensor3D = RayCastSensor3D.new()
	sensor.n_rays_width = 4
	sensor.n_rays_height = 1
	sensor.cone_width = 360.0
	sensor.cone_height = 0.0
	sensor.ray_length = 10.0
	parent.add_child(sensor)
	return sensor


func _sketch_of(sensor: Node) -> RLSensorSketch:
	var sketch: RLSensorSketch = RLSensorSketch.new()
	sensor.call(&"sketch", sketch)
	return sketch


func _one(sensor: Node) -> Array[Node]:
	return [sensor]


func test_rays_end_where_they_hit() -> void:
	var sensor: RayCastSensor3D = _rays_3d(self)
	sensor.rotation_degrees.y = 45.0
	SensorScene.box_3d(self, Vector3(0, 0, 5), Vector3(2, 2, 2))
	await wait_physics(2)
	var before: Array = sensor.get_observation()
	var sketch: RLSensorSketch = _sketch_of(sensor)
	check_equal(sensor.get_observation(), before, "values after drawing")
	check_equal(sketch.colors.size(), 4, "lines")
	check_equal(sketch.points.size(), 1, "hits")
	check(sketch.points[0].is_equal_approx(Vector3(0, 0, 4)), "hit at %s" % sketch.points[0])
	check_equal(sketch.point_colors[0], RLSensorSketch.color_of(0.6), "colour of closeness 0.6")
	check_equal(sketch.colors.count(RLSensorSketch.NOTHING), 3, "rays that hit nothing")


func test_rays_of_2d_end_where_they_hit() -> void:
	var sensor: RaycastSensor2D = RaycastSensor2D.new()
	sensor.n_rays = 1
	sensor.cone_width = 0.0
	sensor.ray_length = 100.0
	add_child(sensor)
	SensorScene.box_2d(self, Vector2(55, 0))
	await wait_physics(2)
	var before: Array = sensor.get_observation()
	var sketch: RLSensorSketch = _sketch_of(sensor)
	check_equal(sensor.get_observation(), before, "values after drawing")
	check(sketch.points[0].is_equal_approx(Vector3(50, 0, 0)), "hit at %s" % sketch.points[0])
	check_equal(sketch.colors[0], RLSensorSketch.color_of(0.5), "colour of closeness 0.5")


func test_colours_go_from_far_to_near() -> void:
	check_equal(RLSensorSketch.color_of(0.0), RLSensorSketch.FAR, "far")
	check_equal(RLSensorSketch.color_of(0.5), RLSensorSketch.MIDDLE, "half the way")
	check_equal(RLSensorSketch.color_of(1.0), RLSensorSketch.NEAR, "near")


func test_grids_tell_their_counts() -> void:
	var solid: GridSensor3D = GridSensor3D.new()
	solid.detection_mask = 0b101
	solid.collide_with_bodies = true
	add_child(solid)
	var flat: GridSensor2D = GridSensor2D.new()
	flat.detection_mask = 1
	add_child(flat)
	for k: int in 2:
		SensorScene.box_3d(self, Vector3(1, 0, 0), Vector3.ONE * 0.2, 0b100)
		SensorScene.box_2d(self, Vector2(20, 0))
	await wait_physics(2)
	var before: Array = solid.get_observation() + flat.get_observation()
	var of_solid: RLSensorSketch = _sketch_of(solid)
	var of_flat: RLSensorSketch = _sketch_of(flat)
	check_equal(solid.get_observation() + flat.get_observation(), before, "values after drawing")
	check_equal(of_solid.texts, PackedStringArray(["0|2"]), "counts by layer")
	check(of_solid.text_places[0].is_equal_approx(Vector3(1, 0, 0)), "place of the count")
	check_equal(of_solid.colors.size(), 8 * 4 + 12, "edges: 8 floors and a box")
	check_equal(of_flat.texts, PackedStringArray(["2"]), "count")
	check(of_flat.text_places[0].is_equal_approx(Vector3(20, 0, 0)), "place of the 2D count")


func test_positions_are_lines_to_the_objects() -> void:
	var target: Node3D = Node3D.new()
	var gone: Node3D = Node3D.new()
	var sensor: PositionSensor3D = PositionSensor3D.new()
	sensor.objects_to_observe = [target, gone]
	sensor.position = Vector3(1, 0, 0)
	sensor.scale = Vector3.ONE * 2.0
	add_child(target)
	add_child(sensor)
	gone.free()
	target.position = Vector3(3, 4, 5)
	var sketch: RLSensorSketch = _sketch_of(sensor)
	check_equal(sketch.ends, PackedVector3Array([Vector3(1, 0, 0), Vector3(3, 4, 5)]), "line")


func test_nothing_stands_in_the_tree_until_someone_looks() -> void:
	var sensor: RayCastSensor3D = _rays_3d(self)
	await wait_physics(2)
	check(RLSensorView.of(get_viewport()) == null, "a view without a look")
	check_equal(sensor.get_child_count(true), 1, "children: one internal ray")
	RLSensorView.show_all(OWNER, _one(sensor))
	await get_tree().process_frame
	var view: RLSensorView = RLSensorView.of(get_viewport())
	check(view != null and view.is_inside_tree(), "a view while someone looks")
	RLSensorView.hide_all(OWNER)
	await get_tree().process_frame
	await get_tree().process_frame
	check(RLSensorView.of(get_viewport()) == null, "a view after the look")
	check(not is_instance_valid(view), "the view is freed")


func test_a_sensor_may_be_freed_while_it_is_drawn() -> void:
	var sensor: RayCastSensor3D = _rays_3d(self)
	RLSensorView.show_all(OWNER, _one(sensor))
	await get_tree().process_frame
	sensor.free()
	await wait_physics(3)
	await get_tree().process_frame
	check(RLSensorView.of(get_viewport()) == null, "a view of nothing")


func test_a_look_may_end_before_it_began() -> void:
	RLSensorView.show_all(OWNER, _one(_rays_3d(self)))
	RLSensorView.hide_all(OWNER)
	for frame: int in 3:
		await get_tree().process_frame
	check(RLSensorView.of(get_viewport()) == null, "a view of nothing")


func test_a_viewport_may_be_freed_with_its_sensors() -> void:
	var world: SubViewport = SensorScene.world(self)
	RLSensorView.show_all(OWNER, _one(_rays_3d(world)))
	world.free()
	await get_tree().process_frame
	check(RLSensorView._views.is_empty(), "views left: %d" % RLSensorView._views.size())


func test_visible_collision_shapes_draw_those_that_want_it() -> void:
	get_tree().debug_collisions_hint = true
	var drawn: RayCastSensor3D = _rays_3d(self)
	var grid: GridSensor3D = GridSensor3D.new()
	grid.detection_mask = 1
	grid.collide_with_bodies = true
	add_child(grid)
	get_tree().debug_collisions_hint = false
	SensorScene.box_3d(self, Vector3(0, 0, 5), Vector3(10, 10, 2))
	await wait_physics(2)
	await get_tree().process_frame
	var view: RLSensorView = RLSensorView.of(get_viewport())
	check(view != null, "there is a view")
	check_equal(view._sketch_3d.colors.size(), 4, "lines of the rays alone")
	grid.debug_view = true
	await wait_physics(2)
	await get_tree().process_frame
	check(view._sketch_3d.colors.size() > 4, "lines with the grid")
	check_equal(drawn.get_child_count(), 0, "children that a scene would store")
