extends RLPolicyTestCase
## The memory scenario, and what plays it: a recurrent policy needs its state, and to forget it at
## an episode's end; one without memory guesses. The models are those of the scenario's README.

const RLEpisodeRecorder := preload("res://addons/godot_rl/evaluation/episode_recorder.gd")
const RLEpisodeSeed := preload("res://addons/godot_rl/agents/episode_seed.gd")
const SCENE: PackedScene = preload("res://scenes/features/memory/memory.tscn")
const ARENAS: int = 20
const EPISODES: int = 200
const ACTION_REPEAT: int = 6
const TICK: float = 1.0 / 90.0


func test_the_runner_sees_the_lamp_at_the_entrance_only() -> void:
	var root: Node = SCENE.instantiate()
	add_child(root)
	var runner: MemoryRunner = root.get_node("Runner")
	var controller: MemoryController = runner.get_node("AIController3D")
	var lit: int = 0
	var lengths: Dictionary[float, bool] = {}
	for episode: int in 100:
		controller.begin_episode(RLEpisodeSeed.mix(3, episode))
		lit += 1 if runner.is_lit else 0
		lengths[runner.length] = true
		check_equal(controller.get_obs()["obs"][0], 1.0 if runner.is_lit else 0.0, "at first")
		for i: int in ACTION_REPEAT:
			runner._physics_process(TICK)
		check_near(runner.distance, 1.0, 1e-5, "a metre a decision")
		check_equal(controller.get_obs()["obs"], PackedFloat32Array([0.0, 0.0]))
		runner.take(1)
		check_equal(runner.door, 0, "a door in the corridor")
		for i: int in ACTION_REPEAT * MemoryRunner.LONGEST:
			runner._physics_process(TICK)
		check_equal(controller.get_obs()["obs"], PackedFloat32Array([0.0, 1.0]))
		runner.take(1)
		check_equal(runner.is_right(), runner.is_lit)
	check(lit > 30 and lit < 70, "%d of 100 lamps were lit" % lit)
	check_equal(lengths.size(), 1 + MemoryRunner.LONGEST - MemoryRunner.SHORTEST)


func test_a_recurrent_policy_solves_it() -> void:
	var successes: int = _play(RLOnnxPolicy.new(FOLDER.path_join("memory.onnx")))
	check(successes >= 0.95 * EPISODES, "%d of %d" % [successes, EPISODES])


func test_without_forgetting_it_fails() -> void:
	var successes: int = _play(Unforgetting.new(FOLDER.path_join("memory.onnx")))
	check(successes < 0.9 * EPISODES, "%d of %d" % [successes, EPISODES])


# Of 200 guesses between 72 and 128 are right, but once in 10000.
func test_a_policy_without_memory_guesses() -> void:
	var successes: int = _play(RLOnnxPolicy.new(FOLDER.path_join("memoryless.onnx")))
	check(successes >= 72 and successes <= 128, "%d of %d" % [successes, EPISODES])


func test_drawn_actions_solve_it_too() -> void:
	var policy: RLOnnxPolicy = RLOnnxPolicy.new(FOLDER.path_join("memory.onnx"), null, true)
	var successes: int = _play(policy)
	check(successes >= 0.9 * EPISODES, "%d of %d" % [successes, EPISODES])


# Returns how many of the first EPISODES episodes were a success. Ticks are made by hand, so it
# takes no time but computing's.
func _play(policy: RLOnnxPolicy) -> int:
	var arenas: Array[Node] = []
	for i: int in ARENAS:
		var root: Node = SCENE.instantiate()
		root.process_mode = Node.PROCESS_MODE_DISABLED
		add_child(root)
		arenas.append(root)
	var roster: RLRoster = RLRoster.new()
	roster.collect(arenas, RLLaunchOptions.parse(["--rl.env_seed=11", "--rl.arenas=%d" % ARENAS]))
	roster.begin_all()
	var recorder: RLEpisodeRecorder = RLEpisodeRecorder.new(EPISODES)
	policy._recorder = recorder
	check(policy.take_over(roster.agents, roster), policy.error)
	for decision: int in 500:
		policy.decide()
		if policy.finished or not policy.error.is_empty():
			break
		for tick: int in ACTION_REPEAT:
			for agent: MemoryController in roster.agents:
				agent.runner._physics_process(TICK)
				agent._physics_process(TICK)
			roster.advance()
	check_equal(policy.error, "")
	var rows: Array = recorder.report({})["episodes"]
	check_equal(rows.size(), EPISODES)
	for root: Node in arenas:
		root.free()
	return rows.filter(func(row: Dictionary) -> bool: return row["info"]["is_success"]).size()
