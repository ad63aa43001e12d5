class_name NavObservation
extends Node
## What the agent sees: 48 numbers in [-1, 1]. README.md lists each with its unit.
##
## "Right", "up" and "back" are those of the rig, level with the ground: the frame in which the
## sticks act. Reading an observation changes nothing; rays are cast only then.

const NAMES: PackedStringArray = [
	"camera_x",
	"camera_y",
	"camera_z",
	"rotation_x",
	"rotation_y",
	"rotation_z",
	"rotation_w",
	"velocity_right",
	"velocity_up",
	"velocity_back",
	"spin_pitch",
	"spin_yaw",
	"spin_roll",
	"ray_0",
	"ray_22.5",
	"ray_45",
	"ray_67.5",
	"ray_90",
	"ray_112.5",
	"ray_135",
	"ray_157.5",
	"ray_180",
	"ray_202.5",
	"ray_225",
	"ray_247.5",
	"ray_270",
	"ray_292.5",
	"ray_315",
	"ray_337.5",
	"left_hand_right",
	"left_hand_up",
	"left_hand_back",
	"right_hand_right",
	"right_hand_up",
	"right_hand_back",
	"left_hand_velocity_right",
	"left_hand_velocity_up",
	"left_hand_velocity_back",
	"right_hand_velocity_right",
	"right_hand_velocity_up",
	"right_hand_velocity_back",
	"goal_right",
	"goal_up",
	"goal_back",
	"goal_distance",
	"goal_direction_right",
	"goal_direction_up",
	"goal_direction_back",
]
## Speed of the head that is 1, m/s.
const SPEED_SCALE: float = 3.0
## Speed of turning of the head that is 1, rad/s.
const SPIN_SCALE: float = TAU
## Distance of a hand from the head that is 1, m.
const HAND_SCALE: float = 1.5
## Speed of a hand that is 1, m/s.
const HAND_SPEED_SCALE: float = 3.0
## Distance of the goal that is 1, m.
const GOAL_SCALE: float = 24.0

@export var arena: VRNavigation
@export var player: NavPlayer
@export var course: NavCourse
@export var rays: NavRays


## Writes the observation into [param values] from index [param at] on: NAMES.size() float32, each
## in [-1, 1].
func write(values: PackedFloat32Array, at: int) -> void:
	var head: Transform3D = player.camera.global_transform
	var place: Vector3 = arena.global_transform.affine_inverse() * head.origin
	var size: Vector3 = arena.arena_size
	_write(values, at, place / Vector3(size.x / 2.0, size.y, size.z / 2.0))
	_write_rotation(values, at + 3, arena.global_basis.inverse() * head.basis)
	_write(values, at + 7, player.get_head_velocity() / SPEED_SCALE)
	_write(values, at + 10, player.get_head_spin() / SPIN_SCALE)
	rays.write_observation(values, at + 13)
	_write_hands(values, at + 29)
	_write_goal(values, at + 41, head.origin)


# One of the two quaternions of a rotation: that with w >= 0.
func _write_rotation(values: PackedFloat32Array, at: int, turned: Basis) -> void:
	var rotation: Quaternion = turned.get_rotation_quaternion()
	var side: float = -1.0 if rotation.w < 0.0 else 1.0
	values[at] = rotation.x * side
	values[at + 1] = rotation.y * side
	values[at + 2] = rotation.z * side
	values[at + 3] = rotation.w * side


# Relative to the head, in the frame of its yaw.
func _write_hands(values: PackedFloat32Array, at: int) -> void:
	var head: Transform3D = player.camera.transform
	var to_head: Basis = Basis(Vector3.UP, -head.basis.get_euler().y)
	var hands: Array[XRController3D] = [player.left_hand, player.right_hand]
	for i: int in hands.size():
		var hand: XRController3D = hands[i]
		var place: Vector3 = to_head * (hand.position - head.origin)
		_write(values, at + 3 * i, place / HAND_SCALE)
		var velocity: Vector3 = to_head * player.headset.get_hand_velocity(hand)
		_write(values, at + 6 + 3 * i, velocity / HAND_SPEED_SCALE)


# From the eyes to the goal on the ground.
func _write_goal(values: PackedFloat32Array, at: int, eyes: Vector3) -> void:
	var offset: Vector3 = player.global_basis.inverse() * (course.to_global(course.goal) - eyes)
	var distance: float = offset.length()
	_write(values, at, offset / GOAL_SCALE)
	values[at + 3] = minf(distance / GOAL_SCALE, 1.0)
	_write(values, at + 4, offset / distance if distance > 1e-6 else Vector3.ZERO)


func _write(values: PackedFloat32Array, at: int, vector: Vector3) -> void:
	values[at] = clampf(vector.x, -1.0, 1.0)
	values[at + 1] = clampf(vector.y, -1.0, 1.0)
	values[at + 2] = clampf(vector.z, -1.0, 1.0)
