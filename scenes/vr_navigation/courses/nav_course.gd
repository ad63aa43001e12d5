class_name NavCourse
extends Node3D
## One course of the VR navigation scene: a start, a goal and what stands between them, drawn anew
## from a seed for each episode.
##
## The controller calls [method build] at an episode's start, [method tick] in each physics tick and
## asks for distances; the view reads [member pieces]. COURSES.md beside this file tells what each
## kind holds and what difficulty changes. The hall (a floor of 20 x 20 m with its top at y = 0, and
## four walls) is there from the start. It makes no bodies after the first courses: it moves those
## that it has, at once, so that queries in the same tick see them. It knows neither player nor
## reward.

## A new course stands.
signal built

## What a course can be. MIXTURE draws one of the others.
enum Kind { MIXTURE, EMPTY, SPARSE, DENSE, CORRIDOR, SLALOM, PLATFORMS, RAMPS, MOVING }

const CourseHall := preload("res://scenes/vr_navigation/courses/course_hall.gd")
const CoursePieces := preload("res://scenes/vr_navigation/courses/course_pieces.gd")
const CourseKind := preload("res://scenes/vr_navigation/courses/course_kind.gd")
const CoursePlan := preload("res://scenes/vr_navigation/courses/course_plan.gd")
const KINDS: Dictionary[int, GDScript] = {
	Kind.EMPTY: preload("res://scenes/vr_navigation/courses/empty_course.gd"),
	Kind.SPARSE: preload("res://scenes/vr_navigation/courses/sparse_course.gd"),
	Kind.DENSE: preload("res://scenes/vr_navigation/courses/dense_course.gd"),
	Kind.CORRIDOR: preload("res://scenes/vr_navigation/courses/corridor_course.gd"),
	Kind.SLALOM: preload("res://scenes/vr_navigation/courses/slalom_course.gd"),
	Kind.PLATFORMS: preload("res://scenes/vr_navigation/courses/platforms_course.gd"),
	Kind.RAMPS: preload("res://scenes/vr_navigation/courses/ramps_course.gd"),
	Kind.MOVING: preload("res://scenes/vr_navigation/courses/moving_course.gd"),
}

## The kind that stands, as drawn: never MIXTURE.
var kind: int = Kind.EMPTY
## Difficulty that the course was drawn with, in [0, 1].
var difficulty: float = 0.0
## Start, relative to this node, on the ground.
var start: Vector3 = Vector3.ZERO
## Yaw at the start, rad, relative to this node.
var start_yaw: float = 0.0
## Goal, relative to this node, on the ground.
var goal: Vector3 = Vector3.ZERO
## Distance over the ground from the goal at which it is reached, m.
var goal_radius: float = 1.0
## Length of the walkable way from start to goal, m.
var length: float = 0.0
## True when the whole floor is level: no edges, ramps or stairs.
var is_flat: bool = true
## The bodies that stand, for the view.
var pieces: CoursePieces

var _plan: CoursePlan
var _kinds: Dictionary[int, CourseKind] = {}
var _to_plan: Transform3D = Transform3D.IDENTITY


func _init() -> void:
	add_child(CourseHall.new())
	pieces = CoursePieces.new(self)
	_plan = CoursePlan.new(pieces)


## Draws a course of [param of_kind] (see [enum Kind]) and [param with_difficulty] in [0, 1]; values
## outside are clamped. Equal seeds, kinds and difficulties give equal courses in any arena. The
## generator may be used further for what else is random.
func build(rng: RandomNumberGenerator, of_kind: int, with_difficulty: float) -> void:
	kind = of_kind
	if kind == Kind.MIXTURE:
		kind = KINDS.keys()[rng.randi_range(0, KINDS.size() - 1)]
	elif kind not in KINDS:
		push_error("NavCourse.build: kind is %d; kinds are 0 to %d" % [of_kind, KINDS.size()])
		kind = Kind.EMPTY
	difficulty = clampf(with_difficulty, 0.0, 1.0)
	if kind not in _kinds:
		_kinds[kind] = KINDS[kind].new()
	pieces.begin()
	_plan.begin()
	_kinds[kind].draw(_plan, rng, difficulty)
	pieces.finish()
	start = _plan.frame * _plan.start
	goal = _plan.frame * _plan.goal
	start_yaw = wrapf(_plan.frame.basis.get_euler().y + _plan.start_yaw, -PI, PI)
	goal_radius = _plan.goal_radius
	is_flat = _plan.is_flat
	_to_plan = (global_transform * _plan.frame).affine_inverse()
	length = _plan.way.to_go(Vector2(_plan.start.x, _plan.start.z))
	built.emit()


## Lets [param delta] s pass for what moves. Call it once in each physics tick of an episode.
func tick(delta: float) -> void:
	if pieces.mover_count > 0:
		pieces.move(delta)


## Way left from [param place] (global) to the goal, over the ground, round what stands in the way,
## m. Continuous; a metre walked on the shortest way is a metre less. Heights do not count.
func distance_to_go(place: Vector3) -> float:
	var local: Vector3 = _to_plan * place
	return _plan.way.to_go(Vector2(local.x, local.z))


## Whether a body whose feet are at [param place] (global) has left the way over an edge.
func has_fallen(place: Vector3) -> bool:
	return (_to_plan * place).y < _plan.fall_height
