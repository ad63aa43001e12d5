class_name YardBolts
extends Node3D
## Bolts that the player throws: they fly, fall, lie for a while and go back into a pool.
##
## The pool is filled once. With [member forgets] (planted bug) a bolt that leaves the yard is
## forgotten instead of given back, and a new one is made when the pool is empty.

## Bolts of the pool.
const POOL: int = 12
## Speed of a thrown bolt, m/s, and how long one lies on the ground, ticks.
const SPEED: float = 8.0
const LIE_TICKS: int = 45
## Ticks between two throws.
const REST_TICKS: int = 27
const GRAVITY: float = 9.8
## Where bolts are that nobody sees, m.
const PARKED: Vector3 = Vector3(0.0, -60.0, 0.0)

@export var hand: Node3D
@export var player: YardPlayer

## Planted bug: bolts that leave the yard are forgotten.
var forgets: bool = false
## Bolts that can be thrown.
var ready_count: int:
	get:
		return _pool.size()
## Ticks until the next throw.
var rest: int = 0
## Bolts that were thrown in the episode.
var thrown: int = 0

var _pool: Array[Node3D] = []
var _live: Array[Node3D] = []
var _velocities: PackedVector3Array = []
var _lies: PackedInt32Array = []
var _told: bool = false


## Puts all bolts back and frees those that are too many.
func restart() -> void:
	_pool.clear()
	_live.clear()
	_velocities.clear()
	_lies.clear()
	for child: Node in get_children():
		if _pool.size() < POOL:
			_pool.append(child as Node3D)
			(child as Node3D).position = PARKED
		else:
			child.free()
	while _pool.size() < POOL:
		_pool.append(_make())
	rest = 0
	thrown = 0
	_told = false


## Throws a bolt from the hand, if one is ready.
func throw() -> void:
	if rest > 0:
		return
	if _pool.is_empty():
		if not forgets or _live.size() >= POOL:
			return
		_pool.append(_make())
		if not _told:
			_told = true
			print("bug_reproduction: the pool of bolts is empty, making more")
	rest = REST_TICKS
	thrown += 1
	var bolt: Node3D = _pool.pop_back()
	bolt.position = player.place + player.basis * Vector3(0.2, 1.4, -0.3)
	_live.append(bolt)
	_velocities.append(player.facing * SPEED)
	_lies.append(0)


## One tick: bolts fly, fall, lie and go.
func step(delta: float) -> void:
	rest = maxi(rest - 1, 0)
	for i: int in range(_live.size() - 1, -1, -1):
		var bolt: Node3D = _live[i]
		if _lies[i] > 0:
			_lies[i] += 1
			if _lies[i] > LIE_TICKS:
				_take_back(i, bolt)
			continue
		_velocities[i] += Vector3.DOWN * GRAVITY * delta
		var there: Vector3 = bolt.position + _velocities[i] * delta
		if YardWalls.is_inside(bolt.position) and not YardWalls.is_inside(there):
			if there.y > YardWalls.HEIGHT:
				_leave(i, bolt)
				continue
			# It bounces off the wall.
			_velocities[i] = Vector3(0.0, _velocities[i].y, 0.0)
			continue
		bolt.position = there
		if there.y < 0.0:
			bolt.position.y = 0.0
			_lies[i] = 1


func _leave(i: int, bolt: Node3D) -> void:
	if forgets:
		_drop(i)
		bolt.position = PARKED
	else:
		_take_back(i, bolt)


func _take_back(i: int, bolt: Node3D) -> void:
	_drop(i)
	bolt.position = PARKED
	_pool.append(bolt)


func _drop(i: int) -> void:
	_live.remove_at(i)
	_velocities.remove_at(i)
	_lies.remove_at(i)


func _make() -> Node3D:
	var bolt: Node3D = Node3D.new()
	bolt.position = PARKED
	add_child(bolt)
	return bolt
