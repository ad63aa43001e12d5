extends RefCounted
## Where all nodes of one arena stand, whole, for a window that shows them elsewhere (RLWatcher).
##
## RLPoseStream has one. The first look tells of every node, a later one of those that moved.
## Places are relative to a node's parent, or to the arena's root where it does not follow that.
## It reads the nodes and never changes them; it knows no file.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLArenaPoses := preload("res://addons/godot_rl/monitor/arena_poses.gd")

## Nodes of an arena that are told at most.
const MOST_NODES: int = 2000
## Looks between two searches for nodes that came or went.
const SEARCH_EVERY: int = 60

## Path of each node below the root. A name that the engine made up ("@Area3D@12") is told as
## "@Area3D:k", the k-th of these among its siblings, since it differs between two processes.
var paths: PackedStringArray = []
## Numbers of the nodes that do not follow their parent.
var free_nodes: PackedInt32Array = []
## Number of a collision shape to what it looks like: ["box", x, y, z], ["sphere", radius],
## ["capsule", radius, height] or ["cylinder", radius, height].
var shapes: Dictionary[int, Array] = {}

var _nodes: Array[Node] = []
var _last: Array[Variant] = []
var _looks: int = 0
var _serial: int = -1


## Looks which nodes there are below [param root]; true when they are others than before. A new
## [param serial], the number of the episode, makes it search at once.
func look(root: Node, serial: int) -> bool:
	_looks -= 1
	if _looks > 0 and serial == _serial and _nodes.all(is_instance_valid):
		return false
	_looks = SEARCH_EVERY
	_serial = serial
	var found: Array[Node] = []
	_collect(root, found)
	if found == _nodes:
		return false
	_nodes = found
	_last = []
	_last.resize(found.size())
	_describe(root)
	return true


## The nodes that moved since the last call, each [number, place ...]: of three dimensions x, y, z
## and the quaternion x, y, z, w, with the scale x, y, z behind where it is not 1; of two dimensions
## x, y, angle and the scale x, y. The number alone: it is hidden or gone.
func moved(root: Node) -> Array:
	var here: Transform3D
	var flat: Transform2D
	if root is Node3D:
		here = (root as Node3D).global_transform.affine_inverse()
	elif root is Node2D:
		flat = (root as Node2D).global_transform.affine_inverse()
	var told: Array = []
	for i: int in _nodes.size():
		# Hidden or gone: false, unlike what was never told.
		var now: Variant = false
		var node: Node = _nodes[i] if is_instance_valid(_nodes[i]) else null
		if node is Node3D:
			var solid: Node3D = node
			if solid.visible:
				now = here * solid.global_transform if solid.top_level else solid.transform
		elif node is Node2D:
			var spot: Node2D = node
			if spot.visible:
				now = flat * spot.global_transform if spot.top_level else spot.transform
		if is_same(now, _last[i]):
			continue
		_last[i] = now
		told.append(_numbers(i, now))
	return told


## Number of [param node]; -1: it is not told of.
func number_of(node: Node) -> int:
	return _nodes.find(node)


## The next [method look] tells of all nodes again.
func forget() -> void:
	_nodes = []
	_looks = 0


## The node that [param path] of [member paths] means below [param root]; null: there is none.
static func node_at(root: Node, path: String) -> Node:
	var node: Node = root
	for part: String in path.split("/", false):
		var next: Node = null
		if part.begins_with("@"):
			for child: Node in node.get_children():
				if String(child.name).begins_with("@") and _word_of(child) == part:
					next = child
					break
		else:
			next = node.get_node_or_null(part)
		if next == null:
			return null
		node = next
	return node


static func _numbers(index: int, place: Variant) -> Array:
	if place is Transform3D:
		var solid: Transform3D = place
		var at: Vector3 = solid.origin
		var size: Vector3 = solid.basis.get_scale()
		if not solid.is_finite() or is_zero_approx(solid.basis.determinant()):
			return [index]
		var turn: Quaternion = solid.basis.get_rotation_quaternion()
		var row: Array = [index]
		for value: float in [at.x, at.y, at.z, turn.x, turn.y, turn.z, turn.w]:
			row.append(snappedf(value, 0.0001))
		if not size.is_equal_approx(Vector3.ONE):
			row.append_array([size.x, size.y, size.z])
		return row
	if place is Transform2D:
		var flat: Transform2D = place
		if not flat.is_finite():
			return [index]
		var size: Vector2 = flat.get_scale()
		var row: Array = [index]
		for value: float in [flat.origin.x, flat.origin.y, flat.get_rotation(), size.x, size.y]:
			row.append(snappedf(value, 0.0001))
		return row
	return [index]


func _describe(root: Node) -> void:
	paths = []
	free_nodes = []
	shapes = {}
	for i: int in _nodes.size():
		var node: Node = _nodes[i]
		paths.append(_path_of(node, root))
		if node.get(&"top_level"):
			free_nodes.append(i)
		var shape: CollisionShape3D = node as CollisionShape3D
		if shape != null and shape.shape != null:
			var looks: Array = _looks_of(shape.shape)
			if not looks.is_empty():
				shapes[i] = looks


static func _looks_of(shape: Shape3D) -> Array:
	if shape is BoxShape3D:
		var size: Vector3 = (shape as BoxShape3D).size
		return ["box", size.x, size.y, size.z]
	if shape is SphereShape3D:
		return ["sphere", (shape as SphereShape3D).radius]
	if shape is CapsuleShape3D:
		return ["capsule", (shape as CapsuleShape3D).radius, (shape as CapsuleShape3D).height]
	if shape is CylinderShape3D:
		return ["cylinder", (shape as CylinderShape3D).radius, (shape as CylinderShape3D).height]
	return []


static func _collect(node: Node, found: Array[Node]) -> void:
	for child: Node in node.get_children():
		if found.size() >= MOST_NODES:
			return
		if child is Node3D or child is Node2D:
			found.append(child)
		_collect(child, found)


static func _path_of(node: Node, root: Node) -> String:
	var parts: PackedStringArray = []
	while node != root:
		parts.append(_word_of(node))
		node = node.get_parent()
	parts.reverse()
	return "/".join(parts)


static func _word_of(node: Node) -> String:
	if not String(node.name).begins_with("@"):
		return String(node.name)
	var place: int = 0
	for other: Node in node.get_parent().get_children():
		if other == node:
			break
		if String(other.name).begins_with("@") and other.get_class() == node.get_class():
			place += 1
	return "@%s:%d" % [node.get_class(), place]
