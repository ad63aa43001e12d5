extends GodotTestCase
## The scenario `multi_agent_vr`: rounds are drawn from their seed, guests come and go, and each
## game pays what its README says.

const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")
const SCENE: PackedScene = preload("res://scenes/multi_agent_vr/multi_agent_vr.tscn")
const TICK: float = 1.0 / 90.0

var _arena: MultiAgentVR
var _set: PackedStringArray = []


func _exit_tree() -> void:
	for name: String in _set:
		RLParameters.shared().set_values({name: null})


func test_a_seed_is_a_round_whatever_was_before() -> void:
	await _make()
	for round_seed: int in 4:
		_begin(round_seed)
		await _pass(1)
		var first: Array = _drawn()
		_begin(round_seed + 1000)
		await _pass(400)
		check(_drawn() != first, "another seed, the same round")
		_begin(round_seed)
		await _pass(1)
		check_equal(_drawn(), first, "the round of seed %d" % round_seed)


func test_nobody_is_seen_where_the_round_before_left_them() -> void:
	await _make({"players": 2.0, "guests_move": 0.0, "pillars": 0.0})
	_begin(3)
	await _pass(2)
	var first: Dictionary = {}
	for run: int in 2:
		_begin(3)
		var seen: Dictionary = _see(0)
		if run == 0:
			first = seen
			await _stand(1, _arena.at_slot(0).place + Vector2(2.0, 0.0))
		else:
			check_equal(seen, first, "the first look of the same round")


func test_guests_come_and_go_and_hosts_stay() -> void:
	await _make({"round_seconds": 5.0})
	var counts: Dictionary[int, int] = {}
	var came: Array[int] = [0]
	var went: Array[int] = [0]
	_arena.joined.connect(func(_player: PartyPlayer) -> void: came[0] += int(_arena.ticks > 0))
	_arena.parting.connect(func(_player: PartyPlayer) -> void: went[0] += 1)
	for round_seed: int in 12:
		_begin(round_seed)
		while _arena.is_on:
			await _pass(60)
			counts[_arena.players.size()] = counts.get(_arena.players.size(), 0) + 1
			check_equal(_arena.players[0].slot, 0, "the first host's seat")
			check_equal(_arena.players[1].slot, 1, "the second host's seat")
	check(counts.has(2) and counts.has(3) and counts.has(4), "players at a time: %s" % counts)
	check(came[0] > 0 and went[0] > 0, "%d came during a round, %d went" % [came[0], went[0]])


func test_players_can_be_fixed() -> void:
	await _make({"players": 3.0, "guests_move": 0.0})
	for round_seed: int in 6:
		_begin(round_seed)
		for step: int in 5:
			await _pass(30)
			check_equal(_arena.players.size(), 3, "players")


func test_players_start_apart_and_free() -> void:
	await _make({"players": 4.0, "guests_move": 0.0})
	for round_seed: int in 20:
		_begin(round_seed)
		await _pass(1)
		for one: PartyPlayer in _arena.players:
			check(_arena.room.gap_to_pillars(one.place) > 0.3, "%s stands in a pillar" % one.name)
			for other: PartyPlayer in _arena.players:
				var gap: float = one.place.distance_to(other.place)
				check(one == other or gap > 3.9, "seed %d: %f m apart" % [round_seed, gap])


func test_others_come_nearest_first_and_zeros_where_there_are_fewer() -> void:
	await _make({"players": 3.0, "guests_move": 0.0, "pillars": 0.0})
	_begin(1)
	await _pass(1)
	await _stand(0, Vector2.ZERO)
	await _stand(1, Vector2(0.0, -6.0))
	await _stand(2, Vector2(2.0, 0.0))
	var seen: Dictionary = _see(0)
	check_near(seen["other_1_x"], 0.1, 1e-6, "2 m to the right come first")
	check_near(seen["other_1_right"], 1.0, 1e-6, "it stands to the right")
	check_near(seen["other_2_z"], -0.3, 1e-6, "6 m ahead")
	check_near(seen["other_2_distance"], 0.3, 1e-6, "in 20 m")
	check_near(seen["other_2_ahead"], 1.0, 1e-6, "it faces -z")
	for what: String in ["x", "z", "distance", "right", "ahead", "role"]:
		check_equal(seen["other_3_%s" % what], 0.0, "nobody is third: %s" % what)
	check_near(seen["ray_0"], 1.0 - 5.7 / 8.0, 0.01, "the ray ahead sees who is 6 m ahead")
	check_near(seen["ray_90"], 1.0 - 1.7 / 8.0, 0.01, "the ray to the right")
	check_near(seen["ray_180"], 0.0, 1e-3, "the wall behind is just beyond the ray")


