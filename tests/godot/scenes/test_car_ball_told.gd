extends CarBallCase
## What `car_ball` tells of itself: the mechanics lane, how episodes began and ended, the overlay's
## lines, and its looks for a window that watches.


func test_a_share_of_the_arenas_is_in_the_lane_spread_evenly() -> void:
	for lane: Array in [[64, 0.125, 8], [64, 0.0, 0], [64, 1.0, 64], [7, 0.5, 3], [1, 0.9, 0]]:
		var found: PackedInt32Array = []
		for number: int in lane[0]:
			if CarSettings.in_lane(number, lane[0], lane[1]):
				found.append(number)
		check_equal(
			found.size(), lane[2] as int, "arenas of %d in a lane of %s" % [lane[0], lane[1]]
		)
	var half: int = 0
	for number: int in 32:
		half += int(CarSettings.in_lane(number, 64, 0.125))
	check_equal(half, 4, "of one of two engines")


func test_the_lane_always_practises_mechanics() -> void:
	make()
	Sync.set_parameter("phase", 4.0)
	Sync.set_parameter("mechanics_lane", 0.5)
	var episode: RefCounted = controller_of(car).rl_episode
	episode.set("agent_total", 8)
	for number: int in 4:
		# Arena number 1 and 3 of four.
		episode.set("agent_index", number * 2)
		var kinds: Dictionary[String, int] = {}
		for drawn: int in 30:
			begin(drawn)
			kinds[arena.starts.kind] = kinds.get(arena.starts.kind, 0) + 1
		check_equal(arena.settings.is_in_lane, number % 2 == 1, "arena %d" % number)
		var others: int = 0
		for kind: String in kinds:
			others += 0 if kind in CarStarts.MECHANICS else kinds[kind]
		check_equal(others == 0, number % 2 == 1, "arena %d: %s" % [number, kinds])


func test_the_lane_begins_with_phase_4_and_weights_count_in_it() -> void:
	make()
	var settings: CarSettings = CarSettings.new()
	for phase: int in 5:
		Sync.set_parameter("phase", float(phase))
		settings.read(63, 64)
		check_equal(settings.is_in_lane, phase == 4, "phase %d" % phase)
	Sync.set_parameter("start_wall", 0.0)
	Sync.set_parameter("start_jump", 0.0)
	settings.read(63, 64)
	check_equal(settings.start_weights[CarStarts.KINDS.find("wall")], 0.0)
	check(settings.start_weights[CarStarts.KINDS.find("aerial")] > 0.0, "no aerial")
	# A phase that has no mechanics gives all alike to a lane that is asked for.
	Sync.set_parameter("start_wall", null)
	Sync.set_parameter("start_jump", null)
	Sync.set_parameter("phase", 1.0)
	Sync.set_parameter("mechanics_lane", 1.0)
	settings.read(0, 1)
	var weights: PackedFloat32Array = settings.start_weights
	for kind: String in CarStarts.KINDS:
		var wanted: float = 1.0 if kind in CarStarts.MECHANICS else 0.0
		check_equal(weights[CarStarts.KINDS.find(kind)], wanted, kind)
	# A turtled start for debugging goes before the lane.
	Sync.set_parameter("debug_turtled_start", 1.0)
	settings.read(0, 1)
	check_equal(settings.start_weights[CarStarts.KINDS.find("turtled")], 1.0)
	check_equal(settings.start_weights[CarStarts.KINDS.find("wall")], 0.0)


func test_the_last_info_tells_how_it_began_and_ended() -> void:
	make()
	clear_field()
	put_ball(Vector3(0.0, 2.0, -50.0), Vector3(0.0, 0.0, -20.0))
	await play(0.5)
	check_equal(controller_of(car).get_info()["start"], "kickoff")
	check_equal(controller_of(car).get_info()["end"], "goal")
	check_equal(controller_of(other).get_info()["end"], "conceded")
	Sync.set_parameter("no_touch_seconds", 1.0)
	begin(2)
	clear_field()
	await play(1.2)
	check_equal(controller_of(car).get_info()["end"], "no_touch")
	Sync.set_parameter("episode_seconds", 1.0)
	Sync.set_parameter("no_touch_seconds", 15.0)
	begin(3)
	clear_field()
	await play(1.2)
	check_equal(controller_of(car).get_info()["end"], "time")


func test_the_share_of_choices_that_fell_back_is_a_metric() -> void:
	make()
	Sync.set_parameter("episode_seconds", 1.0)
	begin(1)
	clear_field()
	await play(0.1)
	# A row of the air does nothing on the ground.
	for choice: int in [0, 1, 2, CarActions.GROUND_ROWS]:
		controller_of(car).set_action({"row": choice})
	await play(1.2)
	check_near(controller_of(car).get_info()["metrics"]["fallback_share"], 0.25)


func test_the_overlay_says_what_matters() -> void:
	make()
	clear_field()
	await play(0.1)
	var controller: CarController = controller_of(car)
	car.boost = 0.0
	controller.set_action({"row": 23})
	var lines: String = "\n".join(controller.get_overlay_lines())
	for word: String in ["phase 0 Match, start kickoff", "in place of 23", "on wheels", "boost 0"]:
		check(lines.contains(word), "no '%s' in: %s" % [word, lines])
	controller.set_heuristic("human")
	lines = "\n".join(controller.get_overlay_lines())
	check(lines.contains("driven by the game"), "no driver in: %s" % lines)
	controller.rewards.add(&"goal", 1.0)
	check_equal(controller.get_reward_terms(), {&"goal": 10.0})


func test_words_of_a_row_leave_out_what_is_nothing() -> void:
	for row: int in CarActions.rows().size():
		var words: String = CarActions.words_of(row)
		var cells: PackedFloat32Array = CarActions.rows()[row]
		check_equal(words.contains("boost"), cells[CarActions.Column.BOOST] > 0.0, words)
		check_equal(words.contains("roll -1"), cells[CarActions.Column.ROLL] == -1.0, words)
	check_equal(CarActions.words_of(8), "nothing")


func test_its_looks_are_told_and_taken() -> void:
	make()
	arena.goals = [2, 1]
	car.boost = 42.0
	car.is_boosting = true
	arena.pads.take(Vector3(0.0, 0.5, 42.4), 7)
	arena.ticks = 7
	# As it travels: through JSON.
	var told: Dictionary = JSON.parse_string(JSON.stringify(arena.get_watch_state()))
	var shown: CarBall = SCENE.instantiate()
	add_child(shown)
	shown.show_watch_state(told)
	check_equal(shown.goals, arena.goals)
	check_equal(shown.pads.ready_at, arena.pads.ready_at)
	check_equal(shown.ticks, 7)
	check_near(shown.cars[0].boost, 42.0)
	check_equal(shown.cars[0].is_boosting, true)
	check_equal(shown.starts.kind, "kickoff")
