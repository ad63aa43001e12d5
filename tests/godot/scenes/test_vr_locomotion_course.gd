extends VRTestCase
## Courses: drawn from the seed, clear, in order, solvable.


func test_equal_seeds_give_equal_courses() -> void:
	build(5)
	var first: Array = _course_values()
	begin(6)
	check(_course_values() != first, "another seed gives another course")
	begin(5)
	check_equal(_course_values(), first, "course")
	build(5, Vector3(48.0, 0.0, 24.0))
	check_equal(_course_values(), first, "course of a second scene")


func test_clearances_over_200_seeds() -> void:
	build()
	for seed_value: int in 200:
		begin(seed_value)
		_check_points(seed_value)
		for i: int in course.obstacles.size():
			_check_box(seed_value, i)
		var points: Array[Vector3] = [course.start]
		points.append_array(Array(course.waypoints))
		for leg: int in Course.WAYPOINT_COUNT:
			var length: float = points[leg].distance_to(points[leg + 1])
			check(length >= 4.0, "seed %d: leg of %.2f m" % [seed_value, length])


func test_the_first_observation_sees_the_new_course() -> void:
	build()
	for seed_value: int in 20:
		get_tree().paused = seed_value % 2 == 1
		begin(seed_value)
		var first: PackedFloat32Array = controller.get_obs()["obs"]
		get_tree().paused = false
		await wait_physics(2)
		check_equal(controller.get_obs()["obs"], first, "observation of seed %d" % seed_value)


func test_waypoints_count_in_order_only() -> void:
	build()
	for i: int in [2, 1]:
		player.restart(course.to_global(course.waypoints[i]), 0.0)
		await wait_physics(2)
		check_equal(course.next_waypoint, 0, "waypoint %d is not next" % i)
	for i: int in 3:
		player.restart(course.to_global(course.waypoints[i]), 0.0)
		await wait_physics(2)
		check_equal(course.next_waypoint, i + 1, "waypoints reached")
	check(controller.terminated and not controller.truncated, "terminated by the last one")


func test_the_number_of_boxes_is_a_parameter() -> void:
	build(4)
	var usual: Array = _course_values()
	for count: int in [12, 0, 3]:
		Sync.set_parameter("obstacle_count", float(count))
		for seed_value: int in 20:
			begin(seed_value)
			check_equal(course.obstacles.size(), count, "boxes")
			for i: int in count:
				_check_box(seed_value, i)
		var solid: int = 0
		for child: Node in course.get_children():
			var body: StaticBody3D = child as StaticBody3D
			solid += int(body != null and body.collision_layer != 0)
		check_equal(solid, count, "boxes that can be touched")
	Sync.set_parameter("obstacle_count", 99.0)
	begin(4)
	check_equal(course.obstacles.size(), Course.MAX_OBSTACLES, "boxes, cut")
	RLParameters.shared().set_values({"obstacle_count": null})
	begin(4)
	check_equal(_course_values(), usual, "the usual course")


func test_courses_can_be_solved_without_collision_or_comfort_event() -> void:
	build_person()
	for seed_value: int in 20:
		begin(seed_value)
		check(await drive(VRScriptedDriver.new()), "seed %d not finished" % seed_value)
		var metrics: Dictionary = controller.get_info()["metrics"]
		check_equal(metrics["success"], 1.0, "success of seed %d" % seed_value)
		check_equal(metrics["collisions"], 0, "collisions of seed %d" % seed_value)
		check_equal(metrics["comfort_events"], 0, "comfort events of seed %d" % seed_value)


func _course_values() -> Array:
	var values: Array = [course.start, course.start_yaw, course.waypoints.duplicate()]
	for i: int in course.obstacles.size():
		values.append([course.obstacles[i].transform, course.get_obstacle_size(i)])
	return values


func _check_points(seed_value: int) -> void:
	var points: PackedVector3Array = course.waypoints.duplicate()
	points.append(course.start)
	for point: Vector3 in points:
		var wall: float = 10.0 - maxf(absf(point.x), absf(point.z))
		check(wall >= 1.3, "seed %d: point %.2f m from a wall" % [seed_value, wall])
		for i: int in course.obstacles.size():
			var local: Vector3 = course.obstacles[i].transform.inverse() * point
			var half: Vector3 = course.get_obstacle_size(i) / 2.0
			var out: Vector2 = Vector2(absf(local.x) - half.x, absf(local.z) - half.z)
			var gap: float = out.max(Vector2.ZERO).length()
			check(gap >= 1.3, "seed %d: point %.2f m from a box" % [seed_value, gap])


func _check_box(seed_value: int, i: int) -> void:
	var size: Vector3 = course.get_obstacle_size(i)
	var in_range: bool = minf(size.x, size.z) >= 0.8 and maxf(size.x, size.z) <= 2.0
	check(in_range, "seed %d: size %s" % [seed_value, size])
	var place: Vector3 = course.obstacles[i].position
	var wall: float = 10.0 - maxf(absf(place.x), absf(place.z)) - course.radii[i]
	check(wall >= 1.6 - 1e-5, "seed %d: box %.2f m from a wall" % [seed_value, wall])
	for other: int in i:
		var offset: Vector3 = place - course.obstacles[other].position
		offset.y = 0.0
		var gap: float = offset.length() - course.radii[i] - course.radii[other]
		check(gap >= 1.6 - 1e-5, "seed %d: boxes %.2f m apart" % [seed_value, gap])
