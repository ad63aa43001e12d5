class_name CarChaser
extends RefCounted
## Drives a car by a simple rule: round the ball to its far side from the goal, then through it.
##
## CarDriver and CarKickoff own one for each car. It knows no kickoff and no jump shot.

## Below this angle to where it drives it steers straight, rad.
const STRAIGHT: float = 0.06
## A chaser that stands though it asks for throttle is stuck: after so many ticks it backs off for
## as many.
const STUCK: int = 90
## How far behind the ball it lines up at most, and how far beside it passes, m.
const RUN_UP: float = 6.0
const PASS: float = 5.0

var _arena: CarBall
var _car: CarBody
# Ticks for which it has stood though it asked for throttle; below 0 it backs off.
var _stood: int = 0


func _init(arena: CarBall, car: CarBody) -> void:
	_arena = arena
	_car = car


## An episode begins: forgets the last one.
func begin() -> void:
	_stood = 0


## Writes the car's controls for this tick.
func drive() -> void:
	var controls: CarControls = _car.controls
	controls.release()
	_stood = _stood + 1 if _stood < 0 or _car.velocity.length_squared() < 1.0 else 0
	if _stood > STUCK:
		_stood = -STUCK
	# Nose to nose both back off, and to unlike sides.
	if _stood < 0:
		controls.throttle = -1.0
		controls.steer = 0.6 if _car.team == 0 else 0.3
		return
	var distance: float = _car.place.distance_to(_arena.ball.place)
	var gap: Vector3 = (_target(distance) - _car.place) * _car.attitude
	var angle: float = atan2(gap.x, -gap.z)
	var speed: float = _car.forward_speed()
	# Too fast for a narrow turn.
	var is_narrow: bool = absf(angle) > 0.7 and distance < 20.0 and speed > 9.0
	controls.throttle = 0.0 if is_narrow else 1.0
	if absf(angle) > STRAIGHT:
		controls.steer = clampf(angle * 2.0, -1.0, 1.0)
	controls.handbrake = absf(angle) > 1.6 and speed > 6.0
	controls.boost = absf(angle) < 0.2 and distance > 12.0 and _car.wheels >= 3
	# On its roof it presses jump in turns.
	controls.jump = _car.turtle_time > 0.2 and _arena.ticks % 24 < 6
	if _car.wheels == 0:
		# In the air it turns its wheels down.
		controls.pitch = clampf(_car.attitude.z.y * 2.0, -1.0, 1.0)
		controls.roll = clampf(_car.attitude.x.y * 2.0, -1.0, 1.0)


# Where it drives to: through the ball when it is behind it, else round to there.
func _target(distance: float) -> Vector3:
	var ball: BallBody = _arena.ball
	var arrives: float = clampf(distance / maxf(_car.velocity.length(), 14.0), 0.0, 1.5)
	var spot: Vector3 = ball.place + ball.velocity * arrives
	spot.x = clampf(spot.x, 1.0 - CarField.HALF_X, CarField.HALF_X - 1.0)
	spot.z = clampf(spot.z, 1.0 - CarField.HALF_Z, CarField.HALF_Z - 1.0)
	var goal: Vector3 = CarBall.goal_of(1 - _car.team)
	var aim: Vector3 = ((goal - spot) * Vector3(1.0, 0.0, 1.0)).normalized()
	var target: Vector3 = spot - aim * clampf(distance * 0.25, 0.0, RUN_UP)
	var from_spot: Vector3 = (_car.place - spot) * Vector3(1.0, 0.0, 1.0)
	var is_ahead: bool = from_spot.dot(aim) > 0.0
	var is_home: bool = spot.z * goal.z < 0.0
	if is_ahead and is_home:
		# Past the ball, lest it be pushed into the own goal.
		var across: Vector3 = Vector3(-aim.z, 0.0, aim.x)
		target += across * (PASS if from_spot.dot(across) >= 0.0 else -PASS) - aim * PASS
	return target
