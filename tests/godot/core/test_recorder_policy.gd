extends GodotTestCase
## Recorded play ends up in the file, episode by episode.

const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLRecorderPolicy := preload("res://addons/godot_rl/policies/recorder_policy.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const CONTROLLER: GDScript = preload("res://tests/godot/fixtures/recorded_controller.gd")
const LINES: String = "user://recorder_test.jsonl"
const STOCK: String = "user://recorder_test.json"


func test_two_episodes_are_written() -> void:
	_remove_files()
	var policy: RLRecorderPolicy = _record(LINES, 7)
	check_equal(policy.error, "")
	var lines: PackedStringArray = FileAccess.get_file_as_string(LINES).strip_edges().split("\n")
	check_equal(lines.size(), 2)
	var episode: Dictionary = JSON.parse_string(lines[0])
	check_equal(episode["obs"], [[0.0], [1.0], [2.0], [3.0]])
	check_equal(episode["actions"], [[0.0], [0.1], [0.2]])
	check_equal(episode["rewards"], [0.5, 0.5, 0.5])
	check_equal(episode["truncated"], true)
	_remove_files()


func test_the_stock_format_is_kept_beside() -> void:
	_remove_files()
	_record(STOCK, 4)
	var episodes: Array = JSON.parse_string(FileAccess.get_file_as_string(STOCK))
	check_equal(episodes.size(), 1)
	check_equal(episodes[0][0].size(), episodes[0][1].size() + 1)
	_remove_files()


func test_a_missing_path_is_named() -> void:
	var policy: RLRecorderPolicy = _record("", 0)
	check(policy.error.contains("set expert_demo_save_path"), policy.error)


func _record(path: String, decisions: int) -> RLRecorderPolicy:
	var controller: Node = CONTROLLER.new()
	controller.expert_demo_save_path = path
	controller.reset_after = 3
	var arena: Node = Node.new()
	add_child(arena)
	arena.add_child(controller)
	controller.set_physics_process(false)
	var roster: RLRoster = RLRoster.new()
	roster.collect([arena], RLLaunchOptions.parse(PackedStringArray()))
	roster.begin_all()
	var policy: RLRecorderPolicy = RLRecorderPolicy.new()
	if policy.take_over(roster.agents, roster):
		for i: int in decisions:
			policy.decide()
			controller._physics_process(0.1)
			roster.advance()
		policy.close("")
	return policy


func _remove_files() -> void:
	for path: String in [LINES, STOCK]:
		if FileAccess.file_exists(path):
			DirAccess.remove_absolute(ProjectSettings.globalize_path(path))