func test_a_touch_costs_both_once() -> void:
	await _make({"players": 2.0, "guests_move": 0.0, "pillars": 0.0})
	_begin(1)
	await _stand(0, Vector2.ZERO)
	await _stand(1, Vector2(0.0, -0.6))
	await _pass(20)
	for slot: int in 2:
		check_equal(_term(slot, &"touch"), -10.0, "one touch of player %d" % slot)
		check_equal(_arena.at_slot(slot).controller.rewards.sums[&"near"] > 0.0, true, "near")
	await _stand(1, Vector2(0.0, -2.0))
	await _pass(5)
	await _stand(1, Vector2(0.0, -0.6))
	await _pass(5)
	check_equal(_term(0, &"touch"), -20.0, "a second touch")


func test_who_comes_changes_nobodys_approach() -> void:
	await _make({"guests_move": 0.0, "players": 2.0})
	_begin(3)
	await _pass(45)
	var before: float = _term(0, &"approach")
	_arena.let_in(2, 5).controller.heuristic = "model"
	await _pass(45)
	check_near(_term(0, &"approach"), before, 1e-3, "nobody has moved")


func test_the_hand_tags_and_the_tagged_one_is_it() -> void:
	await _make({"players": 2.0, "guests_move": 0.0, "pillars": 0.0, "rest_seconds": 0.1}, 1)
	_begin(1)
	var chaser: PartyPlayer = (_arena.game as TagParty).who_is_it()
	var runner: PartyPlayer = _arena.at_slot(1 - chaser.slot)
	await _stand(chaser.slot, Vector2.ZERO)
	await _stand(runner.slot, Vector2(0.1, -0.95))
	await _pass(40)
	check_equal(chaser.role, PartyPlayer.Role.IT, "the arm at rest does not reach")
	chaser.rig.wanted_stretch = 1.0
	await _pass(40)
	check_equal(runner.role, PartyPlayer.Role.IT, "tagged by the stretched arm")
	check_equal(chaser.role, PartyPlayer.Role.FREE, "who tagged is free")
	check_equal(_term(chaser.slot, &"tag"), 3.0, "reward of the tag")
	check_equal(_term(runner.slot, &"tagged"), -3.0, "price of being tagged")


func test_freeze_tag_ends_when_all_are_frozen_and_runners_thaw() -> void:
	await _make({"players": 3.0, "guests_move": 0.0, "pillars": 0.0, "rest_seconds": 0.0}, 2)
	_begin(1)
	await _pass(1)
	var chaser: PartyPlayer = _arena.at_slot(0)
	check_equal(chaser.role, PartyPlayer.Role.IT, "the first seat chases")
	var reach: Vector2 = Vector2(0.2, -0.62)
	await _stand(0, Vector2.ZERO)
	await _stand(1, reach)
	await _stand(2, Vector2(5.0, 5.0))
	await _pass(10)
	check_equal(_arena.at_slot(1).role, PartyPlayer.Role.FROZEN, "frozen")
	check(_arena.is_on, "one runner is free")
	await _stand(0, Vector2(-6.0, -6.0))
	await _stand(2, _arena.at_slot(1).place - reach)
	await _pass(10)
	check_equal(_arena.at_slot(1).role, PartyPlayer.Role.FREE, "thawed")
	check_equal(_term(2, &"thaw"), 1.0, "reward of who freed the other")
	for slot: int in [1, 2]:
		await _stand(0, _arena.at_slot(slot).place - reach)
		await _pass(10)
		await _stand(slot, Vector2(-5.0 + slot * 10.0, 7.0))
	check(not _arena.is_on, "all are frozen")
	for slot: int in 3:
		var controller: PartyController = _arena.at_slot(slot).controller
		check(controller.terminated, "by the rules")
		check_equal(controller.get_info()["is_success"], slot == 0, "the chaser has won")
		check_equal(_term(slot, &"win"), 5.0 if slot == 0 else -5.0, "reward of the round")


