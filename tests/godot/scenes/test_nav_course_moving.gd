extends NavCourseCase
## Courses with moving obstacles: steady patrols that repeat with the seed, never at start or goal,
## and that a walking person can dodge. The way is searched in place and time.

## Time of one step of the search, s: 0.14 m in it are 1 m/s, askew 1.4 m/s.
const MOMENT: float = 0.14
const MOST_MOMENTS: int = 400
const DELTA: float = 1.0 / 90.0

# Places of all movers at each moment (x, z).
var _tracks: Array[PackedVector2Array] = []
var _free: Dictionary[Vector2i, bool] = {}


func test_patrols_repeat_with_the_seed_and_the_time() -> void:
	build_arena()
	await wait_physics()
	var runs: Array[PackedVector3Array] = []
	for run: int in 2:
		draw(8, NavCourse.Kind.MOVING, 1.0)
		var places: PackedVector3Array = []
		for tick: int in 500:
			course.tick(DELTA)
			for i: int in course.pieces.mover_count:
				places.append(course.pieces.pillars[i].position)
		runs.append(places)
		draw(9, NavCourse.Kind.MOVING, 0.6)
	check(runs[0].size() > 1000, "no movers")
	check(runs[0] == runs[1], "the runs differ")


func test_patrols_are_steady_and_keep_off_all_else() -> void:
	build_arena()
	await wait_physics()
	for seed_value: int in 60:
		draw(seed_value, NavCourse.Kind.MOVING, seed_value % 3 / 2.0)
		var before: PackedVector3Array = _mover_places()
		for tick: int in 400:
			course.tick(0.05)
			var now: PackedVector3Array = _mover_places()
			for i: int in now.size():
				_check_mover(seed_value, i, before[i], now[i])
			before = now


func test_every_course_can_be_walked_between_the_movers() -> void:
	build_arena()
	await wait_physics()
	for seed_value: int in 60:
		draw(seed_value, NavCourse.Kind.MOVING, [0.0, 0.5, 1.0][seed_value % 3])
		check(_find_way_in_time(), "seed %d: no way" % seed_value)


func test_a_query_in_the_same_tick_meets_the_mover() -> void:
	build_arena()
	await wait_physics()
	draw(8, NavCourse.Kind.MOVING, 1.0)
	for tick: int in 50:
		course.tick(0.1)
		var place: Vector3 = course.pieces.pillars[0].global_position
		check(not is_free(Vector3(place.x, 0.0, place.z)), "the mover is not where it is")


func test_a_mover_runs_into_a_body_that_stands() -> void:
	build_arena()
	await wait_physics()
	draw(8, NavCourse.Kind.MOVING, 1.0)
	var body: CharacterBody3D = make_walker()
	body.collision_mask = 2
	var mover: Node3D = course.pieces.pillars[0]
	for tick: int in 90:
		course.tick(DELTA)
	var from: Vector3 = mover.position
	course.tick(DELTA)
	body.position = from + (mover.position - from).normalized() * 0.9
	body.position.y = 0.0
	var touched: bool = false
	for tick: int in 180:
		await wait_physics()
		course.tick(DELTA)
		body.velocity = Vector3.ZERO
		body.move_and_slide()
		touched = touched or body.get_slide_collision_count() > 0
	check(touched, "nothing was felt")


func _mover_places() -> PackedVector3Array:
	var places: PackedVector3Array = []
	for i: int in course.pieces.mover_count:
		places.append(course.pieces.pillars[i].position)
	return places


func _check_mover(seed_value: int, index: int, before: Vector3, now: Vector3) -> void:
	var label: String = "seed %d, mover %d" % [seed_value, index]
	var radius: float = course.pieces.pillar_shapes[index].radius
	check(now.distance_to(before) <= 1.2 * 0.05 + 1e-4, "%s: too fast" % label)
	for place: Vector3 in [course.start, course.goal]:
		var gap: float = Vector2(now.x - place.x, now.z - place.z).length() - radius
		check(gap > 0.9, "%s: %f m from start or goal" % [label, gap])
	check(maxf(absf(now.x), absf(now.z)) + radius < 9.3, "%s: at a wall" % label)
	for other: int in course.pieces.pillar_count:
		if other == index:
			continue
		var place: Vector3 = course.pieces.pillars[other].position
		var gap: float = Vector2(now.x - place.x, now.z - place.z).length() - radius
		gap -= course.pieces.pillar_shapes[other].radius
		check(gap > 0.65, "%s: %f m from pillar %d" % [label, gap, other])


# Whether a body of 0.3 m radius can get to the goal by steps, waits included, without a touch.
func _find_way_in_time() -> bool:
	_tracks.clear()
	_free.clear()
	for moment: int in MOST_MOMENTS:
		var places: PackedVector2Array = []
		for place: Vector3 in _mover_places():
			places.append(Vector2(place.x, place.z))
		_tracks.append(places)
		course.tick(MOMENT)
	_body_query.exclude = []
	for i: int in course.pieces.mover_count:
		_body_query.exclude += [course.pieces.pillars[i].get_rid()]
	var steps: Array[Vector2i] = NEIGHBOURS.duplicate()
	steps.append(Vector2i.ZERO)
	var queue: Array[Array] = [[0.0, Vector3i.ZERO]]
	var seen: Dictionary[Vector3i, bool] = {}
	while not queue.is_empty():
		var here: Vector3i = queue.pop_back()[1]
		if _place(here).distance_to(Vector2(course.goal.x, course.goal.z)) < 0.2:
			return true
		for step: Vector2i in steps:
			var next: Vector3i = here + Vector3i(step.x, step.y, 1)
			if next in seen or next.z >= MOST_MOMENTS or not _is_open(next):
				continue
			seen[next] = true
			var place: Vector2 = _place(next)
			var left: float = course.distance_to_go(Vector3(place.x, 0.0, place.y))
			var entry: Array = [-left - next.z * MOMENT, next]
			queue.insert(queue.bsearch_custom(entry, _is_before), entry)
	return false


func _place(at: Vector3i) -> Vector2:
	return Vector2(course.start.x, course.start.z) + Vector2(at.x, at.y) * STEP


func _is_open(at: Vector3i) -> bool:
	var place: Vector2 = _place(at)
	for i: int in _tracks[at.z].size():
		var apart: float = course.pieces.pillar_shapes[i].radius + BODY_RADIUS + 0.1
		if place.distance_to(_tracks[at.z][i]) < apart:
			return false
	var spot: Vector2i = Vector2i(at.x, at.y)
	if spot not in _free:
		_free[spot] = is_free(Vector3(place.x, 0.0, place.y))
	return _free[spot]
