extends RefCounted
## What the infos of a run tell of performance, where `--rl.performance=1` asks for it: of each
## decision `info["performance"]`, and of an ended episode its `"episode"` part.
##
## RLRunSession makes it; policies and RLStepBatch ask it. All agents of a process share its ticks,
## so they are told the same of a decision. Without that option there is none.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")
const RLTickTimes := preload("res://addons/godot_rl/agents/tick_times.gd")

const KEY: String = "performance"

var _monitor: RLPerformanceMonitor = RLPerformanceMonitor.current()
# Ticks and frames since the beginning, by their numbers.
var _times: RLTickTimes = RLTickTimes.new()
# Ticks and frames measured when a decision was told of last.
var _told: Vector2i
var _first: Vector2i
# Number of the tick in which each warning was added.
var _warned: PackedInt32Array = []


## With [param budget_ms] above 0 a tick and a frame may take that many milliseconds.
func _init(budget_ms: float = 0.0) -> void:
	if budget_ms > 0.0:
		_monitor.budget_ms = budget_ms
	_times.remembers = true
	_monitor.start()
	_told = _monitor.measured()
	_first = _told
	_monitor.tick_measured.connect(func(ms: float) -> void: _times.add_tick(roundi(ms * 1000.0)))
	_monitor.frame_measured.connect(func(ms: float) -> void: _times.add_frame(roundi(ms * 1000.0)))
	_monitor.warning_added.connect(
		func(_warning: Dictionary) -> void: _warned.append(_times.ticks_ended)
	)


## Adds what was measured since the last decision to every row of [param batch].
func tell(batch: RLStepBatch) -> void:
	var figures: Dictionary = _since_told()
	for i: int in batch.infos.size():
		# The game may use the key too.
		var own: Variant = batch.infos[i].get(KEY)
		var told: Dictionary = own if own is Dictionary else {}
		batch.infos[i] = batch.infos[i].merged({KEY: told.merged(figures, true)}, true)


## Adds an episode's figures to [param info]: the ticks from number [param began] to before
## [param ended].
func with_episode(info: Dictionary, began: int, ended: int) -> Dictionary:
	return info.merged({KEY: {"episode": _episode(began, ended)}}, true)


func _since_told() -> Dictionary:
	var now: Vector2i = _monitor.measured()
	var passed: Vector2i = now - _told
	var late: Vector2i = _times.count_over(_told.x - _first.x, now.x - _first.x, _budget_usec())
	_told = now
	var figures: Dictionary = _monitor.get_figures(passed.x, passed.y)
	figures.merge(
		{"ticks": passed.x, "frames": passed.y, "late_ticks": late.x, "late_frames": late.y}
	)
	return figures


func _budget_usec() -> int:
	return roundi(_monitor.budget_ms * 1000.0)


func _episode(began: int, ended: int) -> Dictionary:
	var times: Dictionary = _times.between(began, ended)
	var late: Vector2i = _times.count_over(began, ended, _budget_usec())
	var now: Dictionary = _monitor.get_figures()
	return {
		"physics_frame_time_ms": times.get("physics_ms_mean", 0.0),
		"physics_frame_time_max_ms": times.get("physics_ms_max", 0.0),
		"render_frame_time_ms": times.get("frame_ms_mean", 0.0),
		"render_frame_time_max_ms": times.get("frame_ms_max", 0.0),
		"late_ticks": late.x,
		"late_frames": late.y,
		"chunk_generation_max_ms": now["chunk_generation_max_ms"],
		"active_chunks": now["active_chunks"],
		"voxel_memory_mb": now["voxel_memory_mb"],
		"object_count": now["object_count"],
		"memory_mb": now["memory_mb"],
		"warnings": _warned.bsearch(ended, false) - _warned.bsearch(began),
	}
