class_name LanderPilot
extends CharacterBody3D
## The pilot who gets out after a safe touchdown and walks: a body in a space suit with a VR rig.
##
## The controller switches the pilot on with [method get_out] and steers with [method walk]. Below
## the body hang an XROrigin3D with camera and two controllers, which the addon's simulated rig
## drives, so that a headset can take them over. Until then the pilot takes no tick and collides
## with nothing. It knows no reward.

## Simulated time has passed since the last one: [param seconds].
signal sampled(seconds: float)

## Ticks between two [signal sampled].
const SAMPLE_TICKS: int = 9
## Fastest walk, m/s, fastest turn, rad/s, and speed of a jump, m/s.
const WALK_SPEED: float = 1.8
const TURN_SPEED: float = 1.5
const JUMP_SPEED: float = 2.2
## Change of velocity on the ground, m/s^2.
const GRIP: float = 8.0
## Depth of the feet below the body's origin, m.
const FEET: float = 0.9

## Physics ticks since the pilot got out.
var ticks: int = 0
## Metres walked.
var walked: float = 0.0
## Whether the pilot is out and walks.
var is_out: bool = false

var _wanted: Vector2 = Vector2.ZERO
var _turn: float = 0.0
var _jumps: bool = false
var _gravity: float = 3.71

@onready var _shape: CollisionShape3D = $Shape


func _ready() -> void:
	stay_in()


func _physics_process(delta: float) -> void:
	if ticks % SAMPLE_TICKS == 0 and ticks > 0:
		sampled.emit(SAMPLE_TICKS * delta)
		if not is_out:
			return
	ticks += 1
	rotate_y(_turn * TURN_SPEED * delta)
	var level: Vector3 = global_basis * Vector3(_wanted.x, 0.0, _wanted.y) * WALK_SPEED
	var speed: Vector3 = Vector3(velocity.x, 0.0, velocity.z)
	if is_on_floor():
		speed = speed.move_toward(level, GRIP * delta)
		velocity.y = JUMP_SPEED if _jumps else 0.0
	velocity = Vector3(speed.x, velocity.y - _gravity * delta, speed.z)
	var before: Vector3 = global_position
	move_and_slide()
	var way: Vector3 = global_position - before
	walked += Vector2(way.x, way.z).length()


## Puts the pilot's feet at [param place] in the world, looking along -z of [param facing].
func get_out(place: Vector3, facing: Basis, gravity: float) -> void:
	is_out = true
	ticks = 0
	walked = 0.0
	velocity = Vector3.ZERO
	_gravity = gravity
	_shape.disabled = false
	visible = true
	global_transform = Transform3D(facing, place + Vector3.UP * (FEET + 0.05))
	force_update_transform()
	walk(Vector2.ZERO, 0.0, false)
	set_physics_process(true)


## Goes back on board: no ticks, no collisions, not to be seen.
func stay_in() -> void:
	is_out = false
	_shape.disabled = true
	visible = false
	velocity = Vector3.ZERO
	set_physics_process(false)


## Sets what the legs do until the next call: [param wanted] right and back, length at most 1,
## [param turn] to the left, in [-1, 1].
func walk(wanted: Vector2, turn: float, jumps: bool) -> void:
	_wanted = wanted.limit_length(1.0)
	_turn = turn
	_jumps = jumps


## The point between the feet, in the coordinates of the world.
func feet() -> Vector3:
	return global_position - Vector3.UP * FEET
