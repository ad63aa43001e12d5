extends GodotTestCase
## The order in which a trainer's agents are numbered, and what is refused.

const RLAgentGroups := preload("res://addons/godot_rl/policies/remote/agent_groups.gd")
const UNLIKE: PackedScene = preload("res://tests/godot/fixtures/unlike_arena.tscn")
const CHOOSER: GDScript = preload("res://tests/godot/fixtures/chooser_controller.gd")
const COUNTER: GDScript = preload("res://tests/godot/fixtures/counter_controller.gd")


func test_layout_by_layout_group_by_group_arena_by_arena() -> void:
	var members: Array[Node] = []
	for arena: int in 2:
		for name: String in ["red", "chooser", "blue", "red"]:
			members.append(_agent(name, arena))
	var groups: RLAgentGroups = RLAgentGroups.of(members)
	check_equal(groups.error, "")
	var rows: Array[Node] = []
	for i: int in [0, 3, 4, 7, 2, 6, 1, 5]:
		rows.append(members[i])
	check_equal(groups.rows, rows)
	check_equal(groups.layout_counts, PackedInt32Array([6, 2]))
	check_equal(
		groups.describe(),
		(
			[
				{"name": "red", "first": 0, "count": 4, "layout": 0},
				{"name": "blue", "first": 4, "count": 2, "layout": 0},
				{"name": "chooser", "first": 6, "count": 2, "layout": 1},
			]
			as Array[Dictionary]
		)
	)
	check_equal(groups.of_row(5).name, "blue")
	check_equal(groups.find("green"), null)


func test_one_name_for_unlike_agents_is_refused() -> void:
	var members: Array[Node] = [_agent("red", 0), _agent("chooser", 0)]
	members[1].policy_name = "red"
	var problem: String = RLAgentGroups.of(members).error
	check(problem.contains("have the policy_name 'red' and unlike observation spaces"), problem)
	check(problem.contains("give unlike ones policy names of their own"), problem)
	check(not problem.contains("\n"), problem)


func test_a_wrong_action_space_is_named() -> void:
	expect_error("must override get_obs()")
	expect_error("must override get_action_space()")
	var agent: Node = _agent("red", 0)
	agent.set_script(load("res://tests/godot/fixtures/empty_controller.gd"))
	var problem: String = RLAgentGroups.of([agent]).error
	check(problem.ends_with("the action space is empty"), problem)


func test_seats_are_the_last_of_their_arena() -> void:
	var members: Array[Node] = [_agent("red", 0), _agent("red", 1)]
	var groups: RLAgentGroups = RLAgentGroups.of(members)
	var seat: Node = _agent("red", 0)
	groups.add_seat(groups.find("red"), seat)
	groups.number()
	check_equal(groups.rows, [members[0], seat, members[1]] as Array[Node])


func _agent(name: String, arena: int) -> Node:
	var agent: Node = (CHOOSER if name == "chooser" else COUNTER).new()
	agent.policy_name = name
	agent.arena_index = arena
	agent.set_physics_process(false)
	add_child(agent)
	return agent
