extends RefCounted
## Which words of the command line are meant for the addon, and which are the game's own.
##
## RLLaunchOptions calls it before it gives any argument a meaning. `--rl.NAME=VALUE` is always
## ours. The bare `--NAME=VALUE` is ours only when a run is asked for in a way that games do not use
## by themselves: `--port` beside `--env_seed` (as every godot-rl trainer starts an engine),
## `--episodes` beside `--onnx_model` or `--rl.onnx_models`, `--replay` with a recording of ours, or
## `--random_policy`, each with values that parse. Everything else changes nothing. It reads files'
## endings and existence, nothing else.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const PREFIX: String = "rl."
## The names that may stand without the prefix.
const BARE: PackedStringArray = [
	"port",
	"host",
	"token",
	"env_seed",
	"action_repeat",
	"onnx_action_repeat",
	"speedup",
	"arenas",
	"isolation",
	"arena_offset",
	"arena_total",
	"onnx_model",
	"actions",
	"episodes",
	"random_policy",
	"report",
	"onnx_runner",
	"episode_times",
	"record",
	"record_failures",
	"record_bytes",
	"record_episodes",
	"record_detail",
	"record_commit",
	"replay",
	"arena_cell",
]
## The names that may be given several times, with the prefix only.
const REPEATED: PackedStringArray = ["parameter", "onnx_models"]
const RECORDING_SUFFIXES: PackedStringArray = [".replay", ".part"]

## Values of `--rl.NAME=VALUE` by name; a name without a value is "1".
var prefixed: Dictionary[String, String] = {}
## Values of those `--rl.NAME=VALUE` that may be given several times, by name.
var repeated: Dictionary[String, PackedStringArray] = {}
## Values of bare names that count in this run; empty when no run is asked for.
var bare: Dictionary[String, String] = {}


## Splits [param arguments]; those without a meaning for us are left out.
func _init(arguments: PackedStringArray) -> void:
	var candidates: Dictionary[String, String] = {}
	for argument: String in arguments:
		if not argument.begins_with("--"):
			continue
		var equals: int = argument.find("=")
		var name: String = argument.substr(2, equals - 2 if equals > 2 else -1)
		if name.begins_with(PREFIX):
			var value: String = argument.substr(equals + 1) if equals > 2 else "1"
			name = name.trim_prefix(PREFIX)
			if name in REPEATED:
				repeated[name] = (
					repeated.get(name, PackedStringArray()) + PackedStringArray([value])
				)
			else:
				prefixed[name] = value
		elif equals > 2 and name in BARE:
			candidates[name] = argument.substr(equals + 1)
	var has_models: bool = repeated.has("onnx_models") and candidates.has("episodes")
	if has_models or asks_for_a_run(candidates):
		bare = candidates


## Whether the bare names [param given] ask for a run that only the addon can make.
static func asks_for_a_run(given: Dictionary[String, String]) -> bool:
	var has_seed: bool = _is_integer(given.get("env_seed", ""), 0, 0x7FFFFFFF)
	if has_seed and _is_integer(given.get("port", ""), 1, 65535):
		return true
	var has_model: bool = given.get("onnx_model", "").get_extension().to_lower() == "onnx"
	if has_model and _is_integer(given.get("episodes", ""), 1, 0x7FFFFFFF):
		return true
	if _is_integer(given.get("random_policy", ""), 1, 0x7FFFFFFF):
		return true
	var recording: String = given.get("replay", "")
	return _is_recording(recording)


static func _is_recording(path: String) -> bool:
	for suffix: String in RECORDING_SUFFIXES:
		if path.ends_with(suffix):
			return FileAccess.file_exists(path)
	return false


static func _is_integer(value: String, lowest: int, highest: int) -> bool:
	return value.is_valid_int() and value.to_int() >= lowest and value.to_int() <= highest
