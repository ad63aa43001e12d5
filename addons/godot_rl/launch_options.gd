extends RefCounted
## The addon's command-line arguments, with or without a `--` before them, parsed and checked once.
##
## Arguments that are not ours are left to the game. A value that cannot be used is told in
## [member error]; nothing is read from [OS] and [ProjectSettings] except by
## [method from_command_line]. An exported game carries its policy and its decision rate as project
## settings, which hold where no argument says otherwise.

const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")

## Where the token is looked for when no argument gives it.
const TOKEN_VARIABLE: String = "SPACETIME_RL_TOKEN"
## Project setting with the res:// path of the policy that the game plays by itself.
const MODEL_SETTING: String = "godot_rl/onnx_model"
## Project setting with the physics ticks per decision, at least 1.
const REPEAT_SETTING: String = "godot_rl/action_repeat"
## Project setting with what computes ONNX models, as `--onnx_runner`.
const RUNNER_SETTING: String = "godot_rl/onnx_runner"
const DEFAULT_PORT: int = 11008
const DEFAULT_SEED: int = 1
const MAX_ARENAS: int = 4096

## TCP port of the trainer, 1 to 65535; 0 when none was given.
var port: int = 0
## Address of the trainer.
var host: String = "127.0.0.1"
## What the trainer wants to see before anything else; empty: nothing.
var token: String = ""
## Every random choice of the run derives from this integer, in [0, 2^31).
var env_seed: int = DEFAULT_SEED
## Physics ticks per decision, at least 1; 0 when not given (the scene's own setting holds).
var action_repeat: int = 0
## Physics ticks per decision of ONNX policies, at least 1; 0 when not given.
var onnx_action_repeat: int = 0
## Factor on the physics rate and on the time scale, > 0; 0 when not given.
var speedup: float = 0.0
## Copies of the scene in this process, at least 1.
var arenas: int = 1
## "shared": side by side in one physics space; "worlds": each in a World3D of its own.
var isolation: String = "shared"
## Global index of this process's first arena.
var arena_offset: int = 0
## Number of arenas over all processes of the run; 0 means only this process's.
var arena_total: int = 0
## Path of the policy to play; empty when not given.
var onnx_model: String = ""
## Whether [member onnx_model] comes from the project settings and not from the command line.
var model_is_built_in: bool = false
## How an ONNX policy acts: "deterministic", "sampled", or "" when not given (Sync's setting holds).
var actions: String = ""
## Episodes to play with [member onnx_model] before quitting; 0 means for ever.
var episodes: int = 0
## Decisions to measure with random actions drawn inside the engine, before quitting; 0: none.
var random_policy: int = 0
## Path of the JSON report of those episodes or decisions.
var report: String = ""
## What computes ONNX models: "gdscript", "native" (a library that was built for it) or "auto",
## native where it is there; empty when not given.
var onnx_runner: String = ""
## Whether the info of an ended episode tells how long its ticks and frames took.
var episode_times: bool = false
## Folder to which episodes are recorded (docs/replay.md); empty: none.
var record: String = ""
## Newest failed episodes that are kept; 0: all episodes are, failed or not.
var record_failures: int = 0
## Bytes of failed episodes that are kept.
var record_bytes: int = 256 << 20
## Only episodes with a number below it are recorded; 0: all.
var record_episodes: int = 0
## "full": with the scene; "light": seed, actions, observations and rewards.
var record_detail: String = "full"
## Version of the game's source, for the recording's header.
var record_commit: String = ""
## Recorded episode to play again before quitting; empty: none.
var replay: String = ""
## [code][index, count][/code]: make one arena only, where number index of count side by side would
## be; empty: make [member arenas].
var arena_cell: PackedInt32Array = []
## One line per argument that cannot be used; empty when all is well.
var error: String = ""


## Whether the command line asks for something that only agents can do.
func wants_agents() -> bool:
	var asked_to_play: bool = not onnx_model.is_empty() and not model_is_built_in
	var asked_to_act: bool = asked_to_play or not replay.is_empty()
	return port > 0 or random_policy > 0 or episodes > 0 or asked_to_act


## Parses what the engine was started with.
static func from_command_line() -> RLLaunchOptions:
	var options: RLLaunchOptions = parse(OS.get_cmdline_args() + OS.get_cmdline_user_args())
	if options.token.is_empty():
		options.token = OS.get_environment(TOKEN_VARIABLE)
	if OS.has_feature("template"):
		# An exported game has left the folder that it was started in for that of its program.
		var started_in: String = OS.get_environment("PWD")
		options.onnx_model = resolve(options.onnx_model, started_in)
		options.report = resolve(options.report, started_in)
	options.take_project_settings()
	return options


## Returns [param path] as seen from [param folder]; absolute ones, `res://` and `user://` stay.
static func resolve(path: String, folder: String) -> String:
	if path.is_empty() or path.is_absolute_path() or not DirAccess.dir_exists_absolute(folder):
		return path
	return folder.path_join(path).simplify_path()


