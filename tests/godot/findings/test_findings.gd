extends GodotTestCase
## What RLFindings.report() tells, to whom and how often.

const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")
const COUNTER: GDScript = preload("res://tests/godot/fixtures/counter_controller.gd")


## An arena that finds something wrong while it begins.
class FaultyArena:
	extends Node
	var finds: bool = false

	func begin_arena(_arena_seed: int) -> void:
		if finds:
			RLFindings.report(self, "no_path", "the goal cannot be reached")


func test_a_finding_is_told_with_its_decision_and_then_no_more() -> void:
	var roster: RLRoster = _roster_of([[COUNTER.new()]])
	var agent: Node = roster.agents[0]
	check_equal(agent.rl_episode.is_plain, true, "nothing was found yet")
	RLStepBatch.take(roster.agents, roster)
	roster.advance()
	RLFindings.report(agent, "tunnelling", "a ball is in a wall", {"speed": 31.5})
	var batch: RLStepBatch = RLStepBatch.take(roster.agents, roster)
	var told: Array = batch.infos[0]["findings"]
	check_equal(told.size(), 1)
	check_equal(
		told[0],
		{
			"kind": "tunnelling",
			"message": "a ball is in a wall",
			"tick": 1,
			"decision": 1,
			"data": {"speed": 31.5},
		}
	)
	check_equal(agent.rl_episode.is_plain, true, "the fast path again")
	check_equal(RLStepBatch.take(roster.agents, roster).infos[0].has("findings"), false)


func test_equal_findings_are_told_once_an_episode() -> void:
	var roster: RLRoster = _roster_of([[COUNTER.new()]])
	var agent: Node = roster.agents[0]
	for i: int in 3:
		RLFindings.report(agent, "stuck", "the agent cannot move", {"at": i})
	RLFindings.report(agent, "stuck", "the agent cannot turn")
	check_equal(RLStepBatch.take(roster.agents, roster).infos[0]["findings"].size(), 2)
	RLFindings.report(agent, "stuck", "the agent cannot move")
	agent.terminated = true
	roster.close_rewards()
	var batch: RLStepBatch = RLStepBatch.take(roster.agents, roster)
	check_equal(batch.infos[0].has("findings"), false, "told before")
	check_equal(batch.ended[0]["findings"].size(), 2, "the row tells of the whole episode")
	RLFindings.report(agent, "stuck", "the agent cannot move")
	check_equal(RLStepBatch.take(roster.agents, roster).infos[0]["findings"].size(), 1)


func test_an_episode_holds_at_most_100() -> void:
	var roster: RLRoster = _roster_of([[COUNTER.new()]])
	for i: int in 150:
		RLFindings.report(roster.agents[0], "dead_element", "button %d does not answer" % i)
	check_equal(RLStepBatch.take(roster.agents, roster).infos[0]["findings"].size(), 100)


func test_every_agent_of_the_arena_hears_it_and_no_other() -> void:
	var roster: RLRoster = _roster_of([[COUNTER.new(), COUNTER.new()], [COUNTER.new()]])
	RLFindings.report(roster.arena_roots[0], "energy_gain", "a body gains energy")
	var batch: RLStepBatch = RLStepBatch.take(roster.agents, roster)
	check_equal(batch.infos[0].has("findings"), true)
	check_equal(batch.infos[1].has("findings"), true)
	check_equal(batch.infos[2].has("findings"), false, "another arena")
	RLFindings.report(self, "memory_leak", "memory grows")
	batch = RLStepBatch.take(roster.agents, roster)
	for info: Dictionary in batch.infos:
		check_equal(info["findings"][0]["kind"], "memory_leak", "outside every arena: all hear it")


func test_what_the_arenas_beginning_finds_is_of_the_new_episode() -> void:
	var roster: RLRoster = _roster_of([[COUNTER.new()]])
	var agent: Node = roster.agents[0]
	roster.arena_roots[0].finds = true
	agent.terminated = true
	roster.close_rewards()
	var batch: RLStepBatch = RLStepBatch.take(roster.agents, roster)
	check_equal(batch.ended[0].has("findings"), false, "the episode that ended was well")
	batch = RLStepBatch.take(roster.agents, roster)
	check_equal(batch.infos[0]["findings"][0]["kind"], "no_path")
	check_equal(batch.infos[0]["findings"][0]["decision"], 0)


func test_data_becomes_json() -> void:
	var roster: RLRoster = _roster_of([[COUNTER.new()]])
	var data: Dictionary = {
		"at": Vector3(1, 2, 3),
		"speed": NAN,
		"names": PackedStringArray(["a"]),
		"node": &"Ball",
		4: {"deep": [Vector2i(1, 2)]},
	}
	RLFindings.report(roster.agents[0], "outside", "two\nlines", data)
	var told: Dictionary = RLStepBatch.take(roster.agents, roster).infos[0]["findings"][0]
	check_equal(told["message"].contains("\n"), false)
	check_equal(told["data"]["at"], [1.0, 2.0, 3.0])
	check_equal(told["data"]["speed"], "nan")
	check_equal(told["data"]["names"], ["a"])
	check_equal(told["data"]["node"], "Ball")
	check_equal(told["data"]["4"], {"deep": [[1, 2]]})


func test_a_kind_that_is_no_name_is_mended_or_refused() -> void:
	var roster: RLRoster = _roster_of([[COUNTER.new()]])
	RLFindings.report(roster.agents[0], "DeadElement", "a button does not answer")
	expect_error("takes a kind in snake_case such as tunnelling, not '7 days!'")
	RLFindings.report(roster.agents[0], "7 days!", "no kind")
	var told: Array = RLStepBatch.take(roster.agents, roster).infos[0]["findings"]
	check_equal(told.size(), 1)
	check_equal(told[0]["kind"], "dead_element")


func test_a_thread_may_report() -> void:
	var roster: RLRoster = _roster_of([[COUNTER.new()]])
	var thread: Thread = Thread.new()
	thread.start(
		func() -> void: RLFindings.report(roster.agents[0], "slow_chunk", "a chunk took long")
	)
	thread.wait_to_finish()
	await get_tree().process_frame
	check_equal(
		RLStepBatch.take(roster.agents, roster).infos[0]["findings"][0]["kind"], "slow_chunk"
	)


func _roster_of(arenas: Array[Array]) -> RLRoster:
	var roots: Array[Node] = []
	for controllers: Array in arenas:
		var root: FaultyArena = FaultyArena.new()
		add_child(root)
		roots.append(root)
		for controller: Node in controllers:
			root.add_child(controller)
			controller.set_physics_process(false)
	var roster: RLRoster = RLRoster.new()
	roster.starts.parameters = RLParameters.shared()
	roster.collect(roots, RLLaunchOptions.parse(PackedStringArray()))
	for controller: Node in roster.agents:
		controller.rl_episode.captures = true
	roster.begin_all()
	for controller: Node in roster.agents:
		controller.rl_episode.will_act()
	return roster
