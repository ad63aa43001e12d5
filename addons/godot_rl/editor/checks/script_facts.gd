@tool
extends RefCounted
## What can be known of a node's script without running it: whose child it is, which methods the
## user wrote, its text.
##
## Called by the checks. In the editor user scripts are placeholders, so nothing here calls into
## them. In an exported game there is no source text; then [method source_of] is "".

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const CONTROLLERS: PackedStringArray = [
	"res://addons/godot_rl/agents/ai_controller_2d.gd",
	"res://addons/godot_rl/agents/ai_controller_3d.gd",
]
const SYNC: String = "res://addons/godot_rl/sync.gd"
const ADDONS: String = "res://addons/"


## Whether [param node] is an AIController of this addon.
static func is_controller(node: Node) -> bool:
	return CONTROLLERS.has(_root_path(node.get_script() as Script, CONTROLLERS))


## Whether [param node] is a Sync node.
static func is_sync(node: Node) -> bool:
	return _root_path(node.get_script() as Script, [SYNC]) == SYNC


## Whether the script was refused by the compiler but means to be a controller.
static func is_broken_controller(node: Node) -> bool:
	var script: Script = node.get_script() as Script
	if script == null or not script.get_instance_base_type().is_empty():
		return false
	var pattern: RegEx = RegEx.create_from_string(
		"(?m)^\\s*(class_name\\s+\\w+\\s+)?extends\\s+AIController[23]D"
	)
	return pattern.search(source_of(script)) != null


## The user's scripts of a node, the node's own first, without those of addons.
static func user_scripts(node: Node) -> Array[Script]:
	var scripts: Array[Script] = []
	var script: Script = node.get_script() as Script
	while script != null and not script.resource_path.begins_with(ADDONS):
		scripts.append(script)
		script = script.get_base_script()
	return scripts


## The methods that the user wrote or overrode: name to what get_script_method_list() tells.
static func written_methods(node: Node) -> Dictionary[String, Dictionary]:
	var inherited: Dictionary[String, int] = {}
	var script: Script = node.get_script() as Script
	var base: Script = script
	while base != null and not base.resource_path.begins_with(ADDONS):
		base = base.get_base_script()
	if base != null:
		for method: Dictionary in base.get_script_method_list():
			var name: String = method["name"]
			inherited[name] = inherited.get(name, 0) + 1
	# A method that is overridden stands in the list once for each script that has it.
	var counts: Dictionary[String, int] = {}
	var written: Dictionary[String, Dictionary] = {}
	for method: Dictionary in script.get_script_method_list() if script != null else []:
		var name: String = method["name"]
		counts[name] = counts.get(name, 0) + 1
		if not written.has(name):
			written[name] = method
	for name: String in counts:
		if counts[name] <= inherited.get(name, 0) or name.begins_with("@"):
			written.erase(name)
	return written


## The text of a script; "" where there is none.
static func source_of(script: Script) -> String:
	return script.source_code if script != null and script.has_source_code() else ""


## An exported value of a node that may be a placeholder, or [param otherwise].
static func value_of(node: Node, property: StringName, otherwise: Variant) -> Variant:
	var value: Variant = node.get(property)
	return otherwise if value == null else value


static func _root_path(script: Script, wanted: PackedStringArray) -> String:
	while script != null:
		if wanted.has(script.resource_path):
			return script.resource_path
		script = script.get_base_script()
	return ""
