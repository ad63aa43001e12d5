extends GodotTestCase
## The mean and the largest time of the ticks since they were taken last.

const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")
const RLTickTimes := preload("res://addons/godot_rl/agents/tick_times.gd")
const CONTROLLER: GDScript = preload("res://tests/godot/fixtures/counter_controller.gd")


func test_mean_and_largest() -> void:
	var times: RLTickTimes = RLTickTimes.new()
	check_equal(times.take(), {}, "before any tick")
	for physics_ms: int in [1, 5, 2]:
		times.add_tick(physics_ms * 1000)
		times.add_frame(physics_ms * 1000 + 500)
	var taken: Dictionary = times.take()
	check_equal(taken["ticks"], 3)
	check_near(taken["physics_ms_mean"], 8.0 / 3.0, 0.001)
	check_near(taken["physics_ms_max"], 5.0)
	check_near(taken["frame_ms_mean"], 8.0 / 3.0 + 0.5, 0.001)
	check_near(taken["frame_ms_max"], 5.5)


func test_what_is_taken_is_not_taken_again() -> void:
	var times: RLTickTimes = RLTickTimes.new()
	times.add_tick(4000)
	check_near(times.take()["physics_ms_max"], 4.0)
	check_equal(times.take(), {})
	times.add_tick(2000)
	check_near(times.take()["physics_ms_max"], 2.0)


func test_neither_a_tick_nor_a_frame_holds_what_sync_does() -> void:
	var times: RLTickTimes = RLTickTimes.new()
	times.end_frame(false)
	times.end_tick()
	check_equal(times.take(), {}, "no tick had begun")
	OS.delay_msec(300)
	times.begin_tick(true)
	OS.delay_msec(10)
	times.end_frame(true)
	times.end_frame(true)
	var measured: Dictionary = times.take()
	check_equal(measured["ticks"], 1)
	check(measured["physics_ms_max"] >= 10.0, str(measured))
	check(measured["frame_ms_max"] >= measured["physics_ms_max"], str(measured))
	check(measured["frame_ms_max"] < 300.0, "Sync's 300 ms are not in it: %s" % measured)


func test_the_process_step_belongs_to_the_frame_only() -> void:
	var times: RLTickTimes = RLTickTimes.new()
	times.end_tick()
	times.begin_tick(true)
	times.end_frame(true)
	OS.delay_msec(20)
	times.end_tick()
	times.begin_tick(true)
	times.end_frame(true)
	var measured: Dictionary = times.take()
	check_equal(measured["ticks"], 2)
	check(measured["frame_ms_max"] >= 20.0, str(measured))
	check(measured["frame_ms_max"] - measured["physics_ms_max"] >= 19.9, str(measured))


func test_a_frame_in_which_the_world_is_held_does_not_count() -> void:
	var times: RLTickTimes = RLTickTimes.new()
	times.add_tick(1000)
	times.end_tick()
	times.begin_tick(false)
	times.end_frame(false)
	check_equal(times.take().keys(), ["ticks", "physics_ms_mean", "physics_ms_max"])


func test_a_long_tick_is_told_of_its_episode_only() -> void:
	var times: RLTickTimes = RLTickTimes.new()
	times.remembers = true
	for tick: int in 6:
		times.add_tick(20000 if tick == 4 else 1000)
		times.add_frame(21000 if tick == 4 else 1500)
	check_equal(times.between(0, 3)["physics_ms_max"], 1.0)
	check_equal(times.between(0, 3)["frame_ms_max"], 1.5)
	check_equal(times.between(3, 6)["physics_ms_max"], 20.0)
	check_near(times.between(3, 6)["physics_ms_mean"], 22.0 / 3.0, 0.001)
	check_equal(times.between(3, 6)["frame_ms_max"], 21.0)
	check_equal(times.between(0, 0), {})


func test_old_ticks_are_forgotten() -> void:
	var times: RLTickTimes = RLTickTimes.new()
	times.remembers = true
	for tick: int in 2 * RLTickTimes.REMEMBERED + 1:
		times.add_tick(tick)
		times.add_frame(tick)
	var last: int = 2 * RLTickTimes.REMEMBERED
	check_equal(times.between(0, 10), {})
	check_equal(times.between(last, last + 1)["physics_ms_max"], last / 1000.0)
	check_equal(times.between(last, last + 1)["frame_ms_max"], last / 1000.0)


func test_an_ended_episode_tells_its_times_beside_what_the_game_tells() -> void:
	var controller: Node = CONTROLLER.new()
	add_child(controller)
	var roster: RLRoster = RLRoster.new()
	roster.collect([controller], RLLaunchOptions.parse([]))
	roster.begin_all()
	roster.tick_times.remembers = true
	controller.rl_episode.captures = true
	roster.tick_times.add_tick(5000)
	controller.rl_episode.will_act()
	controller.terminated = true
	roster.advance()
	var info: Dictionary = RLStepBatch.take(roster.agents, roster).infos[0]
	check_equal(info["times"]["physics_ms_max"], 5.0, str(info))


func test_every_agent_of_a_process_tells_the_same() -> void:
	var roster: RLRoster = RLRoster.new()
	var controller: Node = CONTROLLER.new()
	add_child(controller)
	roster.collect([controller], RLLaunchOptions.parse([]))
	roster.tick_times.add_tick(3000)
	check_near(controller.take_tick_times()["physics_ms_max"], 3.0)
	check_equal(controller.take_tick_times(), {})
