extends RefCounted
## The state of one arena's scene: which nodes there are, and what changed in them since last time.
##
## Watched are all Node3D and Node2D from the arena's root down: the transform relative to the
## parent, and of bodies the velocities. What only draws, and the shapes inside bodies, are read at
## an episode's beginning only ([constant RESTING]); of shapes the size too. RLEpisodeTape asks once
## a decision; reading changes nothing. A node is known by its path; where the engine made up the
## name (`@StaticBody3D@17`), by class and place among such siblings (`StaticBody3D#2`).

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## Nodes of these classes are read when an episode begins and not again.
const RESTING: PackedStringArray = [
	"VisualInstance3D",
	"CollisionShape3D",
	"CollisionPolygon3D",
	"CollisionShape2D",
	"CollisionPolygon2D",
	"Sprite2D",
	"AnimatedSprite2D",
	"Polygon2D",
	"TileMapLayer",
]
# Class name to whether its nodes rest.
static var _resting: Dictionary[String, bool] = {}

## The arena's root.
var root: Node
## Set when a node came or went; the next [method list_news] looks at the tree again.
var is_stale: bool = true
## Identifiers of the nodes that changed, as of the last [method look].
var changed_ids: PackedInt32Array = []
## Their values, one after another, float32 (float64 in an engine of double precision).
var changed_values: PackedByteArray = []

var _ids: Dictionary[String, int] = {}
var _kinds: PackedStringArray = []
var _present: Dictionary[int, bool] = {}
var _all: Array[Node] = []
var _all_ids: PackedInt32Array = []
# Those that are read at every decision, with what was read last: transforms are compared fastest.
var _plain: Array[Node3D] = []
var _plain_ids: PackedInt32Array = []
var _plain_last: Array[Transform3D] = []
var _others: Array[Node] = []
var _other_ids: PackedInt32Array = []
var _other_last: Array[PackedByteArray] = []


func _init(arena_root: Node) -> void:
	root = arena_root


## Forgets which nodes are known: an episode begins.
func restart() -> void:
	_ids.clear()
	_kinds.clear()
	_present.clear()
	is_stale = true


## Returns the nodes that appeared or went since the last call,
## [code]{"nodes": [[id, path, kind]], "gone": [id]}[/code], or {}.
func list_news() -> Dictionary:
	if not is_stale:
		return {}
	is_stale = false
	var before: Dictionary[int, bool] = _present.duplicate()
	var known: int = _kinds.size()
	_present.clear()
	_all.clear()
	_all_ids.clear()
	_collect(root, ".")
	_sort_moving()
	var news: Dictionary = {"nodes": [], "gone": []}
	var added: PackedInt32Array = []
	for path: String in _ids:
		var id: int = _ids[path]
		if _present.has(id) and not before.has(id):
			news["nodes"].append([id, path, _kinds[id]])
			added.append(id)
	for id: int in before:
		if not _present.has(id):
			news["gone"].append(id)
	if known > 0 and added.is_empty() and news["gone"].is_empty():
		return {}
	return news


## Reads the nodes: all of them with [param everything], else those that can move. What differs from
## the last time is then in [member changed_ids] and [member changed_values].
func look(everything: bool) -> void:
	changed_ids = PackedInt32Array()
	changed_values = PackedByteArray()
	if everything:
		for i: int in _all.size():
			_tell(_all_ids[i], _read(_all[i], _kinds[_all_ids[i]]))
	for i: int in _plain.size():
		var place: Transform3D = _plain[i].transform
		if place != _plain_last[i]:
			_plain_last[i] = place
			if not everything:
				_tell(_plain_ids[i], _read(_plain[i], "node3d"))
	for i: int in _others.size():
		var values: PackedByteArray = _read(_others[i], _kinds[_other_ids[i]])
		if values != _other_last[i]:
			_other_last[i] = values
			if not everything:
				_tell(_other_ids[i], values)


