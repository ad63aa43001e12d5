extends RefCounted
## A value that rests at drawn targets and moves from one to the next as people move: with least
## jerk, one move a slot of time.
##
## PersonMotion uses it for gaze and for shifts of weight. It is a function of the seed and of the
## time alone, so it can be read at any time in any order. It never leaves its reach.

const RLEpisodeSeed := preload("res://addons/godot_rl/agents/episode_seed.gd")

## Values of [method RLEpisodeSeed.mix] lie in [0, SEED_RANGE).
const SEED_RANGE: float = 2147483648.0

var _seed: int = 0
var _slot_length: float = 1.0
var _reach: Vector3 = Vector3.ZERO
var _shortest: float = 0.0
var _per_unit: float = 0.0

var _slot: int = -1
var _from: Vector3 = Vector3.ZERO
var _to: Vector3 = Vector3.ZERO
var _start: float = 0.0
var _duration: float = 1.0


## Targets lie within +-[param reach] per axis, small ones more often (the difference of two uniform
## draws). A slot is [param slot_length] s; a move of length d takes [param shortest] +
## [param per_unit] * d seconds, and never more than the slot.
func _init(slot_length: float, reach: Vector3, shortest: float, per_unit: float) -> void:
	_slot_length = slot_length
	_reach = reach
	_shortest = shortest
	_per_unit = per_unit


## Starts the course of [param value_seed].
func begin(value_seed: int) -> void:
	_seed = value_seed
	_slot = -1


## The value at [param time] (s, from 0).
func at(time: float) -> Vector3:
	var slot: int = floori(time / _slot_length)
	if slot != _slot:
		_enter(slot)
	return _from.lerp(_to, least_jerk((time - _start) / _duration))


## The share of a way that is done at the share [param part] of its time, both in [0, 1]: the
## minimum-jerk profile of reaching movements (Flash and Hogan 1985, J. Neurosci. 5:1688-1703).
static func least_jerk(part: float) -> float:
	var x: float = clampf(part, 0.0, 1.0)
	return x * x * x * (10.0 + x * (6.0 * x - 15.0))


## A number in [0, 1), the same for the same three integers.
static func draw(of_seed: int, slot: int, index: int) -> float:
	return RLEpisodeSeed.mix(RLEpisodeSeed.mix(of_seed, slot), index) / SEED_RANGE


func _enter(slot: int) -> void:
	_slot = slot
	_from = _target(slot - 1)
	_to = _target(slot)
	_duration = minf(_shortest + _per_unit * _from.distance_to(_to), _slot_length)
	_start = slot * _slot_length + draw(_seed, slot, 6) * (_slot_length - _duration)


func _target(slot: int) -> Vector3:
	return (
		_reach
		* Vector3(
			draw(_seed, slot, 0) - draw(_seed, slot, 1),
			draw(_seed, slot, 2) - draw(_seed, slot, 3),
			draw(_seed, slot, 4) - draw(_seed, slot, 5)
		)
	)
