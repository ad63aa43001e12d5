extends "res://scenes/vr_navigation/courses/course_kind.gd"
## A corridor with right-angled turns and closed ends.

const CellWay := preload("res://scenes/vr_navigation/courses/cell_way.gd")
const LatticeWalk := preload("res://scenes/vr_navigation/courses/lattice_walk.gd")

## Free width between the walls, m.
const WIDTH: Vector2 = Vector2(2.6, 1.1)
const TURNS: Vector2 = Vector2(1.0, 6.0)
## Room beside the free width that the next leg keeps, m: two walls and a space.
const PITCH_ROOM: float = 1.1
const THICKNESS: float = 0.25
const HEIGHT: float = 2.4
const LEAST_LEG: int = 1
const LARGEST_LEG: int = 3
const GOAL_RADIUS: Vector2 = Vector2(0.9, 0.45)


func draw(plan: CoursePlan, rng: RandomNumberGenerator, difficulty: float) -> void:
	var width: float = at(WIDTH, difficulty)
	var corners: PackedVector2Array = LatticeWalk.draw(
		rng,
		count_at(TURNS, difficulty),
		width + PITCH_ROOM,
		Vector2i(LEAST_LEG, LARGEST_LEG),
		width / 2.0 + THICKNESS + 0.05
	)
	plan.set_ends(corners[0], corners[-1])
	plan.goal_radius = at(GOAL_RADIUS, difficulty)
	plan.face(corners[1], draw_heading_error(rng, difficulty))
	for leg: int in corners.size() - 1:
		_build_leg(plan, corners, leg, width)
	plan.way = CellWay.new(
		corners[-1], LatticeWalk.find_cells(corners, width - 2.0 * CoursePlan.WAY_ROOM)
	)


# The two walls of a leg. At a corner the outer one goes on to the far side of the square, the inner
# one stops before it; at the corridor's ends a third closes it.
func _build_leg(plan: CoursePlan, corners: PackedVector2Array, leg: int, width: float) -> void:
	var ahead: Vector2 = (corners[leg + 1] - corners[leg]).normalized()
	var length: float = corners[leg].distance_to(corners[leg + 1])
	var right: Vector2 = Vector2(-ahead.y, ahead.x)
	var half: float = width / 2.0
	var is_first: bool = leg == 0
	var is_last: bool = leg == corners.size() - 2
	for side: float in [-1.0, 1.0]:
		var from: float = -half
		var to: float = length + half + THICKNESS
		if is_first:
			from -= THICKNESS
		elif (corners[leg] - corners[leg - 1]).dot(right) * side < 0.0:
			from = half + THICKNESS
		if not is_last and (corners[leg + 2] - corners[leg + 1]).dot(right) * side > 0.0:
			to = length - half
		_build_wall(
			plan, corners[leg] + right * side * (half + THICKNESS / 2.0), ahead * from, ahead * to
		)
	var cap: Vector2 = right * half
	if is_first:
		_build_wall(plan, corners[leg] - ahead * (half + THICKNESS / 2.0), -cap, cap)
	if is_last:
		_build_wall(plan, corners[leg + 1] + ahead * (half + THICKNESS / 2.0), -cap, cap)


func _build_wall(plan: CoursePlan, base: Vector2, from: Vector2, to: Vector2) -> void:
	plan.pieces.add_wall(base + from, base + to, THICKNESS, HEIGHT)
