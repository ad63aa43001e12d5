extends "res://addons/godot_rl/findings/targets/target_source.gd"
## The target is a state of the game: an Expression on the arena's root that is true, or not zero.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")

var _expression: Expression = Expression.new()
var _root: Node
var _text: String


func _init(text: String, root: Node) -> void:
	_text = text
	_root = root
	if _expression.parse(text) != OK:
		problem = "the expression '%s': %s" % [text, _expression.get_error_text()]


## See RLTargetSource.
func look(_agents: Array[Node]) -> String:
	return _text if value() != 0.0 else ""


## The expression's value: 1 for true, 0 for false and where it cannot be computed.
func value() -> float:
	if not problem.is_empty():
		return 0.0
	var found: Variant = _expression.execute([], _root, false, true)
	if _expression.has_execute_failed():
		problem = (
			"the expression '%s' on %s: %s"
			% [_text, _root.get_path(), _expression.get_error_text()]
		)
		return 0.0
	if found is bool or found is int or found is float:
		return float(found) if is_finite(float(found)) else 0.0
	problem = "the expression '%s' gives no truth and no number: %s" % [_text, found]
	return 0.0
