@tool
extends RefCounted
## Which of the addon's files a shipped game does without, and what each of them needs.
##
## Called by the export filter and by its test. It reads the addon's scripts as text and changes
## nothing.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const ADDON: String = "res://addons/godot_rl/"
## What only the editor needs: never in a game, debug or release.
const EDITOR_ONLY: PackedStringArray = [
	"editor/",
	"icons/",
	"monitor/debugger_panel.gd",
	"monitor/debugger_plugin.gd",
	"script_templates/",
	"plugin.gd",
]
## What only training, evaluation and recording need: not in a release game that takes no launch
## arguments. A folder ends with "/".
const TRAINING_ONLY: PackedStringArray = [
	"agents/layout_packer.gd",
	"arenas/arena_builder.gd",
	"demos/",
	"evaluation/",
	"findings/explore_teller.gd",
	"findings/world_bounds.gd",
	"http/",
	"inference/run_onnx_file.gd",
	"inference/tensor_json.gd",
	"inference/time_onnx_files.gd",
	"monitor/performance_record.gd",
	"policies/random_policy.gd",
	"policies/recorder_policy.gd",
	"policies/remote/",
	"policies/remote_policy.gd",
	"policies/replay_policy.gd",
	"replay/",
	"session/run_arenas.gd",
	"session/run_extras.gd",
	"session/run_policies.gd",
	"session/run_seats.gd",
	"session/run_session.gd",
	"session/trainer_call.gd",
	"wire/",
]


## Whether [param path] is in one of [param parts] of the addon.
static func is_in(path: String, parts: PackedStringArray) -> bool:
	if not path.begins_with(ADDON):
		return false
	var relative: String = path.trim_prefix(ADDON)
	for part: String in parts:
		if relative == part or (part.ends_with("/") and relative.begins_with(part)):
			return true
	return false


## The addon's files that a game does without. What is needed by a script that stays, stays too, so
## that no game is broken by this list. [param with_training]: the game takes launch arguments, or
## is a debug build.
static func left_out(with_training: bool) -> Dictionary[String, bool]:
	var parts: PackedStringArray = EDITOR_ONLY.duplicate()
	if not with_training:
		parts.append_array(TRAINING_ONLY)
	var leaving: Dictionary[String, bool] = {}
	var staying: PackedStringArray = []
	for path: String in files(ADDON):
		if is_in(path, parts):
			leaving[path] = true
		else:
			staying.append(path)
	while not staying.is_empty():
		var path: String = staying[-1]
		staying.remove_at(staying.size() - 1)
		for needed: String in needed_by(path):
			if leaving.erase(needed):
				staying.append(needed)
	return leaving


## The scripts and scenes of the addon without which [param path] does not compile: what it preloads
## or extends. An icon is no need.
static func needed_by(path: String) -> PackedStringArray:
	var needed: PackedStringArray = []
	if path.get_extension() not in ["gd", "tscn"]:
		return needed
	var pattern: RegEx = RegEx.create_from_string(
		'(?:preload\\(\\s*|extends\\s+|path=)"(%s[^"]+)"' % ADDON
	)
	for found: RegExMatch in pattern.search_all(FileAccess.get_file_as_string(path)):
		needed.append(found.get_string(1))
	return needed


## All scripts, scenes and pictures of a folder and below.
static func files(folder: String) -> PackedStringArray:
	var found: PackedStringArray = []
	for sub: String in DirAccess.get_directories_at(folder):
		found.append_array(files(folder.path_join(sub)))
	for file: String in DirAccess.get_files_at(folder):
		if file.get_extension() in ["gd", "tscn", "svg"]:
			found.append(folder.path_join(file))
	return found
