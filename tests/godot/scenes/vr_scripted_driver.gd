class_name VRScriptedDriver
extends RefCounted
## Walks a VR locomotion course by rule, through the same actions as a policy: straight to the
## waypoint, round the boxes, with a stick that moves slowly.
##
## It proves that courses can be finished without a collision and without a comfort event. Unlike a
## policy it reads the boxes' places from the course.

## Largest change of the stick per decision.
const SLEW: float = 0.12
## Free space kept between the body's axis and the circle round a box, m.
const BERTH: float = 0.65
## Distance ahead in which a box is in the way, m.
const LOOK_AHEAD: float = 3.0

var _stick: Vector2 = Vector2.ZERO
var _side: float = 1.0


## The action for the controller's next decision.
func decide(controller: VRLocomotionController) -> Dictionary:
	var player: VRPlayer = controller.player
	var course: Course = controller.course
	var here: Vector3 = player.global_position
	var offset: Vector3 = course.target - here
	var wanted: Vector2 = _pick(course, Vector2(here.x, here.z), Vector2(offset.x, offset.z))
	var right: Vector3 = player.locomotion.get_head_right()
	var flat_right: Vector2 = Vector2(right.x, right.z)
	var flat_forward: Vector2 = Vector2(right.z, -right.x)
	_stick = _stick.move_toward(
		Vector2(wanted.dot(flat_right), wanted.dot(flat_forward)) * 0.9, SLEW
	)
	return {"move_x": [_stick.x], "move_z": [_stick.y], "rotate": [0.0], "teleport": [0.0]}


# The free direction nearest to the target's, among steps of 10 degrees to both sides.
func _pick(course: Course, here: Vector2, offset: Vector2) -> Vector2:
	var ahead: Vector2 = offset.normalized()
	for step: int in 18:
		for side: float in [_side, -_side]:
			var direction: Vector2 = ahead.rotated(side * step * deg_to_rad(10.0))
			if _is_free(course, here, direction, minf(LOOK_AHEAD, offset.length())):
				if step > 0:
					_side = side
				return direction
	return ahead


func _is_free(course: Course, here: Vector2, direction: Vector2, reach: float) -> bool:
	for i: int in course.obstacles.size():
		var place: Vector3 = course.obstacles[i].global_position
		var offset: Vector2 = Vector2(place.x, place.z) - here
		var along: float = clampf(offset.dot(direction), 0.0, reach)
		if along > 0.0 and offset.distance_to(direction * along) < course.radii[i] + BERTH:
			return false
	return true
