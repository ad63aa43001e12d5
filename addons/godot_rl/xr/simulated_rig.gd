extends Node
## A simulated headset: drives the XRCamera3D and the two XRController3D of one player as hardware
## would, and gives them back to hardware when somebody puts a headset on.
##
## Put it into a VR scene and set its three nodes; each copy of the scene gets trackers of its own.
## With [member moves] off, head and hands stay where they are put. With it on, they move as those
## of a standing person do (see PersonMotion), the same way for the same seed. It reads no input and
## knows no game: set_input() the trackers from the agent's actions.

const PersonMotion := preload("res://addons/godot_rl/xr/person_motion.gd")
const SimulatedTrackers := preload("res://addons/godot_rl/xr/simulated_trackers.gd")

## The player's head.
@export var camera: XRCamera3D
## The player's left controller.
@export var left_hand: XRController3D
## The player's right controller.
@export var right_hand: XRController3D
## Height of the eyes above the ground, m.
@export_range(0.5, 2.5, 0.01, "suffix:m") var eye_height: float = 1.7
## Place of the left hand relative to the origin on the ground, m; the right one mirrors it.
@export var left_hand_position: Vector3 = Vector3(-0.25, 1.1, -0.3)
## Whether head and hands move as those of a person. Set it before the node enters the tree.
@export var moves: bool = false
## Whether the hands move too, with [member moves]. They are most of its cost: switch them off where
## nothing depends on them, as in a training that neither sees nor feels them. The head moves the
## same; hands that are switched on again are where the person has them by then.
@export var hands_move: bool = true
## The person that moves until [method begin] names another.
@export var motion_seed: int = 0
## Whether this node moves head and hands in each physics tick by itself, before other nodes. Off:
## the scene calls [method advance].
@export var advances_itself: bool = true

## True while the trackers of this node stand in; false while a headset is worn.
var is_simulating: bool = true:
	set(value):
		is_simulating = value
		head_moves = moves or not value
## True when the head moves relative to the rig, in a headset or by [member moves].
var head_moves: bool = false
## The trackers that stand in.
var trackers: SimulatedTrackers
## Seconds since [method begin].
var time: float = 0.0

var _motion: PersonMotion
# The trackers and poses that the controllers had in the scene: the hardware's.
var _hardware: Array[StringName] = []


func _ready() -> void:
	trackers = SimulatedTrackers.new(self)
	_hardware = [left_hand.tracker, right_hand.tracker, left_hand.pose, right_hand.pose]
	process_physics_priority = -1000
	set_physics_process(moves and advances_itself)
	head_moves = moves
	if moves:
		_motion = PersonMotion.new()
		_motion.eye_height = eye_height
		_motion.left_rest = left_hand_position
	begin(motion_seed)
	_attach()


func _exit_tree() -> void:
	if trackers != null:
		trackers.release()
	trackers = null


func _physics_process(delta: float) -> void:
	advance(delta)


## Becomes the person of [param person_seed], at the first of its poses. Only with [member moves].
func begin(person_seed: int) -> void:
	time = 0.0
	if _motion != null:
		_motion.begin(person_seed)
		_show(0.0)


## Lets [param delta] s pass for the person. Only with [member moves].
func advance(delta: float) -> void:
	if _motion == null or not is_simulating:
		return
	time += delta
	_sample()
	_show(delta)


## Poses the head: [param pitch] (up positive) and [param yaw] (left positive), in rad, relative to
## the rig. With [member moves] it is the direction to which the gaze returns.
func look(pitch: float, yaw: float) -> void:
	if not is_simulating:
		return
	if _motion != null:
		_motion.straight = Vector2(pitch, yaw)
		_sample()
		_show(0.0)
		return
	var basis: Basis = Basis.from_euler(Vector3(pitch, yaw, 0.0))
	camera.transform = Transform3D(basis, Vector3(0.0, eye_height, 0.0))


## Gives camera and controllers to the hardware's trackers.
func hand_over() -> void:
	is_simulating = false
	left_hand.tracker = _hardware[0]
	right_hand.tracker = _hardware[1]
	left_hand.pose = _hardware[2]
	right_hand.pose = _hardware[3]


## Takes camera and controllers back.
func take_back() -> void:
	is_simulating = true
	_attach()


func _attach() -> void:
	SimulatedTrackers.attach(left_hand, trackers.left)
	SimulatedTrackers.attach(right_hand, trackers.right)
	SimulatedTrackers.pose(trackers.left, Transform3D(Basis.IDENTITY, left_hand_position))
	var mirrored: Vector3 = left_hand_position * Vector3(-1.0, 1.0, 1.0)
	SimulatedTrackers.pose(trackers.right, Transform3D(Basis.IDENTITY, mirrored))
	look(0.0, 0.0)


func _sample() -> void:
	if hands_move:
		_motion.sample(time)
	else:
		_motion.sample_head(time)


# The camera has no tracker of its own to follow: see SimulatedTrackers.
func _show(delta: float) -> void:
	_pose(trackers.head, _motion.head, delta)
	if hands_move:
		_pose(trackers.left, _motion.left_hand, delta)
		_pose(trackers.right, _motion.right_hand, delta)
	camera.transform = _motion.head


# Hardware reports velocities too; here they are those of the last tick.
func _pose(tracker: XRPositionalTracker, place: Transform3D, delta: float) -> void:
	var velocity: Vector3 = Vector3.ZERO
	var spin: Vector3 = Vector3.ZERO
	var last: XRPose = tracker.get_pose(SimulatedTrackers.POSE)
	if delta > 0.0 and last != null:
		var before: Transform3D = last.transform
		velocity = (place.origin - before.origin) / delta
		var turn: Quaternion = Quaternion(place.basis * before.basis.inverse())
		if turn.w < 0.0:
			turn = -turn
		spin = Vector3(turn.x, turn.y, turn.z) * (2.0 / delta)
	SimulatedTrackers.pose(tracker, place, velocity, spin)
