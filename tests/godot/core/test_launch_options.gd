extends GodotTestCase
## The command line: every argument, with and without a value that makes sense.

const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")


func test_reads_the_arguments_of_recordings() -> void:
	var options: RLLaunchOptions = _recording(
		[
			"--rl.record=user://r",
			"--rl.record_failures=3",
			"--rl.record_bytes=1000",
			"--rl.record_episodes=20",
			"--rl.record_detail=light",
			"--rl.record_commit=abc",
			"--rl.episode_times=1",
			"--rl.replay=a.replay",
			"--rl.arena_cell=3/16",
		]
	)
	check_equal(options.error, "")
	check_equal(options.record, "user://r")
	check_equal(options.record_failures, 3)
	check_equal(options.record_bytes, 1000)
	check_equal(options.record_episodes, 20)
	check_equal(options.record_detail, "light")
	check_equal(options.record_commit, "abc")
	check_equal(options.episode_times, true)
	check_equal(options.replay, "a.replay")
	check_equal(options.arena_cell, PackedInt32Array([3, 16]))
	check(options.wants_run(), "a replay is a run")


func test_refuses_bad_arguments_of_recordings() -> void:
	check(_recording(["--rl.record_detail=some"]).error.contains('"full" or "light"'), "detail")
	check(_recording(["--rl.arena_cell=3"]).error.contains("INDEX/COUNT"), "one number")
	check(_recording(["--rl.arena_cell=16/16"]).error.contains("from 0 to 15"), "outside")
	check(_recording(["--rl.replay=a", "--rl.port=1"]).error.contains("plays alone"), "two players")


func _recording(arguments: PackedStringArray) -> RLLaunchOptions:
	return RLLaunchOptions.parse(arguments)


func test_agents_decide_how_many_arenas() -> void:
	var place: PackedStringArray = ["--rl.arena_offset=1", "--rl.arena_total=2"]
	for case: Array in [[1, 64, 64, 128], [16, 4, 4, 8], [3, 21, 21, 42], [100, 1, 1, 2]]:
		var options: RLLaunchOptions = _recording(["--rl.agents_per_engine=64"] + Array(place))
		options.choose_arenas(case[0])
		options.choose_arenas(case[0])  # once is enough, twice is no harm
		var found: Array = [case[0], options.arenas, options.arena_offset, options.arena_total]
		check_equal(found, case)
	var plain: RLLaunchOptions = _recording(["--rl.arenas=5"] + Array(place).slice(0, 1))
	plain.choose_arenas(16)
	check_equal([plain.arenas, plain.arena_offset, plain.arena_total], [5, 1, 6])
	check(_recording(["--rl.agents_per_engine=0"]).error.contains("from 1"), "none")
	check(
		_recording(["--rl.agents_per_engine=9", "--rl.arenas=2"]).error.contains("leave out"),
		"both"
	)


func test_reads_every_argument() -> void:
	var options: RLLaunchOptions = (
		RLLaunchOptions
		. parse(
			PackedStringArray(
				[
					"--headless",
					"--rl.port=11010",
					"--rl.host=127.0.0.2",
					"--rl.env_seed=7",
					"--rl.action_repeat=3",
					"--rl.onnx_action_repeat=5",
					"--rl.speedup=2.5",
					"--rl.arenas=4",
					"--rl.isolation=worlds",
					"--rl.arena_offset=8",
					"--rl.arena_total=16",
					"--rl.onnx_model=res://a=b.onnx",
					"--rl.episodes=20",
					"--rl.report=user://r.json",
					"--rl.onnx_runner=native",
					"--of_the_game=1",
				]
			)
		)
	)
	check_equal(options.error, "")
	check_equal(options.port, 11010)
	check_equal(options.host, "127.0.0.2")
	check_equal(options.env_seed, 7)
	check_equal(options.action_repeat, 3)
	check_equal(options.onnx_action_repeat, 5)
	check_equal(options.speedup, 2.5)
	check_equal(options.arenas, 4)
	check_equal(options.isolation, "worlds")
	check_equal(options.arena_offset, 8)
	check_equal(options.arena_total, 16)
	check_equal(options.onnx_model, "res://a=b.onnx")
	check_equal(options.episodes, 20)
	check_equal(options.report, "user://r.json")
	check_equal(options.onnx_runner, "native")


func test_defaults() -> void:
	var options: RLLaunchOptions = RLLaunchOptions.parse(PackedStringArray())
	check_equal(options.error, "")
	check_equal(options.port, 0)
	check_equal(options.arena_total, 1)


func test_total_follows_the_offset_when_not_given() -> void:
	var options: RLLaunchOptions = RLLaunchOptions.parse(
		PackedStringArray(["--rl.arenas=4", "--rl.arena_offset=8"])
	)
	check_equal(options.arena_total, 12)


