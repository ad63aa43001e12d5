class_name VoxelChunkWatch
extends RefCounted
## Finds chunks that take too long to make: it has a suspect made again and again before it says so.
##
## A time that a clock measured once says little: another process may have had the processor. So a
## chunk over the limit is made REPEATS times more, each at another time, and it counts only if all
## are over the limit too; the first that is not clears it. The controller tells it of every chunk
## and asks it once a decision. It changes nothing of the terrain.

const KIND: String = "slow_chunk"
const REPEATS: int = 6
## Ticks from the beginning of a repeat to that of the next.
const PAUSE: int = 18
## Suspects that are looked into in an episode, at most.
const MOST_SUSPECTS: int = 30

## A chunk may take so long, ms.
var limit: float = 5.0

var _job: VoxelColumnJob
var _level: int = 0
var _task: int = -1
var _due: int = 0
var _times: PackedFloat32Array = []
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
	_times = [milliseconds]
	if not terrain.measures_time:
		return _finding()
	_repeat(terrain.ticks)
	return {}


## What was found out by tick [param tick], or {}.
func take(tick: int) -> Dictionary:
	if _task < 0 or tick < _due:
		return {}
	stop()
	var milliseconds: float = _time_of_chunk()
	_times.append(milliseconds)
	if milliseconds <= limit:
		return {}
	if _times.size() > REPEATS:
		return _finding()
	_repeat(tick)
	return {}


func _repeat(tick: int) -> void:
	_due = tick + PAUSE
	_task = WorkerThreadPool.add_task(_job.run, false, "voxel chunk again")


func _time_of_chunk() -> float:
	for chunk: VoxelColumnJob.Chunk in _job.chunks:
		if chunk.level == _level:
			return chunk.milliseconds
	return 0.0


func _finding() -> Dictionary:
	_is_told = true
	return {
		"kind": KIND,
		"message": "a chunk takes longer to make than its budget, again and again",
		"data":
		{
			"chunk": [_job.key.y, _level, _job.key.z],
			"lod": _job.key.x,
			"milliseconds": _times,
			"limit": limit,
		},
	}
