class_name LandingBugs
extends RefCounted
## Bugs that can be planted in the scene, to count who finds them; all off by default.
##
## Each is switched on by the environment parameter `bug_<name>` (README.md). Lander and
## FloatingOrigin ask in the place where the bug would sit; LandingWatch, which looks for what bugs
## do, does not know this file.

## Speeds of fall at which the legs pass through the ground, m/s.
const SLOWEST_FALL: float = 3.0
const FASTEST_FALL: float = 4.2
## Sideways thrust above which it is free while the main engine is closed, and what closed means.
const FREE_FROM: float = 0.6
const CLOSED: float = 0.02
## Tilt from which the attitude jets are dead: its cosine (60 degrees).
const LOCKED_UPRIGHT: float = 0.5
## How far the craft jumps when the origin moves, m.
const JUMP: float = 30.0

## Legs pass through the ground at one range of speeds.
var leg_tunnelling: bool = false
## Sideways thrust without the main engine burns no fuel.
var free_thrust: bool = false
## Beyond 60 degrees of tilt the attitude jets do nothing.
var dead_gyro: bool = false
## The craft jumps aside when the floating origin moves.
var origin_jump: bool = false


## Switches on what the parameters of the arena that begins ask for.
func read() -> void:
	leg_tunnelling = Sync.get_parameter("bug_leg_tunnelling", 0.0) > 0.5
	free_thrust = Sync.get_parameter("bug_free_thrust", 0.0) > 0.5
	dead_gyro = Sync.get_parameter("bug_dead_gyro", 0.0) > 0.5
	origin_jump = Sync.get_parameter("bug_origin_jump", 0.0) > 0.5


## Whether [param thrust] burns nothing.
func is_free(thrust: Vector3) -> bool:
	return thrust.y < CLOSED and Vector2(thrust.x, thrust.z).length() > FREE_FROM


## Whether the jets are dead in this attitude.
func is_locked(frame: Basis) -> bool:
	return frame.y.y < LOCKED_UPRIGHT


## Takes [param legs] out of the collision at the wrong speeds.
func move_legs(legs: CollisionShape3D, velocity: Vector3) -> void:
	var gone: bool = -velocity.y > SLOWEST_FALL and -velocity.y < FASTEST_FALL
	if gone != legs.disabled:
		legs.disabled = gone