## Fills in what the project settings say where no argument did. A trainer (`--port`) keeps a
## built-in policy from playing.
func take_project_settings() -> void:
	if action_repeat == 0 and ProjectSettings.has_setting(REPEAT_SETTING):
		var value: Variant = ProjectSettings.get_setting_with_override(REPEAT_SETTING)
		action_repeat = _integer(REPEAT_SETTING, str(value), 1, 10000)
	if onnx_runner.is_empty() and ProjectSettings.has_setting(RUNNER_SETTING):
		_take("onnx_runner", str(ProjectSettings.get_setting_with_override(RUNNER_SETTING)))
	if port > 0 or random_policy > 0 or not onnx_model.is_empty():
		return
	if ProjectSettings.has_setting(MODEL_SETTING):
		onnx_model = str(ProjectSettings.get_setting_with_override(MODEL_SETTING))
		model_is_built_in = not onnx_model.is_empty()


## Parses [param arguments], for example `["--port=11008", "--arenas=4"]`.
static func parse(arguments: PackedStringArray) -> RLLaunchOptions:
	var options: RLLaunchOptions = RLLaunchOptions.new()
	for argument: String in arguments:
		var equals: int = argument.find("=")
		if argument.begins_with("--") and equals > 2:
			options._take(argument.substr(2, equals - 2), argument.substr(equals + 1))
	if options.arena_total == 0:
		options.arena_total = options.arena_offset + options.arenas
	elif options.error.is_empty() and options.arena_total < options.arena_offset + options.arenas:
		options.error = (
			"--arena_total=%d is smaller than --arena_offset=%d plus --arenas=%d"
			% [options.arena_total, options.arena_offset, options.arenas]
		)
	if options.random_policy > 0 and options._has_another_player():
		options.error = "--random_policy plays alone: leave out --port, --onnx_model and --episodes"
	elif not options.replay.is_empty() and (options._has_another_player() or options.arenas > 1):
		options.error = "--replay plays alone: leave out --port, --onnx_model, --episodes, --arenas"
	return options


func _take(key: String, value: String) -> void:
	match key:
		"port":
			port = _integer(key, value, 1, 65535)
		"host":
			host = value
		"token":
			token = value
		"env_seed":
			env_seed = _integer(key, value, 0, 0x7FFFFFFF)
		"action_repeat":
			action_repeat = _integer(key, value, 1, 10000)
		"onnx_action_repeat":
			onnx_action_repeat = _integer(key, value, 1, 10000)
		"speedup":
			speedup = _positive(key, value)
		"arenas":
			arenas = _integer(key, value, 1, MAX_ARENAS)
		"arena_offset":
			arena_offset = _integer(key, value, 0, 0x7FFFFFFF)
		"arena_total":
			arena_total = _integer(key, value, 1, 0x7FFFFFFF)
		"isolation":
			if value in ["shared", "worlds"]:
				isolation = value
			else:
				_refuse(key, value, '"shared" or "worlds"')
		"onnx_model":
			onnx_model = value
		"actions":
			if value in ["deterministic", "sampled"]:
				actions = value
			else:
				_refuse(key, value, '"deterministic" or "sampled"')
		"episodes":
			episodes = _integer(key, value, 1, 0x7FFFFFFF)
		"random_policy":
			random_policy = _integer(key, value, 1, 0x7FFFFFFF)
		"report":
			report = value
		"onnx_runner":
			if value in ["auto", "gdscript", "native"]:
				onnx_runner = value
			else:
				_refuse(key, value, '"auto", "gdscript" or "native"')
		"episode_times":
			episode_times = _integer(key, value, 0, 1) == 1
		_:
			_take_recording(key, value)


func _take_recording(key: String, value: String) -> void:
	match key:
		"record":
			record = value
		"record_failures":
			record_failures = _integer(key, value, 1, 1000000)
		"record_bytes":
			record_bytes = _integer(key, value, 1, 1 << 40)
		"record_episodes":
			record_episodes = _integer(key, value, 1, 0x7FFFFFFF)
		"record_detail":
			record_detail = value
			if value not in ["full", "light"]:
				_refuse(key, value, '"full" or "light"')
		"record_commit":
			record_commit = value
		"replay":
			replay = value
		"arena_cell":
			var numbers: PackedStringArray = value.split("/")
			if numbers.size() != 2:
				_refuse(key, value, "INDEX/COUNT")
				return
			var count: int = _integer(key, numbers[1], 1, MAX_ARENAS)
			arena_cell = [_integer(key, numbers[0], 0, count - 1), count]


func _has_another_player() -> bool:
	return port > 0 or not onnx_model.is_empty() or episodes > 0


func _integer(key: String, value: String, lowest: int, highest: int) -> int:
	if value.is_valid_int() and value.to_int() >= lowest and value.to_int() <= highest:
		return value.to_int()
	_refuse(key, value, "an integer from %d to %d" % [lowest, highest])
	return lowest


func _positive(key: String, value: String) -> float:
	if value.is_valid_float() and is_finite(value.to_float()) and value.to_float() > 0.0:
		return value.to_float()
	_refuse(key, value, "a number above 0")
	return 1.0


func _refuse(key: String, value: String, expected: String) -> void:
	var name: String = key if key.contains("/") else "--" + key
	error = "%s takes %s, not '%s'" % [name, expected, value]