func test_the_time_cuts_a_round_off_and_terms_sum_to_the_reward() -> void:
	await _make({"round_seconds": 5.0})
	_begin(4)
	var earned: float = 0.0
	var ticks: int = 0
	while _arena.is_on:
		_act(0)
		await _pass(1)
		earned += _arena.players[0].controller.get_reward()
		_arena.players[0].controller.zero_reward()
		ticks += 1
	var controller: PartyController = _arena.players[0].controller
	check_equal(ticks, 450, "ticks of 5 s")
	check(controller.truncated and not controller.terminated, "cut off")
	var total: float = 0.0
	for term: StringName in controller.get_info()["reward_terms"]:
		total += controller.get_info()["reward_terms"][term]
	check_near(total, earned, 1e-4, "the terms sum to the reward")


func test_a_player_by_rule_gathers() -> void:
	await _make({"guests_move": 0.0})
	var near: float = 0.0
	for round_seed: int in 4:
		_begin(round_seed)
		while _arena.is_on:
			for player: PartyPlayer in _arena.players:
				_act(player.slot)
			await _pass(9)
		near += _arena.game.near_share(_arena.players[0]) / 4.0
	check(near > 0.6, "near for a share of %f" % near)


func test_each_cell_tells_place_role_and_company() -> void:
	await _make({"players": 2.0, "guests_move": 0.0}, 2)
	_begin(1)
	await _stand(0, Vector2(3.0, -1.0))
	check_equal(_arena.at_slot(0).controller.get_cell(), "1,-1/it/2", "the cell")


func _make(values: Dictionary = {}, game: int = 0) -> void:
	for name: String in values:
		_set.append(name)
		Sync.set_parameter(name, values[name])
	_arena = SCENE.instantiate()
	_arena.default_game = game as MultiAgentVR.Games
	add_child(_arena)
	_arena.set_physics_process(false)
	await wait_physics(2)


func _begin(round_seed: int) -> void:
	_arena.begin_arena(round_seed)
	for player: PartyPlayer in _arena.players:
		_ready_up(player)


func _ready_up(player: PartyPlayer) -> void:
	player.controller.heuristic = "model"
	player.controller.reset()
	player.controller.done = false
	player.controller.begin_episode(0)
	player.controller.zero_reward()


func _pass(ticks: int) -> void:
	for tick: int in ticks:
		await get_tree().physics_frame
		_arena._physics_process(TICK)


# Puts a player somewhere, facing -z, at rest, as what it is.
func _stand(slot: int, place: Vector2) -> void:
	var player: PartyPlayer = _arena.at_slot(slot)
	player.position = Vector3(place.x, 0.0, place.y)
	player.rotation = Vector3.ZERO
	player.velocity = Vector3.ZERO
	player.rig.set_sticks(Vector2.ZERO, 0.0)
	player.force_update_transform()
	# The others' bodies meet it only then.
	await wait_physics(2)


func _act(slot: int) -> void:
	var player: PartyPlayer = _arena.at_slot(slot)
	player.controller.heuristic = "model"
	player.controller.set_action(player.controller._driver.decide(player))


func _see(slot: int) -> Dictionary:
	var controller: PartyController = _arena.at_slot(slot).controller
	var values: PackedFloat32Array = controller.get_obs()["obs"]
	var names: PackedStringArray = controller.get_observation_names()["obs"]
	check_equal(names.size(), values.size(), "as many names as numbers")
	var seen: Dictionary = {}
	for i: int in names.size():
		seen[names[i]] = values[i]
	return seen


func _term(slot: int, term: StringName) -> float:
	return _arena.at_slot(slot).controller.rewards.sums[term]


func _drawn() -> Array:
	var drawn: Array = [_arena.room.pillars.duplicate()]
	for player: PartyPlayer in _arena.players:
		drawn.append([player.slot, player.place, player.rotation.y])
	return drawn
