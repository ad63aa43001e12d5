class_name RLPerformanceMonitor
extends Node
## How long the game's physics ticks and frames take, how busy its voxel terrain is, and what it
## holds in memory (docs/performance.md).
##
## The autoload VoxelPerformanceMonitor; [method current] finds it, or makes one. It measures from
## the first call of [method start] or [method get_statistics] on; until then it costs nothing. A
## terrain tells it of its chunks. What the harness does itself (deciding, observing, waiting for a
## trainer) is in none of its times. It never changes the game.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## A limit was exceeded, or somebody called [method add_warning]: [code]kind[/code],
## [code]message[/code], [code]tick[/code].
signal warning_added(warning: Dictionary)
## A tick of the game was measured.
signal tick_measured(ms: float)
## A frame of the game was measured.
signal frame_measured(ms: float)

const RLCustomMonitors := preload("res://addons/godot_rl/monitor/custom_monitors.gd")
const RLFrameClock := preload("res://addons/godot_rl/monitor/frame_clock.gd")
const RLLimitWatch := preload("res://addons/godot_rl/monitor/limit_watch.gd")
const RLMemory := preload("res://addons/godot_rl/monitor/process_memory.gd")
const RLSampleRing := preload("res://addons/godot_rl/monitor/sample_ring.gd")

## Name of the autoload.
const AUTOLOAD: String = "VoxelPerformanceMonitor"
## Ticks, frames and chunks of which the newest values are kept.
const HISTORY: int = 300
## Warnings that are kept; the newest stay.
const MAX_WARNINGS: int = 100

static var _current: RLPerformanceMonitor

## Time that a tick and a frame may take, in milliseconds: 90 frames a second.
var budget_ms: float = 11.11
## Active chunks that count as a ratio of 1; more are warned of.
var chunk_budget: int = 512
## A chunk that takes longer is warned of, in milliseconds; 0: none is.
var chunk_generation_limit_ms: float = 5.0
## More memory for voxels is warned of, in MB of 1,048,576 bytes; 0: none is.
var voxel_memory_limit_mb: float = 2048.0
## More memory of the game is warned of, in MB of 1,048,576 bytes; 0: none is.
var memory_limit_mb: float = 2048.0

var _clock: RLFrameClock
var _limits: RLLimitWatch = RLLimitWatch.new()
var _monitors: RLCustomMonitors
var _chunk_ms: RLSampleRing = RLSampleRing.new(HISTORY)
var _active_chunks: int = 0
var _chunk_queue: int = 0
var _voxel_bytes: int = 0
var _warnings: Array[Dictionary] = []
# All that were ever added.
var _warnings_added: int = 0


## The monitor of this process. Where the project has no such autoload, one is added to the tree.
static func current() -> RLPerformanceMonitor:
	if not is_instance_valid(_current):
		_current = RLPerformanceMonitor.new()
		_current.name = AUTOLOAD
		(Engine.get_main_loop() as SceneTree).root.add_child.call_deferred(_current)
	return _current


func _init() -> void:
	process_mode = Node.PROCESS_MODE_ALWAYS
	if not is_instance_valid(_current):
		_current = self
		_monitors = RLCustomMonitors.new(get_figures)


func _notification(what: int) -> void:
	if what == NOTIFICATION_PREDELETE:
		stop()
		if _monitors != null:
			_monitors.remove()


## Begins to measure ticks and frames; again: no effect.
func start() -> void:
	if _clock == null:
		_clock = RLFrameClock.new(self, HISTORY)
		_clock.when_tick = _on_tick
		_clock.when_frame = _on_frame


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
	_limits.clear()
	_warnings.clear()
	_warnings_added = 0


func is_measuring() -> bool:
	return _clock != null


## A terrain has made a chunk, which took [param ms] milliseconds.
func record_chunk_generation(ms: float) -> void:
	_chunk_ms.add(ms)
	_warn_over("slow_chunk", ms, chunk_generation_limit_ms, "a chunk took %.2f ms, not %.2f")


## A terrain has [param count] chunks now.
func set_active_chunks(count: int) -> void:
	_active_chunks = count
	_warn_over("chunk_count", count, chunk_budget, "%.0f chunks are active, not %.0f at most")


