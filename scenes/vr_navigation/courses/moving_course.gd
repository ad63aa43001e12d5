extends "res://scenes/vr_navigation/courses/course_kind.gd"
## Pillars that go to and fro across the straight way to the goal, among a few that stand still.
##
## Each patrols a lane of its own, at right angles to the way. Between two lanes there is always
## room to stand and wait, no lane comes near start or goal, and no still piece comes near a lane.

const EmptyCourse := preload("res://scenes/vr_navigation/courses/empty_course.gd")
const Scatter := preload("res://scenes/vr_navigation/courses/scatter.gd")

const LEAST_DISTANCE: Vector2 = Vector2(6.0, 13.0)
const LARGEST_DISTANCE: Vector2 = Vector2(9.0, 17.0)
const GOAL_RADIUS: Vector2 = Vector2(1.0, 0.6)
const MOVERS: Vector2 = Vector2(1.0, 5.0)
## Speeds, m/s: least and largest.
const LEAST_SPEED: Vector2 = Vector2(0.3, 0.7)
const LARGEST_SPEED: Vector2 = Vector2(0.5, 1.2)
## Length of a patrol, m.
const PATROL: Vector2 = Vector2(3.0, 8.0)
const LEAST_PATROL: float = 1.5
const RADIUS: Vector2 = Vector2(0.3, 0.45)
const HEIGHT: float = 1.8
## Distance of the first lane from the start, and of the last from the goal, m.
const END_ROOM: float = 2.0
## Between the end of a patrol and a wall, m: a body fits in.
const WALL_ROOM: float = 0.8
const STILL: Vector2 = Vector2(0.0, 6.0)
const STILL_WIDTH: Vector2 = Vector2(0.5, 1.2)
const GAP: Vector2 = Vector2(1.6, 1.0)
const CLEARANCE: Vector2 = Vector2(1.6, 1.0)


func draw(plan: CoursePlan, rng: RandomNumberGenerator, difficulty: float) -> void:
	EmptyCourse.draw_ends(
		plan, rng, at(LEAST_DISTANCE, difficulty), at(LARGEST_DISTANCE, difficulty)
	)
	plan.goal_radius = at(GOAL_RADIUS, difficulty)
	plan.face(Vector2(plan.goal.x, plan.goal.z), draw_heading_error(rng, difficulty))
	var scatter: Scatter = Scatter.new(plan, rng)
	var start: Vector2 = Vector2(plan.start.x, plan.start.z)
	var goal: Vector2 = Vector2(plan.goal.x, plan.goal.z)
	var count: int = count_at(MOVERS, difficulty)
	var ahead: Vector2 = (goal - start).normalized()
	var stretch: float = start.distance_to(goal) - 2.0 * END_ROOM
	for i: int in count:
		var along: float = END_ROOM + stretch * (i + 0.5) / count
		_add_mover(plan, rng, scatter, start + ahead * along, ahead.orthogonal(), difficulty)
	scatter.place(
		count_at(STILL, difficulty), STILL_WIDTH, at(GAP, difficulty), at(CLEARANCE, difficulty)
	)
	plan.way = scatter.make_way()


func _add_mover(
	plan: CoursePlan,
	rng: RandomNumberGenerator,
	scatter: Scatter,
	middle: Vector2,
	side: Vector2,
	difficulty: float
) -> void:
	var radius: float = rng.randf_range(RADIUS.x, RADIUS.y)
	var speed: float = rng.randf_range(at(LEAST_SPEED, difficulty), at(LARGEST_SPEED, difficulty))
	var patrol: float = at(PATROL, difficulty) * rng.randf_range(0.7, 1.0)
	var shift: float = rng.randf_range(-0.25, 0.25) * patrol
	var phase: float = rng.randf_range(0.0, 2.0)
	var reach: float = CoursePlan.HALF_FLOOR - WALL_ROOM - radius
	var from: Vector2 = _within(middle, side * (shift - patrol / 2.0), reach)
	var to: Vector2 = _within(middle, side * (shift + patrol / 2.0), reach)
	if from.distance_to(to) < LEAST_PATROL:
		return
	plan.pieces.add_mover(radius, HEIGHT, from, to, speed, phase)
	scatter.keep_free(from, to, radius)


# The place at the end of [param offset] from [param middle], or where that meets the square of
# places whose coordinates are at most [param reach].
func _within(middle: Vector2, offset: Vector2, reach: float) -> Vector2:
	var share: float = 1.0
	for axis: int in 2:
		var end: float = middle[axis] + offset[axis]
		if absf(end) > reach:
			share = minf(share, (signf(end) * reach - middle[axis]) / offset[axis])
	return middle + offset * maxf(share, 0.0)
