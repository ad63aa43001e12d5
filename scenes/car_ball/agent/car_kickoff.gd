class_name CarKickoff
extends RefCounted
## Drives a car that is good at one thing: it takes the kickoff at full boost and dodges through the
## ball. After the first touch of an episode it is a CarChaser.
##
## CarDriver owns one for each car.

## It jumps when the ball is so near in time, s; ticks of the first press, and of the pause.
const LEAP: float = 0.3
const PRESS: int = 6
const PAUSE: int = 3
## A dodge is through after so many ticks.
const THROUGH: int = 90

var _arena: CarBall
var _car: CarBody
var _chaser: CarChaser
# Ticks since it began to jump; -1: it has not.
var _leapt: int = -1


func _init(arena: CarBall, car: CarBody) -> void:
	_arena = arena
	_car = car
	_chaser = CarChaser.new(arena, car)


## An episode begins: forgets the last one.
func begin() -> void:
	_leapt = -1
	_chaser.begin()


## Writes the car's controls for this tick.
func drive() -> void:
	var is_kickoff: bool = _arena.last_toucher < 0 and _arena.ball.velocity.length() < 0.5
	if _leapt < 0 and not is_kickoff:
		_chaser.drive()
		return
	var gap: Vector3 = (_arena.ball.place - _car.place) * _car.attitude
	var angle: float = atan2(gap.x, -gap.z)
	if _leapt < 0:
		_rush(angle, gap.length())
	else:
		_dodge(angle)


# Straight to the ball; from afar over the middle line's pads, with all boost.
func _rush(angle: float, distance: float) -> void:
	var controls: CarControls = _car.controls
	controls.release()
	controls.throttle = 1.0
	controls.boost = absf(angle) < 0.5
	if absf(angle) > 0.02:
		controls.steer = clampf(angle * 3.0, -1.0, 1.0)
	var left: float = (distance - 1.5) / maxf(_car.velocity.length(), 1.0)
	if left < LEAP and absf(angle) < 0.4 and _car.wheels >= 3:
		_leapt = 0


# A jump, and while it rises a dodge towards the ball.
func _dodge(angle: float) -> void:
	var controls: CarControls = _car.controls
	controls.release()
	_leapt += 1
	controls.throttle = 1.0
	controls.jump = _leapt <= PRESS or (_leapt > PRESS + PAUSE and _leapt <= PRESS + 2 * PAUSE)
	if _leapt > PRESS:
		controls.pitch = -cos(angle)
		controls.yaw = sin(angle)
	var has_landed: bool = _leapt > 4 * PRESS and _car.wheels >= 3
	if has_landed or _leapt > THROUGH:
		_leapt = -1
