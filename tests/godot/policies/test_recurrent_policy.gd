extends RLPolicyTestCase
## Recurrent policies in the engine: a row of state for each agent, zeroed at the end of its own
## episode, as Stable-Baselines3 does it (models/recurrent*.json, written by make_models.py).


func test_two_agents_with_episodes_of_different_length() -> void:
	var worst: float = _play_recurrent(_policy("recurrent_continuous"))
	check(worst < TOLERANCE, "the actions differ from SB3's by %s" % worst)


func test_without_forgetting_it_would_differ() -> void:
	var path: String = FOLDER.path_join("recurrent_continuous.onnx")
	var worst: float = _play_recurrent(Unforgetting.new(path))
	check(worst > 100.0 * TOLERANCE, "the test above would not notice: %s" % worst)


func test_a_recurrent_policy_chooses_as_sb3_does() -> void:
	var told: Dictionary = _told("recurrent")
	var roster: RLRoster = _roster(told["steps"][0]["obs"], BRANCHES)
	var policy: RLOnnxPolicy = _policy("recurrent")
	check(policy.take_over(roster.agents, roster), policy.error)
	for step: int in told["steps"].size():
		_step_recurrent(policy, roster, told, step)
		for i: int in 2:
			var row: Array = told["steps"][step]["output"][i]
			var expected: Dictionary = {
				"turn": row.find(row.slice(0, 3).max()), "jump": row.find(row.slice(3).max(), 3) - 3
			}
			check_equal(roster.agents[i].taken[step], expected, "step %d, agent %d" % [step, i])
	check_equal(roster.agents[0].episodes, 10)
	check_equal(roster.agents[1].episodes, 6)


# Largest difference of any action of the continuous recurrent policy from SB3's.
func _play_recurrent(policy: RLOnnxPolicy) -> float:
	var told: Dictionary = _told("recurrent_continuous")
	var roster: RLRoster = _roster(told["steps"][0]["obs"], MOVE)
	if not policy.take_over(roster.agents, roster):
		check(false, policy.error)
		return NAN
	var worst: float = 0.0
	for step: int in told["steps"].size():
		_step_recurrent(policy, roster, told, step)
		for i: int in 2:
			for k: int in 3:
				var wanted: float = told["steps"][step]["output"][i][k]
				worst = maxf(worst, absf(roster.agents[i].taken[step]["move"][k] - wanted))
	return worst


func _step_recurrent(policy: RLOnnxPolicy, roster: RLRoster, told: Dictionary, step: int) -> void:
	var ending: Array[Node] = []
	for i: int in 2:
		roster.agents[i].observation = told["steps"][step]["obs"][i]
		if step > 0 and step % int(told["lengths"][i]) == 0:
			ending.append(roster.agents[i])
	_end_episodes(roster, ending)
	policy.decide()
	check_equal(policy.error, "")
