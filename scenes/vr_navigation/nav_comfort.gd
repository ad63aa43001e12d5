class_name NavComfort
extends Node
## How comfortable the ride is for a person who wears it: 1 well, towards 0 not bearable.
##
## Four strains, each 0 up to a comfortable threshold and 1 at a harsh one: acceleration, speed of
## turning, tilt of the head, jerk. Comfort is 1 / (1 + the sum of their squares): one strain of 1
## halves it, and less strain is always better, however rough the ride. COMFORT.md tells where each
## threshold comes from. NavPlayer calls [method step]; it draws nothing and rewards nothing.

## Comfort fell below [member event_threshold]; [param count] times since [method restart].
signal strained(count: int)

@export_group("Acceleration")
## Running root mean square that is comfortable, m/s^2.
@export var acceleration_comfortable: float = 0.8
## Running root mean square that halves comfort, m/s^2.
@export var acceleration_harsh: float = 2.5
@export_group("Turning")
## Mean speed of smooth turning that is comfortable, degrees/s.
@export var turning_comfortable: float = 30.0
## Mean speed of smooth turning that halves comfort, degrees/s.
@export var turning_harsh: float = 60.0
## Strain that a snap turn of 30 degrees adds; it fades with [member window].
@export var snap_strain: float = 0.2
@export_group("Uprightness")
## Tilt of the head that is comfortable, degrees.
@export var tilt_comfortable: float = 20.0
## Tilt of the head that halves comfort, degrees.
@export var tilt_harsh: float = 45.0
@export_group("Jerk")
## Running root mean square that is comfortable, m/s^3.
@export var jerk_comfortable: float = 3.0
## Running root mean square that halves comfort, m/s^3.
@export var jerk_harsh: float = 20.0
@export_group("")
## Time constant of all four, s.
@export var window: float = 1.0
## Comfort below which an event is counted.
@export var event_threshold: float = 0.5
## Comfort above which the next event can be counted.
@export var event_end: float = 0.7

## Comfort now, in (0, 1].
var value: float = 1.0
## The four strains now, 0 or more.
var acceleration_strain: float = 0.0
var turning_strain: float = 0.0
var tilt_strain: float = 0.0
var jerk_strain: float = 0.0
## Times that comfort fell below the threshold since [method restart].
var events: int = 0
## Mean of comfort since [method restart].
var mean: float:
	get:
		return _sum / _count if _count > 0 else 1.0

var _sum: float = 0.0
var _count: int = 0
var _is_strained: bool = false
var _velocity: Vector3 = Vector3.ZERO
var _acceleration: Vector3 = Vector3.ZERO
var _yaw: float = 0.0
var _acceleration_square: float = 0.0
var _jerk_square: float = 0.0
var _turning: float = 0.0
var _snaps: float = 0.0
var _tilt: float = 0.0
var _snapped: float = 0.0


## Forgets everything; the player is at rest and faces [param yaw] (rad).
func restart(yaw: float) -> void:
	value = 1.0
	events = 0
	_sum = 0.0
	_count = 0
	_is_strained = false
	_velocity = Vector3.ZERO
	_acceleration = Vector3.ZERO
	_yaw = yaw
	_acceleration_square = 0.0
	_jerk_square = 0.0
	_turning = 0.0
	_snaps = 0.0
	_tilt = 0.0
	_snapped = 0.0


## Tells that the view was turned at once by [param degrees], left positive: nothing flows past the
## eyes, so it is no speed of turning.
func add_turn(degrees: float) -> void:
	_snaps += snap_strain * absf(degrees) / 30.0
	_snapped += deg_to_rad(degrees)


## Lets [param seconds] pass, after which the body has [param velocity] (m/s) and faces [param yaw]
## (rad); [param upright] is the cosine of the head's tilt.
func step(velocity: Vector3, yaw: float, upright: float, seconds: float) -> void:
	var blend: float = minf(seconds / window, 1.0)
	var acceleration: Vector3 = (velocity - _velocity) / seconds
	var jerk: Vector3 = (acceleration - _acceleration) / seconds
	_velocity = velocity
	_acceleration = acceleration
	_acceleration_square += (acceleration.length_squared() - _acceleration_square) * blend
	_jerk_square += (jerk.length_squared() - _jerk_square) * blend
	var turned: float = absf(angle_difference(_yaw + _snapped, yaw))
	_yaw = yaw
	_snapped = 0.0
	_turning += (rad_to_deg(turned) / seconds - _turning) * blend
	_snaps -= _snaps * blend
	_tilt += (rad_to_deg(acos(clampf(upright, -1.0, 1.0))) - _tilt) * blend
	acceleration_strain = _strain(
		sqrt(_acceleration_square), acceleration_comfortable, acceleration_harsh
	)
	jerk_strain = _strain(sqrt(_jerk_square), jerk_comfortable, jerk_harsh)
	tilt_strain = _strain(_tilt, tilt_comfortable, tilt_harsh)
	turning_strain = _strain(_turning, turning_comfortable, turning_harsh) + _snaps
	var squares: float = (
		acceleration_strain * acceleration_strain
		+ turning_strain * turning_strain
		+ tilt_strain * tilt_strain
		+ jerk_strain * jerk_strain
	)
	value = 1.0 / (1.0 + squares)
	_sum += value
	_count += 1
	if _is_strained:
		_is_strained = value < event_end
	elif value < event_threshold:
		_is_strained = true
		events += 1
		strained.emit(events)


func _strain(found: float, comfortable: float, harsh: float) -> float:
	return maxf((found - comfortable) / (harsh - comfortable), 0.0)
