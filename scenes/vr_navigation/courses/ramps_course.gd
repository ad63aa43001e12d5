extends "res://scenes/vr_navigation/courses/course_kind.gd"
## A walkway of ramps and stairs, up and down, with landings between them and no rails.
##
## Stairs collide as an incline through the middle of their steps, which the view draws: a
## CharacterBody3D walks up it as up a ramp, without a step hack, and its head does not jolt.

const CellWay := preload("res://scenes/vr_navigation/courses/cell_way.gd")
const LatticeWalk := preload("res://scenes/vr_navigation/courses/lattice_walk.gd")

const TURNS: Vector2 = Vector2(1.0, 5.0)
## Width of the walkway, m.
const WIDTH: Vector2 = Vector2(2.6, 1.1)
## Slopes of ramps and of stairs, degrees: least and largest of each difficulty.
const LEAST_RAMP: Vector2 = Vector2(6.0, 10.0)
const LARGEST_RAMP: Vector2 = Vector2(10.0, 22.0)
const LEAST_STAIRS: Vector2 = Vector2(14.0, 22.0)
const LARGEST_STAIRS: Vector2 = Vector2(18.0, 31.0)
const STAIRS_SHARE: float = 0.5
## Free space beside the walkway up to another leg of it, m: who falls does not land there.
const ROOM: float = 2.0
## Between the walkway and a wall of the hall, m: a body falls through.
const WALL_ROOM: float = 1.0
const GOAL_RADIUS: Vector2 = Vector2(1.0, 0.5)
const LARGEST_LEG: int = 2
## Heights between which the walkway stays, m.
const LOWEST: float = 0.9
const HIGHEST: float = 2.8
## Smallest rise of an incline, m, and height of the feet below which one has fallen.
const LEAST_RISE: float = 0.25
const FALL_HEIGHT: float = 0.45
## Distance that the way keeps from an edge, m.
const EDGE: float = 0.2
## How far level ground goes into what is next to it, m: rounding leaves no slit between them.
const OVERLAP: float = 0.005
## Thickness of an incline, m.
const THICKNESS: float = 0.3


func draw(plan: CoursePlan, rng: RandomNumberGenerator, difficulty: float) -> void:
	var width: float = at(WIDTH, difficulty)
	var corners: PackedVector2Array = LatticeWalk.draw(
		rng,
		count_at(TURNS, difficulty),
		width + ROOM,
		Vector2i(1, LARGEST_LEG),
		width / 2.0 + WALL_ROOM
	)
	var first: float = rng.randf_range(LOWEST, HIGHEST)
	var height: float = first
	_build_landing(plan, corners[0], width, height)
	for leg: int in corners.size() - 1:
		height = _build_leg(plan, rng, corners[leg], corners[leg + 1], width, height, difficulty)
		_build_landing(plan, corners[leg + 1], width, height)
	plan.is_flat = false
	plan.fall_height = FALL_HEIGHT
	plan.set_ends(corners[0], corners[-1], first, height)
	plan.goal_radius = at(GOAL_RADIUS, difficulty)
	plan.face(corners[1], draw_heading_error(rng, difficulty))
	plan.way = CellWay.new(corners[-1], LatticeWalk.find_cells(corners, width - 2.0 * EDGE))


# An incline somewhere between two landings, level ground before and after it; returns the height
# at its end.
func _build_leg(
	plan: CoursePlan,
	rng: RandomNumberGenerator,
	from: Vector2,
	to: Vector2,
	width: float,
	height: float,
	difficulty: float
) -> float:
	var ahead: Vector2 = (to - from).normalized()
	var low: Vector2 = from + ahead * width / 2.0
	var room: float = from.distance_to(to) - width
	var is_stairs: bool = rng.randf() < STAIRS_SHARE
	var least: Vector2 = LEAST_STAIRS if is_stairs else LEAST_RAMP
	var largest: Vector2 = LARGEST_STAIRS if is_stairs else LARGEST_RAMP
	var slope: float = tan(
		deg_to_rad(rng.randf_range(at(least, difficulty), at(largest, difficulty)))
	)
	var up: float = minf(HIGHEST - height, room * slope)
	var down: float = minf(height - LOWEST, room * slope)
	var goes_up: bool = rng.randf() < 0.5
	if (up if goes_up else down) < LEAST_RISE:
		goes_up = not goes_up
	var rise: float = up if goes_up else -down
	var run: float = absf(rise) / slope
	var foot: Vector2 = low + ahead * rng.randf() * (room - run)
	var head: Vector2 = foot + ahead * run
	if room - run > 2.0 * OVERLAP:
		_build_level(plan, low, foot, width, height)
		_build_level(plan, head, low + ahead * room, width, height + rise)
	_build_incline(plan, foot, head, width, height, rise, is_stairs)
	return height + rise


func _build_landing(plan: CoursePlan, place: Vector2, width: float, height: float) -> void:
	var half: Vector2 = Vector2(width / 2.0, 0.0)
	_build_level(plan, place - half, place + half, width, height)


func _build_level(
	plan: CoursePlan, from: Vector2, to: Vector2, width: float, height: float
) -> void:
	var middle: Vector2 = (from + to) / 2.0
	plan.pieces.add_box(
		Vector3(from.distance_to(to) + 2.0 * OVERLAP, height, width),
		Transform3D(
			Basis(Vector3.UP, -(to - from).angle()), Vector3(middle.x, height / 2.0, middle.y)
		),
		CoursePieces.Look.DECK
	)


# A slab whose upper face goes from the one level's edge to the other's.
func _build_incline(
	plan: CoursePlan,
	from: Vector2,
	to: Vector2,
	width: float,
	height: float,
	rise: float,
	is_stairs: bool
) -> void:
	var run: float = from.distance_to(to)
	var turned: Basis = (
		Basis(Vector3.UP, -(to - from).angle()) * Basis(Vector3.BACK, atan2(rise, run))
	)
	var middle: Vector2 = (from + to) / 2.0
	var face: Vector3 = Vector3(middle.x, height + rise / 2.0, middle.y)
	plan.pieces.add_box(
		Vector3(Vector2(run, rise).length(), THICKNESS, width),
		Transform3D(turned, face - turned.y * (THICKNESS / 2.0)),
		CoursePieces.Look.STAIRS if is_stairs else CoursePieces.Look.RAMP
	)
