class_name BoostPads
extends RefCounted
## The 34 boost pads of an arena: who takes one gets boost, and the pad rests for a while.
##
## CarBall asks it each tick for each car near the floor. A map of cells says which pad a place may
## belong to, since no cell has two. Time is counted in ticks. README.md names the sources.

## Pads in the half where z > 0, and those on the middle line: (x, z). Others mirror them.
const SMALL: Array[Vector2] = [
	Vector2(0.0, 42.4),
	Vector2(17.92, 41.84),
	Vector2(9.4, 33.08),
	Vector2(0.0, 28.16),
	Vector2(35.84, 24.84),
	Vector2(17.88, 23.0),
	Vector2(20.48, 10.36),
	Vector2(0.0, 10.24),
	Vector2(10.24, 0.0),
]
const BIG: Array[Vector2] = [Vector2(30.72, 40.96), Vector2(35.84, 0.0)]
const SMALL_RADIUS: float = 1.44
const BIG_RADIUS: float = 2.08
## A car's centre of mass above this height passes over a pad.
const REACH: float = 1.65
const SMALL_BOOST: float = 12.0
const BIG_BOOST: float = 100.0
const SMALL_REST: float = 4.0
const BIG_REST: float = 10.0
const _CELL: float = 4.0
const _COLUMNS: int = 24
const _ROWS: int = 28

static var _places: PackedVector2Array = []
static var _big: PackedByteArray = []
static var _cells: PackedInt32Array = []

## Tick at which each pad is ready again.
var ready_at: PackedInt32Array = []


func _init() -> void:
	if _places.is_empty():
		_make()
	ready_at.resize(_places.size())


## Number of pads.
static func count() -> int:
	if _places.is_empty():
		_make()
	return _places.size()


## Where pad [param pad] is: (x, z).
static func place_of(pad: int) -> Vector2:
	return _places[pad]


## Whether pad [param pad] is a big one.
static func is_big(pad: int) -> bool:
	return _big[pad] != 0


## The pad to which the cell of a place belongs, or -1: only that one can be reached from there.
static func pad_at(place: Vector3) -> int:
	var column: int = int(place.x / _CELL + _COLUMNS * 0.5)
	var row: int = int(place.z / _CELL + _ROWS * 0.5)
	if column < 0 or column >= _COLUMNS or row < 0 or row >= _ROWS:
		return -1
	return _cells[row * _COLUMNS + column]


## All pads are ready.
func begin() -> void:
	ready_at.fill(0)


## Lets a car at [param place] take a pad in tick [param tick]. Returns the boost that it gets.
func take(place: Vector3, tick: int) -> float:
	var pad: int = pad_at(place)
	if pad < 0 or ready_at[pad] > tick:
		return 0.0
	var big: bool = _big[pad] != 0
	var radius: float = BIG_RADIUS if big else SMALL_RADIUS
	if _places[pad].distance_squared_to(Vector2(place.x, place.z)) > radius * radius:
		return 0.0
	ready_at[pad] = tick + roundi((BIG_REST if big else SMALL_REST) * CarBall.TICKS)
	return BIG_BOOST if big else SMALL_BOOST


static func _make() -> void:
	for big: bool in [false, true]:
		for at: Vector2 in BIG if big else SMALL:
			var all: PackedVector2Array = [at]
			for other: Vector2 in [Vector2(-at.x, at.y), Vector2(at.x, -at.y), -at]:
				if other not in all:
					all.append(other)
			_places.append_array(all)
			for i: int in all.size():
				_big.append(int(big))
	_cells.resize(_COLUMNS * _ROWS)
	_cells.fill(-1)
	for pad: int in _places.size():
		var radius: float = BIG_RADIUS if is_big(pad) else SMALL_RADIUS
		for cell: int in _cells.size():
			var corner: Vector2 = (
				Vector2(cell % _COLUMNS - _COLUMNS * 0.5, cell / _COLUMNS - _ROWS * 0.5) * _CELL
			)
			var nearest: Vector2 = _places[pad].clamp(corner, corner + Vector2.ONE * _CELL)
			if nearest.distance_to(_places[pad]) < radius:
				assert(_cells[cell] < 0, "two pads in a cell")
				_cells[cell] = pad
