extends "res://addons/godot_rl/findings/targets/target_source.gd"
## The target is a line that the engine prints, in any way, that a regular expression finds.
##
## The engine's log is one for all arenas of a process.

const RLLogLines := preload("res://addons/godot_rl/findings/targets/log_lines.gd")

var _pattern: RegEx
var _seen: int = 0


func _init(pattern: String) -> void:
	_pattern = RegEx.create_from_string(pattern)
	_seen = RLLogLines.shared().count()


## See RLTargetSource.
func restart() -> void:
	_seen = RLLogLines.shared().count()


## See RLTargetSource.
func look(_agents: Array[Node]) -> String:
	var lines: RLLogLines = RLLogLines.shared()
	if lines.count() == _seen:
		return ""
	var found: String = ""
	for line: String in lines.since(_seen):
		if found.is_empty() and _pattern.search(line) != null:
			found = line
	_seen = lines.count()
	return found
