class_name VoxelTerrain
extends Node3D
## The ground of `voxel_stress`: it loads chunks round the player, draws, hides and drops them.
##
## TERRAIN.md tells how. The root calls [method tick] once a physics tick with the player's place
## and [method restart] when an episode begins; detectors read. What it does depends on the world's
## seed and the places alone (VoxelLoader tells why). It knows no agent.

## A chunk has come; measured or modelled, see [member measures_time].
signal chunk_made(key: Vector3i, level: int, milliseconds: float)
## Other columns are drawn than before.
signal turned

const LAYER: int = 1
## Columns on each side of the player's that are solid at once, and those that become so, two a
## tick.
const SOLID_AT_ONCE: int = 1
const SOLID_REACH: int = 2
const SOLID_PER_TICK: int = 2
## Columns dropped at a tick, at most.
const DROPPED_PER_TICK: int = 4
## Chunks that may be active, at most: beyond it what left the rings is dropped at once.
const CHUNK_LIMIT: int = 512

@export var material: Material
@export_group("Defaults of environment parameters")
## How long a column that left the rings is kept, s.
@export_range(0.0, 60.0, 0.1) var linger_time: float = 7.0
## Bytes beyond which what left the rings is dropped at once, in MB of 2^20 bytes.
@export_range(1.0, 65536.0, 1.0) var memory_budget_mb: float = 2048.0

## Whether times are read from the clock; else they are sums of work (VoxelCosts).
var measures_time: bool = true
## How many times longer work takes than [VoxelCosts] says: a slower machine, where times are sums.
var work_cost: float = 1.0
## Active chunks: those in the rings and those that left them and are kept.
var chunk_count: int = 0
## Bytes that the terrain holds.
var held_bytes: int = 0
## Ticks since the episode began.
var ticks: int = 0
## What the last tick cost by VoxelCosts, ms, before [member work_cost].
var modelled_milliseconds: float = 0.0
var loader: VoxelLoader = VoxelLoader.new()
## Planted bugs.
var has_seams: bool = false
var leaks: bool = false

var _rings: VoxelRings = VoxelRings.new()
var _columns: Dictionary[Vector3i, VoxelColumn] = {}
var _wanted: Dictionary[Vector3i, bool] = {}
# Keys that left the rings, the first one first.
var _left: Array[Vector3i] = []
var _solid: Dictionary[Vector3i, VoxelColumn] = {}
# All that is wanted has to come before other columns are drawn.
var _must_turn: bool = false
# Triangles that the planted leak never lets go.
var _kept: Array[PackedVector3Array] = []
var _meter: VoxelMeter = VoxelMeter.new()


func _exit_tree() -> void:
	_clear()
	_meter.tell(0, 0, 0)


## Begins an episode in the world of [param world_seed], with all chunks round [param place] (local,
## m) loaded.
func restart(world_seed: int, place: Vector3) -> void:
	_clear()
	loader.restart(world_seed)
	_rings.start_at(place.x, place.z)
	_follow(place)
	for job: VoxelColumnJob in loader.take_all():
		_add(job)
	_turn()
	_make_solid(place, _columns.size())
	modelled_milliseconds = 0.0
	loader.waited = 0
	_tell()


## Draws a good place to start in the world of [param world_seed]: flat, in the quarter of the world
## where x and z are positive, m.
static func draw_start(world_seed: int, rng: RandomNumberGenerator) -> Vector3:
	var ground: VoxelGround = VoxelGround.new(world_seed)
	var place: Vector3 = Vector3.ZERO
	for attempt: int in 64:
		var x: int = rng.randi_range(300, 450)
		var z: int = rng.randi_range(300, 450)
		place = Vector3(x + 0.5, ground.surface_at(x, z), z + 0.5)
		if ground.is_plain():
			break
	return place


## Lets a physics tick pass with the player at [param place] (local, m).
func tick(place: Vector3) -> void:
	ticks += 1
	modelled_milliseconds = VoxelCosts.TICK
	if _rings.follow(place.x, place.z):
		_follow(place)
	loader.begin(ticks)
	for job: VoxelColumnJob in loader.take(ticks):
		_integrate(job)
	if _must_turn and loader.count() == 0:
		_turn()
	_drop()
	_make_solid(place, SOLID_PER_TICK)
	_tell()


## Whether the ground below [param place] (local, m) is there to stand on.
func is_solid_at(place: Vector3) -> bool:
	return _solid.has(_fine_key(place))


## The column of that key, null where none is loaded.
func column_of(key: Vector3i) -> VoxelColumn:
	return _columns.get(key)


## All loaded columns.
func columns() -> Array[VoxelColumn]:
	return _columns.values()


## Keys of the columns that are in the rings, in a fixed order.
func wanted_keys() -> Array[Vector3i]:
	return _wanted.keys()


## Key of the drawn column that holds the place ([param x], [param z]) m; its level is -1 where none
## is.
func drawn_key_at(x: float, z: float) -> Vector3i:
	for level: int in VoxelRings.LEVELS:
		var length: float = VoxelRings.length_of(level)
		var key: Vector3i = Vector3i(level, floori(x / length), floori(z / length))
		var column: VoxelColumn = _columns.get(key)
		if column != null and column.is_visible:
			return key
	return Vector3i(-1, 0, 0)


# The rings have moved: asks for what is new and lets go what has left them.
func _follow(place: Vector3) -> void:
	var before: Dictionary[Vector3i, bool] = _wanted
	_wanted = {}
	for key: Vector3i in _rings.wanted():
		_wanted[key] = true
		var column: VoxelColumn = _columns.get(key)
		if column == null:
			if not loader.has(key):
				loader.want(key)
		elif not column.is_wanted:
			_take_back(column)
	for key: Vector3i in before:
		var column: VoxelColumn = _columns.get(key)
		if column != null and not _wanted.has(key):
			column.is_wanted = false
			column.left_at = ticks
			_left.append(key)
	loader.keep_only(_wanted)
	loader.sort_round(place.x, place.z)
	_must_turn = true


