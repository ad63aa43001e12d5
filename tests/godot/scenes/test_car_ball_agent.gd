extends CarBallCase
## The agent of `car_ball`: its table of actions, what it sees, what it earns.

const RLObservationStack := preload("res://addons/godot_rl/agents/observation_stack.gd")


func test_the_table_has_24_ground_and_66_air_rows_and_no_twins() -> void:
	var rows: Array[PackedFloat32Array] = CarActions.rows()
	check_equal(rows.size(), 90)
	for i: int in 90:
		check_equal(rows[i].size(), 8)
		for j: int in i:
			check(rows[i] != rows[j], "rows %d and %d are the same" % [j, i])
		for value: float in rows[i]:
			check(value in [-1.0, 0.0, 1.0], "row %d has %f" % [i, value])
	for column: CarActions.Column in [
		CarActions.Column.STEER,
		CarActions.Column.PITCH,
		CarActions.Column.YAW,
		CarActions.Column.ROLL
	]:
		check_equal(CarActions.values_of(column), PackedFloat32Array([-1.0, 0.0, 1.0]))
	check_equal(CarActions.turning_rows().size(), 80)


func test_the_fallback_is_possible_in_every_state() -> void:
	check_equal(CarActions.fallback_error(), "")
	var air: int = 0
	var wheels: int = CarActions.State.ON_WHEELS
	# Boosting without boost: the same without. Pitch on the ground: the same steer.
	check_equal(CarActions.row_for(18, wheels), 16, "throttle and boost without boost")
	var rolled: PackedFloat32Array = CarActions.rows()[CarActions.row_for(66, wheels)]
	check_near(rolled[CarActions.Column.STEER], -1.0, 1e-6, "steer of an air row on the ground")
	check_near(rolled[CarActions.Column.PITCH], 0.0, 1e-6, "pitch on the ground")
	check_equal(CarActions.row_for(17, air), 16, "handbrake in the air")
	var jump: int = CarActions.row_for(36, air)
	check_near(CarActions.rows()[jump][CarActions.Column.JUMP], 0.0, 1e-6, "jump without jump left")
	check_near(CarActions.rows()[jump][CarActions.Column.PITCH], -1.0, 1e-6, "its pitch stays")


func test_choices_beyond_the_table_are_cut_to_it() -> void:
	check_equal(CarActions.row_for(-5, 7), CarActions.row_for(0, 7))
	check_equal(CarActions.row_for(200, 4), CarActions.row_for(89, 4))


func test_an_action_reaches_the_car_after_the_fallback() -> void:
	make()
	clear_field()
	put(car, Vector3.UP * 0.17, Basis.IDENTITY, Vector3.ZERO, 0.0)
	controller_of(car).set_action({"row": 22})
	check_equal(controller_of(car).row, 20, "boost without boost")
	check(not car.controls.boost, "it asks for boost")
	check_near(car.controls.steer, 1.0)
	check_equal(controller_of(car).fallbacks, 1)


func test_masks_allow_what_is_possible_where_they_are_asked_for() -> void:
	make()
	check_equal(controller_of(car).action_masks().count(1), 90, "all, without the parameter")
	Sync.set_parameter("masks", 1.0)
	begin(1)
	var state: int = CarActions.state_of(car)
	check_equal(state, 7, "at the kickoff")
	check_equal(controller_of(car).action_masks().count(1), 42)
	car.boost = 0.0
	check_equal(controller_of(car).action_masks().count(1), 27)


func test_a_sticky_button_stays_pressed() -> void:
	Sync.set_parameter("sticky_ticks", 16.0)
	make()
	controller_of(car).set_action({"row": 56})
	check(car.controls.jump, "pressed")
	await wait_physics(8)
	controller_of(car).set_action({"row": 8})
	check(car.controls.jump, "still pressed after 8 ticks")
	await wait_physics(9)
	controller_of(car).set_action({"row": 8})
	check(not car.controls.jump, "released after 16 ticks")


func test_both_teams_see_the_same_in_mirrored_states() -> void:
	for size: int in [1, 2]:
		make(3, size)
		var random: RandomNumberGenerator = RandomNumberGenerator.new()
		random.seed = 5
		for trial: int in 30:
			_set_up(random, 1.0)
			var blue: PackedFloat32Array = controller_of(car).get_obs()["obs"]
			_set_up(random, -1.0)
			var orange: PackedFloat32Array = controller_of(other).get_obs()["obs"]
			var names: PackedStringArray = controller_of(car).get_observation_names()["obs"]
			for i: int in blue.size():
				check_near(blue[i], orange[i], 2e-5, "%s of trial %d" % [names[i], trial])
		arena.free()


