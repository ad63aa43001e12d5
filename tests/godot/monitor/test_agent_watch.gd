extends GodotTestCase
## What RLAgentWatch knows of an agent, told decision by decision and reward by reward.

const MonitorScene := preload("res://tests/godot/monitor/monitor_scene.gd")
const RLAgentWatch := preload("res://addons/godot_rl/monitor/agent_watch.gd")

var _sync: MonitorScene.ToldSync
var _agent: MonitorScene.ToldAgent


func _look(agent: MonitorScene.ToldAgent = MonitorScene.ToldAgent.new()) -> RLAgentWatch:
	_sync = MonitorScene.make(self, 0)
	_agent = MonitorScene.add_agent(_sync, agent, "Robot")
	var watch: RLAgentWatch = RLAgentWatch.open(_agent, _sync.policy)
	watch._observations.cheap_usec = 3600000000  # a busy machine makes every read a long one
	return watch


func _decide(watch: RLAgentWatch) -> void:
	watch.decided({"move": [0.5, -1.0], "jump": 2}, _sync.policy)


func _begin_next() -> void:
	_agent.rl_episode.begin_next()


# The share of each term in transition [param at] (-1: the last), without the zeros.
func _row(shown: Dictionary, at: int = -1) -> Dictionary:
	var terms: PackedStringArray = shown["terms"]
	var rows: PackedFloat32Array = shown["term_rows"]
	var first: int = posmod(at, (shown["term_ends"] as PackedByteArray).size()) * terms.size()
	var told: Dictionary = {}
	for k: int in terms.size():
		if rows[first + k] != 0.0:
			told[terms[k]] = rows[first + k]
	return told


func test_episode_policy_and_action() -> void:
	var watch: RLAgentWatch = _look()
	_sync.policy.value = 1.5
	_agent.rl_episode.renumber(7)
	_begin_next()
	_agent.rl_episode.decisions = 20
	_decide(watch)
	var shown: Dictionary = watch.snapshot()
	check(str(shown["name"]).ends_with("/Robot"), "name %s" % shown["name"])
	check_equal(shown["policy"], "told", "policy")
	check_equal(shown["rate"], 10.0, "decisions a second: every 6 of 60 ticks")
	check_equal(shown["repeat"], 6, "ticks a decision")
	check_equal(shown["value"], 1.5, "value")
	check_equal(shown["episode"], 0, "episode")
	check_equal(shown["seed"], _agent.rl_episode.episode_seed(), "seed")
	check_equal(shown["decisions"], 20, "decisions")
	check_near(shown["seconds"], 2.0, 1e-6, "seconds")
	var actions: Array = shown["actions"]
	check_equal(actions[0]["name"], "move", "first action")
	check_equal(actions[0]["values"], PackedFloat32Array([0.5, -1.0]), "its values")
	check_equal(actions[0]["choices"], 0, "continuous")
	check_equal(actions[1]["values"], PackedFloat32Array([2.0]), "chosen")
	check_equal(actions[1]["choices"], 3, "choices")


func test_observation_with_names_and_ranges() -> void:
	var watch: RLAgentWatch = _look()
	for value: float in [0.5, -2.0, NAN, INF, 1.0]:
		_agent.values = [value, 3]
		_decide(watch)
	var shown: Dictionary = watch.snapshot()
	check_equal(shown["obs_names"], PackedStringArray(["speed", "obs[1]"]), "names")
	check_equal(shown["obs"], PackedFloat32Array([1.0, 3.0]), "values")
	check_equal(shown["obs_low"], PackedFloat32Array([-2.0, 3.0]), "least")
	check_equal(shown["obs_high"], PackedFloat32Array([1.0, 3.0]), "greatest")
	_agent.values = [0.1, "no number", 0.3]
	_decide(watch)
	shown = watch.snapshot()
	check_equal((shown["obs"] as PackedFloat32Array).size(), 3, "another size")
	check(is_nan(shown["obs"][1]), "what is no number")
	check_equal(shown["obs_low"][0], shown["obs"][0], "its range begins anew")


func test_reward_terms_are_shares_of_each_decision() -> void:
	var watch: RLAgentWatch = _look()
	watch.rewarded(0.5, false, {"reward_terms": {"progress": 0.75, "time": -0.25}})
	check_equal(_row(watch.snapshot()), {"progress": 0.75, "time": -0.25}, "first")
	watch.rewarded(1.0, false, {"reward_terms": {"progress": 0.75, "time": -0.5, "coin": 1.25}})
	check_equal(_row(watch.snapshot()), {"time": -0.25, "coin": 1.25}, "second, with a new term")
	watch.rewarded(2.0, true, {"reward_terms": {"progress": 1.75, "time": -0.5, "coin": 1.25}})
	var shown: Dictionary = watch.snapshot()
	check_equal(_row(shown), {"progress": 1.0, "other": 1.0}, "what the terms leave unexplained")
	check_equal(shown["term_ends"], PackedByteArray([0, 0, 1]), "ends")
	_begin_next()
	_decide(watch)
	watch.rewarded(0.5, false, {"reward_terms": {"progress": 0.5, "time": 0.0, "coin": 0.0}})
	shown = watch.snapshot()
	check_equal(_row(shown), {"progress": 0.5}, "sums begin anew with the episode")
	check_equal(shown["term_sums"][0], 0.5, "sum of this episode")


