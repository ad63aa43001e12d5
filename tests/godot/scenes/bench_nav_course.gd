extends SceneTree
## What the courses of VR navigation cost: building one, asking for the distance and a tick, for
## each kind. `godot --headless --path . --script res://tests/godot/scenes/bench_nav_course.gd`.

const NavCourseScript := preload("res://scenes/vr_navigation/courses/nav_course.gd")
const BUILDS: int = 300
const PLACES: int = 20000
const DIFFICULTIES: Array[float] = [0.0, 0.5, 1.0]


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	var course: NavCourseScript = NavCourseScript.new()
	root.add_child(course)
	var rng: RandomNumberGenerator = RandomNumberGenerator.new()
	await physics_frame
	print("kind          difficulty  build us (median)  distance us  tick us  pieces")
	for kind: int in NavCourseScript.KINDS:
		for difficulty: float in DIFFICULTIES:
			course.build(rng, kind, difficulty)
			var builds: PackedFloat64Array = []
			for i: int in BUILDS:
				rng.seed = i
				var began: int = Time.get_ticks_usec()
				course.build(rng, kind, difficulty)
				builds.append(Time.get_ticks_usec() - began)
			builds.sort()
			print(
				(
					"%-14s %9.1f %18.0f %12.2f %8.2f %7d"
					% [
						NavCourseScript.Kind.find_key(kind),
						difficulty,
						builds[BUILDS >> 1],
						_time_distance(course, rng),
						_time_tick(course),
						course.pieces.box_count + course.pieces.pillar_count
					]
				)
			)
	quit()


# Places that a walker has on its way, up to 5 cm aside.
func _time_distance(course: NavCourseScript, rng: RandomNumberGenerator) -> float:
	var way: PackedVector3Array = [course.to_global(course.start)]
	while course.distance_to_go(way[-1]) > course.goal_radius and way.size() < 500:
		way.append(way[-1] + NavDownhillDriver.find_heading(course, way[-1]) * 0.1)
	var places: PackedVector3Array = []
	for i: int in PLACES:
		var aside: Vector3 = Vector3(
			rng.randf_range(-0.05, 0.05), 0.0, rng.randf_range(-0.05, 0.05)
		)
		places.append(way[i * way.size() / PLACES] + aside)
	var began: int = Time.get_ticks_usec()
	for place: Vector3 in places:
		course.distance_to_go(place)
	return float(Time.get_ticks_usec() - began) / PLACES


func _time_tick(course: NavCourseScript) -> float:
	var began: int = Time.get_ticks_usec()
	for i: int in PLACES:
		course.tick(1.0 / 90.0)
	return float(Time.get_ticks_usec() - began) / PLACES
