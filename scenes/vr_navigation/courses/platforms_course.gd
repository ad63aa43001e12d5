extends "res://scenes/vr_navigation/courses/course_kind.gd"
## Platforms above the floor, joined by bridges without rails: who steps over an edge falls.

const CellWay := preload("res://scenes/vr_navigation/courses/cell_way.gd")
const LatticeWalk := preload("res://scenes/vr_navigation/courses/lattice_walk.gd")

const TURNS: Vector2 = Vector2(1.0, 6.0)
## Side of a platform, m.
const PLATFORM: Vector2 = Vector2(3.2, 1.8)
## Width of a bridge, m.
const BRIDGE: Vector2 = Vector2(2.4, 0.9)
## Free space beside a platform up to the next one, m: too wide to be crossed in a fall.
const ROOM: float = 1.3
## Between a platform and a wall of the hall, m: a body falls through.
const WALL_ROOM: float = 1.0
const LEAST_LEG: int = 1
const LARGEST_LEG: Vector2 = Vector2(1.0, 2.0)
const GOAL_RADIUS: Vector2 = Vector2(1.0, 0.5)
## Height of the platforms, and how much lower the feet of who has fallen are, m.
const HEIGHT: float = 1.2
const FALL: float = 0.5
## How far a bridge goes into the platforms at its ends, m: rounding leaves no slit between them.
const OVERLAP: float = 0.01
## Distance that the way keeps from an edge, m.
const EDGE: float = 0.2


func draw(plan: CoursePlan, rng: RandomNumberGenerator, difficulty: float) -> void:
	var platform: float = at(PLATFORM, difficulty)
	var bridge: float = at(BRIDGE, difficulty)
	var corners: PackedVector2Array = LatticeWalk.draw(
		rng,
		count_at(TURNS, difficulty),
		platform + ROOM,
		Vector2i(LEAST_LEG, count_at(LARGEST_LEG, difficulty)),
		platform / 2.0 + WALL_ROOM
	)
	plan.is_flat = false
	plan.fall_height = HEIGHT - FALL
	plan.set_ends(corners[0], corners[-1], HEIGHT, HEIGHT)
	plan.goal_radius = at(GOAL_RADIUS, difficulty)
	plan.face(corners[1], draw_heading_error(rng, difficulty))
	var square: Vector2 = Vector2(platform, platform)
	var cells: Array[Rect2] = []
	_build_deck(plan, cells, Rect2(corners[0] - square / 2.0, square))
	for leg: int in corners.size() - 1:
		var ahead: Vector2 = (corners[leg + 1] - corners[leg]).normalized()
		var from: Vector2 = corners[leg] + ahead * platform / 2.0
		var to: Vector2 = corners[leg + 1] - ahead * platform / 2.0
		var side: Vector2 = ahead.orthogonal().abs() * bridge / 2.0
		_build_deck(plan, cells, Rect2(from.min(to) - side, (to - from).abs() + 2.0 * side), ahead)
		_build_deck(plan, cells, Rect2(corners[leg + 1] - square / 2.0, square))
	plan.way = CellWay.new(corners[-1], cells)


# A deck, and its cell for the way: smaller by the edge, but as long as to meet its neighbours.
func _build_deck(
	plan: CoursePlan, cells: Array[Rect2], area: Rect2, ahead: Vector2 = Vector2.ZERO
) -> void:
	var middle: Vector2 = area.get_center()
	var size: Vector2 = area.size + ahead.abs() * 2.0 * OVERLAP
	plan.pieces.add_box(
		Vector3(size.x, HEIGHT, size.y),
		Transform3D(Basis.IDENTITY, Vector3(middle.x, HEIGHT / 2.0, middle.y)),
		CoursePieces.Look.DECK
	)
	var inset: Vector2 = Vector2(EDGE, EDGE)
	if ahead != Vector2.ZERO:
		inset -= 2.0 * EDGE * ahead.abs()
	cells.append(Rect2(area.position + inset, area.size - 2.0 * inset))
