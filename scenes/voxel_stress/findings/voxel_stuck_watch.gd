class_name VoxelStuckWatch
extends RefCounted
## Finds places that nothing leads out of: the player tries all ways and leaps, and stays.
##
## Who only pushes against a wall is not stuck. The controller tells it of every decision. It knows
## no terrain.

const KIND: String = "stuck"
## Decisions that are looked at.
const WINDOW: int = 40
## The player stays within this, m, from the first to the last of them.
const ROOM: float = 0.5
## Asked speeds below it are no attempt, m/s.
const SLOWEST: float = 1.0
## Attempts in each quarter of the compass, and leaps, that are needed.
const ATTEMPTS: int = 3
const LEAPS: int = 3

var _decisions: int = 0
var _place: Vector3 = Vector3.ZERO
var _quarters: PackedInt32Array = [0, 0, 0, 0]
var _leaps: int = 0


func restart(place: Vector3) -> void:
	_decisions = 0
	_place = place
	_quarters.fill(0)
	_leaps = 0


## A decision asked for [param velocity] (m/s) and a leap or not, and the player is at [param
## place].
func look(place: Vector3, velocity: Vector2, leaps: bool) -> Dictionary:
	if place.distance_to(_place) > ROOM:
		restart(place)
		return {}
	_decisions += 1
	_leaps += int(leaps)
	if velocity.length() >= SLOWEST:
		# Quarters round the axes: who runs along one is not on a border.
		_quarters[floori(velocity.angle() / (PI / 2.0) + 0.5) & 3] += 1
	if _decisions < WINDOW or _leaps < LEAPS:
		return {}
	for attempts: int in _quarters:
		if attempts < ATTEMPTS:
			return {}
	restart(place)
	return {
		"kind": KIND,
		"message": "the player does not get away, whichever way it runs or leaps",
		"data": {"place": place, "decisions": WINDOW},
	}
