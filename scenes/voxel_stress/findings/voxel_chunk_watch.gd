class_name VoxelChunkWatch
extends RefCounted
## Finds chunks that take too long to make: it makes a suspect again before it says so.
##
## A time that a clock measured once says little: another process may have had the processor. So a
## chunk over the limit is made REPEATS times more, and the shortest time counts. The controller
## tells it of every chunk and asks it once a decision. It changes nothing of the terrain.

const KIND: String = "slow_chunk"
const REPEATS: int = 3
## Suspects that are looked into in an episode, at most.
const MOST_SUSPECTS: int = 10
## Ticks until the result is taken.
const LATENCY: int = 30

## A chunk may take so long, ms.
var limit: float = 5.0

var _job: VoxelColumnJob
var _level: int = 0
var _shortest: float = 0.0
var _due: int = 0
var _task: int = -1
var _suspects: int = 0
var _is_told: bool = false


## Forgets the last episode.
func restart(limit_milliseconds: float) -> void:
	stop()
	limit = limit_milliseconds
	_suspects = 0
	_is_told = false


## Waits for what is under way.
func stop() -> void:
	if _task >= 0:
		WorkerThreadPool.wait_for_task_completion(_task)
	_task = -1


## A chunk took [param milliseconds]; what to tell at once where times are modelled, else {}.
func see(terrain: VoxelTerrain, key: Vector3i, level: int, milliseconds: float) -> Dictionary:
	if milliseconds <= limit or _is_told or _task >= 0 or _suspects >= MOST_SUSPECTS:
		return {}
	_suspects += 1
	_job = terrain.loader.make_job(key)
	_level = level
	if not terrain.measures_time:
		return _finding(milliseconds)
	_due = terrain.ticks + LATENCY
	_task = WorkerThreadPool.add_task(_measure, false, "voxel chunk again")
	return {}


## What was found out by tick [param tick], or {}.
func take(tick: int) -> Dictionary:
	if _task < 0 or tick < _due:
		return {}
	stop()
	return _finding(_shortest) if _shortest > limit else {}


func _finding(milliseconds: float) -> Dictionary:
	_is_told = true
	return {
		"kind": KIND,
		"message": "a chunk takes longer to make than its budget, again and again",
		"data":
		{
			"chunk": [_job.key.y, _level, _job.key.z],
			"lod": _job.key.x,
			"milliseconds": milliseconds,
			"limit": limit,
			"repeats": REPEATS,
		},
	}


# In a worker thread.
func _measure() -> void:
	_shortest = INF
	for i: int in REPEATS:
		_job.run()
		for chunk: VoxelColumnJob.Chunk in _job.chunks:
			if chunk.level == _level:
				_shortest = minf(_shortest, chunk.milliseconds)
