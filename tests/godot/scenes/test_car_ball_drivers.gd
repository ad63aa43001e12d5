extends CarBallCase
## The scripted drivers of `car_ball`, rungs of a ladder: the chaser touches the ball, and earns
## more in phase 1 than a car that stands.


func test_the_chaser_touches_the_ball_again_and_again() -> void:
	Sync.set_parameter("episode_seconds", 40.0)
	make()
	var touches: int = 0
	for episode: int in 3:
		begin(episode)
		controller_of(car).set_heuristic("human")
		put(other, Vector3(36.0, 0.17, 0.0))
		while arena.is_on:
			await wait_physics(8)
		var metrics: Dictionary = controller_of(car).get_info()["metrics"]
		check(metrics["touches"] >= 1, "seed %d: no touch" % episode)
		touches += metrics["touches"]
	check(touches >= 5, "%d touches in two minutes at most" % touches)


func test_the_chaser_earns_more_in_phase_1_than_a_car_that_stands() -> void:
	Sync.set_parameter("phase", 1.0)
	Sync.set_parameter("episode_seconds", 20.0)
	make()
	var sums: PackedFloat64Array = [0.0, 0.0]
	for episode: int in 3:
		begin(episode)
		controller_of(car).set_heuristic("human")
		while arena.is_on:
			await wait_physics(8)
			for i: int in 2:
				var controller: CarController = controller_of(arena.cars[i])
				sums[i] += controller.get_reward()
				controller.zero_reward()
	check(sums[0] > sums[1] + 15.0, "chaser %f, standing car %f" % [sums[0], sums[1]])


func test_two_chasers_do_not_push_each_other_for_ever() -> void:
	Sync.set_parameter("no_touch_seconds", 20.0)
	make()
	var untouched: int = 0
	for episode: int in 2:
		begin(episode)
		for each: CarBody in arena.cars:
			controller_of(each).set_heuristic("human")
		while arena.is_on:
			await wait_physics(8)
		untouched += int(arena.idle_ticks >= arena.settings.last_idle_tick)
	check(untouched == 0, "%d of 2 matches stood still" % untouched)


func test_a_car_without_driver_stands() -> void:
	Sync.set_parameter("driver", 0.0)
	make()
	controller_of(car).set_heuristic("human")
	await play(1.0)
	check_near(car.velocity.length(), 0.0, 0.02, "speed")
