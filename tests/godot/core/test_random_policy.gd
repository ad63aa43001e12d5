extends GodotTestCase
## The raw loop: the right number of decisions, real observations, actions within their space.

const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLRandomPolicy := preload("res://addons/godot_rl/policies/random_policy.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const CONTROLLER: GDScript = preload("res://tests/godot/fixtures/counter_controller.gd")
const REPORT: String = "user://random_policy_test.json"


func test_measures_after_the_warm_up_and_reports() -> void:
	var roster: RLRoster = _roster(3)
	var policy: RLRandomPolicy = RLRandomPolicy.new(20, 7, REPORT, {"scene": "here"})
	check(policy.take_over(roster.agents, roster), policy.error)
	var calls: int = _play(policy, roster, 1000)
	check_equal(policy.error, "")
	check_equal(policy.finished, true)
	check_equal(calls, RLRandomPolicy.WARM_UP_DECISIONS + 20 + 1)
	var report: Dictionary = JSON.parse_string(FileAccess.get_file_as_string(REPORT))
	check_equal(report["agents"], 3.0)
	check_equal(report["decisions"], 20.0)
	check_equal(report["scene"], "here")
	check(report["elapsed_usec"] > 0.0, "no time was measured")
	DirAccess.remove_absolute(ProjectSettings.globalize_path(REPORT))


func test_episodes_end_and_begin_as_with_a_trainer() -> void:
	var roster: RLRoster = _roster(1)
	roster.agents[0].reset_after = 10
	var policy: RLRandomPolicy = RLRandomPolicy.new(1, 7, REPORT, {})
	policy.take_over(roster.agents, roster)
	_play(policy, roster, 35)
	check_equal(roster.agents[0].episode_number, 3)


func test_actions_stay_within_their_space_and_follow_the_seed() -> void:
	var space: Dictionary = {
		"push": {"size": 2, "action_type": "continuous"},
		"jump": {"size": 3, "action_type": "discrete"},
	}
	var first: RLRandomPolicy = RLRandomPolicy.new(1, 7, "", {})
	var second: RLRandomPolicy = RLRandomPolicy.new(1, 7, "", {})
	var jumps: Array[bool] = [false, false, false]
	for i: int in 100:
		var action: Dictionary = first._draw(space)
		check_equal(second._draw(space), action)
		check_equal(action["push"].size(), 2)
		for value: float in action["push"]:
			check(absf(value) <= 1.0, "push is %s" % value)
		jumps[action["jump"]] = true
	check_equal(jumps, [true, true, true] as Array[bool])


func test_a_report_that_cannot_be_written_is_an_error() -> void:
	var roster: RLRoster = _roster(1)
	var policy: RLRandomPolicy = RLRandomPolicy.new(1, 7, "user://no/such/folder/r.json", {})
	policy.take_over(roster.agents, roster)
	_play(policy, roster, 1000)
	check(policy.error.contains("cannot be written"), policy.error)


func _roster(count: int) -> RLRoster:
	var arena: Node = Node.new()
	add_child(arena)
	for i: int in count:
		var controller: Node = CONTROLLER.new()
		arena.add_child(controller)
		controller.set_physics_process(false)
	var roster: RLRoster = RLRoster.new()
	roster.collect([arena], RLLaunchOptions.parse(PackedStringArray()))
	roster.begin_all()
	return roster


# Returns how often the policy was asked until it had finished.
func _play(policy: RLRandomPolicy, roster: RLRoster, limit: int) -> int:
	for calls: int in range(1, limit + 1):
		policy.decide()
		if policy.finished or not policy.error.is_empty():
			return calls
		for controller: Node in roster.agents:
			controller._physics_process(0.1)
		roster.advance()
	return limit
