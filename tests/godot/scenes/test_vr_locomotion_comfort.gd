extends VRTestCase
## When the vignette comes, and when it is counted.


func test_walking_off_and_stopping_need_no_vignette() -> void:
	build()
	clear_floor()
	await hold(0.0, 1.0, 0.0, 0.0, 180)
	check_equal(player.comfort.activations, 0, "activations after walking off")
	await hold(0.0, 0.0, 0.0, 0.0, 90)
	check_equal(player.comfort.activations, 0, "activations after stopping")


func test_a_full_reversal_activates_once() -> void:
	build()
	clear_floor()
	await hold(0.0, 1.0, 0.0, 0.0, 150)
	await hold(0.0, -1.0, 0.0, 0.0, 150)
	check_equal(player.comfort.activations, 1, "activations")
	check(not player.comfort.is_active, "over after a while")


func test_three_snap_turns_within_a_second_activate() -> void:
	build()
	clear_floor()
	for turn: int in 3:
		await hold(0.0, 0.0, 1.0, 0.0, 18)
		await hold(0.0, 0.0, 0.0, 0.0, 18)
	check_equal(player.comfort.activations, 1, "activations")


func test_a_snap_turn_a_second_is_comfortable() -> void:
	build()
	clear_floor()
	for turn: int in 6:
		await hold(0.0, 0.0, 1.0, 0.0, 45)
		await hold(0.0, 0.0, 0.0, 0.0, 45)
	check_equal(player.comfort.activations, 0, "activations")


func test_intensity_counts_with_hysteresis() -> void:
	var comfort: ComfortSystem = ComfortSystem.new()
	add_child(comfort)
	comfort.add_turn(66.0)
	comfort.step(Vector3.ZERO, DELTA)
	check_equal(comfort.activations, 1, "above 0.5")
	comfort.turn_load = 0.35
	comfort.step(Vector3.ZERO, DELTA)
	comfort.turn_load = 0.6
	comfort.step(Vector3.ZERO, DELTA)
	check_equal(comfort.activations, 1, "not below 0.3 in between")
	comfort.turn_load = 0.29
	comfort.step(Vector3.ZERO, DELTA)
	comfort.turn_load = 0.6
	comfort.step(Vector3.ZERO, DELTA)
	check_equal(comfort.activations, 2, "below 0.3 in between")


func test_the_filter_does_not_depend_on_the_tick_rate() -> void:
	var results: PackedFloat32Array = []
	for rate: int in [45, 180]:
		var comfort: ComfortSystem = ComfortSystem.new()
		add_child(comfort)
		for tick: int in rate:
			comfort.step(Vector3(5.0 * (tick + 1) / rate, 0.0, 0.0), 1.0 / rate)
		results.append(comfort.smoothed_acceleration.x)
	check_near(results[0], results[1], 1e-4, "acceleration after 1 s")