func test_a_mirrored_match_is_mirrored_for_a_while() -> void:
	make()
	begin(1)
	var random: RandomNumberGenerator = RandomNumberGenerator.new()
	random.seed = 6
	# Until both meet at the ball.
	for decision: int in 20:
		var choice: int = random.randi_range(0, 23)
		controller_of(car).set_action({"row": choice})
		controller_of(other).set_action({"row": choice})
		await wait_physics(8)
		var blue: PackedFloat32Array = controller_of(car).get_obs()["obs"]
		var orange: PackedFloat32Array = controller_of(other).get_obs()["obs"]
		for i: int in blue.size():
			check_near(blue[i], orange[i], 2e-3, "element %d of decision %d" % [i, decision])


func test_names_are_as_many_as_numbers_and_unlike() -> void:
	for size: int in [1, 2, 3]:
		var names: PackedStringArray = CarObservation.names_for(size)
		check_equal(names.size(), CarObservation.size_for(size), "names of %d a team" % size)
		for name: String in names:
			check_equal(names.count(name), 1, name)


func test_the_root_says_how_many_observations_a_car_gives() -> void:
	for count: int in [1, 4]:
		arena = SCENE.instantiate()
		arena.observation_stack = count
		add_child(arena)
		for each: CarBody in arena.cars:
			var space: Dictionary = RLObservationStack.space_of(controller_of(each))
			check_equal(space["obs"]["size"][0], count * CarObservation.size_for(1), each.name)
		arena.free()


func test_it_sees_the_ball_from_its_own_seat() -> void:
	make()
	clear_field()
	put(other, Vector3(30.0, 0.17, -30.0))
	put(car, Vector3(10.0, 0.17, 10.0), Basis(Vector3.UP, -PI / 2.0))
	put_ball(Vector3(18.0, 2.17, 14.0))
	var distance: float = Vector3(8.0, 2.0, 4.0).length()
	check_near(_seen("to_ball_right"), 4.0 / distance, 1e-5, "to its right")
	check_near(_seen("to_ball_up"), 2.0 / distance, 1e-5)
	check_near(_seen("to_ball_back"), -8.0 / distance, 1e-5, "ahead of it")
	# The goal that blue attacks is at -z: to the left of a car that looks to +x.
	var shot: Vector3 = (CarBall.goal_of(1) - arena.ball.place).normalized()
	check_near(_seen("ball_goal_right"), shot.z, 1e-5)
	check_near(_seen("ball_goal_up"), shot.y, 1e-5)
	check_near(_seen("ball_goal_back"), -shot.x, 1e-5)
	check_near(_seen("wheels"), 1.0)
	check_near(_seen("ball_distance"), sqrt(Vector3(8.0, 2.0, 4.0).length() / 100.0), 1e-5)


func test_a_pad_that_rests_is_seen_as_resting() -> void:
	make()
	clear_field()
	put(car, Vector3(0.0, 0.17, 42.4))
	check_near(_seen("pad_1_ready"), 1.0)
	check_near(_seen("pad_1_right"), 0.0, 1e-5)
	arena.pads.take(car.place, arena.ticks)
	check_near(_seen("pad_1_ready"), -0.4, 1e-5, "4 of 10 s to wait")
	check_near(_seen("pad_1_is_big"), 0.0)


func test_a_touch_a_strong_hit_and_a_shot_are_paid() -> void:
	Sync.set_parameter("phase", 3.0)
	make()
	clear_field()
	put(other, Vector3(30.0, 0.17, -45.0))
	put_ball(Vector3(0.0, BallBody.REST_HEIGHT, -30.0))
	put(car, Vector3(0.0, 0.17, -24.5), Basis.IDENTITY, Vector3(0.0, 0.0, -14.0))
	car.controls.throttle = 1.0
	for decision: int in 8:
		await wait_physics(8)
		controller_of(car).get_reward()
		controller_of(other).get_reward()
	var sums: Dictionary[StringName, float] = controller_of(car).rewards.sums
	check_near(sums[&"touch"], 0.2, 1e-5, "one touch")
	check(sums[&"strong_hit"] > 1.0, "strong hit %f" % sums[&"strong_hit"])
	check(sums[&"basic_shot"] > 1.5, "shot on target %f" % sums[&"basic_shot"])
	check_near(sums[&"jump_shot"], 0.0, 1e-6, "it has not jumped")
	check(sums[&"velocity_ball_to_goal"] > 0.1, "%f" % sums[&"velocity_ball_to_goal"])
	var theirs: Dictionary[StringName, float] = controller_of(other).rewards.sums
	check(theirs[&"negative_velocity_toward_own_goal"] < -0.05, "danger for the other team")
	check_near(theirs[&"touch"], 0.0, 1e-6)
	arena.settings.last_tick = 0
	await wait_physics(2)
	var aim: float = controller_of(car).get_info()["metrics"]["aim"]
	check(aim > 0.8 and aim <= 1.0, "the ball flies to the goal: %f" % aim)
	check_near(controller_of(other).get_info()["metrics"]["aim"], 0.0, 1e-6, "no touch")


