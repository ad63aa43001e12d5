extends XRInterfaceExtension
## An XR interface as a runtime brings one, without the runtime: a head and two hands whose trackers
## a test moves, refresh rates, and a record of the pulses that it was asked for.

const NAME: String = "WornInTests"

var rates: Array[float] = [72.0, 90.0, 120.0]
var display_refresh_rate: float = 72.0
## One entry for each pulse: [tracker, amplitude, seconds].
var pulses: Array[Array] = []
var head: XRPositionalTracker
var left: XRControllerTracker
var right: XRControllerTracker
var can_start: bool = true

var _up: bool = false


## Adds it to XRServer.
func plug_in() -> void:
	XRServer.add_interface(self)


## Takes it from XRServer.
func unplug() -> void:
	if _up:
		uninitialize()
	if XRServer.primary_interface == self:
		XRServer.primary_interface = null
	XRServer.remove_interface(self)


## Poses a tracker as hardware would.
func pose(tracker: XRPositionalTracker, place: Transform3D) -> void:
	var confidence: XRPose.TrackingConfidence = XRPose.XR_TRACKING_CONFIDENCE_HIGH
	tracker.set_pose(&"default", place, Vector3.ZERO, Vector3.ZERO, confidence)


func get_available_display_refresh_rates() -> Array:
	return rates


func _get_name() -> StringName:
	return NAME


func _get_capabilities() -> int:
	return XRInterface.XR_STEREO


func _is_initialized() -> bool:
	return _up


func _initialize() -> bool:
	if not can_start:
		return false
	head = XRPositionalTracker.new()
	head.name = &"head"
	head.type = XRServer.TRACKER_HEAD
	left = XRControllerTracker.new()
	left.name = &"left_hand"
	left.hand = XRPositionalTracker.TRACKER_HAND_LEFT
	right = XRControllerTracker.new()
	right.name = &"right_hand"
	right.hand = XRPositionalTracker.TRACKER_HAND_RIGHT
	for tracker: XRPositionalTracker in [head, left, right]:
		XRServer.add_tracker(tracker)
	_up = true
	return true


func _uninitialize() -> void:
	for tracker: XRPositionalTracker in [head, left, right]:
		XRServer.remove_tracker(tracker)
	_up = false


func _get_system_info() -> Dictionary:
	return {"XRRuntimeName": "a test"}


func _get_render_target_size() -> Vector2:
	return Vector2(64.0, 64.0)


func _get_view_count() -> int:
	return 1


func _get_camera_transform() -> Transform3D:
	return Transform3D.IDENTITY


func _get_transform_for_view(_view: int, camera: Transform3D) -> Transform3D:
	return camera


func _get_projection_for_view(
	_view: int, aspect: float, near: float, far: float
) -> PackedFloat64Array:
	var projection: Projection = Projection.create_perspective(90.0, aspect, near, far)
	var values: PackedFloat64Array = []
	for column: int in 4:
		for row: int in 4:
			values.append(projection[column][row])
	return values


func _trigger_haptic_pulse(
	_action: String,
	tracker: StringName,
	_hertz: float,
	amplitude: float,
	seconds: float,
	_delay: float
) -> void:
	pulses.append([tracker, amplitude, seconds])
