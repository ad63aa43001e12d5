extends GodotTestCase
## Which words of a command line are the addon's and which are the game's.

const RLLaunchArguments := preload("res://addons/godot_rl/launch_arguments.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RUNS: Array[PackedStringArray] = [
	["--port=11008", "--env_seed=0"],
	["--env_seed=7", "--speedup=8", "--port=11010"],
	["--onnx_model=a.onnx", "--episodes=3"],
	["--random_policy=100"],
]
## Command lines that games use; they change nothing.
const OF_GAMES: Array[PackedStringArray] = [
	["--port=7777"],
	["--port=auto", "--env_seed=3"],
	["--port=7777", "--env_seed=abc"],
	["--port=7777", "--host=10.0.0.4"],
	["--env_seed=5"],
	["--episodes=3"],
	["--onnx_model=a.onnx"],
	["--onnx_model=portrait", "--episodes=3"],
	["--replay=x"],
	["--replay=match.dem"],
	["--replay=no_such_file.replay"],
	["--speedup=fast"],
	["--actions=list"],
	["--arenas=0"],
	["--record=match.dem"],
	["--random_policy=yes"],
	["--token=abc", "--report=crash.txt"],
	["port=11008", "env_seed=1"],
	["-port=11008", "--env_seed=1"],
]


func test_a_run_that_is_asked_for_takes_the_bare_names() -> void:
	for words: PackedStringArray in RUNS:
		var options: RLLaunchOptions = RLLaunchOptions.parse(words)
		check(options.wants_run(), str(words))
		check_equal(options.error, "", str(words))


func test_a_games_own_arguments_change_nothing() -> void:
	for words: PackedStringArray in OF_GAMES:
		_check_untouched(words)


func test_prefixed_names_always_count() -> void:
	var options: RLLaunchOptions = RLLaunchOptions.parse(["--rl.port=7777", "--port=1234"])
	check_equal(options.port, 7777)
	check(options.wants_run(), "a trainer")
	options = RLLaunchOptions.parse(["--rl.overlay"])
	check_equal(options.overlay, true)
	check(not options.wants_run(), "a game with the overlay is a game")
	options = RLLaunchOptions.parse(["--rl.onnx_model=a.onnx"])
	check_equal(options.onnx_model, "a.onnx")
	check(not options.wants_run(), "a game with a policy is a game")


func test_a_recording_of_ours_is_replayed() -> void:
	var path: String = "user://episode.replay"
	FileAccess.open(path, FileAccess.WRITE).store_string("x")
	check_equal(RLLaunchOptions.parse(["--replay=" + path]).replay, path)
	DirAccess.remove_absolute(ProjectSettings.globalize_path(path))


func test_a_thousand_command_lines_of_games_change_nothing() -> void:
	var random: RandomNumberGenerator = RandomNumberGenerator.new()
	random.seed = 13
	var names: PackedStringArray = RLLaunchArguments.BARE.duplicate()
	names.append_array(["server", "map", "seed", "level", "fullscreen", "log-file", "mods", "fps"])
	var values: PackedStringArray = ["0", "1", "7777", "-5", "abc", "a b", "x=y", "", "1e9", "nan"]
	values.append_array(["res://a.tscn", "C:\\a", "0x10", "true", "a.replay", "[]", "--", "ü"])
	var asked: int = 0
	for line: int in 1000:
		var words: PackedStringArray = []
		for i: int in random.randi_range(0, 6):
			var name: String = names[random.randi() % names.size()]
			var value: String = values[random.randi() % values.size()]
			var dashes: String = ["", "-", "--", "--", "--", "++"][random.randi() % 6]
			words.append("%s%s=%s" % [dashes, name, value])
		var given: RLLaunchArguments = RLLaunchArguments.new(words)
		if given.bare.is_empty():
			_check_untouched(words)
		else:
			asked += 1
	check(asked < 100, "%d of 1000 lines were taken for runs" % asked)


func _check_untouched(words: PackedStringArray) -> void:
	var options: RLLaunchOptions = RLLaunchOptions.parse(words)
	var untouched: RLLaunchOptions = RLLaunchOptions.new()
	untouched.arena_total = 1
	for property: Dictionary in options.get_property_list():
		if property["usage"] & PROPERTY_USAGE_SCRIPT_VARIABLE:
			var name: String = property["name"]
			check_equal(options.get(name), untouched.get(name), "%s of %s" % [name, words])
