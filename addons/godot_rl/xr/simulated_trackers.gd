extends RefCounted
## The trackers of one simulated headset: two controllers and a head, with names that no other
## headset has.
##
## XRServer's trackers are global by name and one engine hosts many arenas, so every owner gets its
## own: "vr_<instance id>/left_hand", ".../right_hand", ".../head". The head's is for scripts that
## ask XRServer for it: an XRCamera3D only ever follows the tracker named "head", so a rig poses its
## camera itself. SimulatedRig makes one and releases it; it never touches a tracker that hardware
## registered.

## The pose that XRController3D follows unless told otherwise.
const POSE: StringName = &"default"

## Controller of the left hand; null after [method release].
var left: XRControllerTracker
## Controller of the right hand; null after [method release].
var right: XRControllerTracker
## The head; null after [method release].
var head: XRPositionalTracker


## Registers the three trackers of [param owner].
func _init(owner: Object) -> void:
	var prefix: String = "vr_%d/" % owner.get_instance_id()
	left = XRControllerTracker.new()
	left.name = prefix + "left_hand"
	left.hand = XRPositionalTracker.TRACKER_HAND_LEFT
	right = XRControllerTracker.new()
	right.name = prefix + "right_hand"
	right.hand = XRPositionalTracker.TRACKER_HAND_RIGHT
	head = XRPositionalTracker.new()
	head.name = prefix + "head"
	head.type = XRServer.TRACKER_HEAD
	for tracker: XRPositionalTracker in [left, right, head]:
		XRServer.add_tracker(tracker)


## Poses [param tracker] relative to its XROrigin3D; velocities in m/s and rad/s.
static func pose(
	tracker: XRPositionalTracker,
	place: Transform3D,
	velocity: Vector3 = Vector3.ZERO,
	spin: Vector3 = Vector3.ZERO
) -> void:
	tracker.set_pose(POSE, place, velocity, spin, XRPose.XR_TRACKING_CONFIDENCE_HIGH)


## Makes [param controller] follow [param tracker].
static func attach(controller: XRController3D, tracker: XRControllerTracker) -> void:
	controller.tracker = tracker.name
	controller.pose = POSE


## Removes the trackers. A node that followed one keeps its last pose.
func release() -> void:
	for tracker: XRPositionalTracker in [left, right, head]:
		if tracker != null:
			XRServer.remove_tracker(tracker)
	left = null
	right = null
	head = null
