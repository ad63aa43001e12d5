class_name MovingBody
extends RigidBody3D
## What ball and cars share: a body that Jolt moves, whose velocities are changed before each step.
##
## [method look] reads what the engine has made of it; [method hand_over] gives the velocities back.
## BallBody and CarChassis build on it. Lengths in m, in the arena's axes.

const GRAVITY: float = 6.5

## Where it is, in the arena; how it stands; m/s; rad/s.
var place: Vector3 = Vector3.ZERO
var attitude: Basis = Basis.IDENTITY
var velocity: Vector3 = Vector3.ZERO
var spin: Vector3 = Vector3.ZERO

var _state: PhysicsDirectBodyState3D


func _init() -> void:
	custom_integrator = true
	can_sleep = false
	physics_material_override = PhysicsMaterial.new()


func _enter_tree() -> void:
	_state = PhysicsServer3D.body_get_direct_state(get_rid())


## Reads what the physics engine has made of it; [param origin]: the arena's place.
func look(origin: Vector3) -> void:
	var now: Transform3D = _state.transform
	attitude = now.basis
	place = now.origin - origin
	velocity = _state.linear_velocity
	spin = _state.angular_velocity


## Puts it somewhere at once.
func put(at: Transform3D, moving: Vector3, turning: Vector3, origin: Vector3) -> void:
	var there: Transform3D = Transform3D(at.basis.orthonormalized(), at.origin + origin)
	global_transform = there
	PhysicsServer3D.body_set_state(get_rid(), PhysicsServer3D.BODY_STATE_TRANSFORM, there)
	linear_velocity = moving
	angular_velocity = turning
	_state.linear_velocity = moving
	_state.angular_velocity = turning
	place = at.origin
	attitude = there.basis
	velocity = moving
	spin = turning


## Hands the velocities to the physics engine, no larger than the limits, m/s and rad/s.
func hand_over(most_speed: float, most_spin: float) -> void:
	var speed: float = velocity.length_squared()
	if speed > most_speed * most_speed:
		velocity *= most_speed / sqrt(speed)
	var turning: float = spin.length_squared()
	if turning > most_spin * most_spin:
		spin *= most_spin / sqrt(turning)
	_state.linear_velocity = velocity
	_state.angular_velocity = spin


# Gives it its one shape.
func _collide_as(shape: Shape3D, middle: Vector3 = Vector3.ZERO) -> void:
	var collision: CollisionShape3D = CollisionShape3D.new()
	collision.shape = shape
	collision.position = middle
	add_child(collision)
