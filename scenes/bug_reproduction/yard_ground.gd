class_name YardGround
extends Node3D
## The ground, in chunks that come where the player looks and go where nobody does.
##
## Where a chunk is present a player stands, else he falls: YardPlayer asks [method is_present]. The
## nodes only show it.
##
## A scan every few ticks asks for chunks and gives others up; one worker serves these jobs in their
## order, one in so many ticks. The jobs wait in a ring of fixed size. With [member overruns] (the
## planted bug of a race between who writes the ring and who reads it) a full ring is written over,
## so that the oldest job is lost: its chunk counts as under way for ever, and never comes. Else
## nobody writes before there is room. The episode's seed and the player's way alone decide what
## happens: the race is one of ticks, not of threads.

enum State { ABSENT, LOADING, PRESENT, UNLOADING }

## Length of a chunk's edges, m, and how many there are in each direction.
const CHUNK: float = 4.0
const COUNT: int = 7
## Jobs that the ring holds, ticks of the worker for one, and ticks between two scans.
const RING: int = 9
const JOB_TICKS: int = 9
const SCAN_TICKS: int = 9
## Chunks whose centre is nearer than this are always wanted, m.
const NEAR: float = 3.6
## Chunks are wanted up to this distance ahead, m, within this angle of the view, rad.
const AHEAD: float = 9.0
const VIEW: float = PI / 3.0
## Chunks that are there are kept this much further, m, and this much further aside, rad.
const KEPT_AHEAD: float = 2.0
const KEPT_VIEW: float = 0.5
## Where chunks lie that are absent, m below their place.
const PARKED: float = 50.0

## A full ring is written over.
var overruns: bool = false
## Jobs that wait.
var waiting: int = 0

var _nodes: Array[Node3D] = []
var _centres: PackedVector3Array = []
var _states: PackedInt32Array = []
var _ring: PackedInt32Array = []
var _read: int = 0
var _tick: int = 0


func _ready() -> void:
	_ring.resize(RING)
	_states.resize(COUNT * COUNT)
	for i: int in COUNT * COUNT:
		var place: Vector2 = Vector2(i % COUNT, i / COUNT) - Vector2.ONE * (COUNT - 1) / 2.0
		_centres.append(Vector3(place.x * CHUNK, 0.0, place.y * CHUNK))
		_nodes.append(_make_chunk(i))


## Begins with the chunks that are wanted from [param place] towards [param facing].
func restart(place: Vector3, facing: Vector3) -> void:
	_tick = 0
	_read = 0
	waiting = 0
	for i: int in _states.size():
		_set_present(i, _is_wanted(i, place, facing))


## One tick: scans when it is time, and lets the worker go on.
func step(place: Vector3, facing: Vector3) -> void:
	_tick += 1
	if _tick % SCAN_TICKS == 0:
		_scan(place, facing)
	if _tick % JOB_TICKS == 0 and waiting > 0:
		_work()


## Whether there is ground at a place, m from the yard's centre.
func is_present(place: Vector3) -> bool:
	var column: int = floori(place.x / CHUNK + COUNT / 2.0)
	var row: int = floori(place.z / CHUNK + COUNT / 2.0)
	if column < 0 or row < 0 or column >= COUNT or row >= COUNT:
		return false
	var state: State = _states[row * COUNT + column] as State
	return state == State.PRESENT or state == State.UNLOADING


# As _is_wanted() for every chunk, without the calls: this is the dearest part of a tick.
func _scan(place: Vector3, facing: Vector3) -> void:
	var share: float = cos(VIEW)
	var kept_share: float = cos(VIEW + KEPT_VIEW)
	for i: int in _states.size():
		var centre: Vector3 = _centres[i]
		var x: float = centre.x - place.x
		var z: float = centre.z - place.z
		var distance: float = sqrt(x * x + z * z)
		var wanted: bool = distance < NEAR
		if not wanted and distance < AHEAD:
			wanted = x * facing.x + z * facing.z > distance * share
		var state: int = _states[i]
		if wanted:
			if state == State.ABSENT:
				_ask(i, State.LOADING)
			elif state == State.UNLOADING:
				_states[i] = State.PRESENT
			elif state == State.LOADING and distance < NEAR:
				_hurry(i)
		elif state == State.PRESENT:
			var is_kept: bool = distance < AHEAD + KEPT_AHEAD
			if not is_kept or x * facing.x + z * facing.z < distance * kept_share:
				_ask(i, State.UNLOADING)


# Writes a job into the ring.
func _ask(chunk: int, state: State) -> void:
	if waiting == RING:
		if not overruns:
			return  # the next scan asks again
		_read = (_read + 1) % RING
		waiting -= 1
	_ring[(_read + waiting) % RING] = chunk
	waiting += 1
	_states[chunk] = state


# The player stands nearly on a chunk that is not there yet: its job is done now.
func _hurry(chunk: int) -> void:
	for i: int in waiting:
		if _ring[(_read + i) % RING] == chunk:
			_set_present(chunk, true)
			return


func _work() -> void:
	var chunk: int = _ring[_read]
	_read = (_read + 1) % RING
	waiting -= 1
	match _states[chunk]:
		State.LOADING:
			_set_present(chunk, true)
		State.UNLOADING:
			_set_present(chunk, false)


func _set_present(chunk: int, present: bool) -> void:
	_states[chunk] = State.PRESENT if present else State.ABSENT
	_nodes[chunk].visible = present
	_nodes[chunk].position = _centres[chunk] - Vector3(0.0, 0.0 if present else PARKED, 0.0)


func _is_wanted(chunk: int, place: Vector3, facing: Vector3) -> bool:
	var offset: Vector3 = _centres[chunk] - place
	offset.y = 0.0
	var distance: float = offset.length()
	return distance < NEAR or (distance < AHEAD and offset.dot(facing) > distance * cos(VIEW))


func _make_chunk(index: int) -> Node3D:
	var chunk: Node3D = Node3D.new()
	chunk.name = "Chunk%02d" % index
	chunk.position = _centres[index]
	add_child(chunk)
	return chunk
