class_name VoxelLoader
extends RefCounted
## Lets the threads of WorkerThreadPool make columns, and hands them out at ticks that no thread
## decides.
##
## A column that is begun at tick t is due at tick t + LATENCY: the game gets it then, neither
## earlier, however fast the thread was, nor later: where the thread is not done, the game waits for
## it. How many are begun at a tick and in which order depends on the player's place alone. So what
## the game does is the same in every run, and the threads still work while it does something else.
## VoxelTerrain owns one. It keeps no column.

## Columns begun at a tick, at most.
const BEGUN_PER_TICK: int = 3
## Ticks from the beginning of a column until the game gets it.
const LATENCY: int = 6

## What the main thread has waited for threads, us.
var waited: int = 0
## Whether a column that is due is waited for; else it comes when it is done, as in a game that may
## not stand still, and runs differ.
var is_punctual: bool = true
## The planted bug of VoxelColumnJob.
var has_slow_way: bool = false

var _world_seed: int = 0
# Not begun, the next one last.
var _queue: Array[VoxelColumnJob] = []
# Begun, the first due one first.
var _begun: Array[VoxelColumnJob] = []
# All of both that are not cancelled.
var _jobs: Dictionary[Vector3i, VoxelColumnJob] = {}


## Forgets all that was asked for; the next columns are those of [param world_seed].
func restart(world_seed: int) -> void:
	stop()
	_world_seed = world_seed


## Waits for the threads and forgets all.
func stop() -> void:
	for job: VoxelColumnJob in _begun:
		WorkerThreadPool.wait_for_task_completion(job.task)
	_begun = []
	_queue = []
	_jobs = {}


## Columns that are asked for and have not come.
func count() -> int:
	return _jobs.size()


func has(key: Vector3i) -> bool:
	return _jobs.has(key)


## A job that makes the column of [param key] as the game does, for who measures it again.
func make_job(key: Vector3i) -> VoxelColumnJob:
	return VoxelColumnJob.new(_world_seed, key, has_slow_way)


## Asks for a column.
func want(key: Vector3i) -> void:
	for job: VoxelColumnJob in _begun:
		if job.key == key:
			job.is_cancelled = false
			_jobs[key] = job
			return
	var job: VoxelColumnJob = make_job(key)
	_jobs[key] = job
	_queue.append(job)


## Does not want those columns any more for which [param is_wanted] has no key.
func keep_only(is_wanted: Dictionary[Vector3i, bool]) -> void:
	for key: Vector3i in _jobs.keys():
		if not is_wanted.has(key):
			_jobs[key].is_cancelled = true
			_jobs.erase(key)
	_queue = _queue.filter(_is_alive)


## Puts the columns nearest to ([param x], [param z]) m first.
func sort_round(x: float, z: float) -> void:
	var distances: Dictionary[VoxelColumnJob, float] = {}
	for job: VoxelColumnJob in _queue:
		var length: float = VoxelRings.length_of(job.key.x)
		var middle: Vector2 = Vector2(job.key.y + 0.5, job.key.z + 0.5) * length
		distances[job] = middle.distance_squared_to(Vector2(x, z))
	_queue.sort_custom(
		func(one: VoxelColumnJob, other: VoxelColumnJob) -> bool:
			if distances[one] != distances[other]:
				return distances[one] > distances[other]
			return one.key > other.key
	)


## Begins the next columns of [param tick].
func begin(tick: int) -> void:
	for i: int in mini(BEGUN_PER_TICK, _queue.size()):
		_begin(_queue.pop_back(), tick + LATENCY)


## Takes the columns that are due at [param tick], in the order in which they were begun.
func take(tick: int) -> Array[VoxelColumnJob]:
	var taken: Array[VoxelColumnJob] = []
	while not _begun.is_empty() and _begun[0].due <= tick:
		if not is_punctual and not WorkerThreadPool.is_task_completed(_begun[0].task):
			break
		var job: VoxelColumnJob = _begun.pop_front()
		var began: int = Time.get_ticks_usec()
		WorkerThreadPool.wait_for_task_completion(job.task)
		waited += Time.get_ticks_usec() - began
		if not job.is_cancelled:
			_jobs.erase(job.key)
			taken.append(job)
	return taken


## Makes all that is asked for and waits for it: a loading screen.
func take_all() -> Array[VoxelColumnJob]:
	for job: VoxelColumnJob in _queue:
		_begin(job, 0)
	_queue = []
	var all: Array[VoxelColumnJob] = []
	for job: VoxelColumnJob in _begun:
		WorkerThreadPool.wait_for_task_completion(job.task)
		if not job.is_cancelled:
			all.append(job)
	_begun = []
	_jobs = {}
	return all


func _begin(job: VoxelColumnJob, due: int) -> void:
	job.due = due
	job.task = WorkerThreadPool.add_task(job.run, false, "voxel column")
	_begun.append(job)


static func _is_alive(job: VoxelColumnJob) -> bool:
	return not job.is_cancelled
