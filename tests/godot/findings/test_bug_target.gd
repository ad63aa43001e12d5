extends GodotTestCase
## BugTarget: what it takes for a target, when that appears, and what it pays in any scene.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLArena := preload("res://addons/godot_rl/arenas/arena.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")
const RLTargetNodes := preload("res://addons/godot_rl/findings/target_nodes.gd")
const RLTargetSources := preload("res://addons/godot_rl/findings/targets/target_sources.gd")

var arena_root: Node3D
var agent: AIController3D
var target: BugTarget


func _exit_tree() -> void:
	RLParameters.shared().arenas = []


func test_wrong_targets_are_told_with_what_is_expected() -> void:
	for text: String in ["", "stuck", "finding:", "bug:stuck", ":x"]:
		check(RLTargetSources.problem_of(text).contains("log:REGEX"), "'%s' is taken" % text)
	check(RLTargetSources.problem_of("log:[").contains("regular expression"), "a bad expression")
	for text: String in ["finding:stuck", "log:pool .* empty", "state:1 > 2", "warning:slow"]:
		check_equal(RLTargetSources.problem_of(text), "", text)


func test_a_state_appears_in_the_tick_in_which_it_holds() -> void:
	_build("state:position.x > 2.0")
	await wait_physics(2)
	check(not target.has_appeared, "it appeared too early")
	arena_root.position.x = 3.0
	await wait_physics(2)
	check(target.has_appeared, "it did not appear")
	check(agent.terminated, "the episode goes on")
	check_near(agent.reward, 100.0, 1e-6, "reward")
	check_equal(agent.rl_episode.findings.all[0]["kind"], "target_bug", "finding")
	check_equal(agent.rl_episode.findings.all[0]["message"], "state:position.x > 2.0", "message")


func test_a_finding_of_its_kind_counts_and_no_other() -> void:
	_build("finding:stuck")
	RLFindings.report(arena_root, "tunnelling", "through a wall")
	await wait_physics(2)
	check(not target.has_appeared, "another kind")
	RLFindings.report(arena_root, "stuck", "cannot leave")
	await wait_physics(2)
	check(target.has_appeared, "it did not appear")


func test_a_line_of_the_log_counts_from_the_episodes_start_on() -> void:
	print("bug target test: the pool is empty")
	_build("log:pool .* empty")
	await wait_physics(2)
	check(not target.has_appeared, "a line of before")
	print("bug target test: the pool is empty")
	await wait_physics(2)
	check(target.has_appeared, "it did not appear")


func test_a_warning_of_the_monitor_counts() -> void:
	_build("warning:slow_chunk")
	await wait_physics(2)
	RLPerformanceMonitor.current().add_warning("memory", "2 GB")
	await wait_physics(2)
	check(not target.has_appeared, "another kind")
	RLPerformanceMonitor.current().add_warning("slow_chunk", "7 ms")
	await wait_physics(2)
	check(target.has_appeared, "it did not appear")


func test_the_next_episode_waits_for_it_anew() -> void:
	_build("state:position.x > 2.0")
	arena_root.position.x = 3.0
	await wait_physics(2)
	arena_root.position.x = 0.0
	agent.rl_episode.serial += 1
	agent.done = false
	await wait_physics(2)
	check(not target.has_appeared, "still the last episode's")
	check(not agent.done, "the episode ended")


func test_a_hint_is_paid_once_a_decision_up_to_its_limit() -> void:
	_build("state:false")
	target.hint = "position.x > 0.5"
	target.hint_limit = 3.0
	arena_root.position.x = 1.0
	await wait_physics(3)
	check_near(agent.reward, 0.0, 1e-6, "no decision, no reward")
	for i: int in 6:
		agent.rl_episode.decisions += 1
		await wait_physics(3)
	check_near(agent.reward, 3.0, 1e-6, "reward of the hint")


func test_an_expression_that_cannot_be_computed_is_told_once_and_never_appears() -> void:
	expect_error("no_such_thing")
	_build("state:no_such_thing > 2.0")
	await wait_physics(4)
	check(not target.has_appeared, "it appeared")


func test_launch_options_put_one_into_every_arena() -> void:
	var options: RLLaunchOptions = RLLaunchOptions.parse(
		["--rl.target_bug=finding:stuck", "--rl.target_hint=1 > 0", "--rl.target_reward=5"]
	)
	check_equal(options.error, "", "options")
	var roots: Array[Node] = [Node3D.new(), Node3D.new()]
	for root: Node in roots:
		add_child(root)
	check_equal(RLTargetNodes.add(roots, options), "", "adding")
	for root: Node in roots:
		var made: BugTarget = root.get_node("BugTarget_rl")
		check_equal(made.target, "finding:stuck", "target")
		check_near(made.reward_found, 5.0, 1e-6, "reward")
	options.target_bug = "log:x"
	check(RLTargetNodes.add(roots, options).contains("--arenas=1"), "a log of several arenas")


func _build(text: String) -> void:
	arena_root = Node3D.new()
	agent = AIController3D.new()
	arena_root.add_child(agent)
	target = BugTarget.new()
	target.target = text
	arena_root.add_child(target)
	add_child(arena_root)
	var arena: RLArena = RLArena.new()
	arena.root = arena_root
	arena.agents = [agent]
	RLParameters.shared().arenas = [arena]
