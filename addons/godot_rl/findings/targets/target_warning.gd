extends "res://addons/godot_rl/findings/targets/target_source.gd"
## The target is a warning of one kind of the performance monitor, which is one for all arenas of a
## process.

var _kind: String
var _seen: String = ""


func _init(kind: String) -> void:
	_kind = kind
	RLPerformanceMonitor.current().start()
	RLPerformanceMonitor.current().warning_added.connect(_on_warning_added)


## See RLTargetSource.
func restart() -> void:
	_seen = ""


## See RLTargetSource.
func look(_agents: Array[Node]) -> String:
	return _seen


## See RLTargetSource.
func release() -> void:
	if RLPerformanceMonitor.current().warning_added.is_connected(_on_warning_added):
		RLPerformanceMonitor.current().warning_added.disconnect(_on_warning_added)


func _on_warning_added(warning: Dictionary) -> void:
	if warning["kind"] == _kind:
		_seen = warning["message"]