func test_without_terms_the_reward_is_one() -> void:
	var watch: RLAgentWatch = _look()
	watch.rewarded(0.5, false, {})
	watch.rewarded(-0.25, true, {})
	check_equal(_row(watch.snapshot(), 0), {"reward": 0.5}, "first")
	check_equal(_row(watch.snapshot()), {"reward": -0.25}, "second")


func test_terms_that_are_told_at_the_end_only() -> void:
	var watch: RLAgentWatch = _look()
	watch.rewarded(0.5, false, {})
	watch.rewarded(1.0, true, {"reward_terms": {"progress": 1.5}})
	var shown: Dictionary = watch.snapshot()
	check_equal(_row(shown), {"reward": 1.0}, "no share of the last decision alone")
	check_equal(shown["last_terms"], PackedStringArray(["progress"]), "of the last episode")
	check_equal(shown["last_sums"], PackedFloat32Array([1.5]), "their sums")


func test_terms_are_asked_for_where_the_info_holds_none() -> void:
	var agent: MonitorScene.AskedAgent = MonitorScene.AskedAgent.new()
	agent.terms = {"progress": 4.0}
	var watch: RLAgentWatch = _look(agent)
	agent.terms = {"progress": 4.5}
	watch.rewarded(0.75, false, {})  # 0.25 of it was earned before the look
	check_equal(_row(watch.snapshot()), {"progress": 0.5}, "since the look began")
	agent.terms = {"progress": 0.0}  # the game has begun the next episode
	watch.rewarded(1.0, true, {"reward_terms": {"progress": 5.5}})
	check_equal(_row(watch.snapshot()), {"progress": 1.0}, "of the end")


func test_totals() -> void:
	var watch: RLAgentWatch = _look()
	check(is_nan(watch.snapshot()["mean_return"]), "no mean before an end")
	_agent.rl_episode.total_reward = 10.0
	watch.close()
	watch = RLAgentWatch.open(_agent, _sync.policy)  # in the middle of an episode
	watch.rewarded(1.0, true, {"is_success": true})
	_begin_next()
	_decide(watch)
	watch.rewarded(3.0, true, {"is_success": false})
	var shown: Dictionary = watch.snapshot()
	check_equal(shown["episodes"], 2, "episodes")
	check_near(shown["mean_return"], 7.0, 1e-6, "mean of 11 and 3")
	check_near(shown["success"], 0.5, 1e-6, "success")
	for i: int in RLAgentWatch.EPISODES:
		watch.rewarded(0.0, true, {})
	shown = watch.snapshot()
	check_equal(shown["mean_of"], RLAgentWatch.EPISODES, "returns kept")
	check((shown["term_ends"] as PackedByteArray).size() <= 240, "transitions kept")


func test_a_reset_without_an_end_begins_anew() -> void:
	var watch: RLAgentWatch = _look()
	watch.rewarded(5.0, false, {})
	_begin_next()
	_decide(watch)
	check_equal(watch.snapshot()["return"], 0.0, "return")
	check_equal(watch.snapshot()["episodes"], 0, "episodes ended")


func test_the_player_is_observed_when_shown() -> void:
	var watch: RLAgentWatch = _look()
	watch.rewarded(1.0, true, {})
	_begin_next()
	_agent.rl_episode.total_reward = 2.0
	watch.rewarded(2.0, false, {})  # no decision is told between
	var shown: Dictionary = watch.snapshot()
	check_equal((shown["obs"] as PackedFloat32Array).size(), 2, "observation")
	check_equal(shown["return"], 2.0, "return of the new episode")
	check_equal(_agent.reads, 1, "reads")
	watch.snapshot()
	check_equal(_agent.reads, 1, "reads without news")


func test_looks_are_shared_and_end() -> void:
	var watch: RLAgentWatch = _look()
	check_equal(_agent.rl_episode.watch, watch, "the agent's watch")
	check_equal(RLAgentWatch.open(_agent, null), watch, "the second look")
	watch.close()
	check_equal(_agent.rl_episode.watch, watch, "one still looks")
	watch.close()
	check(_agent.rl_episode.watch == null, "nobody looks")


func test_a_freed_agent_shows_nothing() -> void:
	var watch: RLAgentWatch = _look()
	_agent.free()
	check_equal(watch.snapshot(), {}, "snapshot")
	watch.close()


func test_a_snapshot_can_be_sent_and_stays() -> void:
	var watch: RLAgentWatch = _look()
	_decide(watch)
	watch.rewarded(1.0, false, {"reward_terms": {"a": 1.0}})
	var shown: Dictionary = watch.snapshot()
	shown["value"] = 0.0  # NAN equals nothing
	shown["mean_return"] = 0.0
	shown["success"] = 0.0
	var sent: Dictionary = bytes_to_var(var_to_bytes(shown))
	check_equal(sent, shown, "what arrives")
	watch.rewarded(1.0, true, {"reward_terms": {"a": 1.0, "b": 1.0}})
	_agent.values = [9.0]
	_decide(watch)
	check_equal(sent, shown, "an older snapshot")


func test_an_observation_that_takes_long_is_read_less_often() -> void:
	var watch: RLAgentWatch = _look()
	_decide(watch)
	_decide(watch)
	check_equal(_agent.reads, 2, "cheap reads")
	watch._observations._next_read_usec = Time.get_ticks_usec() + 3600000000
	_decide(watch)
	check_equal(_agent.reads, 2, "none in the pause after a dear one")
