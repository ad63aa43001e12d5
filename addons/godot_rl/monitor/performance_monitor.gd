class_name RLPerformanceMonitor
extends Node
## How long the game's physics ticks and frames take, how busy its voxel terrain is, and what it
## holds in memory.
##
## The autoload VoxelPerformanceMonitor; [method current] finds it, or makes one. It measures from
## the first call of [method start] or [method get_statistics] on; until then it costs nothing. A
## terrain tells it of its chunks. What the harness does itself (deciding, observing, waiting for a
## trainer) is in none of its times. It never changes the game.

## A limit was exceeded, or somebody called [method add_warning]: [code]kind[/code],
## [code]message[/code], [code]tick[/code].
signal warning_added(warning: Dictionary)

const RLFrameClock := preload("res://addons/godot_rl/monitor/frame_clock.gd")
const RLSampleRing := preload("res://addons/godot_rl/monitor/sample_ring.gd")

## Name of the autoload.
const AUTOLOAD: String = "VoxelPerformanceMonitor"
## Ticks, frames and chunks of which the newest values are kept.
const HISTORY: int = 300
## Warnings that are kept; the newest stay.
const MAX_WARNINGS: int = 100
const MEBIBYTE: float = 1048576.0

static var _current: RLPerformanceMonitor

## Time that a tick and a frame may take, in milliseconds: 90 frames a second.
var budget_ms: float = 11.11
## Active chunks that count as a ratio of 1.
var chunk_budget: int = 512

var _clock: RLFrameClock
var _chunk_ms: RLSampleRing = RLSampleRing.new(HISTORY)
var _active_chunks: int = 0
var _chunk_queue: int = 0
var _voxel_bytes: int = 0
var _warnings: Array[Dictionary] = []


## The monitor of this process. Where the project has no such autoload, one is added to the tree.
static func current() -> RLPerformanceMonitor:
	if not is_instance_valid(_current):
		_current = RLPerformanceMonitor.new()
		_current.name = AUTOLOAD
		var tree: SceneTree = Engine.get_main_loop() as SceneTree
		tree.root.add_child.call_deferred(_current)
	return _current


func _init() -> void:
	process_mode = Node.PROCESS_MODE_ALWAYS
	if not is_instance_valid(_current):
		_current = self


## Begins to measure ticks and frames; again: no effect.
func start() -> void:
	if _clock == null:
		_clock = RLFrameClock.new(self, HISTORY)


## Ends measuring and forgets the times.
func stop() -> void:
	if _clock != null:
		_clock.dispose()
		_clock = null


## Forgets all times, chunks and warnings; goes on measuring.
func clear() -> void:
	if _clock != null:
		_clock.clear()
	_chunk_ms.clear()
	_warnings.clear()


func is_measuring() -> bool:
	return _clock != null


## A terrain has made a chunk, which took [param ms] milliseconds.
func record_chunk_generation(ms: float) -> void:
	_chunk_ms.add(ms)


## A terrain has [param count] chunks now.
func set_active_chunks(count: int) -> void:
	_active_chunks = count


## A terrain has [param count] chunks to make.
func set_chunk_queue(count: int) -> void:
	_chunk_queue = count


## A terrain holds [param bytes] bytes.
func set_voxel_memory(bytes: int) -> void:
	_voxel_bytes = bytes


## Notes that something is wrong: [param kind] in snake_case, [param message] for a person.
func add_warning(kind: String, message: String) -> void:
	var warning: Dictionary = {
		"kind": kind, "message": message, "tick": Engine.get_physics_frames()
	}
	_warnings.append(warning)
	if _warnings.size() > MAX_WARNINGS:
		_warnings.pop_front()
	warning_added.emit(warning)


## What is known now, JSON values only (docs/performance.md). Times are those of the newest tick and
## frame, 0 before the first. The first call begins to measure.
func get_statistics() -> Dictionary:
	start()
	var physics: RLSampleRing = _clock.physics_ms
	var render: RLSampleRing = _clock.render_ms
	return {
		"physics_frame_time_ms": physics.newest(),
		"render_frame_time_ms": render.newest(),
		"physics_frame_time_ratio": physics.newest() / budget_ms,
		"render_frame_time_ratio": render.newest() / budget_ms,
		"budget_ms": budget_ms,
		"active_chunks": _active_chunks,
		"chunk_count_ratio": float(_active_chunks) / chunk_budget,
		"chunk_generation_average_ms": _chunk_ms.mean(),
		"chunk_generation_max_ms": _chunk_ms.largest(),
		"chunk_queue": _chunk_queue,
		"voxel_memory_mb": _voxel_bytes / MEBIBYTE,
		"object_count": int(Performance.get_monitor(Performance.OBJECT_COUNT)),
		"memory_mb": OS.get_static_memory_usage() / MEBIBYTE,
		"warnings": _warnings.duplicate(true),
		"history":
		{
			"physics_frame_time_ms": Array(physics.values()),
			"render_frame_time_ms": Array(render.values()),
			"chunk_generation_ms": Array(_chunk_ms.values()),
		},
	}
