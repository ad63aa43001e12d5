extends RefCounted
## Scatters crates and pillars over an open floor, far enough from one another, from the walls, and
## from start and goal.
##
## Measured between circles round the pieces, so real gaps are larger. A piece that finds no place
## is left out. Sparse, dense and moving courses use one for each course that they draw.

const CoursePieces := preload("res://scenes/vr_navigation/courses/course_pieces.gd")
const CoursePlan := preload("res://scenes/vr_navigation/courses/course_plan.gd")
const OpenWay := preload("res://scenes/vr_navigation/courses/open_way.gd")

## Places tried for each piece.
const TRIES: int = 12
## Share of the pieces that stand about the straight line from start to goal.
const SHARE_ABOUT_LINE: float = 0.6
## How far from the line those stand, m.
const LINE_SPREAD: float = 2.0
## Share of the pieces that are pillars.
const PILLAR_SHARE: float = 0.35
const HEIGHT: Vector2 = Vector2(1.2, 2.4)

## Circles round the pieces.
var centres: PackedVector2Array = []
var radii: PackedFloat32Array = []

var _kept: PackedVector2Array = []
var _kept_radii: PackedFloat32Array = []
var _plan: CoursePlan
var _rng: RandomNumberGenerator
var _start: Vector2
var _goal: Vector2


func _init(plan: CoursePlan, rng: RandomNumberGenerator) -> void:
	_plan = plan
	_rng = rng
	_start = Vector2(plan.start.x, plan.start.z)
	_goal = Vector2(plan.goal.x, plan.goal.z)


## Places up to [param count] pieces of [param width] (least, largest, m) with [param gap] m between
## them and [param clearance] m round start and goal.
func place(count: int, width: Vector2, gap: float, clearance: float) -> void:
	for i: int in count:
		var is_pillar: bool = _rng.randf() < PILLAR_SHARE
		var size: Vector3 = Vector3(
			_rng.randf_range(width.x, width.y),
			_rng.randf_range(HEIGHT.x, HEIGHT.y),
			_rng.randf_range(width.x, width.y)
		)
		var radius: float = size.x / 2.0 if is_pillar else Vector2(size.x, size.z).length() / 2.0
		var centre: Vector2 = _find_place(radius, gap, clearance)
		if not centre.is_finite():
			continue
		centres.append(centre)
		radii.append(radius)
		if is_pillar:
			_plan.pieces.add_pillar(radius, size.y, centre, CoursePieces.Look.PILLAR)
			continue
		var turned: Basis = Basis(Vector3.UP, _rng.randf_range(0.0, PI))
		_plan.pieces.add_box(
			size,
			Transform3D(turned, Vector3(centre.x, size.y / 2.0, centre.y)),
			CoursePieces.Look.CRATE
		)


## The way among the pieces for the middle of a body.
func make_way() -> OpenWay:
	var grown: PackedFloat32Array = radii.duplicate()
	for i: int in grown.size():
		grown[i] += CoursePlan.WAY_ROOM
	return OpenWay.new(_goal, centres, grown)


## Keeps what goes from one place to another with this radius free: no piece placed later comes
## nearer to its track than the gap.
func keep_free(from: Vector2, to: Vector2, radius: float) -> void:
	_kept.append(from)
	_kept.append(to)
	_kept_radii.append(radius)


func _find_place(radius: float, gap: float, clearance: float) -> Vector2:
	var reach: float = CoursePlan.HALF_FLOOR - gap - radius
	var side: Vector2 = (_goal - _start).orthogonal().normalized()
	for attempt: int in TRIES:
		var centre: Vector2
		if _rng.randf() < SHARE_ABOUT_LINE:
			centre = _start.lerp(_goal, _rng.randf())
			centre += side * _rng.randf_range(-LINE_SPREAD, LINE_SPREAD)
			centre = centre.clampf(-reach, reach)
		else:
			centre = Vector2(_rng.randf_range(-reach, reach), _rng.randf_range(-reach, reach))
		if _is_free(centre, radius, gap, clearance):
			return centre
	return Vector2.INF


func _is_free(centre: Vector2, radius: float, gap: float, clearance: float) -> bool:
	var apart: float = radius + clearance
	if centre.distance_to(_start) < apart or centre.distance_to(_goal) < apart:
		return false
	apart = radius + gap
	for i: int in centres.size():
		if centre.distance_to(centres[i]) < apart + radii[i]:
			return false
	for i: int in _kept_radii.size():
		var nearest: Vector2 = Geometry2D.get_closest_point_to_segment(
			centre, _kept[2 * i], _kept[2 * i + 1]
		)
		if centre.distance_to(nearest) < apart + _kept_radii[i]:
			return false
	return true
