extends NavCourseCase
## Platforms, ramps and stairs: a plain CharacterBody3D walks them without a touch and without a
## step hack; who leaves them has fallen.

const DELTA: float = 1.0 / 90.0
const SPEED: float = 1.4
const EDGED: Array[int] = [NavCourse.Kind.PLATFORMS, NavCourse.Kind.RAMPS]


func test_a_plain_body_walks_them() -> void:
	build_arena()
	await wait_physics()
	for kind: int in EDGED:
		for seed_value: int in 6:
			draw(seed_value, kind, seed_value / 5.0)
			await _check_walk("kind %d, seed %d" % [kind, seed_value])


func test_level_courses_are_told_from_others() -> void:
	build_arena()
	for kind: int in NavCourse.KINDS:
		draw(1, kind, 0.5)
		check_equal(course.is_flat, kind not in EDGED, "kind %d is flat" % kind)


func test_who_steps_over_an_edge_has_fallen() -> void:
	build_arena(Vector3(24.0, 3.0, 0.0))
	await wait_physics()
	for kind: int in EDGED:
		for seed_value: int in 20:
			draw(seed_value, kind, 1.0)
			var label: String = "kind %d, seed %d" % [kind, seed_value]
			var place: Vector3 = course.to_global(course.start)
			check(not course.has_fallen(place), "%s: fallen at the start" % label)
			check(not course.has_fallen(course.to_global(course.goal)), "%s: at the goal" % label)
			check(course.has_fallen(Vector3(place.x, 3.0, place.z)), "%s: on the floor" % label)


func test_a_body_that_runs_off_an_edge_ends_on_the_floor() -> void:
	build_arena()
	await wait_physics()
	for kind: int in EDGED:
		for seed_value: int in 4:
			draw(seed_value, kind, 1.0)
			var body: CharacterBody3D = make_walker()
			body.position = course.start
			var heading: Vector3 = Vector3.FORWARD.rotated(Vector3.UP, TAU * seed_value / 4.0)
			var ticks: int = 0
			while not course.has_fallen(body.position) and ticks < 900:
				await wait_physics()
				_walk(body, heading * 2.5)
				ticks += 1
			var label: String = "kind %d, seed %d" % [kind, seed_value]
			check(course.has_fallen(body.position), "%s: at %s" % [label, body.position])
			body.free()


func test_inclines_are_no_steeper_than_a_floor_may_be() -> void:
	build_arena()
	for seed_value: int in 60:
		draw(seed_value, NavCourse.Kind.RAMPS, 1.0)
		for i: int in course.pieces.box_count:
			var tilt: float = course.pieces.boxes[i].basis.y.angle_to(Vector3.UP)
			check(tilt < deg_to_rad(31.5), "seed %d: %f degrees" % [seed_value, rad_to_deg(tilt)])


# Walks along a way found by search, aiming a few steps ahead; looks for touches other than ground.
func _check_walk(label: String) -> void:
	var way: PackedVector3Array = find_way()
	check(not way.is_empty(), "%s: no way" % label)
	var body: CharacterBody3D = make_walker()
	body.position = way[0]
	var next: int = 0
	var ticks: int = 0
	while next < way.size() - 1 and ticks < 6000:
		var offset: Vector3 = way[next] - body.position
		offset.y = 0.0
		if offset.length() < 0.15:
			next += 1
			continue
		await wait_physics()
		_walk(body, offset.normalized() * SPEED)
		check(not body.is_on_wall(), "%s: a wall at %s" % [label, body.position])
		ticks += 1
	check(next == way.size() - 1, "%s: stuck at %s" % [label, body.position])
	check_near(body.position.y, course.goal.y, 0.05, "%s: height" % label)
	body.free()


func _walk(body: CharacterBody3D, level: Vector3) -> void:
	body.velocity.x = level.x
	body.velocity.z = level.z
	if not body.is_on_floor():
		body.velocity.y -= 9.81 * DELTA
	body.move_and_slide()
