class_name NavHeadset
extends "res://addons/godot_rl/xr/headset_rig.gd"
## Stands in for a headset where none is worn, with the motion of a person, and steps aside when a
## person puts one on.
##
## The controller feeds it the sticks; the player lets its time pass. It knows no course.

## Somebody looks on: head and hands are shown in every tick.
var is_watched: bool = false
## Velocity of the head relative to the rig at the last sample, m/s.
var head_velocity: Vector3 = Vector3.ZERO
## Speed of turning of the head relative to the rig at the last sample (pitch, yaw, roll), rad/s.
var head_spin: Vector3 = Vector3.ZERO
## Cosine of the head's tilt at the last sample.
var upright: float = 1.0


func _init() -> void:
	moves = true
	advances_itself = false
	is_watched = DisplayServer.get_name() != "headless"


## Becomes the person of [param person_seed], at the first of its poses and at rest. A wearer stays
## who she is.
func begin(person_seed: int) -> void:
	if is_simulating:
		super(person_seed)
	head_velocity = Vector3.ZERO
	head_spin = Vector3.ZERO
	upright = camera.basis.y.y


## Sets what both sticks report, in [-1, 1]: x right, y forward.
func set_sticks(left: Vector2, right: Vector2) -> void:
	if is_simulating:
		trackers.left.set_input(NavLocomotion.STICK, left)
		trackers.right.set_input(NavLocomotion.STICK, right)


## Puts head and hands where the person has them [param at] s after the episode's start, and takes
## their velocities as seen [param apart] s after the last sample.
func sample_at(at: float, apart: float) -> void:
	var pose: XRPose = null
	if is_simulating:
		_motion.sample(at)
		_show(apart)
		pose = trackers.head.get_pose(SimulatedTrackers.POSE)
	else:
		var tracker: XRPositionalTracker = XRServer.get_tracker(&"head") as XRPositionalTracker
		pose = tracker.get_pose(SimulatedTrackers.POSE) if tracker != null else null
	head_velocity = pose.linear_velocity if pose != null else Vector3.ZERO
	head_spin = pose.angular_velocity if pose != null else Vector3.ZERO
	upright = camera.basis.y.y


## Shows head and hands as they are [param at] s after the episode's start, for who looks on between
## two samples. Nothing that is observed changes.
func show_at(at: float) -> void:
	if is_simulating:
		_motion.sample(at)
		camera.transform = _motion.head
		left_hand.transform = _motion.left_hand
		right_hand.transform = _motion.right_hand


## Velocity of a hand relative to the rig, m/s.
func get_hand_velocity(hand: XRController3D) -> Vector3:
	var pose: XRPose = hand.get_pose()
	return pose.linear_velocity if pose != null else Vector3.ZERO
