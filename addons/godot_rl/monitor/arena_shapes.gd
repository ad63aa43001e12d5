extends RefCounted
## What of an arena is seen from above: its agents, bodies and areas, their sizes and places.
##
## RLLiveView has one for each arena that is watched. Places are relative to the arena's root: x and
## z of three dimensions, x and y of two. It reads the nodes that recordings know too
## (RLArenaWatch), and changes nothing.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## Nodes of an arena that are told at most.
const MOST_NODES: int = 300
## Looks between two searches for nodes that came or went.
const SEARCH_EVERY: int = 10

## What there is, an agent or one shape of a body: [code][name, kind, shape, width, depth][/code];
## the kind is "agent", "body" or "area", the shape "box", "circle" or "point", in meters (pixels in
## two dimensions), the depth ahead and the width across.
var nodes: Array[Array] = []

var _nodes: Array[Node] = []
var _looks: int = 0


## Looks which nodes there are; true when they are others than before.
func look(root: Node, agents: Array[Node]) -> bool:
	_looks -= 1
	if _looks > 0 and _nodes.all(is_instance_valid):
		return false
	_looks = SEARCH_EVERY
	var bodies: Array[Node] = []
	for agent: Node in agents:
		bodies.append(_body_of(agent))
	var found: Array[Node] = bodies.duplicate()
	_collect(root, found)
	if found == _nodes:
		return false
	_nodes = found
	nodes = []
	for i: int in found.size():
		nodes.append(_describe(found[i], "agent" if i < bodies.size() else ""))
	return true


## The next [method look] tells of all nodes again.
func forget() -> void:
	_nodes = []
	_looks = 0


## Places of the nodes, one after another: x, y from above, angle in radians, and height; null for
## one that is gone. An angle of 0 looks along x.
func places(root: Node) -> Array:
	var told: Array = []
	var here: Transform3D
	var flat: Transform2D
	if root is Node3D:
		here = (root as Node3D).global_transform.affine_inverse()
	elif root is Node2D:
		flat = (root as Node2D).global_transform.affine_inverse()
	for node: Node in _nodes:
		if not is_instance_valid(node) or not node.is_inside_tree():
			told.append_array([null, null, 0.0, 0.0])
		elif node is Node3D:
			var place: Transform3D = here * (node as Node3D).global_transform
			var ahead: Vector3 = -place.basis.z
			_tell(told, place.origin.x, place.origin.z, atan2(ahead.z, ahead.x), place.origin.y)
		elif node is Node2D:
			var spot: Transform2D = flat * (node as Node2D).global_transform
			_tell(told, spot.origin.x, spot.origin.y, spot.get_rotation(), 0.0)
		else:
			told.append_array([null, null, 0.0, 0.0])
	return told


static func _tell(told: Array, x: float, y: float, angle: float, height: float) -> void:
	for value: float in [x, y, angle, height]:
		told.append(snappedf(value, 0.001) if is_finite(value) else 0.0)


# The node that stands for an agent: the player that its controller was given, or what it hangs on.
static func _body_of(agent: Node) -> Node:
	var player: Variant = agent.get("_player")
	if player is Node and is_instance_valid(player):
		return player
	var parent: Node = agent.get_parent()
	return parent if parent is Node3D or parent is Node2D else agent


# Agents are told by their bodies, all else by its shapes, which may stand apart from their body.
static func _collect(node: Node, found: Array[Node]) -> void:
	for child: Node in node.get_children():
		if found.size() >= MOST_NODES:
			return
		var is_shape: bool = child is CollisionShape3D or child is CollisionShape2D
		if is_shape and node not in found:
			found.append(child)
		_collect(child, found)


# An agent's size is that of its first shape.
static func _describe(node: Node, kind: String) -> Array:
	if kind.is_empty():
		var body: Node = node.get_parent()
		kind = "area" if body is Area3D or body is Area2D else "body"
		return [String(body.name), kind] + _seen(node)
	for child: Node in node.get_children():
		if child is CollisionShape3D or child is CollisionShape2D:
			return [String(node.name), kind] + _seen(child)
	return [String(node.name), kind, "point", 0.0, 0.0]


static func _seen(node: Node) -> Array:
	var solid: CollisionShape3D = node as CollisionShape3D
	if solid != null and solid.shape != null:
		return _from_above(solid.shape, solid.global_basis.get_scale())
	var flat: CollisionShape2D = node as CollisionShape2D
	if flat != null and flat.shape != null:
		var rect: Rect2 = flat.shape.get_rect()
		var word: String = "circle" if flat.shape is CircleShape2D else "box"
		return [word, snappedf(rect.size.y, 0.001), snappedf(rect.size.x, 0.001)]
	return ["point", 0.0, 0.0]


static func _from_above(shape: Shape3D, size: Vector3) -> Array:
	if shape is BoxShape3D:
		var box: Vector3 = (shape as BoxShape3D).size
		return ["box", snappedf(box.x * size.x, 0.001), snappedf(box.z * size.z, 0.001)]
	if "radius" in shape:
		var across: float = 2.0 * float(shape.get("radius"))
		return ["circle", snappedf(across * size.x, 0.001), snappedf(across * size.z, 0.001)]
	return ["point", 0.0, 0.0]