func _tell(id: int, values: PackedByteArray) -> void:
	changed_ids.append(id)
	changed_values.append_array(values)


func _collect(node: Node, path: String) -> void:
	var kind: String = _kind_of(node)
	if not kind.is_empty():
		var id: int = _ids.get(path, -1)
		if id < 0 or _kinds[id] != kind:
			id = _kinds.size()
			_ids[path] = id
			_kinds.append(kind)
		_present[id] = true
		_all.append(node)
		_all_ids.append(id)
	var nameless: Dictionary[String, int] = {}
	for child: Node in node.get_children():
		if child.is_queued_for_deletion():
			continue
		var label: String = child.name
		if label.begins_with("@"):
			var type: String = child.get_class()
			nameless[type] = nameless.get(type, -1) + 1
			label = "%s#%d" % [type, nameless[type]]
		_collect(child, label if path == "." else path + "/" + label)


# What was read before is forgotten, so all that can move is told again.
func _sort_moving() -> void:
	_plain.clear()
	_plain_ids.clear()
	_plain_last.clear()
	_others.clear()
	_other_ids.clear()
	_other_last.clear()
	for i: int in _all.size():
		if _rests(_all[i].get_class()):
			continue
		if _kinds[_all_ids[i]] == "node3d":
			_plain.append(_all[i])
			_plain_ids.append(_all_ids[i])
			_plain_last.append(Transform3D(Basis(), Vector3.INF))
		else:
			_others.append(_all[i])
			_other_ids.append(_all_ids[i])
			_other_last.append(PackedByteArray())


static func _rests(type: String) -> bool:
	if not _resting.has(type):
		_resting[type] = false
		for resting: String in RESTING:
			if ClassDB.is_parent_class(type, resting):
				_resting[type] = true
	return _resting[type]


static func _kind_of(node: Node) -> String:
	if node is Node3D:
		if node is CharacterBody3D:
			return "body3d"
		if node is RigidBody3D:
			return "rigid3d"
		return "shape3d" if node is CollisionShape3D else "node3d"
	if node is Node2D:
		if node is CharacterBody2D:
			return "body2d"
		return "rigid2d" if node is RigidBody2D else "node2d"
	return ""


static func _read(node: Node, kind: String) -> PackedByteArray:
	if node is Node2D:
		return _read_2d(node, kind)
	var place: Transform3D = (node as Node3D).transform
	var vectors: PackedVector3Array = [place.basis.x, place.basis.y, place.basis.z, place.origin]
	match kind:
		"body3d":
			vectors.append((node as CharacterBody3D).velocity)
		"rigid3d":
			vectors.append((node as RigidBody3D).linear_velocity)
			vectors.append((node as RigidBody3D).angular_velocity)
		"shape3d":
			vectors.append(_size_of((node as CollisionShape3D).shape))
	return vectors.to_byte_array()


static func _read_2d(node: Node2D, kind: String) -> PackedByteArray:
	var place: Transform2D = node.transform
	var vectors: PackedVector2Array = [place.x, place.y, place.origin]
	if kind == "body2d":
		vectors.append((node as CharacterBody2D).velocity)
	elif kind == "rigid2d":
		vectors.append((node as RigidBody2D).linear_velocity)
		vectors.append(Vector2((node as RigidBody2D).angular_velocity, 0.0))
	return vectors.to_byte_array()


static func _size_of(shape: Shape3D) -> Vector3:
	if shape is BoxShape3D:
		return (shape as BoxShape3D).size
	if shape is SphereShape3D:
		return Vector3((shape as SphereShape3D).radius, 0.0, 0.0)
	if shape is CapsuleShape3D:
		return Vector3((shape as CapsuleShape3D).radius, (shape as CapsuleShape3D).height, 0.0)
	if shape is CylinderShape3D:
		return Vector3((shape as CylinderShape3D).radius, (shape as CylinderShape3D).height, 0.0)
	return Vector3.ZERO