func test_refuses_what_cannot_be_used() -> void:
	_check_refused("--rl.port=abc", "--port takes an integer from 1 to 65535, not 'abc'")
	_check_refused("--rl.port=70000", "65535")
	_check_refused("--rl.action_repeat=0", "--action_repeat takes an integer from 1")
	_check_refused("--rl.speedup=-1", "--speedup takes a number above 0, not '-1'")
	_check_refused("--rl.speedup=nan", "--speedup takes a number above 0")
	_check_refused("--rl.isolation=none", '"shared" or "worlds", not \'none\'')
	_check_refused("--rl.onnx_runner=fast", '"auto", "gdscript" or "native", not \'fast\'')
	_check_refused("--rl.arena_total=0", "--arena_total takes an integer from 1")


func test_random_policy_plays_alone() -> void:
	var options: RLLaunchOptions = RLLaunchOptions.parse(
		PackedStringArray(["--rl.random_policy=500", "--rl.report=user://r.json", "--rl.arenas=2"])
	)
	check_equal(options.error, "")
	check_equal(options.random_policy, 500)
	_check_refused("--rl.random_policy=0", "--random_policy takes an integer from 1")
	for other: String in ["--rl.port=11008", "--rl.onnx_model=res://a.onnx", "--rl.episodes=2"]:
		var both: RLLaunchOptions = RLLaunchOptions.parse(
			PackedStringArray(["--rl.random_policy=500", other])
		)
		check(both.error.contains("--random_policy plays alone"), both.error)


func test_project_settings_stand_in_for_arguments() -> void:
	ProjectSettings.set_setting(RLLaunchOptions.MODEL_SETTING, "res://built_in.onnx")
	ProjectSettings.set_setting(RLLaunchOptions.REPEAT_SETTING, 5)
	var alone: RLLaunchOptions = _with_settings(["--headless"])
	check_equal(alone.onnx_model, "res://built_in.onnx")
	check_equal(alone.action_repeat, 5)
	check(not alone.wants_run(), "a game with a policy of its own is no run")
	check(_with_settings(["--rl.episodes=3"]).wants_run(), "--episodes asks for a run")
	var told: RLLaunchOptions = _with_settings(["--rl.onnx_model=a.onnx", "--rl.action_repeat=2"])
	check_equal(told.onnx_model, "a.onnx")
	check_equal(told.action_repeat, 2)
	check(not told.wants_run(), "a game may be told its policy")
	check_equal(_with_settings(["--rl.port=11008"]).onnx_model, "")
	check_equal(_with_settings(["--rl.random_policy=9"]).onnx_model, "")
	ProjectSettings.set_setting(RLLaunchOptions.REPEAT_SETTING, "often")
	var error: String = _with_settings([]).error
	check(error.contains("godot_rl/action_repeat takes an integer from 1"), error)
	ProjectSettings.set_setting(RLLaunchOptions.MODEL_SETTING, null)
	ProjectSettings.set_setting(RLLaunchOptions.REPEAT_SETTING, null)
	check_equal(_with_settings([]).onnx_model, "")
	check_equal(_with_settings([]).action_repeat, 0)


func test_paths_are_seen_from_where_the_game_was_started() -> void:
	var folder: String = OS.get_temp_dir()
	check_equal(RLLaunchOptions.resolve("r.json", folder), folder.path_join("r.json"))
	check_equal(RLLaunchOptions.resolve("./a/../r.json", folder), folder.path_join("r.json"))
	check_equal(RLLaunchOptions.resolve("user://r.json", folder), "user://r.json")
	check_equal(RLLaunchOptions.resolve("res://p.onnx", folder), "res://p.onnx")
	check_equal(RLLaunchOptions.resolve("/r.json", folder), "/r.json")
	check_equal(RLLaunchOptions.resolve("", folder), "")
	check_equal(RLLaunchOptions.resolve("r.json", "/no such folder"), "r.json")
	check_equal(RLLaunchOptions.resolve("r.json", ""), "r.json")


func test_refuses_a_total_that_is_too_small() -> void:
	var options: RLLaunchOptions = RLLaunchOptions.parse(
		PackedStringArray(["--rl.arenas=4", "--rl.arena_offset=8", "--rl.arena_total=10"])
	)
	check(options.error.contains("--arena_total=10 is smaller"), options.error)


func _with_settings(arguments: PackedStringArray) -> RLLaunchOptions:
	var options: RLLaunchOptions = RLLaunchOptions.parse(arguments)
	options.take_project_settings()
	return options


func _check_refused(argument: String, part: String) -> void:
	var error: String = RLLaunchOptions.parse(PackedStringArray([argument])).error
	check(error.contains(part), "%s: expected '%s' in '%s'" % [argument, part, error])