# A column that had left the rings is in them again.
func _take_back(column: VoxelColumn) -> void:
	column.is_wanted = true
	_left.erase(column.key)
	if leaks:
		for chunk: VoxelColumnJob.Chunk in column.chunks:
			_kept.append(chunk.vertices.duplicate())
		held_bytes += column.bytes


func _integrate(job: VoxelColumnJob) -> void:
	_add(job)
	for chunk: VoxelColumnJob.Chunk in job.chunks:
		modelled_milliseconds += VoxelCosts.MESH
		_meter.record(chunk.milliseconds)
		chunk_made.emit(
			job.key,
			chunk.level,
			chunk.milliseconds if measures_time else work_cost * chunk.modelled_milliseconds
		)


func _add(job: VoxelColumnJob) -> void:
	var world: World3D = get_world_3d()
	var surface: RID = material.get_rid() if material != null else RID()
	var column: VoxelColumn = VoxelColumn.new(job, global_transform, world.scenario, surface)
	_columns[job.key] = column
	chunk_count += column.chunks.size()
	held_bytes += column.bytes


# Draws the columns in the rings and no other, with walls where levels meet.
func _turn() -> void:
	_must_turn = false
	for key: Vector3i in _left:
		_columns[key].show(false)
	for key: Vector3i in _wanted:
		var column: VoxelColumn = _columns[key]
		column.show(true)
		column.show_walls(_open_sides(key))
	turned.emit()


# Bits of the sides (+x, -x, +z, -z) beyond which another level, or nothing, is drawn.
func _open_sides(key: Vector3i) -> int:
	var sides: int = 0
	for side: int in 4:
		var sign: int = 1 - 2 * (side & 1)
		var next: Vector3i = key + (Vector3i(0, sign, 0) if side < 2 else Vector3i(0, 0, sign))
		if not _wanted.has(next) and _is_another_level(next):
			sides |= 1 << side
	return sides


# Whether a place of a level, which is not in that level's ring, is drawn by another or not at all.
func _is_another_level(next: Vector3i) -> bool:
	if next.x == VoxelRings.LEVELS - 1:
		return true
	if next.x > 0 and _wanted.has(Vector3i(next.x - 1, next.y * 2, next.z * 2)):
		return true
	var coarse: Vector3i = Vector3i(next.x + 1, next.y >> 1, next.z >> 1)
	if has_seams:
		# The planted bug: / rounds towards 0, where columns below 0 need it downwards.
		@warning_ignore("integer_division")
		coarse = Vector3i(next.x + 1, next.y / 2, next.z / 2)
	return _wanted.has(coarse)


func _drop() -> void:
	var oldest: int = ticks - roundi(linger_time * Engine.physics_ticks_per_second)
	var budget: float = memory_budget_mb * 1048576.0
	for i: int in DROPPED_PER_TICK:
		if _left.is_empty():
			return
		var column: VoxelColumn = _columns[_left[0]]
		var is_pressed: bool = chunk_count > CHUNK_LIMIT or held_bytes > budget
		if column.is_visible or (column.left_at > oldest and not is_pressed):
			return
		_left.pop_front()
		_columns.erase(column.key)
		_solid.erase(column.key)
		chunk_count -= column.chunks.size()
		held_bytes -= column.bytes
		column.release()


func _make_solid(place: Vector3, most: int) -> void:
	var middle: Vector3i = _fine_key(place)
	for key: Vector3i in _solid.keys():
		if maxi(absi(key.y - middle.y), absi(key.z - middle.z)) > SOLID_REACH + 1:
			_solid[key].make_soft()
			_solid.erase(key)
	if _solid.size() >= (2 * SOLID_REACH + 1) ** 2 and _has_all_round(middle, SOLID_REACH):
		return
	var space: RID = get_world_3d().space
	var made: int = 0
	for reach: int in SOLID_REACH + 1:
		for x: int in range(middle.y - reach, middle.y + reach + 1):
			for z: int in range(middle.z - reach, middle.z + reach + 1):
				var key: Vector3i = Vector3i(0, x, z)
				var column: VoxelColumn = _columns.get(key)
				if column == null or column.is_solid:
					continue
				if reach > SOLID_AT_ONCE and made >= most:
					return
				var vertices: int = column.make_solid(space, LAYER, get_instance_id())
				_solid[key] = column
				made += 1
				modelled_milliseconds += (
					VoxelCosts.SHAPE * column.chunks.size() + VoxelCosts.SHAPE_VERTEX * vertices
				)


func _has_all_round(middle: Vector3i, reach: int) -> bool:
	for x: int in range(middle.y - reach, middle.y + reach + 1):
		for z: int in range(middle.z - reach, middle.z + reach + 1):
			if not _solid.has(Vector3i(0, x, z)):
				return false
	return true


func _tell() -> void:
	_meter.tell(chunk_count, loader.count(), held_bytes)


func _clear() -> void:
	loader.stop()
	for column: VoxelColumn in _columns.values():
		column.release()
	_columns = {}
	_solid = {}
	_wanted = {}
	_left = []
	_kept = []
	chunk_count = 0
	held_bytes = 0
	ticks = 0


static func _fine_key(place: Vector3) -> Vector3i:
	return Vector3i(0, floori(place.x / 16.0), floori(place.z / 16.0))