## A terrain has [param count] chunks to make.
func set_chunk_queue(count: int) -> void:
	_chunk_queue = count


## A terrain holds [param bytes] bytes.
func set_voxel_memory(bytes: int) -> void:
	_voxel_bytes = bytes
	var held: float = bytes / RLMemory.MEBIBYTE
	_warn_over("voxel_memory", held, voxel_memory_limit_mb, "voxels hold %.0f MB, not %.0f at most")


## Notes that something is wrong: [param kind] in snake_case, [param message] for a person.
func add_warning(kind: String, message: String) -> void:
	var warning: Dictionary = {
		"kind": kind, "message": message, "tick": Engine.get_physics_frames()
	}
	_warnings_added += 1
	_warnings.append(warning)
	if _warnings.size() > MAX_WARNINGS:
		_warnings.pop_front()
	warning_added.emit(warning)


## Ticks and frames measured since [method start]; 0 before.
func measured() -> Vector2i:
	return Vector2i.ZERO if _clock == null else Vector2i(_clock.ticks, _clock.frames)


## Times of the newest tick (x) and frame (y), in milliseconds; 0 before the first.
func newest_times() -> Vector2:
	if _clock == null:
		return Vector2.ZERO
	return Vector2(_clock.physics_ms.newest(), _clock.render_ms.newest())


## What is known now, JSON values only (docs/performance.md): the figures of [method get_figures],
## [code]warnings[/code] and [code]history[/code], the newest values, oldest first. The first call
## begins to measure.
func get_statistics() -> Dictionary:
	var told: Dictionary = get_figures()
	told["warnings"] = _warnings.duplicate(true)
	told["history"] = {
		"physics_frame_time_ms": Array(_clock.physics_ms.values()),
		"render_frame_time_ms": Array(_clock.render_ms.values()),
		"chunk_generation_ms": Array(_chunk_ms.values()),
	}
	return told


## The numbers of [method get_statistics], for who asks often. Times are means of the newest
## [param ticks] ticks and [param frames] frames, with the longest beside them: 0 before the first.
func get_figures(ticks: int = 1, frames: int = 1) -> Dictionary:
	start()
	var physics: float = _clock.physics_ms.mean(ticks)
	var render: float = _clock.render_ms.mean(frames)
	var memory: float = RLMemory.used_mb()
	_warn_over("memory", memory, memory_limit_mb, "the game holds %.0f MB, not %.0f at most")
	return {
		"physics_frame_time_ms": physics,
		"physics_frame_time_max_ms": _clock.physics_ms.largest(ticks),
		"render_frame_time_ms": render,
		"render_frame_time_max_ms": _clock.render_ms.largest(frames),
		"physics_frame_time_ratio": physics / budget_ms,
		"render_frame_time_ratio": render / budget_ms,
		"budget_ms": budget_ms,
		"active_chunks": _active_chunks,
		"chunk_count_ratio": float(_active_chunks) / maxi(chunk_budget, 1),
		"chunk_generation_average_ms": _chunk_ms.mean(),
		"chunk_generation_max_ms": _chunk_ms.largest(),
		"chunk_queue": _chunk_queue,
		"voxel_memory_mb": _voxel_bytes / RLMemory.MEBIBYTE,
		"object_count": int(Performance.get_monitor(Performance.OBJECT_COUNT)),
		"memory_mb": memory,
		"warning_count": _warnings_added,
	}


func _on_tick(ms: float) -> void:
	_warn_over("slow_physics", ms, budget_ms, "a physics tick took %.2f ms, not %.2f at most")
	tick_measured.emit(ms)


func _on_frame(ms: float) -> void:
	_warn_over("slow_frame", ms, budget_ms, "a frame took %.2f ms, not %.2f at most")
	frame_measured.emit(ms)


# [param text] has room for the value and its limit.
func _warn_over(kind: String, value: float, limit: float, text: String) -> void:
	if value > limit and _limits.is_news(kind, value, limit, Engine.get_physics_frames()):
		add_warning(kind, text % [value, limit])
