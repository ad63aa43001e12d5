class_name NavDownhillDriver
extends RefCounted
## Plays VR navigation by rule: looks where the least way is left a step ahead, turns there and
## walks. It waits for movers that are near and ahead.
##
## Tests and pictures use it; it knows the course, which an agent does not.

const LOOK_AHEAD: float = 0.25
const DIRECTIONS: int = 48
## Free distance that it wants before a mover, m, and half the angle in which it looks for one.
const MOVER_ROOM: float = 1.1
const MOVER_ANGLE: float = 1.2


## The actions to take now.
static func decide(controller: VRNavigationController, speed: float = 0.5) -> Dictionary:
	var player: NavPlayer = controller.player
	var heading: Vector3 = find_heading(controller.course, player.global_position)
	var local: Vector3 = player.global_basis.inverse() * heading
	var error: float = atan2(local.x, -local.z)
	var walk: float = clampf(1.0 - absf(error) / 0.7, 0.0, 1.0) * speed
	if _is_mover_ahead(controller.course, player.global_position, heading):
		walk = 0.0
	return {
		"horizontal": [0.0],
		"vertical": [walk],
		"rotation": [clampf(error * 1.6, -1.0, 1.0)],
	}


## The level direction in which the least way is left.
static func find_heading(course: NavCourse, place: Vector3) -> Vector3:
	var best: Vector3 = Vector3.FORWARD
	var least: float = INF
	for i: int in DIRECTIONS:
		var heading: Vector3 = Vector3.FORWARD.rotated(Vector3.UP, TAU * i / DIRECTIONS)
		var left: float = course.distance_to_go(place + heading * LOOK_AHEAD)
		if left < least:
			least = left
			best = heading
	return best


static func _is_mover_ahead(course: NavCourse, place: Vector3, heading: Vector3) -> bool:
	for i: int in course.pieces.mover_count:
		var offset: Vector3 = course.pieces.pillars[i].global_position - place
		offset.y = 0.0
		if offset.length() < MOVER_ROOM + 0.45 and offset.angle_to(heading) < MOVER_ANGLE:
			return true
	return false
