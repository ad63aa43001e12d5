extends GodotTestCase
## What the performance monitor tells: the game's times, what a terrain tells it, and its warnings.

const MONITOR: GDScript = preload("res://addons/godot_rl/monitor/performance_monitor.gd")
const RING: GDScript = preload("res://addons/godot_rl/monitor/sample_ring.gd")
const SLOW_BODY: GDScript = preload("res://tests/godot/fixtures/slow_body.gd")
const BUSY: GDScript = preload("res://tests/godot/fixtures/busy_node.gd")


func test_the_autoload_is_the_current_one() -> void:
	var autoload: Node = get_tree().root.get_node("VoxelPerformanceMonitor")
	check(RLPerformanceMonitor.current() == autoload, "current() is the autoload")
	# Other tests may have asked the autoload.
	var fresh: RLPerformanceMonitor = MONITOR.new()
	add_child(fresh)
	check(not fresh.is_measuring(), "nobody has asked")
	check_equal(fresh.get_child_count(), 0, "nodes before anybody asked")


func test_godot_shows_them_among_its_monitors() -> void:
	var monitor: RLPerformanceMonitor = RLPerformanceMonitor.current()
	monitor.set_active_chunks(12)
	check_equal(Performance.get_custom_monitor("rl/active_chunks"), 12.0)
	check(Performance.get_custom_monitor("rl/memory_mb") as float > 1.0, "memory")
	check("rl/physics_frame_time_ms" in Performance.get_custom_monitor_names(), "the name")
	check(monitor.is_measuring(), "a look begins the measuring")
	monitor.set_active_chunks(0)
	monitor.stop()


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


func test_a_limit_is_told_once_while_it_is_exceeded() -> void:
	var monitor: RLPerformanceMonitor = _monitor()
	for ms: float in [1.0, 6.0, 7.0]:
		monitor.record_chunk_generation(ms)
	monitor.set_active_chunks(600)
	monitor.set_voxel_memory(4096 * 1048576)
	var told: Array[String] = []
	for warning: Dictionary in monitor.get_statistics()["warnings"]:
		told.append(warning["kind"])
	check_equal(told, ["slow_chunk", "chunk_count", "voxel_memory"] as Array[String])
	check_equal(
		monitor.get_statistics()["warnings"][0]["message"], "a chunk took 6.00 ms, not 5.00"
	)
	monitor.free()


func test_a_slow_tick_is_warned_of() -> void:
	var monitor: RLPerformanceMonitor = _monitor()
	monitor.start()
	var busy: Node = _busy(0, 13)
	await wait_physics(4)
	var kinds: Array = monitor.get_statistics()["warnings"].map(
		func(each: Dictionary) -> String: return each["kind"]
	)
	check_equal(kinds.count("slow_physics"), 1)
	check_equal(kinds.count("slow_frame"), 1)
	busy.free()
	monitor.free()


func test_while_the_game_is_paused_nothing_counts() -> void:
	var monitor: RLPerformanceMonitor = _monitor()
	monitor.start()
	await wait_physics(3)
	get_tree().paused = true
	await wait_physics(2)
	var before: Vector2i = monitor.measured()
	await wait_physics(5)
	get_tree().paused = false
	check(before.x > 0, "ticks before the pause")
	check_equal(monitor.measured(), before)
	monitor.free()


func test_what_bodies_are_told_belongs_to_a_tick() -> void:
	var monitor: RLPerformanceMonitor = _monitor()
	monitor.start()
	var body: RigidBody3D = SLOW_BODY.new()
	add_child(body)
	await wait_physics(8)
	var ticks: Array = monitor.get_statistics()["history"]["physics_frame_time_ms"]
	check(ticks.max() as float >= 6.0, "the 6 ms in _integrate_forces are in it: %s" % [ticks])
	body.free()
	monitor.free()


func test_the_newest_of_many() -> void:
	var ring: RefCounted = RING.new(3)
	for value: float in [9.0, 1.0, 2.0, 6.0]:
		ring.call("add", value)
	check_equal(Array(ring.call("values") as PackedFloat32Array), [1.0, 2.0, 6.0])
	check_near(ring.call("newest"), 6.0)
	check_near(ring.call("mean"), 3.0)
	check_near(ring.call("mean", 2), 4.0)
	check_near(ring.call("largest", 2), 6.0)
	check_near(ring.call("quantile", 0.5), 2.0)


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
