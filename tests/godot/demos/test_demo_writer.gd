extends GodotTestCase
## RLDemoWriter: the lines it writes, what it refuses, and what survives a cut-off write.

const RLDemoWriter := preload("res://addons/godot_rl/demos/demo_writer.gd")
const PATH: String = "user://test_demos.jsonl"
const STOCK_PATH: String = "user://test_demos_stock.json"


func _enter_tree() -> void:
	_clean()


func _exit_tree() -> void:
	_clean()


func _clean() -> void:
	for path: String in [PATH, STOCK_PATH]:
		if FileAccess.file_exists(path):
			DirAccess.remove_absolute(path)


func _opened() -> RLDemoWriter:
	var writer: RLDemoWriter = RLDemoWriter.new()
	check(writer.open(PATH), "opens: " + writer.error)
	return writer


func _play(writer: RLDemoWriter, first: float, steps: int = 2) -> void:
	for t: int in steps:
		check(writer.add_step([first + t, 0.5], [0.25, 1], 0.1 * t), "step: " + writer.error)
	check(writer.end_episode([first + steps, 0.5], true, false), "end: " + writer.error)


func _lines() -> PackedStringArray:
	return FileAccess.get_file_as_string(PATH).split("\n", false)


func test_an_episode_is_one_line() -> void:
	var writer: RLDemoWriter = _opened()
	check(writer.add_step([0.1, -2.0], [0.5, 1], 1.0 / 3.0), writer.error)
	check(writer.add_step([0.2, 1e-9], [-0.5, 0], -1.0), writer.error)
	check_equal(writer.step_count(), 2, "steps under way")
	check(writer.end_episode([0.3, 7.0], false, true, {"is_success": true}), writer.error)
	check_equal(writer.step_count(), 0, "steps after the end")
	# Read while the writer is open: what ended is on the disk.
	var lines: PackedStringArray = _lines()
	check_equal(lines.size(), 1, "lines")
	var episode: Dictionary = JSON.parse_string(lines[0])
	check_equal(episode["obs"], [[0.1, -2.0], [0.2, 1e-9], [0.3, 7.0]], "obs")
	check_equal(episode["actions"], [[0.5, 1.0], [-0.5, 0.0]], "actions")
	check_equal(episode["rewards"], [1.0 / 3.0, -1.0], "rewards, all digits")
	check_equal(episode["terminated"], false, "terminated")
	check_equal(episode["truncated"], true, "truncated")
	check_equal(episode["info"], {"is_success": true}, "info")
	check_equal(episode.size(), 6, "keys")


func test_a_second_run_appends() -> void:
	var writer: RLDemoWriter = _opened()
	_play(writer, 1.0)
	writer.close()
	writer.close()
	writer = _opened()
	check_equal(writer.episode_count(), 1, "episodes found")
	_play(writer, 5.0)
	check_equal(writer.episode_count(), 2, "episodes")
	check_equal(JSON.parse_string(_lines()[0])["obs"][0], [1.0, 0.5], "first")
	check_equal(JSON.parse_string(_lines()[1])["obs"][0], [5.0, 0.5], "second")


func test_the_last_episode_can_be_removed() -> void:
	var writer: RLDemoWriter = _opened()
	_play(writer, 1.0)
	writer.close()
	writer = _opened()
	_play(writer, 2.0, 30)
	_play(writer, 3.0)
	check(writer.remove_last_episode(), writer.error)
	check(writer.remove_last_episode(), writer.error)
	check_equal(_lines().size(), 1, "lines left")
	_play(writer, 4.0)
	check_equal(JSON.parse_string(_lines()[1])["obs"][0], [4.0, 0.5], "written after a removal")
	check(writer.remove_last_episode(), writer.error)
	check(writer.remove_last_episode(), "one of an earlier run: " + writer.error)
	check(not writer.remove_last_episode(), "none left")
	check(writer.error.contains("holds no episode to remove"), writer.error)
	check_equal(_lines().size(), 0, "lines at the end")


func test_removing_leaves_the_episode_under_way() -> void:
	var writer: RLDemoWriter = _opened()
	_play(writer, 1.0)
	writer.add_step([9.0, 9.0], [0, 0], 0.0)
	writer.remove_last_episode()
	check(writer.end_episode([8.0, 8.0], true, false), writer.error)
	check_equal(JSON.parse_string(_lines()[0])["obs"], [[9.0, 9.0], [8.0, 8.0]], "obs")


func test_a_discarded_episode_is_not_written() -> void:
	var writer: RLDemoWriter = _opened()
	writer.add_step([9.0, 9.0], [0, 0], 0.0)
	writer.discard_episode()
	_play(writer, 1.0)
	check_equal(_lines().size(), 1, "lines")
	check_equal(JSON.parse_string(_lines()[0])["obs"].size(), 3, "observations")


