extends RefCounted
## The scene in which a window shows an arena of a run: still, apart from where it is told to stand.
##
## RLWatcher owns one. No node of the scene processes, so no logic and no physics runs; nodes of the
## group [constant VIEW_GROUP], which only draw, go on. A node that the scene here lacks (a game may
## make some as it plays) gets a stand-in where its shape is known.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLArenaPoses := preload("res://addons/godot_rl/monitor/arena_poses.gd")
const RLPoseFrame := preload("res://addons/godot_rl/watch/pose_frame.gd")

## Nodes that only draw, and may: they read the scene and never change it.
const VIEW_GROUP: StringName = &"RL_VIEW"
const SHOW_STATE: StringName = &"show_watch_state"

var root: Node

var _nodes: Array[Node] = []
var _free: Dictionary[int, bool] = {}
var _stand_ins: Array[Node] = []
var _bodies: Array[int] = []


## Keeps [param scene] from doing anything; to be called before it is in the tree, or as it enters.
func take(scene: Node) -> void:
	root = scene
	root.process_mode = Node.PROCESS_MODE_DISABLED


## Lets what only draws go on, and no other node. Called each frame, since views may come late.
func let_views_draw() -> void:
	for view: Node in root.get_tree().get_nodes_in_group(VIEW_GROUP):
		if view.process_mode != Node.PROCESS_MODE_ALWAYS and root.is_ancestor_of(view):
			view.process_mode = Node.PROCESS_MODE_ALWAYS


## Finds the nodes of a stream's [param head] here.
func cast(head: Dictionary) -> void:
	for node: Node in _stand_ins:
		if is_instance_valid(node):
			node.queue_free()
	_stand_ins = []
	_nodes = []
	_free = {}
	for index: Variant in head.get("free", []):
		_free[int(index)] = true
	var shapes: Dictionary = head.get("shapes", {})
	var paths: Array = head.get("paths", [])
	for i: int in paths.size():
		var node: Node = RLArenaPoses.node_at(root, paths[i])
		if node == null:
			node = _stand_in(paths[i], shapes.get(str(i), []))
		_nodes.append(node)
	_bodies = []
	for index: Variant in head.get("bodies", []):
		_bodies.append(int(index))


## Puts everything where it was [param share] of the way from one frame to the next.
func show(before: RLPoseFrame, after: RLPoseFrame, share: float) -> void:
	var blends: bool = before.serial == after.serial and share > 0.0
	var now: RLPoseFrame = after if share >= 1.0 else before
	for i: int in mini(_nodes.size(), now.places.size()):
		var place: Variant = now.places[i]
		if place == null or _nodes[i] == null:
			continue
		if blends and typeof(before.places[i]) == typeof(after.places[i]):
			place = _between(before.places[i], after.places[i], share)
		_put(i, place)
	if root.has_method(SHOW_STATE) and not now.state.is_empty():
		root.call(SHOW_STATE, now.state)


## The middle of the agents' bodies, and how far they are from it; [] where there is none of three
## dimensions.
func middle() -> Array:
	var places: Array[Vector3] = []
	for index: int in _bodies:
		if index >= 0 and index < _nodes.size() and _nodes[index] is Node3D:
			places.append((_nodes[index] as Node3D).global_position)
	if places.is_empty():
		return []
	var sum: Vector3 = Vector3.ZERO
	for place: Vector3 in places:
		sum += place
	sum /= places.size()
	var reach: float = 0.0
	for place: Vector3 in places:
		reach = maxf(reach, place.distance_to(sum))
	return [sum, reach]


func _put(index: int, place: Variant) -> void:
	var node: Node = _nodes[index]
	if place is bool:
		node.set(&"visible", false)
	elif place is Transform3D and node is Node3D:
		var solid: Node3D = node
		solid.visible = true
		if _free.has(index) and root is Node3D:
			solid.global_transform = (root as Node3D).global_transform * (place as Transform3D)
		else:
			solid.transform = place
	elif place is Transform2D and node is Node2D:
		var flat: Node2D = node
		flat.visible = true
		if _free.has(index) and root is Node2D:
			flat.global_transform = (root as Node2D).global_transform * (place as Transform2D)
		else:
			flat.transform = place


static func _between(before: Variant, after: Variant, share: float) -> Variant:
	if before is Transform3D:
		return (before as Transform3D).interpolate_with(after, share)
	if before is Transform2D:
		return (before as Transform2D).interpolate_with(after, share)
	return after


# Below the nearest node that is there or stands in for one; null where that is not known.
func _stand_in(path: String, shape: Array) -> Node:
	var upper: Node = root
	if path.contains("/"):
		upper = RLArenaPoses.node_at(root, path.get_base_dir())
		if upper == null:
			upper = _named(path.get_base_dir())
	if upper == null:
		return null
	var node: Node3D = Node3D.new()
	node.set_meta(&"rl_path", path)
	upper.add_child(node)
	_stand_ins.append(node)
	var mesh: Mesh = _mesh_of(shape)
	if mesh != null:
		var seen: MeshInstance3D = MeshInstance3D.new()
		seen.mesh = mesh
		node.add_child(seen)
	return node


func _named(path: String) -> Node:
	for node: Node in _stand_ins:
		if node.get_meta(&"rl_path") == path:
			return node
	return null


static func _mesh_of(shape: Array) -> Mesh:
	if shape.is_empty():
		return null
	match shape[0]:
		"box":
			var box: BoxMesh = BoxMesh.new()
			box.size = Vector3(shape[1], shape[2], shape[3])
			return box
		"sphere":
			var ball: SphereMesh = SphereMesh.new()
			ball.radius = shape[1]
			ball.height = 2.0 * float(shape[1])
			return ball
		"capsule":
			var capsule: CapsuleMesh = CapsuleMesh.new()
			capsule.radius = shape[1]
			capsule.height = shape[2]
			return capsule
		"cylinder":
			var cylinder: CylinderMesh = CylinderMesh.new()
			cylinder.top_radius = shape[1]
			cylinder.bottom_radius = shape[1]
			cylinder.height = shape[2]
			return cylinder
	return null
