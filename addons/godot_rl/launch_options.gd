extends RefCounted
## What the command line and the project settings ask of the addon, parsed and checked once.
##
## Which words are ours is decided by RLLaunchArguments; the others are the game's. A value that
## cannot be used is told in [member error]; nothing is read from [OS] and [ProjectSettings] except
## by [method from_command_line]. A release build takes no argument unless the project setting
## [constant RELEASE_SETTING] is on. An exported game carries its policy and its decision rate as
## project settings, which hold where no argument says otherwise.

const RLLaunchArguments := preload("res://addons/godot_rl/launch_arguments.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLLaunchPairs := preload("res://addons/godot_rl/launch_pairs.gd")
const RLProjectSettings := preload("res://addons/godot_rl/project_settings.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")

## Where the token is looked for when no argument gives it.
const TOKEN_VARIABLE: String = "SPACETIME_RL_TOKEN"
const MODEL_SETTING: String = RLProjectSettings.ONNX_MODEL
const REPEAT_SETTING: String = RLProjectSettings.ACTION_REPEAT
const RUNNER_SETTING: String = RLProjectSettings.ONNX_RUNNER
const RELEASE_SETTING: String = RLProjectSettings.LAUNCH_ARGUMENTS_IN_RELEASE
const WAIT_SETTING: String = RLProjectSettings.AGENT_WAIT_SECONDS
## In place of a group's model: the game's own control plays it.
const GAME: String = "game"
const DEFAULT_PORT: int = 11008
## How a switch may be turned on, and off.
const ON: PackedStringArray = ["true", "1", "on"]
const OFF: PackedStringArray = ["false", "0", "off"]
const DEFAULT_SEED: int = 1
const MAX_ARENAS: int = 4096

## TCP port of the trainer, 1 to 65535; 0 when none was given.
var port: int = 0
## Address of the trainer.
var host: String = "127.0.0.1"
## What the trainer wants to see before anything else; empty: nothing.
var token: String = ""
## Every random choice of a run derives from this integer, in [0, 2^31).
var env_seed: int = DEFAULT_SEED
## Whether [member env_seed] was given: a run that asks for it also seeds Godot's global generator.
var is_seeded: bool = false
## Physics ticks per decision, at least 1; 0 when not given (the scene's own setting holds).
var action_repeat: int = 0
## Physics ticks per decision of ONNX policies, at least 1; 0 when not given.
var onnx_action_repeat: int = 0
## Factor on the physics rate and on the time scale, > 0; 0 when not given.
var speedup: float = 0.0
## Copies of the scene in this process, at least 1.
var arenas: int = 1
## Agents that this process should hold, which decides [member arenas] as soon as it is known how
## many agents the scene has (see [method choose_arenas]); 0: [member arenas] holds.
var agents_per_engine: int = 0
## "shared": side by side in one physics space; "worlds": each in a World3D of its own.
var isolation: String = "shared"
## Global index of this process's first arena.
var arena_offset: int = 0
## Number of arenas over all processes of the run; 0 means only this process's.
var arena_total: int = 0
## Path of the policy to play; empty when not given.
var onnx_model: String = ""
## Policies to play by group (`policy_name`), or [constant GAME]; agents of other groups play
## [member onnx_model].
var onnx_models: Dictionary[String, String] = {}
## Environment parameters that hold from the start: name to a number or to a sampler as an object.
var parameters: Dictionary = {}
## "each", "together" or "last" instead of what the scene says; empty when not given.
var arena_episodes: String = ""
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
## Whether infos tell of the game's performance (docs/performance.md).
var performance: bool = false
## Time that a tick and a frame may take, in milliseconds; 0: what the monitor says, 11.11.
var budget_ms: float = 0.0
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
## Recorded episode as which every episode of every arena begins; empty: none (docs/shrink.md).
var begin_as: String = ""
## Bug that an agent is to look for in any scene, as BugTarget takes it; empty: none.
var target_bug: String = ""
## What leads to it, an expression on the arena's root; empty: no hint.
var target_hint: String = ""
## Reward when it appears, and of a decision of which the hint says 1.
var target_reward: float = 100.0
var target_hint_reward: float = 1.0
## Whether infos tell where agents are, for an explorer (docs/testing_games.md).
var explore: bool = false
## Whether the debug overlay is shown from the start.
var overlay: bool = false
## Whether the game's window is drawn. Off: nobody sees it; only what is asked for is drawn, such as
## a camera sensor's picture.
var draw_window: bool = true
## Folder to which RLLiveView tells where bodies are (docs/dashboard.md); empty: none.
var live_view: String = ""
## What was given to watch a run (RLWatcher), by name: watch (its folder), watch_arena, watch_told,
## watch_picture; empty: this process does not watch (docs/watching.md).
var watch: Dictionary[String, String] = {}
## What was given of the HTTP API, by name: http, http_port, http_host, http_token, http_drive.
var http: Dictionary[String, String] = {}
## Seconds for which a run waits for the first agent to enter the tree; 0: the default.
var agent_wait_s: float = 0.0
## The last argument that cannot be used, and why; empty when all is well.
var error: String = ""


## Whether a run is asked for, which ends when it is over and may end the process: a trainer,
## episodes, a measurement or a replay. Else this is a game that is played.
func wants_run() -> bool:
	if port > 0 or random_policy > 0 or episodes > 0 or not replay.is_empty():
		return true
	return wants_http_drive()


## Whether the HTTP API is asked for.
func wants_http() -> bool:
	return http.get("http", "") in ON or http.get("http_drive", "") in ON


## Whether the world stands still from the start until HTTP clients move it.
func wants_http_drive() -> bool:
	return http.get("http_drive", "") in ON and port == 0


## Parses what the engine was started with.
static func from_command_line() -> RLLaunchOptions:
	var words: PackedStringArray = OS.get_cmdline_args() + OS.get_cmdline_user_args()
	var is_release: bool = not OS.is_debug_build()
	var options: RLLaunchOptions
	if is_release and not RLProjectSettings.value_of(RELEASE_SETTING):
		options = RLLaunchOptions.new()
		if parse(words).wants_run():
			(
				RLLog
				. warn(
					(
						(
							"this release build takes no launch arguments: turn the project setting %s on, "
							+ "or export with debug"
						)
						% RELEASE_SETTING
					)
				)
			)
	else:
		options = parse(words)
		if options.port > 0 and options.token.is_empty():
			options.token = OS.get_environment(TOKEN_VARIABLE)
	if OS.has_feature("template"):
		# An exported game has left the folder that it was started in for that of its program.
		var started_in: String = OS.get_environment("PWD")
		options.onnx_model = resolve(options.onnx_model, started_in)
		for group: String in options.onnx_models:
			options.onnx_models[group] = resolve(options.onnx_models[group], started_in)
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
	var repeat: String = str(RLProjectSettings.value_of(REPEAT_SETTING))
	if action_repeat == 0 and repeat != "0":
		action_repeat = _integer(REPEAT_SETTING, repeat, 1, 10000)
	var runner: String = str(RLProjectSettings.value_of(RUNNER_SETTING))
	if onnx_runner.is_empty() and ProjectSettings.has_setting(RUNNER_SETTING):
		_take("onnx_runner", runner)
	if agent_wait_s == 0.0:
		agent_wait_s = RLProjectSettings.value_of(WAIT_SETTING)
	if port > 0 or random_policy > 0 or not onnx_model.is_empty() or not onnx_models.is_empty():
		return
	onnx_model = str(RLProjectSettings.value_of(MODEL_SETTING))
	model_is_built_in = not onnx_model.is_empty()


## Parses [param arguments], for example `["--port=11008", "--arenas=4"]`.
static func parse(arguments: PackedStringArray) -> RLLaunchOptions:
	var options: RLLaunchOptions = RLLaunchOptions.new()
	var given: RLLaunchArguments = RLLaunchArguments.new(arguments)
	for name: String in given.bare:
		options._take(name, given.bare[name])
	for name: String in given.prefixed:
		options._take(name, given.prefixed[name])
	var pairs: RLLaunchPairs = RLLaunchPairs.new()
	var parameter_words: PackedStringArray = given.repeated.get("parameter", [])
	options.parameters = pairs.read_parameters(parameter_words)
	var model_words: PackedStringArray = given.repeated.get("onnx_models", [])
	options.onnx_models = pairs.read_models(model_words)
	if not pairs.error.is_empty():
		options.error = pairs.error
	options.is_seeded = given.bare.has("env_seed") or given.prefixed.has("env_seed")
	if options.arena_total == 0:
		options.arena_total = options.arena_offset + options.arenas
	elif options.error.is_empty() and options.arena_total < options.arena_offset + options.arenas:
		options.error = (
			"--arena_total=%d is smaller than --arena_offset=%d plus --arenas=%d"
			% [options.arena_total, options.arena_offset, options.arenas]
		)
	if options.agents_per_engine > 0 and options.arenas > 1:
		options.error = "--rl.agents_per_engine chooses the arenas: leave out --arenas"
	if options.random_policy > 0 and options._has_another_player():
		options.error = "--random_policy plays alone: leave out --port, --onnx_model and --episodes"
	elif not options.replay.is_empty() and (options._has_another_player() or options.arenas > 1):
		options.error = "--replay plays alone: leave out --port, --onnx_model, --episodes, --arenas"
	return options


## Decides [member arenas] where [member agents_per_engine] was given: as many copies as hold about
## so many agents, at least one, when the scene has [param agents]. Its place in the run was counted
## in engines until now, since a trainer cannot know it in arenas.
func choose_arenas(agents: int) -> void:
	if agents_per_engine == 0:
		return
	arenas = clampi(floori(float(agents_per_engine) / agents), 1, MAX_ARENAS)
	arena_offset *= arenas
	arena_total *= arenas
	agents_per_engine = 0


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
		"agents_per_engine":
			agents_per_engine = _integer(key, value, 1, 0x7FFFFFFF)
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
		"arena_episodes":
			arena_episodes = value
			if value not in ["each", "together", "last"]:
				_refuse(key, value, '"each", "together" or "last"')
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
		"explore":
			explore = _integer(key, value, 0, 1) == 1
		"performance":
			performance = _integer(key, value, 0, 1) == 1
		"budget_ms":
			budget_ms = _positive(key, value)
		"overlay":
			overlay = _integer(key, value, 0, 1) == 1
		"live_view":
			live_view = value
		"watch", "watch_told", "watch_picture":
			watch[key] = value
		"watch_arena":
			watch[key] = str(_integer(key, value, 0, 0x7FFFFFFF))
		"draw_window":
			draw_window = _integer(key, value, 0, 1) == 1
		"agent_wait":
			agent_wait_s = _positive(key, value)
		"http", "http_drive":
			http[key] = value
			if value not in ON and value not in OFF:
				_refuse("rl." + key, value, '"true" or "false"')
		"http_port", "http_host", "http_token":
			http[key] = value
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
		"begin_as":
			begin_as = value
		"target_bug":
			target_bug = value
		"target_hint":
			target_hint = value
		"target_reward":
			target_reward = _number(key, value)
		"target_hint_reward":
			target_hint_reward = _number(key, value)
		"arena_cell":
			var numbers: PackedStringArray = value.split("/")
			if numbers.size() != 2:
				_refuse(key, value, "INDEX/COUNT")
				return
			var count: int = _integer(key, numbers[1], 1, MAX_ARENAS)
			arena_cell = [_integer(key, numbers[0], 0, count - 1), count]


func _has_another_player() -> bool:
	return port > 0 or not (onnx_model.is_empty() and onnx_models.is_empty()) or episodes > 0


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


func _number(key: String, value: String) -> float:
	if value.is_valid_float() and is_finite(value.to_float()):
		return value.to_float()
	_refuse(key, value, "a number")
	return 0.0


func _refuse(key: String, value: String, expected: String) -> void:
	var name: String = key if key.contains("/") else "--" + key
	error = "%s takes %s, not '%s'" % [name, expected, value]