func test_lasting_terms_are_paid_by_the_second() -> void:
	Sync.set_parameter("reward_face_ball", 1.0)
	Sync.set_parameter("reward_save_boost", 1.0)
	Sync.set_parameter("reward_in_air", 1.0)
	make()
	clear_field()
	put(car, Vector3(0.0, 15.0, 20.0), Basis(Vector3.UP, PI), Vector3(0.0, 3.0, 0.0), 25.0)
	put_ball(Vector3(0.0, 15.0, 40.0), Vector3(0.0, 3.0, 0.0))
	await play(1.0)
	controller_of(car).get_reward()
	var sums: Dictionary[StringName, float] = controller_of(car).rewards.sums
	check_near(sums[&"face_ball"], 1.0, 0.03)
	check_near(sums[&"save_boost"], 0.5, 0.01, "the root of a quarter")
	check_near(sums[&"in_air"], 1.0, 0.02)


func test_a_car_behind_the_ball_is_aligned_with_the_goal() -> void:
	Sync.set_parameter("reward_align_ball_to_goal", 1.0)
	make()
	clear_field()
	# Blue attacks -z: from the ball's +z side it is on the way to the goal, from the other side not.
	for side: float in [1.0, -1.0]:
		put(car, Vector3(0.0, 0.17, 12.0 * side), Basis.IDENTITY, Vector3.ZERO, 25.0)
		put_ball(Vector3(0.0, BallBody.RADIUS, 0.0), Vector3.ZERO)
		controller_of(car).rewards.restart()
		await play(1.0)
		controller_of(car).get_reward()
		var sums: Dictionary[StringName, float] = controller_of(car).rewards.sums
		check_near(sums[&"align_ball_to_goal"], side, 0.03, "from side %d" % roundi(side))
	# Beside the ball: neither.
	put(car, Vector3(12.0, 0.17, 0.0), Basis.IDENTITY, Vector3.ZERO, 25.0)
	put_ball(Vector3(0.0, BallBody.RADIUS, 0.0), Vector3.ZERO)
	controller_of(car).rewards.restart()
	await play(1.0)
	controller_of(car).get_reward()
	check_near(controller_of(car).rewards.sums[&"align_ball_to_goal"], 0.0, 0.03)


func test_landing_recovery_and_pads_are_paid() -> void:
	Sync.set_parameter("reward_recovery_and_landing", 1.0)
	Sync.set_parameter("reward_collect_boost", 1.0)
	make()
	clear_field()
	put(car, Vector3(5.0, 3.0, 20.0), Basis.IDENTITY, Vector3(0.0, 0.0, -11.5), 25.0)
	for decision: int in 22:
		await wait_physics(8)
		controller_of(car).get_reward()
	var sums: Dictionary[StringName, float] = controller_of(car).rewards.sums
	check_near(sums[&"recovery_and_landing"], 0.5, 0.08, "landed with half its speed")
	check_near(sums[&"collect_boost"], 0.0, 1e-6, "no pad there")
	# Over the pad at (0, 28.16), which gives 12.
	put(car, Vector3(0.0, 0.17, 32.0), Basis.IDENTITY, Vector3(0.0, 0.0, -11.5), 25.0)
	await play(0.5)
	controller_of(car).get_reward()
	check_near(sums[&"collect_boost"], sqrt(0.37) - sqrt(0.25), 1e-3)


