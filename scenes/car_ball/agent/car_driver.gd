class_name CarDriver
extends RefCounted
## Drives a car that no policy has: a person at keyboard or pad, else a simple rule.
##
## CarController asks it each tick while its heuristic is "human". The arena's first car is the
## person's, once a key is pressed. README.md lists keys.

## What drives while no person does: the environment parameter `driver`.
enum Kinds { STILL, CHASER, RANDOM }

## Below this angle to the ball the chaser drives straight, rad.
const STRAIGHT: float = 0.06
## A chaser that stands though it asks for throttle is stuck: after so many ticks it backs off for
## as many.
const STUCK: int = 90

static var _person_has: CarBody

var _arena: CarBall
var _car: CarBody
var _person: CarPerson = CarPerson.new()
# Ticks for which it has stood though it asked for throttle; below 0 it backs off.
var _stood: int = 0


func _init(arena: CarBall, car: CarBody) -> void:
	_arena = arena
	_car = car


## Whether a person drives a car of [param arena].
static func person_has(arena: CarBall) -> bool:
	return is_instance_valid(_person_has) and _person_has in arena.cars


## Whether a person drives [param of_car].
static func person_has_car(of_car: CarBody) -> bool:
	return is_instance_valid(_person_has) and _person_has == of_car


## Writes the car's controls for this tick.
func drive() -> void:
	if not is_instance_valid(_person_has):
		_person_has = null
	if _person_has == null and _arena.cars[0] == _car or _person_has == _car:
		if _person.plays():
			_person_has = _car
			_person.drive(_car)
			return
	match _arena.settings.driver:
		Kinds.CHASER:
			_arena.look()
			_chase()
		Kinds.RANDOM:
			_roam()
		_:
			_car.controls.release()


# To a point behind the ball as seen from the goal that it attacks, then through the ball.
func _chase() -> void:
	var controls: CarControls = _car.controls
	controls.release()
	var ball: BallBody = _arena.ball
	var goal: Vector3 = CarBall.goal_of(1 - _car.team)
	var distance: float = _car.place.distance_to(ball.place)
	var arrives: float = clampf(distance / 20.0, 0.0, 1.5)
	var target: Vector3 = ball.place + ball.velocity * arrives
	var line: Vector3 = (target - goal) * Vector3(1.0, 0.0, 1.0)
	target += line.normalized() * clampf(distance * 0.25, 0.0, 6.0)
	var gap: Vector3 = (target - _car.place) * _car.attitude
	var angle: float = atan2(gap.x, -gap.z)
	_stood = _stood + 1 if _stood < 0 or _car.velocity.length_squared() < 1.0 else 0
	if _stood > STUCK:
		_stood = -STUCK
	# Nose to nose both back off, and to unlike sides.
	if _stood < 0:
		controls.throttle = -1.0
		controls.steer = 0.6 if _car.team == 0 else 0.3
		return
	controls.throttle = 1.0
	if absf(angle) > STRAIGHT:
		controls.steer = clampf(angle * 2.0, -1.0, 1.0)
	controls.handbrake = absf(angle) > 1.6 and _car.forward_speed() > 6.0
	controls.boost = absf(angle) < 0.2 and distance > 12.0 and _car.wheels >= 3
	# On its roof it presses jump in turns.
	controls.jump = _car.turtle_time > 0.2 and _arena.ticks % 24 < 6
	if _car.wheels == 0:
		_level(controls)


# In the air it turns its wheels down.
func _level(controls: CarControls) -> void:
	controls.pitch = clampf(_car.attitude.z.y * 2.0, -1.0, 1.0)
	controls.roll = clampf(_car.attitude.x.y * 2.0, -1.0, 1.0)


# A row of the table every half a second, drawn from the place and the time alone.
func _roam() -> void:
	if _arena.ticks % 60 != 0:
		return
	var drawn: int = hash([_arena.ticks, _car.team, _car.seat, snappedf(_car.place.x, 0.01)])
	var row: PackedFloat32Array = CarActions.rows()[posmod(drawn, CarActions.rows().size())]
	_car.controls.set_axes(row)
	_car.controls.jump = row[CarActions.Column.JUMP] > 0.0
	_car.controls.boost = row[CarActions.Column.BOOST] > 0.0
	_car.controls.handbrake = row[CarActions.Column.HANDBRAKE] > 0.0
