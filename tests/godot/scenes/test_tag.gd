extends GodotTestCase
## The scenario `tag`: rounds are drawn from their seed, players stay in the field, and what one
## wins the other loses.

const SCENE: PackedScene = preload("res://scenes/features/tag/tag.tscn")
const TICK: float = 1.0 / 90.0
const ROUNDS: int = 200

var _arena: TagArena


func test_a_seed_is_a_round() -> void:
	_make()
	for round_seed: int in 20:
		_begin(round_seed)
		var first: Array = _drawn()
		_begin(round_seed + 1000)
		check(_drawn() != first, "another seed, the same round")
		_begin(round_seed)
		check_equal(_drawn(), first, "the round of seed %d" % round_seed)


func test_players_start_apart_and_free() -> void:
	_make()
	for round_seed: int in ROUNDS:
		_begin(round_seed)
		var gap: float = _arena.runner.place.distance_to(_arena.chaser.place)
		check(gap >= TagArena.START_DISTANCE, "seed %d: they start %f m apart" % [round_seed, gap])
		_check_clear("seed %d at the start" % round_seed)


func test_nobody_leaves_the_field_or_enters_a_pillar() -> void:
	_make()
	var random: RandomNumberGenerator = RandomNumberGenerator.new()
	random.seed = 4
	for round_seed: int in 40:
		_begin(round_seed)
		while _arena.is_on:
			var wish: Vector2 = Vector2.from_angle(random.randf_range(-PI, PI))
			_arena.runner_controller.set_action({"move": [wish.x, wish.y]})
			_arena.chaser_controller.set_action(
				{"turn": random.randi_range(0, 2), "gas": random.randi_range(0, 2)}
			)
			for i: int in 6:
				_arena._physics_process(TICK)
				_check_clear("seed %d" % round_seed)


func test_what_one_wins_the_other_loses() -> void:
	_make()
	for round_seed: int in 40:
		_begin(round_seed)
		var sums: PackedFloat64Array = [0.0, 0.0]
		while _arena.is_on:
			_arena.chaser_controller.call("_pursue")
			_arena._physics_process(TICK)
			sums[0] += _earned(_arena.runner_controller)
			sums[1] += _earned(_arena.chaser_controller)
		check_near(sums[0] + sums[1], 0.0, 1e-4, "sum of both rewards")
		check(_arena.runner_controller.terminated, "the runner's episode ended")
		check(_arena.chaser_controller.terminated, "the chaser's episode ended")
		var runner: Dictionary = _arena.runner_controller.get_info()
		var chaser: Dictionary = _arena.chaser_controller.get_info()
		check_equal(runner["is_success"], not chaser["is_success"], "one of them has won")
		check_equal(chaser["is_success"], _arena.is_caught, "who was caught lost")
		for controller: TagController in [_arena.runner_controller, _arena.chaser_controller]:
			var terms: Dictionary = controller.get_info()["reward_terms"]
			var total: float = 0.0
			for term: String in terms:
				total += terms[term]
			var side: int = 0 if controller == _arena.runner_controller else 1
			check_near(total, sums[side], 1e-4, "the terms sum to the reward")


func test_a_runner_that_stands_is_caught() -> void:
	_make()
	for round_seed: int in 20:
		_begin(round_seed)
		_arena.pillars = []
		_play_round()
		check(_arena.is_caught, "seed %d: the chaser missed a runner that stands" % round_seed)


func test_a_chaser_that_stands_loses_when_the_time_is_over() -> void:
	_make()
	_begin(1)
	var ticks: int = 0
	while _arena.is_on:
		_arena._physics_process(TICK)
		ticks += 1
	check_equal(ticks, 720, "ticks of a round of 8 s")
	check(not _arena.is_caught, "caught by a chaser that stands")


func test_the_chaser_sees_what_is_ahead_and_aside() -> void:
	_make()
	_begin(1)
	_arena.chaser.place = Vector2(0.0, 0.0)
	_arena.chaser.heading = PI / 2.0
	_arena.runner.place = Vector2(-3.0, 0.0)
	var seen: PackedFloat32Array = _arena.chaser_controller.get_obs()["obs"]
	check_near(seen[0], 0.0, 1e-6, "ahead")
	check_near(seen[1], 1.0, 1e-6, "to the right: it looks towards the viewer")
	check_near(seen[2], 0.5, 1e-6, "distance")


func test_names_are_as_many_as_numbers() -> void:
	_make()
	_begin(1)
	for controller: TagController in [_arena.runner_controller, _arena.chaser_controller]:
		var names: PackedStringArray = controller.get_observation_names()["obs"]
		check_equal(names.size(), controller.get_obs()["obs"].size(), "names")


func _make() -> void:
	_arena = SCENE.instantiate()
	_arena.process_mode = Node.PROCESS_MODE_DISABLED
	add_child(_arena)


func _begin(round_seed: int) -> void:
	_arena.begin_arena(round_seed)
	for controller: TagController in [_arena.runner_controller, _arena.chaser_controller]:
		controller.rl_episode.clear_end()
		controller.begin_episode(round_seed)
		controller.zero_reward()


func _play_round() -> void:
	while _arena.is_on:
		_arena.chaser_controller.call("_pursue")
		_arena._physics_process(TICK)


func _earned(controller: TagController) -> float:
	var reward: float = controller.get_reward()
	controller.zero_reward()
	return reward


func _drawn() -> Array:
	return [
		_arena.pillars.duplicate(),
		_arena.runner.place,
		_arena.chaser.place,
		_arena.chaser.heading,
	]


func _check_clear(when: String) -> void:
	for player: TagPlayer in [_arena.runner, _arena.chaser]:
		var limit: float = TagArena.HALF - TagPlayer.RADIUS + 1e-4
		if absf(player.place.x) > limit or absf(player.place.y) > limit:
			check(false, "%s: %s is outside at %s" % [when, player.name, player.place])
		for pillar: Vector2 in _arena.pillars:
			var gap: float = pillar.distance_to(player.place)
			if gap < TagArena.PILLAR_RADIUS + TagPlayer.RADIUS - 0.02:
				check(false, "%s: %s is %f m in a pillar" % [when, player.name, gap])
