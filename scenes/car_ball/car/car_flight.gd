class_name CarFlight
extends CarChassis
## What a car does off its wheels: jump, double jump, dodge, turning in the air, getting back on its
## wheels.
##
## CarBody calls it each tick. README.md names the sources of the numbers. Lengths in m, angles in
## rad.

const JUMP_SPEED: float = 2.91667
## While the button is held, m/s^2, for at least and at most so long, s.
const JUMP_ACCELERATION: float = 14.58333
const JUMP_LEAST: float = 0.025
const JUMP_MOST: float = 0.2
## How long after the end of a jump the second one or a dodge can be made, s.
const SECOND_JUMP_TIME: float = 1.25
## A second jump with more deflection than this is a dodge.
const DODGE_ZONE: float = 0.5
const DODGE_SPEED: float = 5.0
## Dodge torques as accelerations about the right and the forward axis, rad/s^2, and how long, s.
const DODGE_PITCH: float = 21.475
const DODGE_ROLL: float = 24.926
const DODGE_TIME: float = 0.65
## Pitch cannot be steered until so long after a dodge began, s.
const PITCH_LOCK: float = 0.95
## A dodge takes away this share of the upright speed each 1/120 s, from one time on, s; rising
## speed only until the other.
const DODGE_DAMPING: float = 0.35
const DODGE_DAMPING_FROM: float = 0.15
const DODGE_DAMPING_UNTIL: float = 0.21
## Accelerations in the air at full deflection, rad/s^2, and dampings, 1/s.
const PITCH_POWER: float = 12.46
const YAW_POWER: float = 9.11
const ROLL_POWER: float = 38.34
const PITCH_DAMPING: float = 2.876
const YAW_DAMPING: float = 1.917
const ROLL_DAMPING: float = 4.794
## Jump of a car that lies on its roof or side: away from the ground, m/s, and the turn, rad/s^2.
const RIGHTING_SPEED: float = 2.0
const RIGHTING_POWER: float = 50.0
const RIGHTING_TIME: float = 0.4
## What throttle does for a car that touches with its hull or some wheels: push and turn.
const SETTLING_PUSH: float = 1.0
const SETTLING_POWER: float = 7.67

## The jump from the ground was made and the car has not landed since.
var has_jumped: bool = false
## The second jump or the dodge was made.
var has_flipped: bool = false
var is_dodging: bool = false
## Seconds since the dodge began, since the jump began and without wheels on the ground.
var dodge_time: float = 0.0
var jump_time: float = 0.0
var air_time: float = 0.0
## Seconds that the car has been lying on its roof or side; 0: it is not.
var turtle_time: float = 0.0

var _is_jumping: bool = false
var _jumped_for: float = 0.0
var _was_pressed: bool = false
# Direction of the dodge: x forwards, y to the right.
var _dodge: Vector2 = Vector2.ZERO
var _righting_left: float = 0.0
var _righting_side: float = 0.0


## Whether a press of the jump button would do anything now.
func can_jump() -> bool:
	if wheels >= 3 or turtle_time > 0.0:
		return true
	return not has_flipped and (not has_jumped or jump_time < SECOND_JUMP_TIME + _jumped_for)


## Forgets all jumps; [param in_air]: the car has used none of them.
func forget_jumps() -> void:
	has_jumped = false
	has_flipped = false
	is_dodging = false
	dodge_time = 0.0
	jump_time = 0.0
	air_time = 0.0
	turtle_time = 0.0
	_is_jumping = false
	_jumped_for = 0.0
	_was_pressed = false
	_righting_left = 0.0


## Jumps, dodges and rights itself as the controls say.
func jump(delta: float) -> void:
	var pressed: bool = controls.jump and not _was_pressed
	_was_pressed = controls.jump
	if wheels >= 3:
		air_time = 0.0
		turtle_time = 0.0
		if not _is_jumping and (not has_jumped or jump_time > JUMP_LEAST):
			has_jumped = false
			has_flipped = false
			is_dodging = false
	else:
		air_time += delta
	if has_jumped:
		jump_time += delta
	if _is_jumping:
		_jumped_for += delta
		if _jumped_for < JUMP_LEAST or (controls.jump and _jumped_for < JUMP_MOST):
			velocity += attitude.y * (JUMP_ACCELERATION * delta)
		else:
			_is_jumping = false
	elif pressed and wheels >= 3 and not has_jumped:
		_start_jump(delta)
	elif pressed and turtle_time > 0.0:
		_start_righting()
	elif pressed and wheels < 3 and can_jump():
		_second_jump()
	if is_dodging:
		_dodge_on(delta)


