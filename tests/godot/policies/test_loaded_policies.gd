extends GodotTestCase
## Policies that a trainer sends, and the game's own control: who plays from when on, what infos
## tell, and what is kept of a model.

const UNLIKE: PackedScene = preload("res://tests/godot/fixtures/unlike_arena.tscn")
const POLICIES: String = "res://tests/godot/fixtures/policies/counter_%s.onnx"
const CERTIFIED: String = "res://tests/godot/inference/models/certified.onnx"
# Rows of the counters (two an arena) come first, then those of the choosers.
const COUNTERS_PER_ARENA: int = 2


func test_a_swap_waits_for_the_agents_next_episode() -> void:
	var peer: RLTrainerPeer = _opened(1)
	peer.ask({"type": "reset"})
	_step(peer, 4)
	var told: Dictionary = _load(peer, "half", {"name": "milestone_1"})
	check_equal(told.get("actions"), "deterministic")
	check_equal(told.get("warning"), "")
	check_equal(told["sha256"].length(), 64)
	check_equal(_held(_step(peer, 8)), [-1.0, -1.0] as Array)
	# Second ends at tick 16; the action that it takes next is the policy's, First's is still ours.
	var ended: Dictionary = _step(peer, 4)
	check_equal(ended["done"], [false, true, false])
	check(not ended["info"][1].has("policy"), str(ended["info"][1]))
	check_equal(_held(_step(peer, 1)), [-1.0, 0.5] as Array)
	ended = _step(peer, 3)
	check_equal(ended["done"], [true, false, false])
	check_equal(_held(_step(peer, 1)), [0.5, 0.5] as Array)
	ended = _step(peer, 12)
	check_equal(ended["info"][1]["policy"], "milestone_1")


func test_a_reset_takes_over_at_once_also_before_any_decision() -> void:
	var peer: RLTrainerPeer = _opened(1)
	peer.ask({"type": "reset", "seed": 4})
	_load(peer, "half", {})
	peer.ask({"type": "reset"})
	check_equal(_held(_step(peer, 1)), [0.5, 0.5] as Array)
	peer.ask({"type": "control", "group": "counters", "control": "trainer"})
	check_equal(_held(_step(peer, 1)), [0.5, 0.5] as Array)
	peer.ask({"type": "reset"})
	check_equal(_held(_step(peer, 1)), [-1.0, -1.0] as Array)


func test_four_arenas_with_four_opponents_in_one_engine() -> void:
	var peer: RLTrainerPeer = _opened(4)
	for arena: int in 4:
		var name: String = ["half", "quarter", "down", "half"][arena]
		_load(peer, name, {"arenas": [arena], "name": "%s_%d" % [name, arena]})
	check_equal(peer.policy._loaded._models.size(), 3, "a file is parsed once")
	peer.ask({"type": "reset"})
	_step(peer, 1)
	var held: Array = _held(_step(peer, 1))
	check_equal(held, [0.5, 0.5, 0.25, 0.25, -0.5, -0.5, 0.5, 0.5] as Array)
	var ended: Dictionary = _step(peer, 14)
	for arena: int in 4:
		var row: int = COUNTERS_PER_ARENA * arena + 1
		check_equal(ended["info"][row]["policy"].right(1), str(arena))
	var chooser: Dictionary = ended["info"][8]
	check_equal(chooser["opponents"].size(), 1)
	var result: Dictionary = chooser["opponents"][0]
	check_equal(result["group"], "counters")
	check_equal(result["policy"], "half_0")
	check_equal(result["agent"], "Second")
	check_equal(result["return"], 16.0)
	check_equal(result["terminated"], true)
	check_equal(result["info"]["is_success"], true)
	# Models that nobody plays any more go.
	peer.ask({"type": "control", "group": "counters", "control": "trainer"})
	peer.ask({"type": "reset"})
	check_equal(peer.policy._loaded._models.size(), 0)
	check_equal(peer.policy._loaded.is_used, false)


