extends GodotTestCase
## How episodes end and begin, for controllers of both styles.

const RLEpisode := preload("res://addons/godot_rl/agents/episode.gd")
const RLEpisodeSeed := preload("res://addons/godot_rl/agents/episode_seed.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")
const COUNTER: GDScript = preload("res://tests/godot/fixtures/counter_controller.gd")


## A controller that resets itself when `needs_reset` is set, as games for the stock plugin do.
class PollingController:
	extends AIController3D
	var value: float = 0.0
	var polls: bool = true

	func _physics_process(delta: float) -> void:
		if needs_reset and polls:
			reset()
			value = 0.0
			return
		value += 1.0
		reward += 1.0
		super._physics_process(delta)

	func get_obs() -> Dictionary:
		return {"obs": [value]}


func test_seed_mixing_is_pinned() -> void:
	check_equal(RLEpisodeSeed.mix(0, 0), 0)
	check_equal(RLEpisodeSeed.mix(1, 0), 1834104592)
	check_equal(RLEpisodeSeed.mix(1, 1), 39170614)
	check_equal(RLEpisodeSeed.mix(0x7FFFFFFF, 1000000), 1140033010)


func test_the_final_observation_is_that_of_the_end() -> void:
	var roster: RLRoster = _roster_of([_counter(0)])
	var controller: Node = roster.agents[0]
	controller.ticks = 5
	controller.reward = 2.0
	controller.terminated = true
	controller.ticks = 99
	controller.reward = 3.0
	roster.close_rewards()
	var batch: RLStepBatch = RLStepBatch.take(roster.agents, roster)
	check_equal(batch.final_observations[0]["obs"][0], 5.0)
	check_equal(batch.rewards[0], 3.0, "reward given in the tick of the end counts")
	check_equal(batch.terminated[0], true)
	check_equal(batch.truncated[0], false)
	check_equal(batch.infos[0]["is_success"], true)
	check_equal(batch.observations[0]["obs"][0], 0.0, "first observation of the next episode")
	check_equal(controller.done, false)
	check_equal(controller.get_reward(), 0.0)


func test_the_first_end_of_a_decision_counts() -> void:
	var roster: RLRoster = _roster_of([_counter(0)])
	var controller: Node = roster.agents[0]
	controller.truncated = true
	controller.terminated = true
	var batch: RLStepBatch = RLStepBatch.take(roster.agents, roster)
	check_equal(batch.truncated[0], true)
	check_equal(batch.terminated[0], false)


func test_the_time_limit_truncates() -> void:
	var roster: RLRoster = _roster_of([_counter(0)])
	var controller: Node = roster.agents[0]
	controller.reset_after = 3
	for i: int in 3:
		check_equal(controller.done, false, "done before tick %d" % i)
		controller._physics_process(0.1)
		roster.advance()
	check_equal(controller.truncated, true)
	check_equal(controller.terminated, false)


func test_done_at_the_time_limit_is_a_truncation() -> void:
	var controller: PollingController = PollingController.new()
	add_child(controller)
	controller.reset_after = 4
	controller.n_steps = 4
	controller.done = true
	check_equal(controller.truncated, true)
	controller.done = false
	controller.n_steps = 3
	controller.done = true
	check_equal(controller.terminated, true)


func test_episodes_are_numbered_over_the_run() -> void:
	var options: RLLaunchOptions = RLLaunchOptions.parse(
		PackedStringArray(
			["--rl.env_seed=5", "--rl.arenas=1", "--rl.arena_offset=2", "--rl.arena_total=4"]
		)
	)
	var arena: Node = _arena([_counter(0), _counter(0)])
	var roster: RLRoster = RLRoster.new()
	roster.collect([arena], options)
	roster.begin_all()
	var second: RLEpisode = roster.agents[1].rl_episode
	check_equal(second.index(), 5)
	check_equal(second.episode_seed(), RLEpisodeSeed.mix(5, 5))
	roster.begin_next(roster.agents[1])
	check_equal(second.index(), 13)


func test_a_reset_without_a_decision_repeats_the_episode() -> void:
	var roster: RLRoster = _roster_of([_counter(0)])
	var episode: RLEpisode = roster.agents[0].rl_episode
	roster.begin_again(roster.agents, -1)
	check_equal(episode.index(), 0)
	episode.will_act()
	RLStepBatch.take(roster.agents, roster)
	roster.begin_again(roster.agents, -1)
	check_equal(episode.index(), 1)
	roster.begin_again(roster.agents, 77)
	check_equal(episode.index(), 0)
	check_equal(episode.episode_seed(), RLEpisodeSeed.mix(77, 0))


func test_a_polling_controller_gets_a_tick_to_reset_itself() -> void:
	var controller: PollingController = PollingController.new()
	var roster: RLRoster = _roster_of([controller])
	for episode: int in 3:
		controller.reset_after = 3
		while not controller.rl_episode.pending:
			controller._physics_process(0.1)
			roster.advance()
		check_equal(roster.settled(roster.agents), false, "the controller has not reset itself yet")
		controller._physics_process(0.1)
		roster.advance()
		check_equal(roster.settled(roster.agents), true)
		var batch: RLStepBatch = RLStepBatch.take(roster.agents, roster)
		# The tick in which a game resets itself counts.
		var length: float = 3.0 if episode == 0 else 2.0
		check_equal(batch.final_observations[0]["obs"][0], length)
		check_equal(batch.observations[0]["obs"][0], 0.0)
		check_equal(batch.rewards[0], length)
		check_equal(batch.truncated[0], true)


func test_a_controller_that_never_polls_is_reset() -> void:
	var controller: PollingController = PollingController.new()
	controller.polls = false
	var roster: RLRoster = _roster_of([controller])
	controller.needs_reset = true
	controller.done = true
	check_equal(roster.settled(roster.agents), false)
	check_equal(roster.settled(roster.agents), false)
	check_equal(roster.settled(roster.agents), true)
	check_equal(controller.needs_reset, false)


func test_missing_overrides_are_named() -> void:
	var controller: AIController3D = AIController3D.new()
	add_child(controller)
	controller.set_script(preload("res://tests/godot/fixtures/empty_controller.gd"))
	expect_error("(res://tests/godot/fixtures/empty_controller.gd) must override get_obs()")
	controller.get_obs()
	expect_error("must override get_action_space()")
	controller.get_action_space()


func _counter(terminate_after: int) -> Node:
	var controller: Node = COUNTER.new()
	controller.terminate_after = terminate_after
	return controller


func _arena(controllers: Array[Node]) -> Node:
	var arena: Node = Node.new()
	add_child(arena)
	for controller: Node in controllers:
		arena.add_child(controller)
		controller.set_physics_process(false)
	return arena


func _roster_of(controllers: Array[Node]) -> RLRoster:
	var roster: RLRoster = RLRoster.new()
	roster.collect([_arena(controllers)], RLLaunchOptions.parse(PackedStringArray()))
	for controller: Node in controllers:
		controller.rl_episode.captures = true
	roster.begin_all()
	for controller: Node in controllers:
		controller.rl_episode.will_act()
	return roster
