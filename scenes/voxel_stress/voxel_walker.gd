class_name VoxelWalker
extends CharacterBody3D
## The body that runs over the ground: it runs, climbs steps of a cell, leaps and falls.
##
## The controller sets what is asked for, the root calls [method tick] once a physics tick. Places
## and velocities are in the frame of the scene's root. It knows no reward.

const GRAVITY: float = 20.0
## Highest step that is climbed at once, m.
const STEP: float = 1.05
## Change of velocity on the ground and in the air, m/s^2.
const ACCELERATION: float = 40.0
const AIR_ACCELERATION: float = 8.0
## Leaps shorter than this are none, m.
const SHORTEST_LEAP: float = 1.0

## Velocity asked for, along x and z, m/s.
var asked: Vector2 = Vector2.ZERO
## Length of the leap asked for at the next chance, m.
var asked_leap: float = 0.0
## It holds still: between episodes.
var frozen: bool = false
## Leaps of this episode.
var leaps: int = 0
## The planted bug: narrow places hold it for ever.
var sticks: bool = false

var _is_wedged: bool = false


## Stands at [param place] (feet, m), at rest.
func restart(place: Vector3) -> void:
	velocity = Vector3.ZERO
	_forget_ground(place)
	position = place
	asked = Vector2.ZERO
	asked_leap = 0.0
	frozen = false
	leaps = 0
	_is_wedged = false
	force_update_transform()


## Lets a physics tick pass. Without ground that has been loaded ([param has_ground]) it waits.
func tick(delta: float, has_ground: bool) -> void:
	if frozen or not has_ground:
		return
	if sticks and (_is_wedged or _finds_itself_wedged()):
		_is_wedged = true
		velocity = Vector3.ZERO
		return
	var on_floor: bool = is_on_floor()
	_change_velocity(delta, on_floor)
	if on_floor and asked_leap >= SHORTEST_LEAP:
		_leap()
	var wanted: Vector2 = Vector2(velocity.x, velocity.z)
	move_and_slide()
	if on_floor and is_on_wall() and velocity.y <= 0.1:
		_climb(wanted, delta)


# Whether it stood on the ground at its last move has a say in the next one: so it moves once where
# there is none.
func _forget_ground(place: Vector3) -> void:
	position = place + Vector3.UP * 1000.0
	force_update_transform()
	move_and_slide()
	velocity = Vector3.ZERO


func _change_velocity(delta: float, on_floor: bool) -> void:
	var flat: Vector2 = Vector2(velocity.x, velocity.z)
	flat = flat.move_toward(asked, (ACCELERATION if on_floor else AIR_ACCELERATION) * delta)
	velocity = Vector3(flat.x, velocity.y - GRAVITY * delta, flat.y)


# At 45 degrees: a leap over level ground is as long as asked for, and a quarter as high.
func _leap() -> void:
	var heading: Vector2 = asked.normalized()
	var speed: float = sqrt(asked_leap * GRAVITY * 0.5)
	velocity = Vector3(heading.x * speed, speed, heading.y * speed)
	leaps += 1


# A step of one cell: up, on and down again, where there is room.
func _climb(wanted: Vector2, delta: float) -> void:
	var on: Vector3 = Vector3(wanted.x, 0.0, wanted.y) * delta
	var wall: Vector3 = get_wall_normal()
	if on.dot(wall) >= 0.0 or on.length_squared() < 1e-8:
		return
	if on.length() < 0.1:
		on = on.normalized() * 0.1
	var up: Vector3 = Vector3.UP * STEP
	if test_move(global_transform, up) or test_move(global_transform.translated(up), on):
		return
	position += up + on
	move_and_collide(Vector3.DOWN * STEP)
	velocity.x = wanted.x
	velocity.z = wanted.y


# Two cells deep between walls that leave less than 0.6 m.
func _finds_itself_wedged() -> bool:
	if not (is_on_floor() and is_on_wall()):
		return false
	var wall: Vector3 = get_wall_normal()
	wall = Vector3(wall.x, 0.0, wall.z).normalized()
	var raised: Transform3D = global_transform.translated(Vector3.UP * STEP)
	return test_move(raised, wall * 0.6) and test_move(raised, wall * -0.3)
