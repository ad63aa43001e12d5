extends GodotTestCase
## The command line: every argument, with and without a value that makes sense.

const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")


func test_reads_the_arguments_of_recordings() -> void:
	var options: RLLaunchOptions = _recording(
		[
			"--record=user://r",
			"--record_failures=3",
			"--record_bytes=1000",
			"--record_episodes=20",
			"--record_detail=light",
			"--record_commit=abc",
			"--episode_times=1",
			"--replay=a.replay",
			"--arena_cell=3/16",
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
	check(options.wants_agents(), "a replay needs agents")


func test_refuses_bad_arguments_of_recordings() -> void:
	check(_recording(["--record_detail=some"]).error.contains('"full" or "light"'), "detail")
	check(_recording(["--arena_cell=3"]).error.contains("INDEX/COUNT"), "one number")
	check(_recording(["--arena_cell=16/16"]).error.contains("from 0 to 15"), "outside")
	check(_recording(["--replay=a", "--port=1"]).error.contains("plays alone"), "two players")


func _recording(arguments: PackedStringArray) -> RLLaunchOptions:
	return RLLaunchOptions.parse(arguments)


func test_reads_every_argument() -> void:
	var options: RLLaunchOptions = (
		RLLaunchOptions
		. parse(
			PackedStringArray(
				[
					"--headless",
					"--port=11010",
					"--host=127.0.0.2",
					"--env_seed=7",
					"--action_repeat=3",
					"--onnx_action_repeat=5",
					"--speedup=2.5",
					"--arenas=4",
					"--isolation=worlds",
					"--arena_offset=8",
					"--arena_total=16",
					"--onnx_model=res://a=b.onnx",
					"--episodes=20",
					"--report=user://r.json",
					"--onnx_runner=native",
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
		PackedStringArray(["--arenas=4", "--arena_offset=8"])
	)
	check_equal(options.arena_total, 12)


func test_refuses_what_cannot_be_used() -> void:
	_check_refused("--port=abc", "--port takes an integer from 1 to 65535, not 'abc'")
	_check_refused("--port=70000", "65535")
	_check_refused("--action_repeat=0", "--action_repeat takes an integer from 1")
	_check_refused("--speedup=-1", "--speedup takes a number above 0, not '-1'")
	_check_refused("--speedup=nan", "--speedup takes a number above 0")
	_check_refused("--isolation=none", '"shared" or "worlds", not \'none\'')
	_check_refused("--onnx_runner=fast", '"auto", "gdscript" or "native", not \'fast\'')
	_check_refused("--arena_total=0", "--arena_total takes an integer from 1")


func test_random_policy_plays_alone() -> void:
	var options: RLLaunchOptions = RLLaunchOptions.parse(
		PackedStringArray(["--random_policy=500", "--report=user://r.json", "--arenas=2"])
	)
	check_equal(options.error, "")
	check_equal(options.random_policy, 500)
	_check_refused("--random_policy=0", "--random_policy takes an integer from 1")
	for other: String in ["--port=11008", "--onnx_model=res://a.onnx", "--episodes=2"]:
		var both: RLLaunchOptions = RLLaunchOptions.parse(
			PackedStringArray(["--random_policy=500", other])
		)
		check(both.error.contains("--random_policy plays alone"), both.error)


func test_project_settings_stand_in_for_arguments() -> void:
	ProjectSettings.set_setting(RLLaunchOptions.MODEL_SETTING, "res://built_in.onnx")
	ProjectSettings.set_setting(RLLaunchOptions.REPEAT_SETTING, 5)
	var alone: RLLaunchOptions = _with_settings(["--headless"])
	check_equal(alone.onnx_model, "res://built_in.onnx")
	check_equal(alone.action_repeat, 5)
	check(not alone.wants_agents(), "a menu without agents is no error")
	check(_with_settings(["--episodes=3"]).wants_agents(), "--episodes asks for agents")
	var told: RLLaunchOptions = _with_settings(["--onnx_model=a.onnx", "--action_repeat=2"])
	check_equal(told.onnx_model, "a.onnx")
	check_equal(told.action_repeat, 2)
	check(told.wants_agents(), "a policy that was asked for needs agents")
	check_equal(_with_settings(["--port=11008"]).onnx_model, "")
	check_equal(_with_settings(["--random_policy=9"]).onnx_model, "")
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
		PackedStringArray(["--arenas=4", "--arena_offset=8", "--arena_total=10"])
	)
	check(options.error.contains("--arena_total=10 is smaller"), options.error)


func _with_settings(arguments: PackedStringArray) -> RLLaunchOptions:
	var options: RLLaunchOptions = RLLaunchOptions.parse(arguments)
	options.take_project_settings()
	return options


func _check_refused(argument: String, part: String) -> void:
	var error: String = RLLaunchOptions.parse(PackedStringArray([argument])).error
	check(error.contains(part), "%s: expected '%s' in '%s'" % [argument, part, error])
