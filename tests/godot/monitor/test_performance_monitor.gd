extends GodotTestCase
## What the performance monitor tells: the game's times, what a terrain tells it, and its warnings.

const MONITOR: GDScript = preload("res://addons/godot_rl/monitor/performance_monitor.gd")
const BUSY: GDScript = preload("res://tests/godot/fixtures/busy_node.gd")


func test_the_autoload_is_the_current_one() -> void:
	var autoload: Node = get_tree().root.get_node("VoxelPerformanceMonitor")
	check(RLPerformanceMonitor.current() == autoload, "current() is the autoload")
	check(not RLPerformanceMonitor.current().is_measuring(), "nobody has asked")


func test_what_a_terrain_tells() -> void:
	var monitor: RLPerformanceMonitor = _monitor()
	for ms: float in [1.0, 6.0, 2.0]:
		monitor.record_chunk_generation(ms)
	monitor.set_active_chunks(256)
	monitor.set_chunk_queue(7)
	monitor.set_voxel_memory(3 * 1048576)
	var told: Dictionary = monitor.get_statistics()
	check_near(told["chunk_generation_average_ms"], 3.0)
	check_near(told["chunk_generation_max_ms"], 6.0)
	check_equal(told["active_chunks"], 256)
	check_near(told["chunk_count_ratio"], 0.5)
	check_equal(told["chunk_queue"], 7)
	check_near(told["voxel_memory_mb"], 3.0)
	check_equal(told["history"]["chunk_generation_ms"], [1.0, 6.0, 2.0])
	monitor.free()


func test_warnings_are_kept_the_newest_hundred() -> void:
	var monitor: RLPerformanceMonitor = _monitor()
	var heard: Array[String] = []
	monitor.warning_added.connect(func(w: Dictionary) -> void: heard.append(w["kind"]))
	for i: int in 120:
		monitor.add_warning("kind_%d" % i, "message")
	var warnings: Array = monitor.get_statistics()["warnings"]
	check_equal(warnings.size(), 100)
	check_equal(warnings[-1]["kind"], "kind_119")
	check_equal(heard.size(), 120)
	monitor.free()


func test_a_tick_is_the_game_without_what_sync_does() -> void:
	var monitor: RLPerformanceMonitor = _monitor()
	monitor.start()
	var busy: Array[Node] = [_busy(0, 4), _busy(-1000000, 40)]
	await wait_physics(6)
	var physics: Array = monitor.get_statistics()["history"]["physics_frame_time_ms"]
	var render: Array = monitor.get_statistics()["history"]["render_frame_time_ms"]
	check(physics.size() >= 4 and render.size() >= 4, "%s ticks" % physics.size())
	check(physics.slice(1).min() >= 4.0 and render.slice(1).min() >= 4.0, "game's 4 ms are in it")
	check(physics.min() < 40.0 and render.min() < 40.0, "Sync's 40 ms are not: %s" % [physics])
	for node: Node in busy:
		node.free()
	monitor.free()


func _busy(priority: int, ms: int) -> Node:
	var node: Node = BUSY.new()
	node.set(&"ms", ms)
	node.process_priority = priority
	node.process_physics_priority = priority
	add_child(node)
	return node


func _monitor() -> RLPerformanceMonitor:
	var monitor: RLPerformanceMonitor = MONITOR.new()
	get_tree().root.add_child(monitor)
	return monitor
