class_name PartyPlayer
extends CharacterBody3D
## One VR player: a body that two thumbsticks move, with a head and two hands.
##
## MultiAgentVR moves it, one tick at a time. It reads its two XRController3D as a shipped game
## would, and never knows whether a simulated rig or hardware feeds them. It knows no reward.

## What a player is in a game of tag.
enum Role { FREE, IT, FROZEN }

## Radius of the body, m.
const RADIUS: float = 0.3
const STICK: StringName = &"primary"
## Share of the stick that does nothing.
const DEAD_ZONE: float = 0.15
## Share of the speed sideways and backwards.
const SIDE_SHARE: float = 0.8
const BACK_SHARE: float = 0.6
## Largest change of velocity, m/s^2; turning at full stick, rad/s.
const ACCELERATION: float = 7.0
const TURN_SPEED: float = 2.4
## Seconds at full speed after which a sprint begins (planted bug `sprint`).
const SPRINT_SECONDS: float = 1.5

@export var camera: XRCamera3D
@export var left_hand: XRController3D
@export var right_hand: XRController3D
@export var rig: PartyRig
@export var controller: PartyController
@export var rays: RayCastSensor3D

## Number of its seat, from 0.
var slot: int = 0
var arena: MultiAgentVR
var role: Role = Role.FREE
## Seconds for which it cannot be tagged.
var rest_left: float = 0.0
## Where it is in the arena (x, z), m.
var place: Vector2:
	get:
		return Vector2(position.x, position.z)
## Contacts with walls and pillars since [method restart].
var bumps: int = 0
## Whether it touches one.
var is_bumping: bool = false

var _full_speed_seconds: float = 0.0


func _ready() -> void:
	rig.is_watched = arena != null and arena.is_watched


## Stands at [param start] (in the arena, on the floor), at rest, as the person of this seed.
func restart(start: Transform3D, person_seed: int) -> void:
	transform = start
	velocity = Vector3.ZERO
	collision_layer = PartyRoom.PLAYER_LAYER
	role = Role.FREE
	rest_left = 0.0
	bumps = 0
	is_bumping = false
	_full_speed_seconds = 0.0
	rig.set_sticks(Vector2.ZERO, 0.0)
	rig.begin(person_seed)
	# The others are to see it here now, not where the round before left it.
	RLPlacement.settle(self)


## Moves on by [param delta] s as the sticks say.
func advance(delta: float) -> void:
	rest_left = maxf(rest_left - delta, 0.0)
	rig.stretch_on(delta)
	if role == Role.FROZEN:
		velocity = Vector3.ZERO
		return
	var turn: float = _past_dead_zone(Vector2(right_hand.get_vector2(STICK).x, 0.0)).x
	rotate_y(-turn * TURN_SPEED * delta)
	var stick: Vector2 = _past_dead_zone(left_hand.get_vector2(STICK))
	var ahead: float = stick.y if stick.y > 0.0 else stick.y * BACK_SHARE
	var wanted: Vector3 = basis * Vector3(stick.x * SIDE_SHARE, 0.0, -ahead) * max_speed()
	velocity = velocity.move_toward(arena.global_basis * wanted, ACCELERATION * delta)
	if arena.settings.bug_sprint and _sprints(delta):
		position += arena.global_basis.inverse() * velocity * delta
		return
	move_and_slide()
	_count_bumps()


## Largest speed, m/s.
func max_speed() -> float:
	return arena.settings.chaser_speed if role == Role.IT else arena.settings.speed


## Velocity in its own frame: x to the right, y forwards, m/s.
func own_velocity() -> Vector2:
	var own: Vector3 = global_basis.inverse() * velocity
	return Vector2(own.x, -own.z)


## Where the hand that touches is in the arena (x, z), m.
func hand_place() -> Vector2:
	var hand: Vector3 = transform * rig.touching_hand
	return Vector2(hand.x, hand.z)


## Whether its body or its hand touches [param other].
func touches(other: PartyPlayer) -> bool:
	var bodies: bool = place.distance_to(other.place) < 2.0 * RADIUS + 0.05
	return bodies or reaches(other)


## Whether its hand touches [param other].
func reaches(other: PartyPlayer) -> bool:
	return hand_place().distance_to(other.place) < RADIUS + 0.1


func _past_dead_zone(stick: Vector2) -> Vector2:
	var pushed: float = stick.length()
	if pushed <= DEAD_ZONE:
		return Vector2.ZERO
	return stick * ((minf(pushed, 1.0) - DEAD_ZONE) / ((1.0 - DEAD_ZONE) * pushed))


# The planted bug: who runs at full speed for a while is moved without looking for obstacles.
func _sprints(delta: float) -> bool:
	var is_fast: bool = velocity.length() > 0.9 * max_speed()
	_full_speed_seconds = _full_speed_seconds + delta if is_fast else 0.0
	return _full_speed_seconds > SPRINT_SECONDS


func _count_bumps() -> void:
	var touched: bool = false
	for i: int in get_slide_collision_count():
		var collision: KinematicCollision3D = get_slide_collision(i)
		var normal: Vector3 = collision.get_normal()
		if velocity.dot(normal) < 0.0:
			velocity = velocity.slide(normal)
		touched = touched or collision.get_collider() is StaticBody3D
	if touched and not is_bumping:
		bumps += 1
	is_bumping = touched
