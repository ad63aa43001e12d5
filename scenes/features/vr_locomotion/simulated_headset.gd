class_name SimulatedHeadset
extends Node
## Stands in for a headset where none is worn: drives the same XR nodes that hardware would.
##
## It registers two XRControllerTrackers with names of its own (XRServer's trackers are global, and
## one engine hosts many arenas), points the XRController3Ds at them, and poses the XRCamera3D by
## script; a tracker named "head" would move the cameras of all arenas. When an XR interface is up
## it does nothing, and the nodes keep listening to the hardware.

const POSE: StringName = &"default"

@export var camera: XRCamera3D
@export var left_hand: XRController3D
@export var right_hand: XRController3D
## Height of the eyes above the ground, m.
@export var eye_height: float = 1.7
## Place of the left hand relative to the origin on the ground, m; the right one mirrors it.
@export var left_hand_position: Vector3 = Vector3(-0.25, 1.1, -0.3)

## True when the trackers stand in; false when a headset is worn.
var is_simulating: bool = false

var _left: XRControllerTracker
var _right: XRControllerTracker


func _ready() -> void:
	var interface: XRInterface = XRServer.primary_interface
	is_simulating = interface == null or not interface.is_initialized()
	if not is_simulating:
		return
	_left = _register(left_hand, XRPositionalTracker.TRACKER_HAND_LEFT, left_hand_position)
	var mirrored: Vector3 = left_hand_position * Vector3(-1.0, 1.0, 1.0)
	_right = _register(right_hand, XRPositionalTracker.TRACKER_HAND_RIGHT, mirrored)
	look(0.0, 0.0)


func _exit_tree() -> void:
	for tracker: XRControllerTracker in [_left, _right]:
		if tracker != null:
			XRServer.remove_tracker(tracker)
	_left = null
	_right = null


## Poses the head: [param pitch] (up positive) and [param yaw] (left positive), in rad, relative to
## the rig.
func look(pitch: float, yaw: float) -> void:
	if is_simulating:
		var basis: Basis = Basis.from_euler(Vector3(pitch, yaw, 0.0))
		camera.transform = Transform3D(basis, Vector3(0.0, eye_height, 0.0))


## Sets what the controllers report: both sticks in [-1, 1] (x right, y forward), trigger in [0, 1].
func set_inputs(left_stick: Vector2, right_stick: Vector2, right_trigger: float) -> void:
	if is_simulating:
		_left.set_input(VRLocomotion.STICK, left_stick)
		_right.set_input(VRLocomotion.STICK, right_stick)
		_right.set_input(VRLocomotion.TRIGGER, right_trigger)


func _register(
	controller: XRController3D, hand: XRPositionalTracker.TrackerHand, place: Vector3
) -> XRControllerTracker:
	var tracker: XRControllerTracker = XRControllerTracker.new()
	var side: String = "left" if hand == XRPositionalTracker.TRACKER_HAND_LEFT else "right"
	tracker.name = "vr_%d/%s_hand" % [get_instance_id(), side]
	tracker.hand = hand
	XRServer.add_tracker(tracker)
	controller.tracker = tracker.name
	controller.pose = POSE
	var pose: Transform3D = Transform3D(Basis.IDENTITY, place)
	var confidence: XRPose.TrackingConfidence = XRPose.XR_TRACKING_CONFIDENCE_HIGH
	tracker.set_pose(POSE, pose, Vector3.ZERO, Vector3.ZERO, confidence)
	return tracker
