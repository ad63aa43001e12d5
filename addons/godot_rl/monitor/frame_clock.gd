extends RefCounted
## Measures how long the game's part of each physics tick and of each frame takes.
##
## RLPerformanceMonitor owns it while it measures. Probes stand round Sync, which runs first in
## every tick: what Sync does (deciding, observing, waiting for a trainer, the bytes) is left out.
## [br]A tick is what the physics servers hand out, the game's scripts, and the servers' step; of
## several ticks in one frame, what a tick hands out counts with the one before. [br]A frame is the
## game's process step and the drawing of the main viewport: on the CPU, or on the GPU where that
## takes longer. Waiting for the screen is left out. Without a window nothing is drawn. [br]While
## the game is paused nothing counts.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLFrameProbe := preload("res://addons/godot_rl/monitor/frame_probe.gd")
const RLSampleRing := preload("res://addons/godot_rl/monitor/sample_ring.gd")
# Does not compile in an engine that was built without XR.
const _MARK: String = "res://addons/godot_rl/monitor/iteration_mark.gd"

## The newest times, in milliseconds.
var physics_ms: RLSampleRing
var render_ms: RLSampleRing
## Called with the milliseconds of each tick and each frame, where they are set.
var when_tick: Callable
var when_frame: Callable
## Ticks and frames measured since the beginning.
var ticks: int = 0
var frames: int = 0

var _owner: Node
var _probes: Array[RLFrameProbe] = []
var _mark: XRInterface
# The main viewport where it is drawn.
var _viewport: RID
# When the game's part of the running tick and frame began; 0: none runs.
var _tick_began_usec: int = 0
var _frame_began_usec: int = 0
# When the engine's round began, and how much of the next tick has passed before Sync.
var _round_began_usec: int = 0
var _lead_usec: int = 0


## Measures in the tree of [param owner] and remembers [param places] times of each kind.
func _init(owner: Node, places: int) -> void:
	_owner = owner
	physics_ms = RLSampleRing.new(places)
	render_ms = RLSampleRing.new(places)
	_add_probe(RLFrameProbe.SYNC - 1, _end_tick, _end_ticks)
	_add_probe(RLFrameProbe.SYNC + 1, _begin_tick, _begin_frame)
	_add_probe(-RLFrameProbe.SYNC, Callable(), _end_frame)
	if ClassDB.class_exists(&"XRInterfaceExtension"):
		_mark = (load(_MARK) as GDScript).new(_begin_round)
		XRServer.add_interface(_mark)
		_mark.initialize()
	if DisplayServer.get_name() != "headless":
		_viewport = (Engine.get_main_loop() as SceneTree).root.get_viewport_rid()
		RenderingServer.viewport_set_measure_render_time(_viewport, true)


## Ends measuring.
func dispose() -> void:
	for probe: RLFrameProbe in _probes:
		probe.set_process(false)
		probe.set_physics_process(false)
		probe.queue_free()
	_probes.clear()
	if _mark != null:
		_mark.uninitialize()
		XRServer.remove_interface(_mark)
		_mark = null
	if _viewport.is_valid():
		RenderingServer.viewport_set_measure_render_time(_viewport, false)


## Forgets all times.
func clear() -> void:
	physics_ms.clear()
	render_ms.clear()


func _add_probe(priority: int, in_tick: Callable, in_process: Callable) -> void:
	var probe: RLFrameProbe = RLFrameProbe.new(priority, in_tick, in_process)
	_probes.append(probe)
	_owner.add_child(probe)


func _begin_round() -> void:
	_round_began_usec = Time.get_ticks_usec()


# Before Sync: the tick before is over, and what the servers handed out belongs to the next one.
func _end_tick() -> void:
	var now: int = Time.get_ticks_usec()
	if _tick_began_usec > 0:
		_add_tick(now)
	elif _round_began_usec > 0:
		_lead_usec = now - _round_began_usec
	_round_began_usec = 0


func _begin_tick() -> void:
	if not _owner.get_tree().paused:
		_tick_began_usec = Time.get_ticks_usec()


# A process step begins: no physics runs until the next round.
func _end_ticks() -> void:
	if _tick_began_usec > 0:
		_add_tick(Time.get_ticks_usec())
	_round_began_usec = 0


func _add_tick(now: int) -> void:
	ticks += 1
	var ms: float = (now - _tick_began_usec + _lead_usec) / 1000.0
	_tick_began_usec = 0
	_lead_usec = 0
	physics_ms.add(ms)
	if when_tick.is_valid():
		when_tick.call(ms)


func _begin_frame() -> void:
	if not _owner.get_tree().paused:
		_frame_began_usec = Time.get_ticks_usec()


func _end_frame() -> void:
	if _frame_began_usec == 0:
		return
	var ms: float = (Time.get_ticks_usec() - _frame_began_usec) / 1000.0
	_frame_began_usec = 0
	if _viewport.is_valid():
		ms += RenderingServer.get_frame_setup_time_cpu()
		ms += RenderingServer.viewport_get_measured_render_time_cpu(_viewport)
		ms = maxf(ms, RenderingServer.viewport_get_measured_render_time_gpu(_viewport))
	frames += 1
	render_ms.add(ms)
	if when_frame.is_valid():
		when_frame.call(ms)
