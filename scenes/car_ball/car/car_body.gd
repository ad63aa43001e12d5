class_name CarBody
extends CarFlight
## A car that drives: throttle, brakes, steering, handbrake, boost, on the wheels and in the air.
##
## CarBall calls [method advance] before each physics step. README.md names the sources of the
## numbers. Lengths in m, in the arena's axes.

## Throttle's acceleration at no speed, and at the speed at which it falls off, m/s^2 and m/s.
const DRIVE_START: float = 16.0
const DRIVE_END: float = 1.6
const DRIVE_KNEE: float = 14.0
const DRIVE_MOST: float = 14.1
const BRAKE: float = 35.0
const COAST: float = 5.25
## A car slower than this stops, m/s.
const STOP_SPEED: float = 0.25
const BOOST_ACCELERATION: float = 9.91667
## Boost is [0, 100]; used so fast, 1/s; at least for so long, s.
const BOOST_MOST: float = 100.0
const BOOST_USE: float = 100.0 / 3.0
const BOOST_LEAST_TIME: float = 0.1
const KICKOFF_BOOST: float = 100.0 / 3.0
const AIR_THROTTLE: float = 0.66667
## How fast sideways speed goes, 1/s, and how fast the car takes up the turn of its front wheels.
const GRIP: float = 30.0
const SLIDE_GRIP: float = 1.8
const TURN_GAIN: float = 20.0
const SLIDE_TURN_GAIN: float = 6.0
## How fast the handbrake takes hold and lets go, 1/s.
const SLIDE_RISE: float = 5.0
const SLIDE_FALL: float = 2.0
const WHEEL_BASE: float = 0.85
const SUPERSONIC: float = 22.0

## Boost left, in [0, 100].
var boost: float = KICKOFF_BOOST
## How much the handbrake has taken hold, in [0, 1].
var slide: float = 0.0
## Whether boost pushes now.
var is_boosting: bool = false

var _boosted_for: float = 0.0


## Puts it at the start of an episode.
func begin(
	at: Transform3D, moving: Vector3, turning: Vector3, of_boost: float, origin: Vector3
) -> void:
	controls.release()
	forget_jumps()
	boost = of_boost
	slide = 0.0
	is_boosting = false
	_boosted_for = 0.0
	put(at, moving, turning, origin)


## Changes the velocities for a tick of [param delta] seconds, before the physics step.
## [method look] was called.
func advance(delta: float) -> void:
	velocity.y -= GRAVITY * delta
	find_ground(delta)
	_boost(delta)
	if wheels >= 3:
		_drive(delta)
	else:
		slide = maxf(slide - SLIDE_FALL * delta, 0.0)
		fly(delta)
		if controls.throttle != 0.0:
			settle(delta)
			var share: float = controls.throttle if controls.throttle > 0.0 else -0.5
			velocity -= attitude.z * (AIR_THROTTLE * share * delta)
	jump(delta)
	hand_over(MOST_SPEED, MOST_SPIN)


## Its speed along its nose, m/s.
func forward_speed() -> float:
	return -velocity.dot(attitude.z)


func _boost(delta: float) -> void:
	if boost > 0.0 and (controls.boost or (is_boosting and _boosted_for < BOOST_LEAST_TIME)):
		_boosted_for = _boosted_for + delta if is_boosting else delta
		is_boosting = true
		boost = maxf(boost - BOOST_USE * delta, 0.0)
		velocity -= attitude.z * (BOOST_ACCELERATION * delta)
	else:
		is_boosting = false


func _drive(delta: float) -> void:
	var normal: Vector3 = ground
	var nose: Vector3 = -attitude.z
	var ahead: Vector3 = (nose - normal * nose.dot(normal)).normalized()
	var right: Vector3 = ahead.cross(normal)
	var speed: float = velocity.dot(ahead)
	var size: float = absf(speed)
	var throttle: float = 1.0 if is_boosting else controls.throttle
	if controls.handbrake:
		slide = minf(slide + SLIDE_RISE * delta, 1.0)
	else:
		slide = maxf(slide - SLIDE_FALL * delta, 0.0)
	var gain: float = 0.0
	if absf(throttle) < 0.01:
		gain = -clampf(speed, -COAST * delta, COAST * delta)
		if size < STOP_SPEED:
			gain = -speed
	elif throttle * speed < 0.0 and size > STOP_SPEED:
		gain = -signf(speed) * minf(BRAKE * delta, size)
	elif size < DRIVE_MOST:
		gain = throttle * _drive_at(size) * delta
	var side: float = velocity.dot(right)
	var hold: float = minf(lerpf(GRIP, SLIDE_GRIP, slide) * delta, 1.0)
	# Wheels stick to walls and ceilings, more than gravity pulls.
	var stick: float = 0.5
	if throttle != 0.0 or size > STOP_SPEED:
		stick += 1.0 - absf(normal.y)
	if has_jumped:
		stick = 0.0
	velocity += ahead * gain - right * (side * hold) - normal * (stick * GRAVITY * delta)
	var bend: float = _curvature(size)
	if slide > 0.0:
		bend = lerpf(bend, _slide_curvature(size), slide)
	var wanted: float = -controls.steer * bend * speed
	var follow: float = minf(lerpf(TURN_GAIN, SLIDE_TURN_GAIN, slide) * delta, 1.0)
	spin += normal * ((wanted - spin.dot(normal)) * follow)


static func _drive_at(speed: float) -> float:
	if speed < DRIVE_KNEE:
		return lerpf(DRIVE_START, DRIVE_END, speed / DRIVE_KNEE)
	return DRIVE_END * (DRIVE_MOST - speed) / (DRIVE_MOST - DRIVE_KNEE)


# Largest curvature of the path, 1/m, at a speed.
static func _curvature(speed: float) -> float:
	if speed < 5.0:
		return lerpf(0.69, 0.398, speed / 5.0)
	if speed < 10.0:
		return lerpf(0.398, 0.235, (speed - 5.0) / 5.0)
	if speed < 15.0:
		return lerpf(0.235, 0.1375, (speed - 10.0) / 5.0)
	if speed < 17.5:
		return lerpf(0.1375, 0.11, (speed - 15.0) / 2.5)
	return lerpf(0.11, 0.088, minf((speed - 17.5) / 5.5, 1.0))


# The same with the handbrake: the front wheels turn further.
static func _slide_curvature(speed: float) -> float:
	return tan(lerpf(0.39235, 0.1261, minf(speed / 25.0, 1.0))) / WHEEL_BASE
