class_name NavHeadset
extends "res://addons/godot_rl/xr/simulated_rig.gd"
## Stands in for a headset where none is worn, with the motion of a person, and steps aside when a
## person puts one on.
##
## The controller feeds it the sticks; the player lets its time pass. It knows no course.

## A person put the headset on, or took it off.
signal worn(is_on: bool)

const HeadsetSession := preload("res://addons/godot_rl/xr/headset_session.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")

## Somebody looks on: head and hands are shown in every tick.
var is_watched: bool = false
## Velocity of the head relative to the rig at the last sample, m/s.
var head_velocity: Vector3 = Vector3.ZERO
## Speed of turning of the head relative to the rig at the last sample (pitch, yaw, roll), rad/s.
var head_spin: Vector3 = Vector3.ZERO
## Cosine of the head's tilt at the last sample.
var upright: float = 1.0

var _session: HeadsetSession


func _init() -> void:
	moves = true
	advances_itself = false
	is_watched = DisplayServer.get_name() != "headless"


func _exit_tree() -> void:
	take_off()
	super()


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


## Lets a person in: starts the headset, if there is one and a screen, and hands the nodes over to
## it. False where there is none; nothing has changed then.
func put_on(interface_name: String = "OpenXR") -> bool:
	if not is_simulating:
		return true
	var session: HeadsetSession = HeadsetSession.new()
	if not session.start(get_viewport(), interface_name):
		if HeadsetSession.finds_runtime():
			RLLog.info(
				"to enter with a headset, start its runtime, then the game with --xr-mode on"
			)
		return false
	_session = session
	var origin: XROrigin3D = camera.get_parent()
	origin.current = true
	hand_over()
	worn.emit(true)
	return true


## Gives the scene back to the screen and to the simulated trackers.
func take_off() -> void:
	if _session == null:
		return
	_session.stop()
	_session = null
	take_back()
	worn.emit(false)
