extends GodotTestCase
## Levels and drawn parameters where episodes begin: the queue, an agent's numbers and seeds, a game
## that is played, and demonstrations.

const RLDemoWriter := preload("res://addons/godot_rl/demos/demo_writer.gd")
const RLEpisodeSeed := preload("res://addons/godot_rl/agents/episode_seed.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLLevels := preload("res://addons/godot_rl/arenas/levels.gd")
const RLNumbering := preload("res://addons/godot_rl/agents/numbering.gd")
const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")
const RLPlaySession := preload("res://addons/godot_rl/session/play_session.gd")
const RLRecorderPolicy := preload("res://addons/godot_rl/policies/recorder_policy.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const RLSettings := preload("res://addons/godot_rl/session/settings.gd")
const RECORDED: GDScript = preload("res://tests/godot/fixtures/recorded_controller.gd")
const DUEL: PackedScene = preload("res://tests/godot/fixtures/duel_arena.tscn")
const UNIFORM: Dictionary = {"sampler": "uniform", "low": 3.0, "high": 12.0}
const DEMONSTRATIONS: String = "user://levels_test.jsonl"


func test_levels_are_taken_one_by_one() -> void:
	var levels: RLLevels = RLLevels.new()
	check_equal(levels.take(false), -1)
	levels.set_queue([5, 5, 0])
	check_equal([levels.take(false), levels.take(false), levels.take(false)], [5, 5, 0])
	check_equal([levels.take(false), levels.running], [-1, -1])


func test_a_level_begins_again_until_others_are_ordered() -> void:
	var levels: RLLevels = RLLevels.new()
	levels.set_queue([5, 6])
	check_equal([levels.take(true), levels.take(true), levels.take(false)], [5, 5, 6])
	levels.set_queue([7])
	check_equal([levels.take(true), levels.take(true)], [7, 7])
	levels.set_queue([])
	check_equal([levels.take(true), levels.take(true)], [-1, -1])


func test_numbers_go_on_counting_under_levels() -> void:
	var numbering: RLNumbering = RLNumbering.new()
	numbering.agent_index = 1
	numbering.agent_total = 3
	numbering.restart(9)
	check_equal([numbering.index(), numbering.next_seed(true)], [-1, RLEpisodeSeed.mix(9, 1)])
	numbering.advance(true)
	check_equal([numbering.index(), numbering.episode_seed()], [1, RLEpisodeSeed.mix(9, 1)])
	for place: int in [0, 2]:
		numbering.expect_level(77, place)
		var level_seed: int = 77 if place == 0 else RLEpisodeSeed.mix(77, place)
		check_equal(numbering.next_seed(false), level_seed)
		numbering.advance(false)
		check_equal([numbering.level, numbering.episode_seed()], [77, level_seed])
	check_equal(numbering.index(), 7)
	check_equal(numbering.next_seed(true), RLEpisodeSeed.mix(9, 7))
	numbering.advance(false)
	check_equal([numbering.level, numbering.episode_seed()], [-1, RLEpisodeSeed.mix(9, 10)])


func test_a_lone_agent_plays_the_level_with_its_arena() -> void:
	var roster: RLRoster = _lone()
	var arena: RefCounted = roster.arenas[0]
	arena.order_levels(PackedInt32Array([123]))
	roster.parameters.set_values({"wind": UNIFORM})
	roster.begin_again(roster.agents, 4)
	var episode: RefCounted = roster.agents[0].rl_episode
	check_equal([episode.episode_seed(), episode.index()], [123, 0])
	check_equal(episode.parameters, roster.parameters.values_for(0, 123))
	check_equal(arena.values, episode.parameters)
	check_equal(episode.summary()["seed"], 123)
	episode.end(true)
	check_equal(episode.final_info["level"], 123)
	check_equal(episode.final_info["parameters"], episode.parameters)
	episode.decisions = 1
	roster.begin_again(roster.agents, -1)
	check_equal([episode.episode_seed(), episode.index()], [RLEpisodeSeed.mix(4, 1), 1])
	check_equal(episode.parameters, roster.parameters.values_for(0, RLEpisodeSeed.mix(4, 1)))


func test_what_is_fixed_is_handed_on_and_not_copied() -> void:
	var roster: RLRoster = _lone()
	roster.parameters.set_values({"wind": 2.0})
	roster.begin_again(roster.agents, 4)
	var episode: RefCounted = roster.agents[0].rl_episode
	check(is_same(episode.parameters, roster.parameters.values_for(0)), "a copy")
	roster.begin_again(roster.agents, 5)
	check(is_same(episode.parameters, roster.parameters.values_for(0)), "a copy")


func test_a_game_that_is_played_draws_for_each_episode() -> void:
	var duel: Node = DUEL.instantiate()
	duel.set("arena_episodes", "together")
	add_child(duel)
	Sync.set_parameter("gravity", UNIFORM)
	var options: RLLaunchOptions = RLLaunchOptions.new()
	options.env_seed = 3
	options.is_seeded = true
	var game: RLPlaySession = RLPlaySession.new(get_tree(), options, RLSettings.new())
	game.settings.action_repeat = 2
	for name_of: String in ["red", "blue"]:
		duel.get_node(name_of).control_mode = AIController3D.ControlModes.HUMAN
		game.enter(duel.get_node(name_of))
	game.tick()
	duel.get_node("blue").terminated = true
	for tick: int in 3:
		game.tick()
	var drawn: Array = []
	for line: Dictionary in duel.get("log_lines"):
		if line.has("gravity"):
			drawn.append(line["gravity"])
	check_equal(drawn.size(), 6)
	check(drawn[0] == drawn[1] and drawn[1] == drawn[2], str(drawn))
	check(drawn[3] != drawn[0] and drawn[3] == drawn[5], str(drawn))
	check_equal(Sync.get_parameter("gravity", 9.0, duel.get_node("blue")), drawn[3])
	check_equal(duel.get_node("red").rl_episode.parameters["gravity"], drawn[3])
	game.dispose()
	Sync.set_parameter("gravity", null)


func test_a_demonstration_tells_what_was_drawn() -> void:
	DirAccess.remove_absolute(ProjectSettings.globalize_path(DEMONSTRATIONS))
	var controller: Node = RECORDED.new()
	controller.expert_demo_save_path = DEMONSTRATIONS
	controller.reset_after = 3
	var roster: RLRoster = _roster_of(controller)
	roster.parameters.set_values({"wind": UNIFORM})
	roster.begin_again(roster.agents, 4)
	var policy: RLRecorderPolicy = RLRecorderPolicy.new()
	check(policy.take_over(roster.agents, roster), policy.error)
	for i: int in 4:
		policy.decide()
		controller._physics_process(0.1)
		roster.advance()
	policy.close("")
	var line: String = FileAccess.get_file_as_string(DEMONSTRATIONS).get_slice("\n", 0)
	var told: Dictionary = JSON.parse_string(line)["info"]["parameters"]
	check_near(
		told["wind"], roster.parameters.values_for(0, RLEpisodeSeed.mix(4, 0))["wind"], 1e-12
	)
	DirAccess.remove_absolute(ProjectSettings.globalize_path(DEMONSTRATIONS))


func _lone() -> RLRoster:
	return _roster_of(
		(load("res://tests/godot/fixtures/counter_controller.gd") as GDScript).new() as Node
	)


func _roster_of(controller: Node) -> RLRoster:
	var arena: Node = Node.new()
	arena.add_child(controller)
	add_child(arena)
	controller.set_physics_process(false)
	controller.rl_episode.captures = true
	var roster: RLRoster = RLRoster.new()
	roster.starts.parameters = RLParameters.new()
	roster.collect([arena], RLLaunchOptions.parse([]))
	roster.begin_all()
	return roster
