extends SceneTree
## What the performance monitor costs a tick: [code]godot --headless --fixed-fps 90 --path .
## --script res://tests/godot/monitor/bench_performance_monitor.gd[/code]
##
## A scene that does nothing runs. Segments of ticks alternate between a monitor that sleeps and one
## that measures; the differences of neighbours tell what it costs. It prints medians and checks
## nothing: it is no test.

const ROUNDS: int = 61
const TICKS: int = 400


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	var monitor: RLPerformanceMonitor = RLPerformanceMonitor.current()
	await _advance(200)
	var asleep: PackedFloat64Array = []
	var costs: PackedFloat64Array = []
	for round_number: int in ROUNDS:
		monitor.stop()
		var without: float = await _us_a_tick()
		monitor.start()
		var with_it: float = await _us_a_tick()
		asleep.append(without)
		costs.append(with_it - without)
	asleep.sort()
	costs.sort()
	print("a tick with the monitor asleep   %6.1f us" % asleep[ROUNDS >> 1])
	print(
		(
			"what measuring adds to a tick    %6.1f us (middle half %.1f to %.1f)"
			% [costs[ROUNDS >> 1], costs[ROUNDS >> 2], costs[(3 * ROUNDS) >> 2]]
		)
	)
	var asked: int = Time.get_ticks_usec()
	for time: int in 1000:
		monitor.get_statistics()
	print("get_statistics()                 %6.1f us" % ((Time.get_ticks_usec() - asked) / 1000.0))
	quit()


func _us_a_tick() -> float:
	await _advance(20)
	var began: int = Time.get_ticks_usec()
	await _advance(TICKS)
	return float(Time.get_ticks_usec() - began) / TICKS


func _advance(ticks: int) -> void:
	for tick: int in ticks:
		await physics_frame
