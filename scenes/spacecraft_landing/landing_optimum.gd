class_name LandingOptimum
extends RefCounted
## The fuel of a near-optimal landing from a start: what the metric `fuel_efficiency` compares with.
##
## Coast as long as possible, then brake at full thrust all the way to the pad. A kick at the start
## turns the flight so that the coast ends on the line along which the brake stops at the pad. This
## is a burn that a craft can fly, not a bound: over random starts it takes 2 to 3 % more fuel than
## the optimum that a convex solver finds (README.md). The controller asks once an episode.

const BISECTIONS: int = 40
## Fuel that is gone half way through the brake, kg: the craft's mass there counts for its strength.
const HALF_BURN: float = 50.0
## Longest coast that is looked at, s.
const LONGEST_COAST: float = 120.0


## Fuel, kg, from [param offset] (the feet from the pad, m, y up) at [param velocity], m/s, with
## [param gravity], m/s^2, and [param mass], kg, at the start. INF: full thrust cannot stop it.
static func fuel(offset: Vector3, velocity: Vector3, gravity: float, mass: float) -> float:
	var braking: float = Lander.MAX_THRUST / (mass - HALF_BURN)
	var least: float = 0.0
	var most: float = LONGEST_COAST
	if _burn(offset, velocity, gravity, 0.0).x > braking:
		return INF
	for i: int in BISECTIONS:
		var coast: float = (least + most) * 0.5
		if _burn(offset, velocity, gravity, coast).x > braking:
			most = coast
		else:
			least = coast
	var change: float = _burn(offset, velocity, gravity, least).y
	return mass * (1.0 - exp(-change / Lander.EXHAUST_SPEED))


# Deceleration that stops the craft at the pad after coasting for so long, m/s^2, and the change of
# velocity of kick and brake together, m/s. INF where the ground is nearer.
static func _burn(offset: Vector3, velocity: Vector3, gravity: float, coast: float) -> Vector2:
	var falling: float = gravity * coast - velocity.y
	var height: float = offset.y + (velocity.y - 0.5 * gravity * coast) * coast
	if height <= 0.0:
		return Vector2(INF, INF)
	if falling <= 0.0:
		return Vector2.ZERO
	# A steady brake from speed v stops after a way of v t / 2.
	var braking_time: float = 2.0 * height / falling
	var beside: Vector2 = Vector2(offset.x, offset.z)
	var drift: Vector2 = -beside / (coast + braking_time * 0.5)
	var kick: Vector2 = drift - Vector2(velocity.x, velocity.z)
	var level: float = drift.length() / braking_time
	var upwards: float = falling / braking_time + gravity
	var brake: float = sqrt(level * level + upwards * upwards)
	return Vector2(brake, kick.length() + brake * braking_time)
