extends GodotTestCase
## Arenas without a trainer: what a batch tells of agents that wait, and the modes in a game that is
## played.

const RLArena := preload("res://addons/godot_rl/arenas/arena.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLPlaySession := preload("res://addons/godot_rl/session/play_session.gd")
const RLPolicy := preload("res://addons/godot_rl/policies/policy.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const RLSession := preload("res://addons/godot_rl/session/session.gd")
const RLSettings := preload("res://addons/godot_rl/session/settings.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")


## Pushes by 0.5 and keeps the last batch.
class Pushing:
	extends RLPolicy
	var batch: RLStepBatch

	func decide() -> RLNext:
		batch = _take_batch()
		for i: int in agents.size():
			_set_action(i, {"push": [0.5]})
		return RLNext.RUN


var _duel: Node
var _session: RLSession
var _policy: Pushing


func test_the_row_of_an_agent_that_waits_is_absent() -> void:
	_build("last")
	_policy.agents[0].terminated = true
	_decide()
	var batch: RLStepBatch = _policy.batch
	check_equal(batch.presence, PackedByteArray([RLStepBatch.ABSENT, 0]))
	check_equal(batch.terminated, [true, false] as Array[bool])
	check_equal(batch.observations[0], batch.final_observations[0])
	_policy.agents[0].reward = 5.0
	_policy.agents[0].terminated = true  # a second end of an agent that waits is none
	_decide()
	check_equal(_policy.batch.presence, PackedByteArray([RLStepBatch.ABSENT, 0]))
	check_equal(_policy.batch.terminated, [false, false] as Array[bool])
	check_equal(_policy.batch.rewards[0], 0.0)
	check_equal(_policy.agents[0].push, 0.5, "the action before its end")
	_policy.agents[1].truncated = true
	_decide()
	check_equal(_policy.batch.presence, PackedByteArray())
	check_equal(_policy.batch.truncated, [false, true] as Array[bool])
	check_equal([_policy.agents[0].begins, _policy.agents[1].begins], [2, 2])
	check_equal(_policy.agents[0].done, false)


func test_agents_that_end_together_are_told_so() -> void:
	_build("together")
	_policy.agents[1].reward = 3.0
	_policy.agents[0].truncated = true
	_decide()
	var batch: RLStepBatch = _policy.batch
	check_equal(batch.truncated, [true, true] as Array[bool])
	check_equal(batch.rewards, PackedFloat64Array([0.0, 3.0]))
	check_equal(batch.infos[1]["ended_by"], "red")
	check(not batch.infos[0].has("ended_by"), "its own end")
	check_equal(batch.presence, PackedByteArray())


func test_the_trainers_policy_says_when_an_arena_begins() -> void:
	_build("together", true)
	var other: RLPolicy = _session._policies[1]
	_policy.keeps_places = true
	_policy.ticks_to_decision = 3
	other.ticks_to_decision = 1
	other.agents[0].terminated = true  # at its own decision it waits: that is not the trainer's
	_session._advance()
	check_equal([_policy.agents[0].begins, other.agents[0].begins], [1, 1])
	_session._advance()
	_session._advance()
	check_equal([_policy.agents[0].begins, other.agents[0].begins], [2, 2])
	check_equal(_policy.batch.infos[0]["ended_by"], "blue")
	check_equal(other.ticks_to_decision, other.action_repeat, "its clock started anew")


func test_in_a_game_the_scene_is_the_arena() -> void:
	_make("together")
	var options: RLLaunchOptions = RLLaunchOptions.new()
	options.env_seed = 3
	options.is_seeded = true
	var game: RLPlaySession = RLPlaySession.new(get_tree(), options, RLSettings.new())
	game.settings.action_repeat = 2
	for name_of: String in ["red", "blue"]:
		_duel.get_node(name_of).control_mode = AIController3D.ControlModes.HUMAN
		game.enter(_duel.get_node(name_of))
	game.tick()
	check_equal(_begins(), ["arena", "red", "blue"])
	_duel.get_node("blue").terminated = true
	for tick: int in 3:
		game.tick()
	check_equal(_begins(), ["arena", "red", "blue", "arena", "red", "blue"])
	game.leave(_duel.get_node("red"))
	_duel.get_node("blue").terminated = true
	for tick: int in 3:
		game.tick()
	check_equal(_begins().slice(6), ["arena", "blue"])
	game.dispose()


func test_agents_that_wait_do_not_wait_for_one_that_left_a_game() -> void:
	_make("last")
	var game: RLPlaySession = RLPlaySession.new(get_tree(), RLLaunchOptions.new(), RLSettings.new())
	game.settings.action_repeat = 1
	for name_of: String in ["red", "blue"]:
		_duel.get_node(name_of).control_mode = AIController3D.ControlModes.HUMAN
		game.enter(_duel.get_node(name_of))
	game.tick()
	_duel.get_node("red").terminated = true
	for tick: int in 3:
		game.tick()
	check_equal(_begins().size(), 3)
	game.leave(_duel.get_node("blue"))
	game.tick()
	check_equal(_begins().slice(3), ["arena", "red"])
	game.dispose()


func test_a_mode_that_is_none_is_told() -> void:
	_make("often")
	var roster: RLRoster = RLRoster.new()
	roster.collect([_duel], RLLaunchOptions.new())
	check(
		roster.starts.error.contains('"each", "together" or "last", not \'often\''),
		roster.starts.error
	)
	check_equal(roster.arenas[0].mode, RLArena.RLMode.EACH)


func test_an_arenas_seeds_are_not_its_agents() -> void:
	_build("together")
	var arena: RLArena = _session.roster.arenas[0]
	check(
		arena.episode_seed() != _policy.agents[0].rl_episode.episode_seed(), "streams of their own"
	)


# A duel with one policy for both, or one for each.
func _build(mode: String, apart: bool = false) -> void:
	_make(mode)
	_session = RLSession.new(get_tree(), RLLaunchOptions.new(), RLSettings.new())
	_session.roster.collect([_duel], RLLaunchOptions.new())
	_session.roster.begin_all()
	_policy = Pushing.new()
	var policies: Array[RLPolicy] = [_policy]
	if apart:
		policies.append(Pushing.new())
	for i: int in 2:
		policies[i % policies.size()].take_over([_session.roster.agents[i]], _session.roster)
	for policy: RLPolicy in policies:
		policy.action_repeat = 4
	_session._policies = policies
	_session._undecided = policies.duplicate()
	_session._decide()
	_policy.action_repeat = 4


func _decide() -> void:
	for policy: RLPolicy in _session._policies:
		policy.ticks_to_decision = 1
	_session._advance()


func _make(mode: String) -> void:
	_duel = (load("res://tests/godot/fixtures/duel_arena.tscn") as PackedScene).instantiate()
	_duel.set("arena_episodes", mode)
	add_child(_duel)


# Who began, in order.
func _begins() -> Array:
	var found: Array = []
	for line: Dictionary in _duel.get("log_lines"):
		if line["what"] in ["arena", "begin"]:
			found.append(line.get("who", "arena"))
	return found
