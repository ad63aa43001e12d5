extends RefCounted
## Makes the source that a target's text names; see BugTarget.

const RLTargetFinding := preload("res://addons/godot_rl/findings/targets/target_finding.gd")
const RLTargetLog := preload("res://addons/godot_rl/findings/targets/target_log.gd")
const RLTargetSource := preload("res://addons/godot_rl/findings/targets/target_source.gd")
const RLTargetState := preload("res://addons/godot_rl/findings/targets/target_state.gd")
const RLTargetWarning := preload("res://addons/godot_rl/findings/targets/target_warning.gd")

## Names of the sources, before the colon.
const NAMES: PackedStringArray = ["finding", "log", "state", "warning"]
## Those that are of the whole process and cannot be told apart by arena.
const OF_PROCESS: PackedStringArray = ["log", "warning"]


## The source of [param target]; its problem says what is wrong with the text.
static func make(target: String, root: Node) -> RLTargetSource:
	var name: String = target.get_slice(":", 0)
	var rest: String = target.substr(name.length() + 1).strip_edges()
	var source: RLTargetSource = RLTargetSource.new()
	source.problem = problem_of(target)
	if not source.problem.is_empty():
		return source
	match name:
		"finding":
			source = RLTargetFinding.new(rest)
		"log":
			source = RLTargetLog.new(rest)
		"state":
			source = RLTargetState.new(rest, root)
		"warning":
			source = RLTargetWarning.new(rest)
	return source


## What is wrong with the text of a target; empty: nothing that can be seen without a scene.
static func problem_of(target: String) -> String:
	var name: String = target.get_slice(":", 0)
	if name not in NAMES or target.length() < name.length() + 2:
		return (
			"a target is log:REGEX, warning:KIND, finding:KIND or state:EXPRESSION, not '%s'"
			% target.left(100)
		)
	if name == "log":
		var pattern: RegEx = RegEx.create_from_string(target.substr(4).strip_edges(), false)
		if pattern == null or not pattern.is_valid():
			return "the target '%s' holds no regular expression" % target.left(100)
	return ""


## Whether [param target] is looked for in what all arenas of a process share.
static func is_of_process(target: String) -> bool:
	return target.get_slice(":", 0) in OF_PROCESS
