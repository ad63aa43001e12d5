extends GodotTestCase
## Sync's clocks: every policy decides at its own interval, and a game that pauses itself stays
## paused.

const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLPolicy := preload("res://addons/godot_rl/policies/policy.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const RLRunExtras := preload("res://addons/godot_rl/session/run_extras.gd")
const RLSession := preload("res://addons/godot_rl/session/session.gd")
const RLSettings := preload("res://addons/godot_rl/session/settings.gd")


## Decides as it is told, and remembers in which ticks it was asked.
class Scripted:
	extends RLPolicy

	var asked: Array[int] = []
	var answers: Array[RLNext] = []

	func _init(ticks_per_decision: int) -> void:
		action_repeat = ticks_per_decision
		roster = RLRoster.new()

	func decide() -> RLNext:
		asked.append(roster.tick)
		return RLNext.RUN if answers.is_empty() else answers.pop_front()


var _session: RLSession


func test_every_policy_has_its_own_interval() -> void:
	var slow: Scripted = Scripted.new(9)
	var fast: Scripted = Scripted.new(3)
	_drive([slow, fast])
	_tick(20)
	check_equal(slow.asked, [0, 9, 18] as Array[int])
	check_equal(fast.asked, [0, 3, 6, 9, 12, 15, 18] as Array[int])


func test_a_policy_that_waits_holds_the_world_and_is_asked_again() -> void:
	var remote: Scripted = Scripted.new(4)
	var other: Scripted = Scripted.new(1)
	remote.answers = [RLPolicy.RLNext.RUN, RLPolicy.RLNext.WAIT, RLPolicy.RLNext.WAIT]
	_drive([remote, other])
	_tick(4)
	check_equal(get_tree().paused, true)
	_tick(1)
	check_equal(get_tree().paused, true)
	check_equal(other.asked, [0, 1, 2, 3, 4] as Array[int])
	_tick(1)
	check_equal(get_tree().paused, false)
	check_equal(remote.asked, [0, 4, 4, 4] as Array[int])
	_tick(4)
	check_equal(remote.asked, [0, 4, 4, 4, 8] as Array[int])
	check_equal(other.asked, [0, 1, 2, 3, 4, 5, 6, 7, 8] as Array[int])


func test_one_tick_may_pass_and_the_policy_is_asked_again() -> void:
	var policy: Scripted = Scripted.new(5)
	policy.answers = [RLPolicy.RLNext.TICK, RLPolicy.RLNext.TICK]
	_drive([policy])
	_tick(8)
	check_equal(policy.asked, [0, 1, 2, 7] as Array[int])


func test_a_game_that_pauses_itself_stays_paused_and_loses_no_tick() -> void:
	var policy: Scripted = Scripted.new(3)
	_drive([policy])
	_tick(2)
	get_tree().paused = true
	_tick(10)
	check_equal(get_tree().paused, true)
	check_equal(policy.asked, [0] as Array[int])
	get_tree().paused = false
	_tick(1)
	check_equal(policy.asked, [0, 3] as Array[int])


func test_where_no_player_is_a_pause_is_overruled() -> void:
	var policy: Scripted = Scripted.new(3)
	policy.overrules_pause = true
	_drive([policy])
	_tick(1)
	get_tree().paused = true
	_tick(2)
	check_equal(get_tree().paused, false)
	check_equal(policy.asked, [0, 3] as Array[int])


func test_settings_of_a_node_in_the_scene_are_taken_over() -> void:
	var sync: Sync = Sync.new()
	var node: Sync = Sync.new()
	node.action_repeat = 5
	node.onnx_action_repeat = 2
	sync.take_settings(node)
	check_equal(_settings_of(sync, []), [5, 2])
	check_equal(_settings_of(sync, ["--rl.action_repeat=7"]), [7, 7])
	check_equal(_settings_of(sync, ["--rl.action_repeat=7", "--rl.onnx_action_repeat=3"]), [7, 3])
	node.free()
	sync.free()


func _settings_of(sync: Sync, arguments: PackedStringArray) -> Array:
	var settings: RLSettings = RLSettings.new()
	sync._options = RLLaunchOptions.parse(arguments)
	sync._fill_in(settings)
	return [settings.action_repeat, settings.onnx_action_repeat]


func test_only_agents_that_decide_together_can_be_recorded() -> void:
	var options: RLLaunchOptions = RLLaunchOptions.parse(["--rl.record=user://never_made"])
	var extras: RLRunExtras = RLRunExtras.new(options, RLRoster.new())
	var policies: Array[RLPolicy] = [Scripted.new(9), Scripted.new(3)]
	var roots: Array[Node] = [self]
	var problem: String = extras.record(policies, roots, {})
	check(problem.contains("decide at one interval; these do every 9 and 3 ticks"), problem)
	check_equal(extras.flight, null)


# Puts policies into a session that is driven by hand, and lets them decide for the first time.
func _drive(policies: Array[RLPolicy]) -> void:
	_session = RLSession.new(get_tree(), RLLaunchOptions.new(), RLSettings.new())
	for policy: RLPolicy in policies:
		policy.roster = _session.roster
	_session._policies = policies
	_session._undecided = policies.duplicate()
	_session._decide()


func _tick(count: int) -> void:
	for i: int in count:
		_session._advance()
