class_name StressHand
extends Node
## The player's right hand in `physics_stress`: the grip grabs the nearest body, letting go throws
## it with the hand's velocity.
##
## It reads an XRController3D, so a real one plays too; the agent moves the simulated one by
## [method reach_and_throw]. A throw is stronger than a person's: GAIN times the hand's speed.

## How far the hand grabs, m.
const REACH: float = 10.0
## A thrown body's speed over the hand's.
const GAIN: float = 10.0
## Fastest hand and fastest throw, m/s.
const HAND_SPEED: float = 3.0
const SPEED: float = 30.0
const GRIP: StringName = &"grip"

@export var hand: XRController3D
@export var rig: Node
@export var bodies: StressBodies

## Bug of the scene.
var bug_tunnelling: bool = false
## Throws since [method restart].
var throws: int = 0

var _held: RigidBody3D
var _velocity: Vector3 = Vector3.ZERO
var _ticks_left: int = 0


func restart() -> void:
	_held = null
	_ticks_left = 0
	throws = 0
	_press(false, Vector3.ZERO)


## The simulated hand grabs in this tick and lets go in the next one, moving at [param velocity],
## m/s, as seen from the room.
func reach_and_throw(velocity: Vector3) -> void:
	_velocity = velocity.limit_length(HAND_SPEED)
	_ticks_left = 2
	_press(true, _velocity)


## The body that the hand would grab now; null: none is in reach.
func target() -> RigidBody3D:
	return bodies.nearest(hand.global_position, REACH)


func _physics_process(_delta: float) -> void:
	if _ticks_left > 0:
		_ticks_left -= 1
		if _ticks_left == 0:
			_press(false, _velocity)
	var is_pressed: bool = hand.get_float(GRIP) > 0.5
	if is_pressed and _held == null:
		_held = target()
	elif not is_pressed and is_instance_valid(_held) and _held.is_inside_tree():
		_throw(_held)
		_held = null
	elif not is_pressed:
		_held = null


func _throw(body: RigidBody3D) -> void:
	var pose: XRPose = hand.get_pose()
	if pose == null:
		return
	var velocity: Vector3 = (pose.linear_velocity * GAIN).limit_length(SPEED)
	if bodies.energy != null:
		var more: float = velocity.length_squared() - body.linear_velocity.length_squared()
		bodies.energy.allow(0.5 * body.mass * more)
	throws += 1
	body.sleeping = false
	body.collision_layer = StressBodies.THROWN
	# Bodies that are this fast would be checked twice; the bug leaves the costly check out.
	body.continuous_cd = not (bug_tunnelling and velocity.length() > 20.0)
	body.linear_velocity = velocity


func _press(is_on: bool, velocity: Vector3) -> void:
	var trackers: RefCounted = rig.get(&"trackers")
	if trackers == null or not rig.get(&"is_simulating"):
		return
	var tracker: XRControllerTracker = trackers.get(&"right")
	tracker.set_input(GRIP, 1.0 if is_on else 0.0)
	var place: Transform3D = Transform3D(Basis.IDENTITY, Vector3(0.25, 1.1, -0.3))
	tracker.set_pose(&"default", place, velocity, Vector3.ZERO, XRPose.XR_TRACKING_CONFIDENCE_HIGH)
