extends GodotTestCase
## Agents that share a world: nobody observes it half restarted, and a reset is everybody's.

const RLEpisode := preload("res://addons/godot_rl/agents/episode.gd")
const RLHumanPolicy := preload("res://addons/godot_rl/policies/human_policy.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLPolicy := preload("res://addons/godot_rl/policies/policy.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const RLSession := preload("res://addons/godot_rl/session/session.gd")
const RLSettings := preload("res://addons/godot_rl/session/settings.gd")


## Sees where both stand.
class Seer:
	extends AIController3D
	var other: Seer
	var place: float = 0.0
	var coins: Node

	func begin_episode(episode_seed: int) -> void:
		place = episode_seed % 1000
		if coins != null:
			for coin: Node in coins.get_children():
				coin.queue_free()
			coins.add_child(Node3D.new())

	func get_obs() -> Dictionary:
		var count: int = 0 if coins == null else coins.get_child_count()
		return {"obs": [place, other.place, float(count)]}

	func get_action_space() -> Dictionary:
		return {"push": {"size": 1, "action_type": "continuous"}}

	@warning_ignore("untyped_declaration")
	func set_action(action) -> void:
		place += action["push"][0]


## Remembers what its agents saw.
class Watching:
	extends RLPolicy
	var seen: Array[Dictionary] = []
	var resets_at: int = -1

	func decide() -> Next:
		if resets_at == seen.size():
			resets_at = -1
			roster.begin_again(roster.agents, 77)
			_batch = null
			prepare()
		var batch: RLStepBatch = _take_batch()
		for i: int in agents.size():
			seen.append(batch.observations[i])
			_set_action(i, {"push": [0.5]})
		return Next.RUN


var _session: RLSession
var _seers: Array[Seer] = []


func test_both_begin_before_either_observes_with_one_policy() -> void:
	var policy: Watching = Watching.new()
	_build([[0, 1]], [policy])
	_check_first_observations([policy])


func test_both_begin_before_either_observes_across_policies() -> void:
	var policies: Array[Watching] = [Watching.new(), Watching.new()]
	_build([[0], [1]], policies)
	_check_first_observations(policies)


func test_a_reset_resets_the_opponent_too() -> void:
	var first: Watching = Watching.new()
	var second: Watching = Watching.new()
	_build([[0], [1]], [first, second])
	first.resets_at = 3
	_session._decide()
	for tick: int in 5:
		_session._advance()
	var started: Array = [_start_of(0, 77), _start_of(1, 77)]
	check_equal(first.seen[3]["obs"].slice(0, 2), started)
	var wanted: Array = [started[1], started[0] + 0.5]
	var found: bool = false
	for seen: Dictionary in second.seen:
		found = found or seen["obs"].slice(0, 2) == wanted
	check(found, "the opponent saw no start: %s" % [second.seen])


func test_what_is_queued_for_deletion_is_not_observed() -> void:
	var policy: Watching = Watching.new()
	_build([[0, 1]], [policy])
	_session._decide()
	policy.seen.clear()
	for i: int in 5:
		_seers[0].coins.add_child(Node3D.new())
	_seers[0].terminated = true
	_session._undecided = [policy]
	_session.roster.advance()
	_session._decide()
	check_equal(policy.seen[0]["obs"][2], 1.0, "the five old coins are gone, one is new")


func test_who_began_is_forgotten_also_where_nobody_observes() -> void:
	var policy: RLHumanPolicy = RLHumanPolicy.new()
	_build([[0, 1]], [policy])
	for i: int in 10:
		_seers[0].terminated = true
		_session._advance()
	check_equal(_session.roster.begun.size(), 0)


# Ends both episodes at once and compares what is observed then with where both begin.
func _check_first_observations(policies: Array[Watching]) -> void:
	_session._decide()
	_session._advance()
	for seer: Seer in _seers:
		seer.terminated = true
	for policy: Watching in policies:
		policy.seen.clear()
	_session._advance()
	var places: Array[float] = [_seers[0].place - 0.5, _seers[1].place - 0.5]
	var seen: Array[Dictionary] = []
	for policy: Watching in policies:
		seen.append_array(policy.seen)
	check_equal(seen.size(), 2)
	for seer: Seer in _seers:
		check_equal(seer.rl_episode.index() > 1, true)
	check_equal(seen[0]["obs"][0], places[0])
	check_equal(seen[1]["obs"][0], places[1])
	# The second of one policy sees the first after its action only where they share no decision.
	check_equal(seen[0]["obs"][1], places[1])


func _start_of(agent: int, run_seed: int) -> float:
	var episode: RLEpisode = RLEpisode.new(_seers[agent])
	episode.agent_index = agent
	episode.agent_total = 2
	episode.renumber(run_seed)
	episode.numbering._count = 0
	return float(episode.episode_seed() % 1000)


func _build(groups: Array, policies: Array) -> void:
	_seers = [Seer.new(), Seer.new()]
	_seers[0].other = _seers[1]
	_seers[1].other = _seers[0]
	var arena: Node = Node.new()
	_seers[0].coins = Node.new()
	arena.add_child(_seers[0].coins)
	for seer: Seer in _seers:
		arena.add_child(seer)
	add_child(arena)
	_session = RLSession.new(get_tree(), RLLaunchOptions.new(), RLSettings.new())
	_session.roster.collect([arena], RLLaunchOptions.parse([]))
	_session.roster.begin_all()
	for i: int in policies.size():
		var policy: RLPolicy = policies[i]
		var members: Array[Node] = []
		for number: int in groups[i]:
			members.append(_seers[number])
		check(policy.take_over(members, _session.roster), policy.error)
		policy.action_repeat = 1
		_session._policies.append(policy)
	_session._undecided.assign(policies)
