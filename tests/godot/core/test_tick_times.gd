extends GodotTestCase
## The mean and the largest time of the ticks since they were taken last.


func test_mean_and_largest() -> void:
	var times: RLTickTimes = RLTickTimes.new()
	check_equal(times.take(), {}, "before any tick")
	for physics_ms: int in [1, 5, 2]:
		times.add(physics_ms * 1000, physics_ms * 1000 + 500)
	var taken: Dictionary = times.take()
	check_equal(taken["ticks"], 3)
	check_near(taken["physics_ms_mean"], 8.0 / 3.0)
	check_near(taken["physics_ms_max"], 5.0)
	check_near(taken["frame_ms_mean"], 8.0 / 3.0 + 0.5)
	check_near(taken["frame_ms_max"], 5.5)


func test_what_is_taken_is_not_taken_again() -> void:
	var times: RLTickTimes = RLTickTimes.new()
	times.add(4000, 4000)
	check_near(times.take()["physics_ms_max"], 4.0)
	check_equal(times.take(), {})
	times.add(2000, 2000)
	check_near(times.take()["physics_ms_max"], 2.0)


func test_a_tick_is_measured_without_what_comes_before_it() -> void:
	var times: RLTickTimes = RLTickTimes.new()
	OS.delay_msec(20)
	times.end_tick()
	check_equal(times.take(), {}, "no tick had begun")
	times.begin_tick()
	times.end_physics()
	OS.delay_msec(20)
	times.end_physics()
	times.end_tick()
	var measured: Dictionary = times.take()
	check(measured["frame_ms_max"] >= 20.0, "the frame lasts until the next tick")
	check(
		measured["frame_ms_max"] - measured["physics_ms_max"] >= 19.9,
		"the physics ended before the process step"
	)


func test_every_agent_of_a_process_tells_the_same() -> void:
	var roster: RLRoster = RLRoster.new()
	var controller: Node = preload("res://tests/godot/fixtures/counter_controller.gd").new()
	add_child(controller)
	roster.collect([controller], RLLaunchOptions.parse([]))
	roster.tick_times.add(3000, 3000)
	check_near(controller.take_tick_times()["physics_ms_max"], 3.0)
	check_equal(controller.take_tick_times(), {})
