extends RefCounted
## Measures how long the game's part of each physics tick and of each frame takes.
##
## RLPerformanceMonitor owns it while it measures. Probes stand round Sync, which runs first in
## every tick: what Sync does (deciding, observing, waiting for a trainer, the bytes) is left out. A
## tick is the game's scripts and the physics server; a frame is the game's process step and what is
## drawn, without waiting for the screen. While the game is paused nothing counts.

const RLFrameProbe := preload("res://addons/godot_rl/monitor/frame_probe.gd")
const RLSampleRing := preload("res://addons/godot_rl/monitor/sample_ring.gd")

## The newest times, in milliseconds.
var physics_ms: RLSampleRing
var render_ms: RLSampleRing

var _owner: Node
var _probes: Array[RLFrameProbe] = []
# When the game's part of the running tick and frame began; 0: none runs.
var _tick_began_usec: int = 0
var _frame_began_usec: int = 0


## Measures in the tree of [param owner] and remembers [param places] times of each kind.
func _init(owner: Node, places: int) -> void:
	_owner = owner
	physics_ms = RLSampleRing.new(places)
	render_ms = RLSampleRing.new(places)
	_add_probe(RLFrameProbe.SYNC - 1, _end_tick, _end_tick)
	_add_probe(RLFrameProbe.SYNC + 1, _begin_tick, _begin_frame)
	_add_probe(-RLFrameProbe.SYNC, Callable(), _end_frame)


## Ends measuring.
func dispose() -> void:
	for probe: RLFrameProbe in _probes:
		probe.queue_free()
	_probes.clear()


## Forgets all times.
func clear() -> void:
	physics_ms.clear()
	render_ms.clear()


func _add_probe(priority: int, in_tick: Callable, in_process: Callable) -> void:
	var probe: RLFrameProbe = RLFrameProbe.new(priority, in_tick, in_process)
	_probes.append(probe)
	_owner.add_child(probe)


# Before Sync: the tick before is over.
func _end_tick() -> void:
	if _tick_began_usec > 0:
		physics_ms.add((Time.get_ticks_usec() - _tick_began_usec) / 1000.0)
		_tick_began_usec = 0


func _begin_tick() -> void:
	if not _owner.get_tree().paused:
		_tick_began_usec = Time.get_ticks_usec()


func _begin_frame() -> void:
	if not _owner.get_tree().paused:
		_frame_began_usec = Time.get_ticks_usec()


func _end_frame() -> void:
	if _frame_began_usec > 0:
		render_ms.add((Time.get_ticks_usec() - _frame_began_usec) / 1000.0)
		_frame_began_usec = 0