func test_a_turtled_start_is_counted_and_so_is_the_recovery() -> void:
	Sync.set_parameter("debug_turtled_start", 1.0)
	make()
	for decision: int in 12:
		await wait_physics(8)
		controller_of(car).get_reward()
	# Jump, then wait: the fallback lets a turtled car jump.
	for decision: int in 60:
		controller_of(car).set_action({"row": 56 if decision % 6 == 0 else 16})
		await wait_physics(8)
		controller_of(car).get_reward()
	arena.settings.last_tick = 0
	await wait_physics(2)
	var metrics: Dictionary = controller_of(car).get_info()["metrics"]
	check(metrics["turtles"] >= 1, "turtles %s" % metrics["turtles"])
	check_near(metrics["recovered"], 1.0, 1e-6, "recovered")
	check(metrics["recovery_time"] > 0.1, "in %s s" % metrics["recovery_time"])


func test_who_tips_over_earns_nothing_by_getting_up() -> void:
	Sync.set_parameter("reward_recovery_and_landing", 1.0)
	make()
	clear_field()
	put(car, Vector3.UP * 0.6, Basis(Vector3.BACK, PI * 0.98))
	await _lie_and_get_up()
	var sums: Dictionary[StringName, float] = controller_of(car).rewards.sums
	check_near(sums[&"recovery_and_landing"], 0.0, 1e-5, "lay down, got up")
	check(car.wheels >= 3, "it stands again")


func test_who_begins_on_the_roof_is_paid_for_getting_up() -> void:
	Sync.set_parameter("reward_recovery_and_landing", 1.0)
	Sync.set_parameter("debug_turtled_start", 1.0)
	make()
	await _lie_and_get_up()
	var sums: Dictionary[StringName, float] = controller_of(car).rewards.sums
	check_near(sums[&"recovery_and_landing"], 1.0, 0.05, "got up")


# A second on the roof, a jump, and time to land on the wheels.
func _lie_and_get_up() -> void:
	for decision: int in 60:
		if decision >= 15:
			controller_of(car).set_action({"row": 56 if decision % 6 == 3 else 16})
		await wait_physics(8)
		controller_of(car).get_reward()
		if decision > 15 and car.wheels >= 3:
			return


func test_what_is_on_target() -> void:
	var shot: Vector3 = Vector3(0.0, 0.0, -30.0)
	check(CarSense.is_on_target(Vector3(0.0, 1.0, -20.0), shot, 0), "straight at the goal")
	check(not CarSense.is_on_target(Vector3(0.0, 1.0, -20.0), shot, 1), "the own goal")
	check(not CarSense.is_on_target(Vector3(20.0, 1.0, -20.0), shot, 0), "beside it")
	var high: Vector3 = Vector3(0.0, 15.0, -30.0)
	check(not CarSense.is_on_target(Vector3(0.0, 1.0, -20.0), high, 0), "over it")
	check(not CarSense.is_on_target(Vector3(0.0, 1.0, 20.0), -shot * 0.1, 1), "too slow")


# Cars, ball and pads as drawn, or turned by half a circle with the teams exchanged.
func _set_up(random: RandomNumberGenerator, side: float) -> void:
	var turn: Basis = Basis.from_scale(Vector3(side, 1.0, side))
	var kept: int = random.state
	for i: int in arena.cars.size():
		var at: int = i if side > 0.0 else posmod(i + arena.team_size, arena.cars.size())
		var basis: Basis = Basis.from_euler(Vector3(random.randf(), random.randf() * 6.0, 0.3))
		var place: Vector3 = Vector3(random.randf_range(-30, 30), 2.0, random.randf_range(-40, 40))
		var moving: Vector3 = Vector3(random.randf(), random.randf(), random.randf()) * 5.0
		arena.put_car(
			arena.cars[at],
			Transform3D(turn * basis, turn * place),
			turn * moving,
			turn * moving.inverse(),
			random.randf() * 100.0
		)
	var ball_place: Vector3 = Vector3(random.randf_range(-30, 30), 3.0, random.randf_range(-40, 40))
	var flies: Vector3 = Vector3(random.randf(), random.randf(), random.randf()) * 20.0
	arena.put_ball(turn * ball_place, turn * flies, turn * flies / 4.0)
	arena.pads.begin()
	for pad: int in BoostPads.count():
		var mirrored: Vector2 = BoostPads.place_of(pad) * side
		for twin: int in BoostPads.count():
			if BoostPads.place_of(twin).distance_to(mirrored) < 0.01 and pad % 3 == 0:
				arena.pads.ready_at[twin] = 100 + pad
	if side > 0.0:
		random.state = kept


func _seen(name: String) -> float:
	var names: PackedStringArray = controller_of(car).get_observation_names()["obs"]
	return controller_of(car).get_obs()["obs"][names.find(name)]
