extends GodotTestCase
## The planted bugs of `multi_agent_vr`: the watch finds each, and nothing where none is planted.

const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")
const SCENE: PackedScene = preload("res://scenes/multi_agent_vr/multi_agent_vr.tscn")
const PartyWatch := preload("res://scenes/multi_agent_vr/party_watch.gd")
const TICK: float = 1.0 / 90.0


## Keeps what is reported.
class HeedfulWatch:
	extends PartyWatch
	var found: Array[String] = []

	func _report(kind: String, _message: String, _data: Dictionary) -> void:
		found.append(kind)


var _arena: MultiAgentVR
var _watch: HeedfulWatch
var _set: PackedStringArray = []


func _exit_tree() -> void:
	for name: String in _set:
		RLParameters.shared().set_values({name: null})


func test_nothing_is_found_where_no_bug_is_planted() -> void:
	for game: int in 3:
		await _make({"round_seconds": 8.0}, game)
		for round_seed: int in 2:
			await _play(round_seed)
		check_equal(_watch.found, [] as Array[String], "findings in game %d" % game)


func test_ghost_guest() -> void:
	await _make({"bug_ghost_guest": 1.0, "players": 3.0, "guests_move": 0.0, "pillars": 0.0})
	_arena.begin_arena(1)
	await _tick(1)
	_arena.at_slot(2).position = Vector3(0.0, 0.0, -1.0)
	_arena.at_slot(2).controller.heuristic = "model"
	_arena.at_slot(2).rig.set_sticks(Vector2.ZERO, 0.0)
	_arena.at_slot(0).position = Vector3.ZERO
	_arena.at_slot(0).rotation = Vector3.ZERO
	_arena.at_slot(0).rig.set_sticks(Vector2(0.0, 0.35), 0.0)
	await _tick(300)
	check("overlap" in _watch.found, "found: %s" % [_watch.found])


func test_sprint() -> void:
	await _make({"bug_sprint": 1.0, "players": 2.0, "pillars": 0.0})
	_arena.begin_arena(1)
	_arena.at_slot(0).rig.set_sticks(Vector2(0.0, 1.0), 0.0)
	await _tick(1200)
	check("tunnelling" in _watch.found, "found: %s" % [_watch.found])


func test_lost_it() -> void:
	await _make({"bug_lost_it": 1.0, "players": 4.0, "guests_move": 0.0}, 1)
	_arena.begin_arena(1)
	await _tick(1)
	for player: PartyPlayer in _arena.players:
		player.role = PartyPlayer.Role.IT if player.slot == 2 else PartyPlayer.Role.FREE
	_arena.let_out(2)
	await _tick(120)
	check("no_tagger" in _watch.found, "found: %s" % [_watch.found])


func test_leaver_leak() -> void:
	await _make({"bug_leaver_leak": 1.0, "players": 3.0, "guests_move": 0.0})
	var left: Array[PartyPlayer] = []
	for round_seed: int in 5:
		_arena.begin_arena(round_seed)
		await _tick(1)
		left.append(_arena.at_slot(2))
	check("memory_leak" in _watch.found, "found: %s" % [_watch.found])
	_arena.settings.bug_leaver_leak = false
	for player: PartyPlayer in left:
		if not player.is_inside_tree():
			player.free()


func _play(round_seed: int) -> void:
	_arena.begin_arena(round_seed)
	while _arena.is_on:
		for player: PartyPlayer in _arena.players:
			player.controller.heuristic = "model"
			player.controller.set_action(player.controller._driver.decide(player))
		await _tick(9)
	# Freed at the frame's end.
	await wait_physics()


func _make(values: Dictionary, game: int = 0) -> void:
	for name: String in values:
		_set.append(name)
		Sync.set_parameter(name, values[name])
	if _arena != null:
		_arena.free()
	_arena = SCENE.instantiate()
	_arena.default_game = game as MultiAgentVR.Games
	add_child(_arena)
	_arena.set_physics_process(false)
	for player: PartyPlayer in _arena.players:
		player.controller.heuristic = "model"
	_watch = HeedfulWatch.new(_arena)
	_arena._watch = _watch
	await wait_physics(2)


func _tick(ticks: int) -> void:
	for tick: int in ticks:
		await get_tree().physics_frame
		for player: PartyPlayer in _arena.players:
			player.controller.heuristic = "model"
		_arena._physics_process(TICK)