func test_opponents_are_told_once_to_each_group() -> void:
	var peer: RLTrainerPeer = _opened(1)
	peer.ask({"type": "control", "group": "choosers", "control": "game"})
	peer.ask({"type": "reset"})
	var first: Dictionary = _step(peer, 16)
	check_equal(first["done"], [false, true, true])
	check_equal(first["info"][2]["policy"], "game")
	check_equal(first["info"][1]["opponents"].size(), 1)
	check_equal(first["info"][1]["opponents"][0]["policy"], "game")
	var second: Dictionary = _step(peer, 4)
	check_equal(second["done"], [true, false, false])
	check(not second["info"][0].has("opponents"), "the group was told")


func test_the_games_own_control_sets_no_action() -> void:
	var peer: RLTrainerPeer = _opened(2)
	peer.ask({"type": "control", "group": "counters", "control": "game", "arenas": [1]})
	check_equal(_heuristics(peer), ["model", "model", "model", "model"])
	peer.ask({"type": "reset"})
	check_equal(_heuristics(peer), ["model", "model", "human", "human"])
	check_equal(_held(_step(peer, 1)), [-1.0, -1.0, 0.0, 0.0] as Array)
	peer.ask({"type": "control", "group": "counters", "control": "trainer"})
	peer.ask({"type": "reset"})
	check_equal(_heuristics(peer), ["model", "model", "model", "model"])
	check_equal(_held(_step(peer, 1)), [-1.0, -1.0, -1.0, -1.0] as Array)


func test_a_recurrent_policy_begins_each_episode_anew() -> void:
	var peer: RLTrainerPeer = _opened(1)
	_load(peer, "recurrent", {})
	for round: int in 2:
		peer.ask({"type": "reset"})
		check_equal(_held(_step(peer, 4)), [0.125, 0.125] as Array)
		check_equal(_held(_step(peer, 4)), [0.25, 0.25] as Array)
	_step(peer, 8)  # Second ends
	check_equal(_held(_step(peer, 2)), [0.5, 0.125] as Array)


func test_actions_are_drawn_by_the_episodes_seed() -> void:
	var peer: RLTrainerPeer = _opened(1)
	check_equal(_load(peer, "gaussian", {"actions": "auto"})["actions"], "sampled")
	var drawn: Array = []
	for round: int in 2:
		peer.ask({"type": "reset", "seed": 9})
		for i: int in 3:
			drawn.append(_held(_step(peer, 1)))
	check_equal(drawn.slice(0, 3), drawn.slice(3))
	check(drawn[0] != drawn[1] and drawn[0][0] != drawn[0][1], str(drawn))
	check_equal(_load(peer, "gaussian", {"actions": "deterministic"})["actions"], "deterministic")
	peer.ask({"type": "reset"})
	check_equal(_held(_step(peer, 1)), [0.0, 0.0] as Array)


func test_what_does_not_fit_is_refused_and_changes_nothing() -> void:
	var peer: RLTrainerPeer = _opened(1)
	_load(peer, "half", {})
	peer.ask({"type": "reset"})
	var wrong: String = POLICIES.replace("counter_%s", "chooser_two")
	var asked: Dictionary = {"group": "counters", "name": "wrong"}
	var problem: String = peer.load_policy(asked, wrong)["error"]
	check(problem.contains("takes an observation of 3 elements, the controller's has 4"), problem)
	var choosers: Dictionary = {"group": "choosers"}
	problem = peer.load_policy(choosers, CERTIFIED)["error"]
	check(problem.contains("was trained on the observation"), problem)
	problem = _load(peer, "half", {"actions": "sampled"})["error"]
	check(problem.contains("tells no distribution to sample from"), problem)
	problem = peer.load_policy(asked, "res://project.godot")["error"]
	check(problem.begins_with("the policy 'wrong' cannot be loaded: "), problem)
	asked["onnx"] = "no base64!"
	problem = peer.ask(asked)["error"]
	check_equal(problem, "'onnx' is no base64")
	asked.erase("onnx")
	check(peer.ask(asked)["error"].begins_with("'onnx' must be the bytes of an ONNX file"), "none")
	peer.ask({"type": "reset"})
	check_equal(_held(_step(peer, 1)), [0.5, 0.5] as Array)
	check_equal(peer.policy._loaded._models.size(), 1)
	check_equal(peer.policy.error, "")


