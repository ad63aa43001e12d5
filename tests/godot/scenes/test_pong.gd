extends GodotTestCase
## The scenario `pong`: a seed is a serve, the ball keeps to the table, both sides see the same
## game, and a point has one winner.

const SCENE: PackedScene = preload("res://scenes/pong/pong.tscn")
const TICK: float = 1.0 / 90.0

var _table: PongTable


func test_a_seed_is_a_serve() -> void:
	_make()
	for serve: int in 20:
		_begin(serve)
		var first: Array[Vector2] = [_table.ball, _table.ball_velocity]
		_begin(serve + 1000)
		check([_table.ball, _table.ball_velocity] != first, "another seed, the same serve")
		_begin(serve)
		check([_table.ball, _table.ball_velocity] == first, "the serve of seed %d" % serve)


func test_paddles_and_ball_stay_on_the_table() -> void:
	_make()
	var random: RandomNumberGenerator = RandomNumberGenerator.new()
	random.seed = 4
	for serve: int in 40:
		_begin(serve)
		while _table.is_on:
			for controller: PongController in _table.controllers:
				controller.set_action({"move": random.randi_range(0, 2)})
			for i: int in 6:
				_table._physics_process(TICK)
			var wall: float = PongTable.HALF_WIDTH - PongTable.BALL_RADIUS + 1e-3
			check(absf(_table.ball.y) <= wall, "the ball is at y %f" % _table.ball.y)
			for place: float in _table.places:
				var end: float = absf(place) + PongTable.HALF_PADDLE
				check(end <= PongTable.HALF_WIDTH + 1e-3, "a paddle is at %f" % place)


func test_a_point_has_one_winner_and_terms_sum_to_the_reward() -> void:
	_make()
	for serve: int in 40:
		_begin(serve)
		var sums: PackedFloat64Array = [0.0, 0.0]
		# The left player follows the ball, the right one stands.
		while _table.is_on:
			_table.moves[0] = _table.controllers[0].call("_follow")
			_table._physics_process(TICK)
			for side: int in 2:
				sums[side] += _table.controllers[side].get_reward()
				_table.controllers[side].zero_reward()
		check_near(sums[0] + sums[1], 0.0, 1e-4, "what one wins the other loses")
		var left: Dictionary = _info(0)
		var right: Dictionary = _info(1)
		check(not (left["is_success"] and right["is_success"]), "two winners")
		check_equal(left["metrics"]["success"], right["metrics"]["conceded"], "won and conceded")
		for side: int in 2:
			var total: float = 0.0
			var terms: Dictionary = _info(side)["reward_terms"]
			for term: StringName in terms:
				total += terms[term]
			check_near(total, sums[side], 1e-4, "the terms sum to the reward")


func test_time_over_is_nobodys_point() -> void:
	_make()
	_begin(1)
	_table.ball_velocity = Vector2.ZERO
	var ticks: int = 0
	while _table.is_on:
		_table._physics_process(TICK)
		ticks += 1
	check_equal(ticks, 1800, "ticks of a point of 20 s")
	for side: int in 2:
		check(_table.controllers[side].truncated, "cut off")
		check(not _info(side)["is_success"], "nobody wins")


func test_both_sides_see_the_same_game() -> void:
	_make()
	_begin(3)
	var seen: Array[PackedFloat32Array] = []
	for side: int in 2:
		_table.places = [0.0, 0.0]
		_table.moves = [0, 0]
		_table.places[side] = 1.5
		_table.places[1 - side] = -0.5
		_table.moves[side] = 1
		var forward: float = -PongTable.direction_of(side)
		_table.ball = Vector2(forward * 2.0, 0.7)
		_table.ball_velocity = Vector2(forward * 3.0, -4.0)
		seen.append(_table.controllers[side].get_obs()["obs"])
	check_equal(seen[0], seen[1], "what each sees of the mirrored game")
	check_near(seen[0][2], 0.4, 1e-6, "the ball lies towards the opponent")


func test_the_paddles_end_bends_the_ball_and_it_grows_faster() -> void:
	_make()
	for side: int in 2:
		_begin(5)
		var direction: float = PongTable.direction_of(side)
		_table.ball = Vector2(direction * 4.0, 0.5)
		_table.ball_velocity = Vector2(direction * 6.0, 0.0)
		for i: int in 12:
			_table._physics_process(TICK)
		check(_table.ball_velocity.x * direction < 0.0, "it comes back")
		check(_table.ball_velocity.y > 1.0, "it met the paddle's towards end")
		check_near(_table.ball_velocity.length(), 6.6, 1e-4, "speed")


func _make() -> void:
	_table = SCENE.instantiate()
	_table.process_mode = Node.PROCESS_MODE_DISABLED
	add_child(_table)


func _begin(serve: int) -> void:
	_table.begin_arena(serve)
	for controller: PongController in _table.controllers:
		controller.rl_episode.clear_end()
		controller.begin_episode(serve)
		controller.zero_reward()


func _info(side: int) -> Dictionary:
	return _table.controllers[side].get_info()
