extends NavCourseCase
## Courses of the VR navigation scene: drawn from the seed, walkable, nothing left of the last one,
## distances along the way.

const DIFFICULTIES: Array[float] = [0.0, 0.5, 1.0]
const FLAT: Array[int] = [
	NavCourse.Kind.EMPTY,
	NavCourse.Kind.SPARSE,
	NavCourse.Kind.DENSE,
	NavCourse.Kind.CORRIDOR,
	NavCourse.Kind.SLALOM,
]


func test_equal_seeds_give_equal_courses_in_any_arena() -> void:
	var first: NavCourse = build_arena()
	var second: NavCourse = build_arena(Vector3(72.0, 0.0, 24.0))
	await wait_physics()
	for kind: int in range(NavCourse.KINDS.size() + 1):
		course = first
		draw(5, kind, 0.7)
		var values: Array = values_of(first)
		var next_draw: int = rng.randi()
		course = second
		draw(6, kind, 0.7)
		check(values_of(second) != values, "kind %d: another seed, the same course" % kind)
		draw(5, kind, 0.7)
		check_equal(values_of(second), values, "course of kind %d" % kind)
		check_equal(rng.randi(), next_draw, "draws of kind %d" % kind)


func test_every_course_can_be_walked() -> void:
	build_arena(Vector3(24.0, 0.0, -48.0))
	await wait_physics()
	for kind: int in NavCourse.KINDS:
		for seed_value: int in 120:
			_check_walkable(seed_value, kind, DIFFICULTIES[seed_value % 3])


func test_nothing_is_left_of_the_last_course() -> void:
	build_arena()
	await wait_physics()
	for kind: int in NavCourse.KINDS:
		draw(3, kind, 1.0)
	draw(4, NavCourse.Kind.EMPTY, 1.0)
	for x: int in range(-9, 10):
		for z: int in range(-9, 10):
			check(is_free(Vector3(x, 0.0, z)), "something stands at %d, %d" % [x, z])


func test_bodies_are_kept() -> void:
	build_arena()
	for seed_value: int in 100:
		draw(seed_value, 0, 1.0)
	var count: int = course.get_child_count()
	for seed_value: int in 100:
		draw(seed_value, 0, 1.0)
	check_equal(course.get_child_count(), count, "bodies after the same courses again")


func test_the_search_finds_no_way_through_a_closed_wall() -> void:
	build_arena()
	await wait_physics()
	draw(1, NavCourse.Kind.SLALOM, 0.5)
	var pieces: NavCourse.CoursePieces = course.pieces
	pieces.add_wall(Vector2(-9.0, 0.0), Vector2(9.0, 0.0), 0.3, 2.0)
	check(find_way().is_empty(), "a way through a wall")


func test_starts_and_goals_are_free() -> void:
	build_arena()
	await wait_physics()
	for kind: int in NavCourse.KINDS:
		for seed_value: int in 60:
			draw(seed_value, kind, DIFFICULTIES[seed_value % 3])
			var label: String = "kind %d, seed %d" % [kind, seed_value]
			check(is_free(course.to_global(course.start)), "%s: start" % label)
			check(is_free(course.to_global(course.goal)), "%s: goal" % label)
			check(course.length > course.goal_radius + 1.0, "%s: short" % label)
			check(absf(course.start_yaw) <= PI, "%s: yaw %f" % [label, course.start_yaw])


func test_a_metre_on_the_shortest_way_is_a_metre_less() -> void:
	build_arena(Vector3(-24.0, 0.0, 24.0))
	await wait_physics()
	for kind: int in NavCourse.KINDS:
		for seed_value: int in 15:
			draw(seed_value, kind, DIFFICULTIES[seed_value % 3])
			var walked: float = _walk_down(0.05)
			var excess: float = walked / course.length - 1.0
			var label: String = "kind %d, seed %d" % [kind, seed_value]
			check(absf(excess) < 0.1, "%s: %f m of %f" % [label, walked, course.length])


func test_the_distance_has_no_jumps() -> void:
	build_arena()
	await wait_physics()
	for kind: int in NavCourse.KINDS:
		for seed_value: int in 20:
			draw(seed_value, kind, DIFFICULTIES[seed_value % 3])
			var way: PackedVector3Array = find_way()
			for i: int in way.size() - 1:
				_check_no_jump(way[i], way[i + 1], "kind %d, seed %d" % [kind, seed_value])


func test_distances_are_those_of_a_search_over_the_floor() -> void:
	build_arena()
	await wait_physics()
	for kind: int in FLAT:
		for seed_value: int in 6:
			draw(seed_value, kind, DIFFICULTIES[seed_value % 3])
			var way: PackedVector3Array = find_way()
			var walked: float = 0.0
			for i: int in way.size() - 1:
				walked += way[i].distance_to(way[i + 1])
			# Steps in eight directions are up to 8 % longer than straight lines; they may brush
			# past corners, from which the course's way keeps off.
			var label: String = "kind %d, seed %d" % [kind, seed_value]
			check(
				walked > 0.95 * course.length - 0.4, "%s: %f, %f" % [label, walked, course.length]
			)


# Goes from the start in small steps to where the least way is left; returns the metres to the goal.
func _walk_down(step: float) -> float:
	var here: Vector3 = course.to_global(course.start)
	var left: float = course.distance_to_go(here)
	var walked: float = 0.0
	while left > step and walked < 2.0 * course.length:
		var best: Vector3 = here
		for i: int in 64:
			var next: Vector3 = here + Vector3.FORWARD.rotated(Vector3.UP, TAU * i / 64.0) * step
			var rest: float = course.distance_to_go(next)
			if rest < left:
				left = rest
				best = next
		if best == here:
			return INF
		here = best
		walked += step
	return walked + left


func _check_no_jump(from: Vector3, to: Vector3, label: String) -> void:
	var parts: int = 8
	var last: float = course.distance_to_go(from)
	# Beside a corner the distance may change by up to 1 + CellWay.DETOUR for a metre, no faster.
	var most: float = from.distance_to(to) / parts * 2.42 + 1e-4
	for i: int in parts:
		var now: float = course.distance_to_go(from.lerp(to, (i + 1.0) / parts))
		check(absf(now - last) <= most, "%s: jump of %f m" % [label, absf(now - last)])
		last = now


func _check_walkable(seed_value: int, kind: int, difficulty: float) -> void:
	draw(seed_value, kind, difficulty)
	var way: PackedVector3Array = find_way()
	var label: String = "kind %d, seed %d, difficulty %.1f" % [kind, seed_value, difficulty]
	check(not way.is_empty(), "%s: no way (%d places searched)" % [label, searched])
