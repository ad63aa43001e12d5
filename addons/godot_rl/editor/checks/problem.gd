@tool
extends RefCounted
## One thing that is wrong in a scene: the node, a sentence, and the script's line if it has one.
##
## Made by the checks beside this file; shown by the inspector, the panel and the output. It is a
## value and does nothing.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## The node that is told about; the scene's root for what concerns the whole project.
var node: Node
## What was expected, what is there, what to do.
var text: String
## The script that the sentence is about, or "".
var script_path: String
## Line in that script, from 1; 0: none.
var line: int


func _init(of_node: Node, what: String, in_script: String = "", at_line: int = 0) -> void:
	node = of_node
	text = what
	script_path = in_script
	line = at_line


## The sentence with the place in the script behind it.
func sentence() -> String:
	if line == 0:
		return text
	return "%s (%s:%d)" % [text, script_path, line]


## The sentence as a window shows it: with a capital, unless it starts with a name from the code.
func shown() -> String:
	var first: String = text.get_slice(" ", 0)
	if first.contains("_") or first.contains("("):
		return text
	return text.left(1).to_upper() + text.substr(1)


## The sentence behind the node's path below [param root].
func line_for(root: Node) -> String:
	var path: String = String(root.name)
	if node != root and root.is_ancestor_of(node):
		path = path.path_join(String(root.get_path_to(node)))
	return "%s: %s" % [path, sentence()]
