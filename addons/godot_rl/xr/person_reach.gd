extends RefCounted
## One hand that rests, and now and then reaches for a point in front and comes back.
##
## PersonMotion has two. A function of the seed and of the time alone. The hand never gets farther
## from its shoulder than the arm is long: both ends of each way lie within it, and ways are
## straight.

const PersonWander := preload("res://addons/godot_rl/xr/person_wander.gd")

## One chance to reach in so many seconds, taken with PROBABILITY.
const SLOT: float = 6.0
const PROBABILITY: float = 0.5
## A way of length d takes SHORTEST + PER_METRE * d seconds: at most 2.2 m/s in between.
const SHORTEST: float = 0.35
const PER_METRE: float = 0.55
## The hand stays at the point for up to so long, s, and at least a quarter of it.
const HOLD: float = 1.2
## The points: directions from the shoulder, rad, and distances, in arm's lengths.
const YAW_REACH: float = 0.9
const PITCH_REACH: float = 0.6
const NEAREST: float = 0.5
const FARTHEST: float = 0.95

var _seed: int = 0
var _shoulder: Vector3 = Vector3.ZERO
var _arm: float = 0.7
var _rest: Vector3 = Vector3.ZERO
var _slot: int = -1
var _reaches: bool = false
var _point: Vector3 = Vector3.ZERO
var _direction: Quaternion = Quaternion.IDENTITY
var _start: float = 0.0
var _way: float = 1.0
var _hold: float = 0.0


## Starts the course of [param hand_seed]: a hand that rests at [param rest], m, of an arm of
## [param arm] m at [param shoulder].
func begin(hand_seed: int, shoulder: Vector3, rest: Vector3, arm: float) -> void:
	_seed = hand_seed
	_shoulder = shoulder
	_rest = shoulder + (rest - shoulder).limit_length(arm * FARTHEST)
	_arm = arm
	_slot = -1


## The hand's pose at [param time], s from 0 on.
func at(time: float) -> Transform3D:
	var slot: int = floori(time / SLOT)
	if slot != _slot:
		_enter(slot)
	if not _reaches or time <= _start:
		return Transform3D(Basis.IDENTITY, _rest)
	var back: float = _start + _way + _hold
	var out: float = PersonWander.least_jerk((time - _start) / _way)
	if time > back:
		out = 1.0 - PersonWander.least_jerk((time - back) / _way)
	var turned: Quaternion = Quaternion.IDENTITY.slerp(_direction, out)
	return Transform3D(Basis(turned), _rest.lerp(_point, out))


func _enter(slot: int) -> void:
	_slot = slot
	_reaches = PersonWander.draw(_seed, slot, 0) < PROBABILITY
	if not _reaches:
		return
	var yaw: float = YAW_REACH * (2.0 * PersonWander.draw(_seed, slot, 1) - 1.0)
	var pitch: float = PITCH_REACH * (2.0 * PersonWander.draw(_seed, slot, 2) - 1.0)
	var distance: float = lerpf(NEAREST, FARTHEST, PersonWander.draw(_seed, slot, 3)) * _arm
	var aimed: Basis = Basis.from_euler(Vector3(pitch, yaw, 0.0))
	_direction = aimed.get_rotation_quaternion()
	_point = _shoulder - aimed.z * distance
	_way = SHORTEST + PER_METRE * _rest.distance_to(_point)
	_hold = HOLD * (0.25 + 0.75 * PersonWander.draw(_seed, slot, 4))
	var free: float = SLOT - 2.0 * _way - _hold
	_start = slot * SLOT + free * PersonWander.draw(_seed, slot, 5)
