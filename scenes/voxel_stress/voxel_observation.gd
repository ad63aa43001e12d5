class_name VoxelObservation
extends Node
## What the agent of `voxel_stress` observes: the cost of the game, and its own motion.
##
## README.md beside this file has the table. The controller tells it of ticks and chunks, and writes
## it at a decision. Reading it changes nothing.

const NAMES: PackedStringArray = [
	"frame_time",
	"generation_mean",
	"generation_max",
	"active_chunks",
	"voxel_memory",
	"queue",
	"velocity_x",
	"velocity_y",
	"velocity_z",
	"heading_x",
	"heading_z",
	"height",
	"on_ground",
	"at_wall",
	"ray_0",
	"ray_45",
	"ray_90",
	"ray_135",
	"ray_180",
	"ray_225",
	"ray_270",
	"ray_315",
]
const FRAME_BUDGET: float = 11.11
const CHUNK_BUDGET: float = 5.0
const CHUNKS: float = 512.0
const MEGABYTES: float = 2048.0
const QUEUE: float = 128.0
const SPEED: float = 20.0
## Chunks over which the mean is taken.
const NEWEST: int = 64

@export var terrain: VoxelTerrain
@export var walker: VoxelWalker
@export var rays: RayCastSensor3D

var _frame_time: float = 0.0
var _times: PackedFloat32Array = []
var _next_time: int = 0
var _longest: float = 0.0


## Begins an episode.
func restart() -> void:
	_times = []
	_next_time = 0
	begin_decision()


## The next decision's maxima begin.
func begin_decision() -> void:
	_frame_time = 0.0
	_longest = 0.0


## A tick took [param milliseconds].
func note_tick(milliseconds: float) -> void:
	_frame_time = maxf(_frame_time, milliseconds)


## A chunk took [param milliseconds].
func note_chunk(milliseconds: float) -> void:
	_longest = maxf(_longest, milliseconds)
	if _times.size() < NEWEST:
		_times.append(milliseconds)
	else:
		_times[_next_time] = milliseconds
		_next_time = (_next_time + 1) % NEWEST


## Mean time of the newest chunks, ms; 0 before the first.
func mean_generation() -> float:
	var sum: float = 0.0
	for milliseconds: float in _times:
		sum += milliseconds
	return sum / maxi(_times.size(), 1)


## Writes the elements into [param values] from [param at] on.
func write(values: PackedFloat32Array, at: int) -> void:
	values[at] = minf(_frame_time / FRAME_BUDGET, 1.0)
	values[at + 1] = minf(mean_generation() / CHUNK_BUDGET, 1.0)
	values[at + 2] = minf(_longest / CHUNK_BUDGET, 1.0)
	values[at + 3] = minf(terrain.chunk_count / CHUNKS, 1.0)
	values[at + 4] = minf(terrain.held_bytes / (MEGABYTES * 1048576.0), 1.0)
	values[at + 5] = minf(terrain.loader.count() / QUEUE, 1.0)
	var velocity: Vector3 = (walker.velocity / SPEED).clampf(-1.0, 1.0)
	values[at + 6] = velocity.x
	values[at + 7] = velocity.y
	values[at + 8] = velocity.z
	var heading: Vector2 = walker.asked.normalized()
	values[at + 9] = heading.x
	values[at + 10] = heading.y
	values[at + 11] = clampf(walker.position.y / VoxelGround.HEIGHT, -1.0, 1.0)
	values[at + 12] = 1.0 if walker.is_on_floor() else 0.0
	values[at + 13] = 1.0 if walker.is_on_wall() else 0.0
	rays.write_observation(values, at + 14)
