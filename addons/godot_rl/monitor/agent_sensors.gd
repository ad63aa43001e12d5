extends RefCounted
## Finds the sensors of an agent, for the overlay to have them drawn. It only looks.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")


## The sensors of an agent: below its controller or its player, and those that the controller holds
## in a property. Sensors of other agents are left out.
static func of(controller: Node) -> Array[Node]:
	var found: Array[Node] = []
	_add_below(controller, controller, found)
	var player: Variant = controller.get(&"_player")
	if not (player is Node and is_instance_valid(player)):
		player = controller.get_parent()
	if not (player as Node).is_ancestor_of(controller) or _count_agents(player) == 1:
		_add_below(player, controller, found)
	for property: Dictionary in controller.get_property_list():
		if property["type"] == TYPE_OBJECT and property["usage"] & PROPERTY_USAGE_SCRIPT_VARIABLE:
			var value: Variant = controller.get(property["name"])
			if value is ISensor3D or value is ISensor2D:
				if value.is_inside_tree() and not found.has(value):
					found.append(value)
	return found


static func _add_below(node: Node, controller: Node, found: Array[Node]) -> void:
	for child: Node in node.get_children():
		if _is_agent(child) and child != controller:
			continue
		if (child is ISensor3D or child is ISensor2D) and not found.has(child):
			found.append(child)
		_add_below(child, controller, found)


static func _count_agents(node: Node) -> int:
	var count: int = 1 if _is_agent(node) else 0
	for child: Node in node.get_children():
		count += _count_agents(child)
	return count


# Controllers of the stock plugin's kind may be nodes of any class.
static func _is_agent(node: Node) -> bool:
	return node.is_in_group(&"AGENT")
