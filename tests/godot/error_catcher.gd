class_name GodotTestErrorCatcher
extends Logger
## Collects every error and script error that the engine reports while a test runs.
##
## The engine may call a logger from any thread, hence the mutex. Warnings are not errors.

var _mutex: Mutex = Mutex.new()
var _errors: PackedStringArray = []
var _script_failed: bool = false


func _log_error(
	function: String,
	file: String,
	line: int,
	code: String,
	rationale: String,
	_editor_notify: bool,
	error_type: int,
	_script_backtraces: Array[ScriptBacktrace]
) -> void:
	if error_type == Logger.ERROR_TYPE_WARNING:
		return
	_mutex.lock()
	_script_failed = _script_failed or error_type == Logger.ERROR_TYPE_SCRIPT
	_errors.append(
		"%s (%s:%d in %s)" % [rationale if not rationale.is_empty() else code, file, line, function]
	)
	_mutex.unlock()


## Returns what was reported since the last call, and forgets it.
func take() -> PackedStringArray:
	_mutex.lock()
	var taken: PackedStringArray = _errors.duplicate()
	_errors.clear()
	_script_failed = false
	_mutex.unlock()
	return taken


## Whether a script error came since the last take(): it ends the coroutine it hits without a word.
func script_failed() -> bool:
	return _script_failed
