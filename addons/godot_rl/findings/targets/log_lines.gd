extends Logger
## The newest lines of the engine's log, errors and warnings too.
##
## RLTargetLog asks it; it is added to the engine when the first target of a log line is made. The
## engine calls it from any thread.

const RLLogLines := preload("res://addons/godot_rl/findings/targets/log_lines.gd")
## Lines that are kept.
const KEPT: int = 1000
## The addon's own findings tell of targets: they are none.
const OWN: String = "godot_rl: "

static var _shared: RLLogLines

var _lines: PackedStringArray = []
var _count: int = 0
var _mutex: Mutex = Mutex.new()


## The one of this process.
static func shared() -> RLLogLines:
	if _shared == null:
		_shared = RLLogLines.new()
		OS.add_logger(_shared)
	return _shared


## Lines that came since it was made.
func count() -> int:
	_mutex.lock()
	var found: int = _count
	_mutex.unlock()
	return found


## The lines after the first [param seen], as far as they are kept.
func since(seen: int) -> PackedStringArray:
	_mutex.lock()
	var fresh: int = mini(_count - seen, _lines.size())
	var found: PackedStringArray = _lines.slice(_lines.size() - fresh)
	_mutex.unlock()
	return found


func _log_message(message: String, _error: bool) -> void:
	_take(message)


func _log_error(
	function: String,
	file: String,
	line: int,
	code: String,
	rationale: String,
	_editor_notify: bool,
	_error_type: int,
	_script_backtraces: Array[ScriptBacktrace]
) -> void:
	var what: String = rationale if not rationale.is_empty() else code
	_take("%s (%s, %s:%d)" % [what, function, file, line])


func _take(text: String) -> void:
	_mutex.lock()
	for line: String in text.strip_edges(false, true).split("\n"):
		if line.is_empty() or line.begins_with(OWN):
			continue
		_lines.append(line)
		_count += 1
	if _lines.size() > 2 * KEPT:
		_lines = _lines.slice(_lines.size() - KEPT)
	_mutex.unlock()
