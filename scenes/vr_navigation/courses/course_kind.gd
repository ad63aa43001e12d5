@abstract
extends RefCounted
## Base of the kinds of courses: draws one course into a plan. NavCourse holds one of each kind.
##
## Ranges that difficulty moves are constants Vector2(at difficulty 0, at difficulty 1).

const CoursePieces := preload("res://scenes/vr_navigation/courses/course_pieces.gd")
const CoursePlan := preload("res://scenes/vr_navigation/courses/course_plan.gd")

## Largest angle between the first look and the way, rad.
const HEADING_ERROR: Vector2 = Vector2(0.35, PI)

## Draws a course of [param difficulty] in [0, 1]: all members of the plan, and the pieces.
@abstract func draw(plan: CoursePlan, rng: RandomNumberGenerator, difficulty: float) -> void


## The value of [param ends] (at difficulty 0, at 1) at this difficulty.
static func at(ends: Vector2, difficulty: float) -> float:
	return lerpf(ends.x, ends.y, difficulty)


## The same as a whole number.
static func count_at(ends: Vector2, difficulty: float) -> int:
	return roundi(lerpf(ends.x, ends.y, difficulty))


## An angle by which the first look misses the way.
static func draw_heading_error(rng: RandomNumberGenerator, difficulty: float) -> float:
	var most: float = at(HEADING_ERROR, difficulty)
	return rng.randf_range(-most, most)
