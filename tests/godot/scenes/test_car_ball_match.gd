extends CarBallCase
## A match of `car_ball`: touches, hits, goals, ends; the same seed is the same match.


func test_a_goal_ends_the_episode_of_both_and_is_counted() -> void:
	make()
	put(car, Vector3(20.0, 0.17, 0.0))
	put(other, Vector3(-20.0, 0.17, 0.0))
	put_ball(Vector3(0.0, 2.0, -45.0), Vector3(0.0, 0.0, -30.0))
	await play(0.5)
	check(not arena.is_on, "the ball is in the goal and the episode goes on")
	check_equal(arena.scorer, 0, "who scored")
	check_equal(arena.goals[0], 1, "goals of blue")
	var mine: Dictionary = controller_of(car).get_info()
	var theirs: Dictionary = controller_of(other).get_info()
	check(controller_of(car).terminated and controller_of(other).terminated, "both terminated")
	check(mine["is_success"] and not theirs["is_success"], "blue has won")
	check_near(mine["reward_terms"][&"goal"], 10.0)
	check_near(theirs["reward_terms"][&"concede"], -10.0)
	check_near(theirs["metrics"]["conceded"], 1.0)


func test_a_ball_on_the_bar_or_beside_the_goal_is_none() -> void:
	make()
	put(car, Vector3(20.0, 0.17, 0.0))
	put(other, Vector3(-20.0, 0.17, 0.0))
	for place: Vector3 in [Vector3(12.0, 3.0, 44.0), Vector3(0.0, 8.5, 44.0)]:
		put_ball(place, Vector3(0.0, 3.0, 40.0))
		await play(0.6)
		check(arena.is_on, "a goal from %s" % place)


func test_an_untouched_ball_cuts_the_episode_off() -> void:
	Sync.set_parameter("no_touch_seconds", 2.0)
	make()
	await play(1.9)
	check(arena.is_on, "too early")
	await play(0.2)
	check(not arena.is_on, "15 s are over")
	check(controller_of(car).truncated and controller_of(other).truncated, "it is cut off")
	check_equal(arena.scorer, -1)


func test_time_cuts_the_episode_off_though_the_ball_is_touched() -> void:
	Sync.set_parameter("episode_seconds", 1.5)
	make()
	for i: int in 15:
		arena.idle_ticks = 0
		await play(0.1)
	await play(0.1)
	check(not arena.is_on and controller_of(car).truncated, "its time is over")
	check_near(controller_of(car).get_info()["metrics"]["round_time"], 1.5, 0.02)


func test_a_hit_moves_the_ball_more_than_the_collision_alone() -> void:
	make()
	clear_field()
	put_ball(Vector3(0.0, BallBody.REST_HEIGHT, 0.0))
	put(car, Vector3(0.0, 0.17, 6.0), Basis.IDENTITY, Vector3(0.0, 0.0, -14.0))
	car.controls.throttle = 1.0
	var touches: Array[int] = [0]
	arena.touched.connect(func(by: CarBody, _before: Vector3) -> void: touches[0] += int(by == car))
	await play(0.6)
	check_equal(touches[0], 1, "touches of one hit")
	check_equal(arena.last_toucher, 0, "who touched it last")
	# Without restitution both would go on at 12 m/s; the push adds 0.58 of 14 m/s, less the nose's.
	check(ball.velocity.z < -14.5, "the ball goes at %s" % ball.velocity)
	check(car.velocity.z > -13.6, "the car goes on at %s" % car.velocity)


func test_a_hit_off_the_middle_sends_the_ball_aside() -> void:
	make()
	clear_field()
	put_ball(Vector3(0.5, BallBody.REST_HEIGHT, 0.0))
	put(car, Vector3(0.0, 0.17, 6.0), Basis.IDENTITY, Vector3(0.0, 0.0, -14.0))
	await play(0.6)
	check(ball.velocity.x > 3.0, "the ball goes at %s" % ball.velocity)


func test_cars_do_not_pass_through_each_other() -> void:
	make()
	put_ball(Vector3(30.0, 0.95, 0.0))
	put(car, Vector3(0.0, 0.17, 8.0), Basis.IDENTITY, Vector3(0.0, 0.0, -14.0))
	put(other, Vector3(0.0, 0.17, -8.0), Basis(Vector3.UP, PI), Vector3(0.0, 0.0, 14.0))
	await play(0.8)
	check(car.place.z > other.place.z, "they have passed: %s, %s" % [car.place, other.place])
	check(car.velocity.length() < 8.0, "speed %f after the crash" % car.velocity.length())


func test_the_same_seed_is_the_same_match_whatever_was_before() -> void:
	Sync.set_parameter("phase", 4.0)
	make()
	# Every match begins within a tick, as Sync begins it.
	await wait_physics(1)
	var first: Array = []
	for episode: int in 6:
		first.append(await _match_of(episode))
	for episode: int in [5, 2, 0, 3]:
		check_equal(await _match_of(episode), first[episode], "the match of seed %d" % episode)
	check(first[0] != first[1], "two seeds are one match")


func test_random_play_never_leaves_the_field() -> void:
	Sync.set_parameter("phase", 4.0)
	Sync.set_parameter("start_replayed", 0.0)
	make()
	var random: RandomNumberGenerator = RandomNumberGenerator.new()
	random.seed = 9
	for decision: int in 1500:
		if not arena.is_on:
			begin(decision)
		for each: CarBody in arena.cars:
			controller_of(each).set_action({"row": random.randi_range(0, 89)})
		await wait_physics(8)
		arena.look()
		for each: CarBody in arena.cars:
			var depth: float = CarField.surface(each.place).d
			check(depth > -0.15 and each.place.is_finite(), "%s at %s" % [each.name, each.place])
		if arena.is_on:
			check(CarField.surface(ball.place).d > 0.5, "ball at %s" % ball.place)


func test_two_a_team_kick_off_apart() -> void:
	make(1, 2)
	check_equal(arena.cars.size(), 4)
	for episode: int in 20:
		begin(episode)
		for a: int in 4:
			for b: int in a:
				var gap: float = arena.cars[a].place.distance_to(arena.cars[b].place)
				check(gap > 4.0, "cars %d and %d start %f m apart" % [a, b, gap])
	check_equal(controller_of(car).policy_name, "blue")
	check_equal(controller_of(other).policy_name, "orange")


# What comes of a second and a half of driving drawn from the seed.
func _match_of(episode: int) -> int:
	begin(episode)
	var random: RandomNumberGenerator = RandomNumberGenerator.new()
	random.seed = episode
	var seen: Array = []
	for decision: int in 22:
		for each: CarBody in arena.cars:
			controller_of(each).set_action({"row": random.randi_range(0, 89)})
		await wait_physics(8)
		for each: CarBody in arena.cars:
			seen.append_array(controller_of(each).get_obs()["obs"])
	return hash(seen)
