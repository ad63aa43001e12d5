extends Camera3D
## Frames the course of the episode for the film in the README: start and waypoints, from near.
##
## It stands still during an episode, so that the film stays small. Only `vr_locomotion_film.tscn`
## uses it. It reads the scene and never changes it.

const TILT_DEG: float = 57.0
const MARGIN: float = 1.8  # m round start and waypoints

@export var player: VRPlayer
@export var course: Course
@export var overview: Camera3D


func _ready() -> void:
	rotation_degrees = Vector3(-TILT_DEG, 0.0, 0.0)
	course.built.connect(_frame.call_deferred)
	_frame.call_deferred()


func _process(_delta: float) -> void:
	if overview.current:
		make_current()


func _frame() -> void:
	var box: AABB = AABB(player.position, Vector3.ZERO)
	for waypoint: Vector3 in course.waypoints:
		box = box.expand(waypoint)
	box = box.grow(MARGIN)
	var depth: float = box.size.z * sin(deg_to_rad(TILT_DEG))
	var aspect: float = get_viewport().get_visible_rect().size.aspect()
	var height: float = maxf(depth, box.size.x / aspect)
	var distance: float = height / (2.0 * tan(deg_to_rad(fov) / 2.0)) + box.size.z * 0.25
	position = box.get_center() + basis.z * distance
