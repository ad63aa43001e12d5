extends LandingTestCase
## What a flight of the spacecraft landing is worth, and how it ends.


func test_a_soft_touchdown_on_the_pad_is_a_success() -> void:
	build()
	await hang(Vector3(0.5, 0.2, 0.5))
	check_equal(controller.get_info(), {}, "info in mid-flight")
	await act(0.0, Vector2.ZERO, Vector2.ZERO, 60)
	check(controller.terminated, "terminated")
	var info: Dictionary = controller.get_info()
	check_equal(info["is_success"], true, "is_success")
	check_near(info["reward_terms"][&"soft_touchdown"], 50.0, 1e-6, "soft_touchdown")
	check_near(info["reward_terms"][&"on_pad"], 20.0, 1e-6, "on_pad")
	check_equal(info["reward_terms"].keys(), LandingRewards.WEIGHTS.keys(), "names of terms")
	check(info["metrics"]["touchdown_speed"] > 0.5, "speed before the ground stopped it")


func test_speed_and_attitude_decide_what_a_touchdown_is() -> void:
	build()
	await _drop(Vector3(10.0, 0.5, 0.0), 3.0, 0.0)
	check_equal(judge.outcome, "hard", "3 m/s")
	check_near(judge.rewards.sums[&"hard_touchdown"], 10.0, 1e-6, "hard_touchdown")
	check_near(judge.rewards.sums[&"on_pad"], 0.0, 1e-6, "10 m beside")
	await _drop(Vector3(0.0, 0.5, 0.0), 6.0, 0.0)
	check_equal(judge.outcome, "crash", "6 m/s")
	check_near(judge.rewards.sums[&"crash"], -50.0, 1e-6, "crash")
	await _drop(Vector3(0.0, 1.5, 0.0), 1.0, 0.5)
	check_equal(judge.outcome, "crash", "29 degrees of tilt")
	check_near(controller.get_info()["metrics"]["crash"], 1.0, 1e-9, "metric")


func test_time_is_limited() -> void:
	build()
	set_parameter("time_limit", 1.0)
	begin(2)
	await wait_physics(92)
	check(controller.truncated and not controller.terminated, "truncated")
	var info: Dictionary = controller.get_info()
	check_near(info["reward_terms"][&"time_out"], -20.0, 1e-9, "time_out")
	check_near(info["metrics"]["flight_time"], 1.0, 1e-6, "flight_time")


func test_who_leaves_the_area_is_lost() -> void:
	build()
	await hang(Vector3(490.0, 300.0, 0.0), Vector3(40.0, 0.0, 0.0))
	await act(0.5, Vector2.ZERO, Vector2.ZERO, 36)
	check_equal(judge.outcome, "lost", "outcome")
	# Farther out a craft fell past the ground's edge, which explorers told of.
	var ground: float = LandingTerrain.CELLS * LandingTerrain.CELL / 2.0
	var way: Vector3 = judge.offset()
	check(Vector2(way.x, way.z).length() < ground, "the ground is still there")
	check(controller.terminated, "terminated")
	check_near(judge.rewards.sums[&"crash"], -50.0, 1e-6, "it costs what a crash costs")


func test_progress_terms_add_up_to_start_less_end() -> void:
	build()
	await hang(Vector3(0.0, 300.0, 0.0))
	await act(0.0, Vector2.ZERO, Vector2.ZERO, 91)
	var offset: float = judge.offset().length()
	check_near(judge.rewards.sums[&"progress"], 0.1 * (300.0 - offset), 0.02, "progress")
	await act(1.0, Vector2.ZERO, Vector2.ZERO, 180)
	check(judge.rewards.sums[&"progress"] < 0.6, "what is lost again is paid back")


func test_a_descent_below_50_m_is_paid_once_for_each_metre() -> void:
	build()
	await hang(Vector3(0.0, 40.0, 0.0), Vector3(0.0, -3.0, 0.0))
	await act(0.6, Vector2.ZERO, Vector2.ZERO, 180)
	var once: float = judge.rewards.sums[&"controlled_descent"]
	check(once > 0.05 and once <= 0.5, "controlled_descent %s" % once)
	await act(1.0, Vector2.ZERO, Vector2.ZERO, 90)
	check_near(judge.rewards.sums[&"controlled_descent"], once, 0.02, "going up pays nothing")


func test_rewards_sum_to_the_terms() -> void:
	build(7)
	await guide()
	check(controller.done, "the guide ends its flight")
	var total: float = 0.0
	for value: float in judge.rewards.sums.values():
		total += value
	check_near(controller.get_reward(), total, 1e-3, "reward")


func test_the_guide_lands_softly_with_little_fuel() -> void:
	build()
	for episode: int in 3:
		await wait_physics()
		begin(episode)
		await guide()
		var metrics: Dictionary = controller.get_info()["metrics"]
		check_near(metrics["success"], 1.0, 1e-9, "success of %d: %s" % [episode, judge.outcome])
		check(metrics["fuel_efficiency"] > 0.7, "efficiency %s" % metrics["fuel_efficiency"])
		check(metrics["fuel_efficiency"] < 1.0, "nobody beats it so easily")


func test_the_near_optimal_burn_is_that_of_a_vertical_fall() -> void:
	# From rest at 700 m: coast, then full thrust; worked out by hand for a constant mass.
	var braking: float = Lander.MAX_THRUST / (1600.0 - 50.0)
	var brake_height: float = 700.0 * 3.71 / braking
	var speed: float = sqrt(2.0 * 3.71 * (700.0 - brake_height))
	var change: float = speed * braking / (braking - 3.71)
	var fuel: float = 1600.0 * (1.0 - exp(-change / 2200.0))
	var found: float = LandingOptimum.fuel(Vector3(0.0, 700.0, 0.0), Vector3.ZERO, 3.71, 1600.0)
	check_near(found, fuel, 0.05, "fuel")
	var hopeless: float = LandingOptimum.fuel(
		Vector3(0.0, 100.0, 0.0), Vector3(0.0, -90.0, 0.0), 3.71, 1600.0
	)
	check_equal(hopeless, INF, "too fast to be stopped")


func test_weights_are_parameters() -> void:
	build()
	for term: StringName in LandingRewards.WEIGHTS:
		set_parameter("reward_" + term, 3.0)
	begin(2)
	for term: StringName in LandingRewards.WEIGHTS:
		check_near(judge.rewards.weights[term], 3.0, 1e-9, "reward_" + term)


# Lets the craft fall onto the ground at about this speed.
func _drop(offset: Vector3, speed: float, tilt: float) -> void:
	await hang(offset, Vector3(0.0, -speed, 0.0), tilt)
	await act(0.37, Vector2.ZERO, Vector2.ZERO, 150)
