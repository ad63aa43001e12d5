extends "res://scenes/vr_navigation/courses/course_kind.gd"
## A lane with barriers across it, each open on the other side than the one before.

const CellWay := preload("res://scenes/vr_navigation/courses/cell_way.gd")

const BARRIERS: Vector2 = Vector2(2.0, 6.0)
## Free length between two barriers, m.
const SPACING: Vector2 = Vector2(3.0, 1.6)
## Width of an opening, m.
const OPENING: Vector2 = Vector2(2.2, 1.0)
## How far an opening's middle lies beside the lane's, as a share of what there is room for: least;
## the largest is 1.
const LEAST_SWING: Vector2 = Vector2(0.2, 0.7)
const LANE_WIDTH: float = 6.0
const THICKNESS: float = 0.25
const HEIGHT: float = 2.0
## Shorter pieces of a barrier are left out, m.
const LEAST_PIECE: float = 0.02
const GOAL_RADIUS: Vector2 = Vector2(1.0, 0.5)
## Start's and goal's distance from the first and last barrier, m.
const RUN: float = 1.6
## Free floor behind start and goal, m.
const END_ROOM: float = 1.0


func draw(plan: CoursePlan, rng: RandomNumberGenerator, difficulty: float) -> void:
	plan.turn(rng.randf_range(-PI, PI))
	var count: int = count_at(BARRIERS, difficulty)
	var spacing: float = at(SPACING, difficulty)
	var opening: float = at(OPENING, difficulty)
	var half: float = (count - 1) * (spacing + THICKNESS) / 2.0 + THICKNESS / 2.0
	var end: float = half + RUN + END_ROOM
	var room: float = (LANE_WIDTH - opening) / 2.0
	var side: float = 1.0 if rng.randf() < 0.5 else -1.0
	var keep: float = CoursePlan.WAY_ROOM
	var inner: float = LANE_WIDTH / 2.0 - keep
	var cells: Array[Rect2] = []
	var from: float = -end + keep
	for i: int in count:
		var z: float = -half + THICKNESS / 2.0 + i * (spacing + THICKNESS)
		var middle: float = side * room * rng.randf_range(at(LEAST_SWING, difficulty), 1.0)
		side = -side
		_build_barrier(plan, z, middle - opening / 2.0, middle + opening / 2.0)
		var thick: float = THICKNESS + 2.0 * keep
		var to: float = z - thick / 2.0
		cells.append(Rect2(-inner, from, 2.0 * inner, to - from))
		cells.append(Rect2(middle - opening / 2.0 + keep, to, opening - 2.0 * keep, thick))
		from = to + thick
	cells.append(Rect2(-inner, from, 2.0 * inner, end - keep - from))
	_build_lane(plan, end)
	plan.set_ends(
		Vector2(rng.randf_range(-1.0, 1.0), -half - RUN),
		Vector2(rng.randf_range(-1.0, 1.0), half + RUN)
	)
	plan.goal_radius = at(GOAL_RADIUS, difficulty)
	plan.face(Vector2(0.0, half), draw_heading_error(rng, difficulty))
	plan.way = CellWay.new(Vector2(plan.goal.x, plan.goal.z), cells)


func _build_barrier(plan: CoursePlan, z: float, from: float, to: float) -> void:
	var edge: float = LANE_WIDTH / 2.0
	_build_wall(plan, Vector2(-edge, z), Vector2(from, z))
	_build_wall(plan, Vector2(to, z), Vector2(edge, z))


func _build_lane(plan: CoursePlan, end: float) -> void:
	var edge: float = LANE_WIDTH / 2.0 + THICKNESS / 2.0
	_build_wall(plan, Vector2(-edge, -end - THICKNESS), Vector2(-edge, end + THICKNESS))
	_build_wall(plan, Vector2(edge, -end - THICKNESS), Vector2(edge, end + THICKNESS))
	var cap: float = end + THICKNESS / 2.0
	_build_wall(plan, Vector2(-LANE_WIDTH / 2.0, -cap), Vector2(LANE_WIDTH / 2.0, -cap))
	_build_wall(plan, Vector2(-LANE_WIDTH / 2.0, cap), Vector2(LANE_WIDTH / 2.0, cap))


func _build_wall(plan: CoursePlan, from: Vector2, to: Vector2) -> void:
	if from.distance_to(to) > LEAST_PIECE:
		plan.pieces.add_wall(from, to, THICKNESS, HEIGHT)
