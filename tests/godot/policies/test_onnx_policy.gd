extends RLPolicyTestCase
## Exported policies play in the engine as Stable-Baselines3 plays them (models/*.json, written by
## make_models.py): batches, masks, draws, and what is refused. test_recurrent_policy.gd: those with
## a state.

const RLPolicyNetwork := preload("res://addons/godot_rl/policies/policy_network.gd")
const GODOT_RL: String = "res://tests/godot/inference/models"
const PAIR: Dictionary = {"move": {"size": 2, "action_type": "continuous"}}
const ONE_OF: Dictionary = {"turn": {"size": 4, "action_type": "discrete"}}


func test_all_agents_act_as_sb3_says() -> void:
	for name: String in ["ppo", "ppo_sde", "td3"]:
		var told: Dictionary = _told(name)
		var roster: RLRoster = _roster(told["obs"], MOVE)
		_decide(name, roster)
		for i: int in roster.agents.size():
			_check_close(roster.agents[i].taken[0]["move"], told["output"][i], name)


func test_discrete_branches_and_values_of_dqn() -> void:
	var told: Dictionary = _told("ppo_branches")
	var roster: RLRoster = _roster(told["obs"], BRANCHES)
	_decide("ppo_branches", roster)
	for i: int in roster.agents.size():
		var row: Array = told["output"][i]
		var expected: Dictionary = {
			"turn": row.find(row.slice(0, 3).max()), "jump": row.find(row.slice(3).max(), 3) - 3
		}
		check_equal(roster.agents[i].taken[0], expected, "agent %d" % i)
	told = _told("dqn")
	roster = _roster(told["obs"], ONE_OF)
	_decide("dqn", roster)
	for i: int in roster.agents.size():
		var row: Array = told["output"][i]
		check_equal(roster.agents[i].taken[0], {"turn": row.find(row.max())}, "dqn %d" % i)


func test_masks_give_sb3_contribs_choices() -> void:
	var told: Dictionary = _told("maskable")
	var roster: RLRoster = _roster(told["masked_obs"], BRANCHES)
	for i: int in roster.agents.size():
		roster.agents[i].masks = told["masks"][i].map(func(flag: float) -> bool: return flag > 0.5)
	_decide("maskable", roster)
	var changed: int = 0
	for i: int in roster.agents.size():
		var action: Dictionary = roster.agents[i].taken[0]
		var choices: Array = [float(action["turn"]), float(action["jump"])]
		check_equal(choices, told["masked_actions"][i], "agent %d" % i)
		changed += 1 if choices != told["free_actions"][i] else 0
	check(changed > 10, "the masks changed %d of 40 actions" % changed)


func test_masks_of_a_wrong_size_end_the_run() -> void:
	var roster: RLRoster = _roster(_told("maskable")["obs"], BRANCHES)
	roster.agents[1].masks = [true, true]
	for agent: Node in roster.agents:
		if agent != roster.agents[1]:
			agent.masks = [1, 1, 1, 1, 1]
	var policy: RLOnnxPolicy = _policy("maskable")
	check(policy.take_over(roster.agents, roster), policy.error)
	policy.decide()
	check(policy.error.contains("action_masks() must return an Array of 5 flags"), policy.error)


# Draws of one observation: means and deviations within 4 standard errors of Python's.
func test_sampled_actions_follow_the_models_gaussian() -> void:
	var told: Dictionary = _told("sac_uneven")
	var rows: Array = []
	for i: int in 2000:
		rows.append(told["obs"][0])
	var roster: RLRoster = _roster(rows, PAIR)
	_decide("sac_uneven", roster, true)
	var network: RLPolicyNetwork = RLPolicyNetwork.new(
		ONNXModel.load_file(FOLDER.path_join("sac_uneven.onnx"))
	)
	network.add_row(true)
	check(network.decide(PackedFloat32Array(told["obs"][0]), 1), network.error)
	_check_close(Array(network.means), told["mean"][0], "mean")
	_check_close(Array(network.deviations), told["std"][0], "std")
	check_equal(network.low, PackedFloat32Array([-1, 0]))
	check_equal(network.high, PackedFloat32Array([1, 4]))
	# The first action is tanh of the Gaussian, within [-1, 1]: below its median lies one half.
	var median: float = tanh(told["mean"][0][0])
	var below: int = 0
	for agent: Node in roster.agents:
		below += 1 if agent.taken[0]["move"][0] < median else 0
	check_near(below / 2000.0, 0.5, 4.0 * sqrt(0.25 / 2000.0), "share below the median")


