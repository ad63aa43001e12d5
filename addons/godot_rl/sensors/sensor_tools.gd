@tool
extends RefCounted
## What the 2D and the 3D sensors share: names, masks, ray values, problem reports.
##
## Called by the sensors only; it keeps no state and touches no space. Only vector types differ
## between the two families, so nothing in this file knows a Node2D or a Node3D by more than Node.

## What a ray sensor writes for a ray that hits something at distance d of a length L.
enum RLRayValue {
	CLOSENESS,  ## (L - d) / L in [0, 1]; 0 when nothing is hit. The stock plugin's value.
	DISTANCE,  ## d / L in [0, 1]; 1 when nothing is hit.
}

const RLLog := preload("res://addons/godot_rl/logger.gd")

## Shortest ray and smallest cell that the sensors compute with (metres or pixels).
const SMALLEST_LENGTH: float = 0.001

const _LAYERS: int = 32


## The prefix of every value name of [param sensor]: its node name in snake case.
static func prefix(sensor: Node) -> String:
	return String(sensor.name).to_snake_case() + "/"


## Names for [param count] values that have no better ones.
static func numbered_names(sensor: Node, count: int) -> PackedStringArray:
	var names: PackedStringArray = []
	for i: int in count:
		names.append("%svalue_%d" % [prefix(sensor), i])
	return names


## The bits set in a physics mask, lowest first, counted from 0 (layer 1 of the editor is bit 0).
static func bits_of(mask: int) -> PackedInt32Array:
	var bits: PackedInt32Array = []
	for bit: int in _LAYERS:
		if mask & (1 << bit):
			bits.append(bit)
	return bits


## Angles in radians of [param count] rays that share a cone of [param cone] degrees, each in the
## middle of its part.
static func fan(count: int, cone: float) -> PackedFloat64Array:
	var angles: PackedFloat64Array = []
	var step: float = cone / maxi(count, 1)
	for i: int in count:
		angles.append(deg_to_rad(step * (i + 0.5) - cone / 2.0))
	return angles


## Cuts a block of more than one cell into up to four, none of them empty.
static func quarters(block: Rect2i) -> Array[Rect2i]:
	var parts: Array[Rect2i] = []
	var half: Vector2i = (block.size + Vector2i.ONE) / 2
	for x: int in range(0, block.size.x, half.x):
		for y: int in range(0, block.size.y, half.y):
			var start: Vector2i = Vector2i(x, y)
			parts.append(Rect2i(block.position + start, half.min(block.size - start)))
	return parts


## What is wrong with the settings every space-querying sensor has.
static func query_problems(
	mask: int, bodies: bool, areas: bool, mask_name: String
) -> Array[String]:
	var problems: Array[String] = []
	if mask == 0:
		problems.append("%s is 0, so nothing can be seen; set at least one layer" % mask_name)
	if not bodies and not areas:
		problems.append(
			"collide_with_bodies and collide_with_areas are both off, so nothing can be seen"
		)
	return problems


## Reports [param problems] at run time, each with the path of the node. Silent in the editor, where
## the same problems show as configuration warnings.
static func report(sensor: Node, problems: PackedStringArray) -> void:
	if Engine.is_editor_hint():
		return
	for problem: String in problems:
		RLLog.error("%s: %s" % [sensor.get_path(), problem])


## Has what [param sensor] sees drawn, in a game that runs with visible collision shapes.
static func draw_with_shapes(sensor: Node) -> void:
	if Engine.is_editor_hint() or not sensor.get_tree().debug_collisions_hint:
		return
	# Loaded here: a game that draws no sensor never compiles it.
	var view: GDScript = load("res://addons/godot_rl/sensors/sensor_view.gd")
	var drawn: Array[Node] = [sensor]
	view.call(&"show_all", 0, drawn)


## What a grid's cell is labelled with: its count, or that of each layer.
static func counts_text(counts: PackedFloat32Array) -> String:
	var words: PackedStringArray = []
	for count: float in counts:
		words.append(str(roundi(count)))
	return "|".join(words)


## The bodies and areas that [param sensor] is mounted on, nearest first.
static func carriers(sensor: Node) -> Array[Node]:
	var found: Array[Node] = []
	var node: Node = sensor.get_parent()
	while node != null:
		if node is CollisionObject3D or node is CollisionObject2D:
			found.append(node)
		node = node.get_parent()
	return found


## Frees children that the stock plugin's sensors had stored in a scene: their nodes of type
## [param type_name] whose name holds [param part]. They would cost time in every tick.
static func free_stored_nodes(sensor: Node, type_name: StringName, part: String) -> void:
	if Engine.is_editor_hint():
		return
	for child: Node in sensor.get_children():
		if child.is_class(type_name) and String(child.name).contains(part):
			sensor.remove_child(child)
			child.queue_free()
