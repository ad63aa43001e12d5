class_name BallBody
extends MovingBody
## The ball: Jolt bounces it off the field and the cars; this adds gravity, drag, limits, and what a
## car's hit gives beyond the collision.
##
## CarBall calls it. README.md names the sources of the numbers. Lengths in m, in the arena's axes.

const RADIUS: float = 0.9125
const MASS: float = 30.0
const DRAG: float = 0.03
const MOST_SPEED: float = 60.0
const MOST_SPIN: float = 6.0
## Height of its centre when it lies on the floor.
const REST_HEIGHT: float = RADIUS + 0.005
## Beyond the collision a hit pushes the ball away from the car's middle, flattened so much, and
## along the car's nose so much less.
const HIT_FLATTENED: float = 0.35
const HIT_NOSE: float = 0.65
const HIT_MOST: float = 46.0
## Jolt solves a contact from this distance on, m (its default).
const CONTACT: float = 0.02


func _init() -> void:
	super()
	var sphere: SphereShape3D = SphereShape3D.new()
	sphere.radius = RADIUS
	_collide_as(sphere)
	mass = MASS
	physics_material_override.friction = 0.35


## Changes the velocities for a tick of [param delta] seconds, before the physics step.
func advance(delta: float) -> void:
	velocity *= 1.0 - DRAG * delta
	velocity.y -= GRAVITY * delta
	hand_over(MOST_SPEED, MOST_SPIN)


## Whether [param car] touches it in the coming physics step: nearer than [constant CONTACT].
func meets(car: CarChassis) -> bool:
	var gap: Vector3 = place - car.place
	if gap.length_squared() > 4.0:
		return false
	# The nearest point of the hull, in the car's own axes.
	var half: Vector3 = CarChassis.HULL / 2.0
	var offset: Vector3 = gap * car.attitude - CarChassis.HULL_MIDDLE
	var reach: float = RADIUS + CONTACT
	return (offset - offset.clamp(-half, half)).length_squared() < reach * reach


## What a hit by [param car] adds to the ball's velocity beyond the collision, m/s.
func extra_of(car: CarChassis) -> Vector3:
	var relative: float = minf((velocity - car.velocity).length(), HIT_MOST)
	var gap: Vector3 = place - car.place
	var push: Vector3 = Vector3(gap.x, gap.y * HIT_FLATTENED, gap.z)
	var nose: Vector3 = -car.attitude.z
	push -= nose * (push.dot(nose) * (1.0 - HIT_NOSE))
	return push.normalized() * (relative * _hit_share(relative))


static func _hit_share(relative: float) -> float:
	if relative < 5.0:
		return 0.65
	if relative < 23.0:
		return lerpf(0.65, 0.55, (relative - 5.0) / 18.0)
	return lerpf(0.55, 0.3, minf((relative - 23.0) / 23.0, 1.0))
