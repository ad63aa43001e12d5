class_name VoxelColumnJob
extends RefCounted
## Makes the chunks of one column of ground: noise, bits, triangles. Runs in a worker thread.
##
## VoxelTerrain makes one for each column it needs, lets a thread of WorkerThreadPool call [method
## run], and reads the results once the task is complete. The results depend on what it was made
## with alone, whichever thread runs it and whenever; only the measured times differ. It touches no
## node and no server.

const CELLS: int = 16
## Cells of a padded column, of 324, with a cave from which the planted bug takes the slow way.
const CAVERNOUS: int = 200


## A chunk of 16^3 cells with its triangles, not empty.
class Chunk:
	extends RefCounted
	## Number from the bottom.
	var level: int = 0
	## Triangles, m from the chunk's corner.
	var vertices: PackedVector3Array = []
	## What making it took, ms: its share of the column's noise included.
	var milliseconds: float = 0.0
	## The same as a sum of work, see VoxelCosts; equal in every run.
	var modelled_milliseconds: float = 0.0


## Level, then x and z in columns of that level.
var key: Vector3i
## Length of a cell, m.
var step: int
## Physics tick of the terrain at which the game gets the results.
var due: int = 0
## Of WorkerThreadPool.
var task: int = -1
## Nobody wants the results any more.
var is_cancelled: bool = false
## The chunks that are not empty, from the bottom.
var chunks: Array[Chunk] = []
## Triangles that close the sides +x, -x, +z, -z.
var walls: Array[PackedVector3Array] = []

var _world_seed: int
var _has_slow_way: bool


## [param has_slow_way]: the planted bug `bug_slow_chunk`.
func _init(world_seed: int, wanted: Vector3i, has_slow_way: bool) -> void:
	_world_seed = world_seed
	key = wanted
	step = 1 << wanted.x
	_has_slow_way = has_slow_way


## Makes the chunks.
func run() -> void:
	chunks = []
	walls = []
	var began: int = Time.get_ticks_usec()
	var ground: VoxelGround = VoxelGround.new(_world_seed)
	ground.sample(key.y * CELLS * step, key.z * CELLS * step, step)
	var mesher: VoxelMesher = VoxelMesher.new()
	for side: int in 4:
		mesher.begin(step)
		mesher.add_wall(ground, side)
		walls.append(mesher.vertices)
	var shared: int = Time.get_ticks_usec() - began
	var times: PackedInt32Array = []
	for level: int in VoxelGround.HEIGHT / (CELLS * step):
		if _is_uniform(ground, level * CELLS):
			continue
		began = Time.get_ticks_usec()
		mesher.begin(step)
		mesher.fill(ground, level * CELLS)
		if _has_slow_way and step == 1 and ground.caves >= CAVERNOUS:
			mesher.add_one_by_one()
		else:
			mesher.add_merged()
		if mesher.vertices.is_empty():
			continue
		var chunk: Chunk = Chunk.new()
		chunk.level = level
		chunk.vertices = mesher.vertices
		chunk.modelled_milliseconds = VoxelCosts.of_chunk(mesher.looks, mesher.vertices.size())
		chunks.append(chunk)
		times.append(Time.get_ticks_usec() - began)
	for i: int in chunks.size():
		chunks[i].milliseconds = (times[i] + shared / float(chunks.size())) / 1000.0


## Bytes that the results hold.
func bytes() -> int:
	var vertices: int = 0
	for chunk: Chunk in chunks:
		vertices += chunk.vertices.size()
	for wall: PackedVector3Array in walls:
		vertices += wall.size()
	return vertices * 12


# Whether no face can be in the chunk whose lowest cell is base: all air or all ground.
func _is_uniform(ground: VoxelGround, base: int) -> bool:
	if base > ground.highest_top:
		return true
	var over: int = base + CELLS + 1
	if over > ground.lowest_top:
		return false
	return ground.lowest_cave >= over or ground.highest_cave < base