func test_sampled_actions_are_the_same_for_the_same_seed() -> void:
	var runs: Array[String] = []
	for run_seed: int in [4, 4, 5]:
		var roster: RLRoster = _roster(_told("ppo")["obs"], MOVE, run_seed)
		var policy: RLOnnxPolicy = _decide("ppo", roster, true)
		_end_episodes(roster, roster.agents)
		policy.decide()
		var taken: Array = roster.agents.map(func(agent: Node) -> Array: return agent.taken)
		runs.append(str(taken))
	check_equal(runs[0], runs[1])
	check(runs[0] != runs[2], "another seed draws the same")
	check(runs[0] != str(_told("ppo")["output"]), "nothing was drawn")


func test_a_controllers_choice_stands_above_syncs() -> void:
	var told: Dictionary = _told("ppo")
	var roster: RLRoster = _roster(told["obs"], MOVE)
	roster.agents[0].action_choice = AIController3D.ActionChoices.DETERMINISTIC
	_decide("ppo", roster, true)
	_check_close(roster.agents[0].taken[0]["move"], told["output"][0], "deterministic")
	roster = _roster(told["obs"], MOVE)
	roster.agents[0].action_choice = AIController3D.ActionChoices.SAMPLED
	_decide("ppo", roster)
	check(roster.agents[0].taken[0]["move"] != told["output"][0], "nothing was drawn")
	_check_close(roster.agents[1].taken[0]["move"], told["output"][1], "inherits")


func test_sampling_from_nothing_is_refused() -> void:
	for name: String in ["td3", "dqn"]:
		var space: Dictionary = MOVE if name == "td3" else ONE_OF
		var roster: RLRoster = _roster(_told(name)["obs"], space)
		var policy: RLOnnxPolicy = _policy(name, true)
		check_equal(policy.take_over(roster.agents, roster), false, name)
		check(policy.error.contains("tells no distribution to sample from"), policy.error)


func test_godot_rls_own_exports_play() -> void:
	for name: String in ["godot_rl_ppo", "godot_rl_sac", "godot_rl_dict"]:
		var text: String = FileAccess.get_file_as_string(GODOT_RL.path_join(name + ".json"))
		var case: Dictionary = JSON.parse_string(text)[0]
		var given: Array = case["inputs"]["obs"]["data"]
		var roster: RLRoster = _roster([given.slice(0, 6)], MOVE)
		var policy: RLOnnxPolicy = RLOnnxPolicy.new(GODOT_RL.path_join(name + ".onnx"))
		check(policy.take_over(roster.agents, roster), policy.error)
		policy.decide()
		var wanted: Array = case["outputs"]["output"]["data"].slice(0, 3)
		wanted = wanted.map(func(value: float) -> float: return clampf(value, -1.0, 1.0))
		_check_close(roster.agents[0].taken[0]["move"], wanted, name)


func test_godot_rls_discrete_branches_play() -> void:
	var told: Dictionary = _told("godot_rl_branches")
	for sampled: bool in [false, true]:
		var roster: RLRoster = _roster(told["obs"], BRANCHES)
		_decide("godot_rl_branches", roster, sampled)
		var equal: int = 0
		for i: int in roster.agents.size():
			var action: Dictionary = roster.agents[i].taken[0]
			var choices: Array = [float(action["turn"]), float(action["jump"])]
			equal += 1 if choices == told["actions"][i] else 0
		# Its logits are a distribution too: draws differ now and then.
		check_equal(equal == 20, not sampled, "%d of 20 as SB3 chooses" % equal)


func test_sizes_that_do_not_fit_are_refused() -> void:
	# Without a certificate, which would say more.
	var path: String = GODOT_RL.path_join("godot_rl_ppo.onnx")
	for case: Array in [
		[[[0.0, 0.0]], MOVE, "takes an observation of 6 elements, the controller's has 2"],
		[_told("ppo")["obs"], ONE_OF, "gives 3 outputs, the controller's action space needs 4"],
	]:
		var roster: RLRoster = _roster(case[0], case[1])
		var policy: RLOnnxPolicy = RLOnnxPolicy.new(path)
		check_equal(policy.take_over(roster.agents, roster), false)
		check(policy.error.contains(case[2]), policy.error)


func _decide(name: String, roster: RLRoster, sampled: bool = false) -> RLOnnxPolicy:
	var policy: RLOnnxPolicy = _policy(name, sampled)
	check(policy.take_over(roster.agents, roster), policy.error)
	policy.decide()
	check_equal(policy.error, "")
	return policy


func _check_close(found: Array, wanted: Array, what: String) -> void:
	check_equal(found.size(), wanted.size(), what)
	for i: int in wanted.size():
		check_near(found[i], wanted[i], TOLERANCE, "%s [%d]" % [what, i])
