extends "res://scenes/vr_navigation/courses/course_kind.gd"
## A free floor: only the goal's distance and size, and the first look, grow harder.

const OpenWay := preload("res://scenes/vr_navigation/courses/open_way.gd")

## Range of the goal's distance, m, from its least to its largest.
const LEAST_DISTANCE: Vector2 = Vector2(3.0, 9.0)
const LARGEST_DISTANCE: Vector2 = Vector2(6.0, 18.0)
const GOAL_RADIUS: Vector2 = Vector2(1.2, 0.6)
## Free floor between start or goal and a wall, m.
const WALL_CLEARANCE: float = 1.3


func draw(plan: CoursePlan, rng: RandomNumberGenerator, difficulty: float) -> void:
	draw_ends(plan, rng, at(LEAST_DISTANCE, difficulty), at(LARGEST_DISTANCE, difficulty))
	plan.goal_radius = at(GOAL_RADIUS, difficulty)
	var goal: Vector2 = Vector2(plan.goal.x, plan.goal.z)
	plan.face(goal, draw_heading_error(rng, difficulty))
	plan.way = OpenWay.new(goal, [], [])


## Draws start and goal anywhere on the floor, [param least] to [param largest] m apart.
static func draw_ends(
	plan: CoursePlan, rng: RandomNumberGenerator, least: float, largest: float
) -> void:
	var reach: float = CoursePlan.HALF_FLOOR - WALL_CLEARANCE
	var from: Vector2 = Vector2.ZERO
	var to: Vector2 = Vector2.ZERO
	var apart: float = 0.0
	while apart < least or apart > largest:
		from = Vector2(rng.randf_range(-reach, reach), rng.randf_range(-reach, reach))
		to = Vector2(rng.randf_range(-reach, reach), rng.randf_range(-reach, reach))
		apart = from.distance_to(to)
	plan.set_ends(from, to)