func test_a_write_that_was_cut_off_is_removed() -> void:
	var writer: RLDemoWriter = _opened()
	_play(writer, 1.0)
	writer.close()
	var file: FileAccess = FileAccess.open(PATH, FileAccess.READ_WRITE)
	file.seek_end()
	file.store_string('{"obs": [[1.0')
	file.close()
	writer = _opened()
	check_equal(writer.episode_count(), 1, "episodes")
	_play(writer, 2.0)
	check_equal(_lines().size(), 2, "lines")
	check_equal(JSON.parse_string(_lines()[1])["obs"][0], [2.0, 0.5], "next episode")


func test_values_that_are_no_numbers_are_refused() -> void:
	var writer: RLDemoWriter = _opened()
	check(not writer.add_step([0.0, NAN], [0.0], 0.0), "NaN in an observation")
	check(writer.error.contains("step 0: observation[1] is nan"), writer.error)
	check(not writer.add_step([0.0, 0.0], [INF], 0.0), "INF in an action")
	check(writer.error.contains("step 0: action[0] is inf"), writer.error)
	check(not writer.add_step([0.0, 0.0], [0.0], NAN), "NaN reward")
	check(writer.error.contains("the reward is nan"), writer.error)
	check(not writer.add_step([0.0, Vector2.ZERO], [0.0], 0.0), "a vector")
	check(writer.error.contains("observation[1] is a Vector2"), writer.error)
	check_equal(writer.step_count(), 0, "steps")
	check(writer.add_step([0.0, 0.0], [0.0], 0.0), "good step: " + writer.error)
	check(not writer.end_episode([NAN, 0.0], true, false), "NaN at the end")
	check(writer.error.contains("final observation[0] is nan"), writer.error)
	for info: Dictionary in [
		{"t": NAN}, {"a": [{"b": INF}]}, {1: 2}, {"p": [[NAN] as Array[float]]}
	]:
		check(not writer.end_episode([0.0, 0.0], true, false, info), "info %s" % info)
		check(writer.error.contains("the info holds what JSON cannot"), writer.error)
	check_equal(_lines().size(), 0, "lines")
	check(writer.end_episode([1.0, 0.0], true, false), "ended again: " + writer.error)


func test_sizes_that_change_are_refused() -> void:
	var writer: RLDemoWriter = _opened()
	writer.add_step([0.0, 0.0], [0.0], 0.0)
	check(not writer.add_step([0.0], [0.0], 0.0), "observation")
	var reason: String = "step 1: the observation has 1 values, the first one had 2"
	check(writer.error.contains(reason), writer.error)
	check(not writer.add_step([0.0, 0.0], [0.0, 1], 0.0), "action")
	check(writer.error.contains("the action has 2 values, the first one had 1"), writer.error)
	check(not writer.end_episode([0.0, 0.0, 0.0], true, false), "final observation")
	check(writer.error.contains("the final observation has 3 values"), writer.error)


func test_wrong_use_is_told() -> void:
	var writer: RLDemoWriter = RLDemoWriter.new()
	check(not writer.end_episode([], true, false), "not open")
	check(writer.error.contains("is not open"), writer.error)
	check(not writer.remove_last_episode(), "not open")
	check(not writer.open("user://no_such_folder/demos.jsonl"), "no folder")
	check(writer.error.contains("no_such_folder/demos.jsonl: cannot be opened"), writer.error)
	check(writer.open(PATH), writer.error)
	check(not writer.end_episode([], true, false), "no step")
	check(writer.error.contains("an episode without a step is not written"), writer.error)


func test_export_to_the_stock_format() -> void:
	var writer: RLDemoWriter = _opened()
	_play(writer, 1.0, 1)
	_play(writer, 5.0, 2)
	check_equal(RLDemoWriter.export_stock(PATH, STOCK_PATH), "", "export")
	var expected: Array = [
		[[[1.0, 0.5], [2.0, 0.5]], [[0.25, 1.0]]],
		[[[5.0, 0.5], [6.0, 0.5], [7.0, 0.5]], [[0.25, 1.0], [0.25, 1.0]]],
	]
	check_equal(JSON.parse_string(FileAccess.get_file_as_string(STOCK_PATH)), expected, "content")


func test_export_of_what_is_no_demonstration() -> void:
	check(RLDemoWriter.export_stock(PATH, STOCK_PATH).contains("cannot be opened"), "no file")
	var file: FileAccess = FileAccess.open(PATH, FileAccess.WRITE)
	file.store_string('{"obs": [[1]], "actions": []}\n{"obs": 3}\n')
	file.close()
	var reason: String = RLDemoWriter.export_stock(PATH, STOCK_PATH)
	check(reason.contains("line 2 is no episode"), reason)
	check(not FileAccess.file_exists(STOCK_PATH), "no file is left behind")
