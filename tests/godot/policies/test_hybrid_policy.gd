extends RLPolicyTestCase
## Policies for choices beside continuous values: one that gives a logit for every choice, and two
## that learned on one Box (godot-rl's flat actions with scores). Actions are held against what
## Stable-Baselines3 says, and draws against the distribution that each file tells.

const RLPolicyNetwork := preload("res://addons/godot_rl/policies/policy_network.gd")
const HYBRID: Dictionary = {
	"jump": {"size": 2, "action_type": "discrete"},
	"move": {"size": 2, "action_type": "continuous"},
	"turn": {"size": 3, "action_type": "discrete"},
}
const AGENTS: int = 2000
## Four standard errors of a share of AGENTS.
const ERROR: float = 4.0 * 0.5 / sqrt(AGENTS)


func test_the_most_probable_actions() -> void:
	for name: String in ["ppo_hybrid", "ppo_scores", "sac_hybrid"]:
		var told: Dictionary = _told(name)
		var roster: RLRoster = _roster(told["obs"], HYBRID)
		_play(name, roster, false)
		for i: int in roster.agents.size():
			var row: Array = told["output"][i]
			var jump: int = 1 if row[0] > 0.0 else 0
			if name == "ppo_hybrid":
				jump = 1 if row[1] > row[0] else 0
				row = row.slice(1)
			var taken: Dictionary = roster.agents[i].taken[0]
			check_equal(taken["jump"], jump, name)
			check_equal(taken["turn"], row.find(row.slice(3).max(), 3) - 3, name)
			for k: int in 2:
				check_near(taken["move"][k], row[1 + k], TOLERANCE, name)


func test_draws_of_a_policy_with_logits() -> void:
	var told: Dictionary = _told("ppo_hybrid")
	var output: Array = told["output"][0]
	var shares: Dictionary = _drawn("ppo_hybrid", told)
	check_near(shares["jump"], 1.0 / (1.0 + exp(output[0] - output[1])), ERROR, "jump")
	var total: float = 0.0
	for i: int in 3:
		total += exp(output[4 + i])
	for i: int in 3:
		check_near(shares["turn"][i], exp(output[4 + i]) / total, ERROR, "turn %d" % i)
	for k: int in 2:
		var below: float = shares["below"][k]
		check_near(below, 0.5, ERROR, "share of move below its mean")


func test_draws_of_policies_that_learned_on_one_box() -> void:
	for name: String in ["ppo_scores", "sac_hybrid"]:
		var told: Dictionary = _told(name)
		var shares: Dictionary = _drawn(name, told)
		var expected: PackedFloat64Array = [0.0, 0.0, 0.0]
		var jumps: float = 0.0
		var random: RandomNumberGenerator = RandomNumberGenerator.new()
		random.seed = 1
		for draw: int in 40000:
			var scores: PackedFloat64Array = []
			for column: int in [0, 3, 4, 5]:
				scores.append(random.randfn(told["mean"][0][column], told["std"][0][column]))
			jumps += 1.0 / 40000 if scores[0] > 0.0 else 0.0
			var turn: int = 0
			for i: int in 3:
				turn = i if scores[1 + i] > scores[1 + turn] else turn
			expected[turn] += 1.0 / 40000
		check_near(shares["jump"], jumps, ERROR, "%s: jump" % name)
		for i: int in 3:
			check_near(shares["turn"][i], expected[i], ERROR, "%s: turn %d" % [name, i])


