extends RefCounted
## What a kind of course fills in while it draws one: places, way and pieces.
##
## NavCourse empties it, hands it to a CourseKind and reads it. All places are in the plan's own
## frame, which [member frame] puts into the course.

const CoursePieces := preload("res://scenes/vr_navigation/courses/course_pieces.gd")
const CourseWay := preload("res://scenes/vr_navigation/courses/course_way.gd")

## Half the side of the floor, m.
const HALF_FLOOR: float = 10.0
## Distance that the shortest way keeps from what stands, m: the radius of a body, 0.3, and a hand's
## breadth, so that nobody is paid for brushing past corners.
const WAY_ROOM: float = 0.4
## Below every floor: nothing falls there.
const NEVER: float = -1000.0

## Puts the plan into the course: a yaw and a shift. Set it with [method turn].
var frame: Transform3D = Transform3D.IDENTITY
var start: Vector3 = Vector3.ZERO
var start_yaw: float = 0.0
var goal: Vector3 = Vector3.ZERO
var goal_radius: float = 1.0
var is_flat: bool = true
## Height of the feet below which the way is left, m.
var fall_height: float = NEVER
## Tells how far it is to the goal.
var way: CourseWay
## The bodies to place.
var pieces: CoursePieces


func _init(of_pieces: CoursePieces) -> void:
	pieces = of_pieces


## Forgets the last course.
func begin() -> void:
	turn(0.0)
	is_flat = true
	fall_height = NEVER
	way = null


## Turns the whole plan by [param yaw] rad about the floor's centre. Before the first piece.
func turn(yaw: float) -> void:
	frame = Transform3D(Basis(Vector3.UP, yaw), Vector3.ZERO)
	pieces.frame = frame


## Sets start and goal from places (x, z) and the heights of the ground there, m.
func set_ends(
	from: Vector2, to: Vector2, start_height: float = 0.0, goal_height: float = 0.0
) -> void:
	start = Vector3(from.x, start_height, from.y)
	goal = Vector3(to.x, goal_height, to.y)


## Looks from the start to [param place] (x, z), but for [param error] rad.
func face(place: Vector2, error: float) -> void:
	start_yaw = atan2(start.x - place.x, start.z - place.y) + error