## Turns in the air as the controls say.
func fly(delta: float) -> void:
	if hull_touches and attitude.y.dot(ground) < 0.5:
		turtle_time += delta
	elif not hull_touches:
		turtle_time = 0.0
	var right: Vector3 = attitude.x
	var down: Vector3 = -attitude.y
	var ahead: Vector3 = -attitude.z
	if _righting_left > 0.0:
		_righting_left -= delta
		spin += ahead * (_righting_side * RIGHTING_POWER * delta)
		return
	if is_dodging and dodge_time < DODGE_TIME:
		return
	var pitch: float = controls.pitch
	if is_dodging and dodge_time < PITCH_LOCK:
		pitch = 0.0
	var turn: Vector3 = (
		right * (pitch * PITCH_POWER - spin.dot(right) * (1.0 - absf(pitch)) * PITCH_DAMPING)
	)
	turn += (
		down
		* (controls.yaw * YAW_POWER - spin.dot(down) * (1.0 - absf(controls.yaw)) * YAW_DAMPING)
	)
	turn += ahead * (controls.roll * ROLL_POWER - spin.dot(ahead) * ROLL_DAMPING)
	spin += turn * delta


## Throttle turns a car that touches the ground with its hull, or with one or two wheels, onto its
## wheels.
func settle(delta: float) -> void:
	if controls.throttle == 0.0 or not (hull_touches or wheels in [1, 2]):
		return
	velocity -= ground * (SETTLING_PUSH * delta)
	var turn: Vector3 = attitude.y.cross(ground)
	spin += turn.limit_length() * (SETTLING_POWER * delta)


func _start_jump(delta: float) -> void:
	_is_jumping = true
	has_jumped = true
	jump_time = 0.0
	_jumped_for = delta
	velocity += attitude.y * (JUMP_SPEED + JUMP_ACCELERATION * delta)


func _second_jump() -> void:
	has_flipped = true
	var side: float = clampf(controls.yaw + controls.roll, -1.0, 1.0)
	if absf(controls.pitch) + absf(controls.yaw) + absf(controls.roll) < DODGE_ZONE:
		velocity += attitude.y * JUMP_SPEED
		return
	is_dodging = true
	dodge_time = 0.0
	_dodge = Vector2(-controls.pitch, side).normalized()
	var ahead: Vector3 = Vector3(-attitude.z.x, 0.0, -attitude.z.z)
	ahead = ahead.normalized() if ahead.length_squared() > 1e-6 else Vector3.FORWARD
	var right: Vector3 = Vector3(-ahead.z, 0.0, ahead.x)
	var speed: float = velocity.dot(-attitude.z)
	var share: float = absf(speed) / MOST_SPEED
	# Against its own motion a car gains more; from standing still it goes where it dodges.
	var is_back: bool = _dodge.x < 0.0 if absf(speed) < 1.0 else (_dodge.x >= 0.0) != (speed >= 0.0)
	var gain: Vector2 = _dodge * DODGE_SPEED
	if is_back:
		gain.x *= (1.0 + 1.5 * share) * 16.0 / 15.0
	gain.y *= 1.0 + 0.9 * share
	velocity += ahead * gain.x + right * gain.y


func _dodge_on(delta: float) -> void:
	dodge_time += delta
	if dodge_time < DODGE_TIME:
		var pitch: float = _dodge.x
		# The stick against the dodge cancels its pitch.
		if pitch * -controls.pitch < 0.0:
			pitch *= 1.0 - absf(controls.pitch)
		spin += (
			(attitude.x * (-pitch * DODGE_PITCH) - attitude.z * (_dodge.y * DODGE_ROLL)) * delta
		)
		if (
			dodge_time >= DODGE_DAMPING_FROM
			and (velocity.y < 0.0 or dodge_time < DODGE_DAMPING_UNTIL)
		):
			velocity.y *= pow(1.0 - DODGE_DAMPING, delta * 120.0)
	elif dodge_time > PITCH_LOCK:
		is_dodging = false


func _start_righting() -> void:
	velocity += ground * RIGHTING_SPEED
	# About its own forward axis, the short way round.
	var right_up: float = attitude.x.dot(ground)
	_righting_side = 1.0 if right_up >= 0.0 else -1.0
	var tilt: float = acos(clampf(attitude.y.dot(ground), -1.0, 1.0)) / PI
	_righting_left = RIGHTING_TIME * tilt
