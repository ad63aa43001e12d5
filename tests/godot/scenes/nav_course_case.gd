class_name NavCourseCase
extends GodotTestCase
## Builders for the tests of the VR navigation courses: an arena, a course, and a search for a
## way that asks the physics, never the course.

const NavCourseScript := preload("res://scenes/vr_navigation/courses/nav_course.gd")
## Distance of neighbouring places of the search, m.
const STEP: float = 0.14
const BODY_RADIUS: float = 0.3
const BODY_HEIGHT: float = 1.8
## Largest rise from one place to its neighbour, m, and feet above an incline while standing on it.
const LARGEST_RISE: float = 0.13
const LIFT: float = 0.06
const MOST_PLACES: int = 60000
const NEIGHBOURS: Array[Vector2i] = [
	Vector2i(1, 0),
	Vector2i(-1, 0),
	Vector2i(0, 1),
	Vector2i(0, -1),
	Vector2i(1, 1),
	Vector2i(1, -1),
	Vector2i(-1, 1),
	Vector2i(-1, -1),
]

var arena: Node3D
var course: NavCourseScript
var rng: RandomNumberGenerator = RandomNumberGenerator.new()
## Places that the last search looked at.
var searched: int = 0

var _body_query: PhysicsShapeQueryParameters3D = PhysicsShapeQueryParameters3D.new()
var _ground_query: PhysicsRayQueryParameters3D = PhysicsRayQueryParameters3D.new()


## Adds an arena with a course at [param place].
func build_arena(place: Vector3 = Vector3.ZERO) -> NavCourseScript:
	arena = Node3D.new()
	arena.position = place
	course = NavCourseScript.new()
	arena.add_child(course)
	add_child(arena)
	var capsule: CapsuleShape3D = CapsuleShape3D.new()
	capsule.radius = BODY_RADIUS
	capsule.height = BODY_HEIGHT
	_body_query.shape = capsule
	_body_query.collision_mask = 2
	_ground_query.collision_mask = 1
	return course


## Draws the course of this seed, kind and difficulty.
func draw(seed_value: int, kind: int, difficulty: float) -> void:
	rng.seed = seed_value
	course.build(rng, kind, difficulty)


## All that makes up a course, for comparison.
func values_of(of: NavCourseScript) -> Array:
	var values: Array = [
		of.kind, of.start, of.start_yaw, of.goal, of.goal_radius, of.length, of.is_flat
	]
	for i: int in of.pieces.box_count:
		values.append([of.pieces.boxes[i].transform, of.pieces.box_shapes[i].size])
	for i: int in of.pieces.pillar_count:
		var shape: CylinderShape3D = of.pieces.pillar_shapes[i]
		values.append([of.pieces.pillars[i].transform, shape.radius, shape.height])
	return values


## A CharacterBody3D as the engine makes it, with the player's capsule, feet at its place.
func make_walker() -> CharacterBody3D:
	var capsule: CapsuleShape3D = CapsuleShape3D.new()
	capsule.radius = BODY_RADIUS
	capsule.height = BODY_HEIGHT
	var collision: CollisionShape3D = CollisionShape3D.new()
	collision.shape = capsule
	collision.position.y = BODY_HEIGHT / 2.0
	var body: CharacterBody3D = CharacterBody3D.new()
	body.collision_mask = 3
	body.collision_layer = 4
	body.add_child(collision)
	arena.add_child(body)
	return body


## Whether a standing body touches nothing with its feet at [param feet] (global).
func is_free(feet: Vector3) -> bool:
	_body_query.transform.origin = feet + Vector3.UP * (BODY_HEIGHT / 2.0 + LIFT)
	var space: PhysicsDirectSpaceState3D = arena.get_world_3d().direct_space_state
	return space.intersect_shape(_body_query, 1).is_empty()


## The ground under [param place] (global) within a step's height, or Vector3.INF.
func find_ground(place: Vector3) -> Vector3:
	_ground_query.from = place + Vector3.UP * 0.3
	_ground_query.to = place + Vector3.DOWN * 0.3
	var hit: Dictionary = arena.get_world_3d().direct_space_state.intersect_ray(_ground_query)
	return hit["position"] if hit else Vector3.INF


## A way for a body of 0.3 m radius from start to goal over free ground, in steps (global); empty
## when there is none. It looks first where the course says that less way is left.
func find_way(reach: float = 0.2) -> PackedVector3Array:
	var begin: Vector3 = course.to_global(course.start)
	var end: Vector3 = course.to_global(course.goal)
	var queue: Array[Array] = [[0.0, Vector2i.ZERO]]
	var grounds: Dictionary[Vector2i, Vector3] = {Vector2i.ZERO: begin}
	var came_from: Dictionary[Vector2i, Vector2i] = {}
	searched = 0
	if not is_free(begin) or not is_free(end):
		return []
	while not queue.is_empty() and searched < MOST_PLACES:
		var here: Vector2i = queue.pop_back()[1]
		var from: Vector3 = grounds[here]
		if Vector2(from.x - end.x, from.z - end.z).length() < reach:
			return _collect(here, grounds, came_from)
		for side: Vector2i in NEIGHBOURS:
			var next: Vector2i = here + side
			if next in grounds:
				continue
			searched += 1
			var place: Vector3 = begin + Vector3(next.x, 0.0, next.y) * STEP
			place.y = from.y
			var ground: Vector3 = find_ground(place)
			if not ground.is_finite() or absf(ground.y - from.y) > LARGEST_RISE * side.length():
				continue
			if not is_free(ground):
				continue
			grounds[next] = ground
			came_from[next] = here
			var entry: Array = [-course.distance_to_go(ground), next]
			queue.insert(queue.bsearch_custom(entry, _is_before), entry)
	return []


func _is_before(a: Array, b: Array) -> bool:
	return a[0] < b[0]


func _collect(
	last: Vector2i,
	grounds: Dictionary[Vector2i, Vector3],
	came_from: Dictionary[Vector2i, Vector2i]
) -> PackedVector3Array:
	var way: PackedVector3Array = []
	var here: Vector2i = last
	while here in came_from:
		way.append(grounds[here])
		here = came_from[here]
	way.append(grounds[here])
	way.reverse()
	return way