func test_an_empty_list_of_arenas_changes_nothing() -> void:
	var peer: RLTrainerPeer = _opened(1)
	check_equal(_load(peer, "half", {"arenas": []}).has("error"), false)
	peer.ask({"type": "parameters", "values": {"wind": 3.0}, "arenas": []})
	check_equal(peer.policy._loaded.is_used, false)
	peer.ask({"type": "reset"})
	check_equal(peer.roster.parameters.of_arena(0).is_empty(), true)


func test_parameters_reach_the_arenas_and_the_infos() -> void:
	var peer: RLTrainerPeer = _opened(2)
	peer.ask({"type": "parameters", "values": {"wind": 3.0, "sand": 1}, "arenas": [1]})
	peer.ask({"type": "reset"})
	check_equal(peer.roster.parameters.of_arena(0).is_empty(), true)
	check_equal(peer.roster.parameters.of_arena(1).get("wind"), 3.0)
	var ended: Dictionary = _step(peer, 16)
	check_equal(ended["info"][3]["parameters"], {"wind": 3.0, "sand": 1.0})
	check(not ended["info"][1].has("parameters"), str(ended["info"][1]))


func test_a_stock_trainer_may_give_no_orders() -> void:
	var peer: RLTrainerPeer = _opened(1, false)
	peer.say({"type": "parameters", "values": {}})
	peer.receive()
	check(peer.policy.error.begins_with("unknown message type 'parameters'"), peer.policy.error)


func test_the_same_orders_over_binary2() -> void:
	var rows: Array = []
	for transports: Array in [["json"], ["binary2"]]:
		var peer: RLTrainerPeer = _opened(2, true, transports)
		_load(peer, "ticks", {"arenas": [0]})
		peer.say({"type": "reset", "seed": 5})
		check(peer.receive().size() > 0, peer.policy.error)
		for i: int in 5:
			_pass(peer, 3)
		rows.append(peer.policy.agents.map(func(agent: Node) -> Dictionary: return agent.get_obs()))
	check_equal(rows[0], rows[1])


func _opened(arenas: int, is_harness: bool = true, transports: Array = ["json"]) -> RLTrainerPeer:
	var roots: Array[Node] = []
	for i: int in arenas:
		roots.append(UNLIKE.instantiate())
		add_child(roots[i])
	var peer: RLTrainerPeer = RLTrainerPeer.new(roots)
	peer.open(transports, is_harness)
	check_equal(peer.policy.error, "")
	return peer


func _load(peer: RLTrainerPeer, name: String, more: Dictionary) -> Dictionary:
	return peer.load_policy({"group": "counters"}.merged(more), POLICIES % name)


# A decision in which the trainer pushes with -1 everywhere.
func _step(peer: RLTrainerPeer, ticks: int) -> Dictionary:
	var actions: Array = []
	for agent: Node in peer.policy.agents:
		if agent.policy_name == "counters":
			actions.append({"push": [-1.0]})
		else:
			actions.append({"aim": [0.0, 0.0], "choice": 1})
	return peer.step(actions, ticks)


# The same over a binary transport, whose answer is not looked at.
func _pass(peer: RLTrainerPeer, ticks: int) -> void:
	if not peer.is_binary:
		_step(peer, ticks)
		return
	var counters: int = 4
	var payload: PackedByteArray = [0x41, 0, 0, 0, 0, 0, 0, 0]
	var pushes: PackedFloat32Array = []
	pushes.resize(counters)
	pushes.fill(-1.0)
	payload += pushes.to_byte_array() + PackedFloat32Array([0, 0, 0, 0]).to_byte_array()
	peer.send(payload + PackedInt32Array([1, 1]).to_byte_array())
	peer.let_pass(ticks)
	check(peer.receive().size() > 0, peer.policy.error)


func _held(step: Dictionary) -> Array:
	var held: Array = []
	for observation: Dictionary in step["obs"]:
		if observation["obs"].size() == 4:
			held.append(observation["obs"][3])
	return held


func _heuristics(peer: RLTrainerPeer) -> Array:
	return peer.policy.agents.slice(0, 4).map(func(agent: Node) -> String: return agent.heuristic)
