class_name LandingStart
extends RefCounted
## Where and how a flight begins, drawn from the episode's seed.
##
## The controller draws one when an episode begins. All is relative to the pad; README.md lists the
## ranges. It moves nothing.

## Height of the feet above the pad, m.
const LOWEST: float = 500.0
const HIGHEST: float = 1000.0
## Speed sideways along each axis, and fastest fall, m/s.
const DRIFT: float = 10.0
const FALL: float = 20.0
## Pitch and roll, rad, and speed of turning about either, rad/s.
const TILT: float = 0.1
const SPIN: float = 0.05

## The feet relative to the pad, m.
var offset: Vector3
## Attitude of the craft.
var attitude: Basis
## Velocity, m/s.
var velocity: Vector3
## Angular velocity, rad/s.
var spin: Vector3


## A start from [param rng], up to [param beside] m beside the pad along x and z.
static func draw(rng: RandomNumberGenerator, beside: float) -> LandingStart:
	var start: LandingStart = LandingStart.new()
	start.offset = Vector3(
		rng.randf_range(-beside, beside),
		rng.randf_range(LOWEST, HIGHEST),
		rng.randf_range(-beside, beside)
	)
	start.velocity = Vector3(
		rng.randf_range(-DRIFT, DRIFT), rng.randf_range(-FALL, 0.0), rng.randf_range(-DRIFT, DRIFT)
	)
	var pitch: float = rng.randf_range(-TILT, TILT)
	var yaw: float = rng.randf_range(-PI, PI)
	start.attitude = Basis.from_euler(Vector3(pitch, yaw, rng.randf_range(-TILT, TILT)))
	start.spin = Vector3(rng.randf_range(-SPIN, SPIN), 0.0, rng.randf_range(-SPIN, SPIN))
	return start
