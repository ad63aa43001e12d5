extends "res://scenes/vr_navigation/courses/course_kind.gd"
## A floor full of small crates and pillars: no straight way, gaps down to a door's width.

const EmptyCourse := preload("res://scenes/vr_navigation/courses/empty_course.gd")
const Scatter := preload("res://scenes/vr_navigation/courses/scatter.gd")

const LEAST_DISTANCE: Vector2 = Vector2(5.0, 9.0)
const LARGEST_DISTANCE: Vector2 = Vector2(9.0, 18.0)
const GOAL_RADIUS: Vector2 = Vector2(1.0, 0.6)
const COUNT: Vector2 = Vector2(10.0, 34.0)
## Least gap between two pieces, and between a piece and a wall, m.
const GAP: Vector2 = Vector2(1.7, 0.95)
## Least free floor round start and goal, m.
const CLEARANCE: Vector2 = Vector2(1.5, 0.9)
const WIDTH: Vector2 = Vector2(0.5, 1.1)


func draw(plan: CoursePlan, rng: RandomNumberGenerator, difficulty: float) -> void:
	EmptyCourse.draw_ends(
		plan, rng, at(LEAST_DISTANCE, difficulty), at(LARGEST_DISTANCE, difficulty)
	)
	plan.goal_radius = at(GOAL_RADIUS, difficulty)
	plan.face(Vector2(plan.goal.x, plan.goal.z), draw_heading_error(rng, difficulty))
	var scatter: Scatter = Scatter.new(plan, rng)
	scatter.place(
		count_at(COUNT, difficulty), WIDTH, at(GAP, difficulty), at(CLEARANCE, difficulty)
	)
	plan.way = scatter.make_way()
