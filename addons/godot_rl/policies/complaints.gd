extends RefCounted
## Tells what is wrong with agents of a game that goes on: one error for each kind of fault and each
## controller script, however often it happens.
##
## The session of a game gives it to its policies. It never ends anything.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLLog := preload("res://addons/godot_rl/logger.gd")

var _told: Dictionary[String, bool] = {}


## Pushes an error about [param controller] unless one of this [param kind] came before:
## what is wrong, and what happens now.
func tell(kind: String, controller: Node, problem: String, consequence: String) -> void:
	var script: Script = controller.get_script() as Script
	var key: String = "%s %s" % [kind, "" if script == null else script.resource_path]
	if _told.has(key):
		return
	_told[key] = true
	RLLog.error(
		(
			"%s: %s; %s (told once for all agents like it)"
			% [controller.get_path(), problem, consequence]
		)
	)