## Of two layouts of one width, the file's distribution tells which.
func test_scores_are_not_taken_for_logits() -> void:
	var space: Dictionary = {"move": HYBRID["move"], "turn": HYBRID["turn"]}
	check_equal(RLActionPicker.layout_for(space, 5), RLActionPicker.RLLayout.PLAIN)
	var values: RLActionPicker.RLColumns = RLActionPicker.RLColumns.VALUES
	check_equal(RLActionPicker.layout_for(space, 5, values), RLActionPicker.RLLayout.THRESHOLDED)
	check_equal(RLActionPicker.layout_for(HYBRID, 6), RLActionPicker.RLLayout.THRESHOLDED)
	check_equal(RLActionPicker.layout_for(HYBRID, 7), RLActionPicker.RLLayout.PLAIN)
	# RLlib's seven outputs for these actions are no policy of seven outputs with logits.
	check_equal(RLActionPicker.layout_for(space, 7), RLActionPicker.RLLayout.WITH_LOG_STD)
	check_equal(RLActionPicker.layout_for(space, 7, RLActionPicker.RLColumns.LOGITS), -1)
	check_equal(RLActionPicker.layout_for(BRANCHES, 4), -1, "no Box has choices alone")
	var picker: RLActionPicker = RLActionPicker.new(
		space, RLActionPicker.RLLayout.THRESHOLDED, true
	)
	for i: int in 200:
		check_equal(picker.pick([0, 0, 0.1, 0.3, 0.2], 0)["turn"], 1)
	picker.allowed = [1, 0, 1]
	check_equal(picker.pick([0, 0, 0.1, 0.3, 0.2], 0)["turn"], 2, "the second is forbidden")


func test_a_width_that_cannot_serve_the_actions_is_refused() -> void:
	var lone: Dictionary = {"turn": HYBRID["turn"], "jump": HYBRID["jump"]}
	for space: Dictionary in [lone, MOVE, {"move": HYBRID["move"], "turn": HYBRID["turn"]}]:
		var roster: RLRoster = _roster(_told("ppo_hybrid")["obs"], space)
		var policy: RLOnnxPolicy = _policy("ppo_hybrid")
		check(not policy.take_over(roster.agents, roster), "taken")
		var needed: String = (
			"needs %d" % RLActionPicker.width_of(space, RLActionPicker.RLLayout.PLAIN)
		)
		check(policy.error.contains("gives 7 outputs"), policy.error)
		check(policy.error.contains(needed), policy.error)


func test_a_hybrid_file_of_other_values_draws_nothing() -> void:
	var network: RLPolicyNetwork = RLPolicyNetwork.new(
		ONNXModel.load_file(FOLDER.path_join("ppo_hybrid.onnx"))
	)
	check(network.is_hybrid and network.gaussian_fits(HYBRID), "its own actions")
	check(not network.gaussian_fits(BRANCHES) and not network.gaussian_fits(MOVE), "others")
	network.gaussian_size = 3
	network.add_row(true)
	check(not network.decide(PackedFloat32Array(_told("ppo_hybrid")["obs"][0]), 1), "decided")
	check(network.error.contains("3 an agent are needed"), network.error)


func test_draws_depend_on_the_seed_alone() -> void:
	var runs: Array[String] = []
	for run_seed: int in [4, 4, 5]:
		var roster: RLRoster = _roster(_told("ppo_hybrid")["obs"], HYBRID, run_seed)
		_play("ppo_hybrid", roster, true)
		runs.append(str(roster.agents.map(func(agent: Node) -> Array: return agent.taken)))
	check_equal(runs[0], runs[1])
	check(runs[0] != runs[2], "another seed draws the same")


# Shares of the choices, and of values below their median, over AGENTS draws of one observation.
func _drawn(name: String, told: Dictionary) -> Dictionary:
	var rows: Array = []
	for i: int in AGENTS:
		rows.append(told["obs"][0])
	var roster: RLRoster = _roster(rows, HYBRID)
	_play(name, roster, true)
	var turns: PackedFloat64Array = [0.0, 0.0, 0.0]
	var below: PackedFloat64Array = [0.0, 0.0]
	var jumps: float = 0.0
	for agent: Node in roster.agents:
		var taken: Dictionary = agent.taken[0]
		turns[taken["turn"]] += 1.0 / AGENTS
		jumps += float(taken["jump"]) / AGENTS
		for k: int in 2:
			below[k] += 1.0 / AGENTS if taken["move"][k] < told["mean"][0][k] else 0.0
	return {"turn": turns, "jump": jumps, "below": below}


func _play(name: String, roster: RLRoster, sampled: bool) -> void:
	var policy: RLOnnxPolicy = _policy(name, sampled)
	check(policy.take_over(roster.agents, roster), policy.error)
	policy.decide()
	check_equal(policy.error, "")
