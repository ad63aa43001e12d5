extends RefCounted
## Where the solid world of one arena ends: the box round its colliders that do not move by
## themselves, looked up again when something seems to be outside.
##
## RLExploreTeller asks it. It knows no agent.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## How far below the lowest collider counts as outside: metres in 3D, pixels in 2D.
const BELOW_3D: float = 5.0
const BELOW_2D: float = 500.0
## How many times the box's longest side beyond its faces counts as outside.
const FAR: float = 10.0
## Decisions between two looks at the colliders while something is outside.
const LOOK_AGAIN: int = 10

var _root: Node
var _box: AABB
var _is_known: bool = false
var _has_colliders: bool = false
var _is_flat: bool = false
var _waits: int = 0


func _init(root: Node) -> void:
	_root = root


## The position of [param body] below the arena's root: 3 numbers, 2 in 2D, none of other nodes.
func place_of(body: Node) -> PackedFloat64Array:
	if body is Node3D:
		var place: Vector3 = (body as Node3D).global_position
		if _root is Node3D and _root.is_inside_tree():
			place = (_root as Node3D).global_transform.affine_inverse() * place
		return [place.x, place.y, place.z]
	if body is Node2D:
		var flat: Vector2 = (body as Node2D).global_position
		if _root is Node2D and _root.is_inside_tree():
			flat = (_root as Node2D).global_transform.affine_inverse() * flat
		return [flat.x, flat.y]
	return []


## Why [param place] is out of the world, or "".
func outside(place: PackedFloat64Array) -> String:
	for number: float in place:
		if not is_finite(number):
			return "no number: the position is not finite"
	if not _is_known:
		_look()
	var reason: String = _reason(place)
	if reason.is_empty():
		_waits = 0
		return ""
	# Terrain may have grown since.
	_waits -= 1
	if _waits < 0:
		_waits = LOOK_AGAIN
		_look()
		reason = _reason(place)
	return reason


func _reason(place: PackedFloat64Array) -> String:
	if not _has_colliders:
		return ""
	var end: Vector3 = _box.end
	if place.size() == 2:
		if _is_flat and place[1] > end.y + BELOW_2D:
			return "below the lowest collider"
	elif not _is_flat and place[1] < _box.position.y - BELOW_3D:
		return "below the lowest collider"
	var reach: float = FAR * maxf(_box.get_longest_axis_size(), 1.0)
	for axis: int in place.size():
		if place[axis] < _box.position[axis] - reach or place[axis] > end[axis] + reach:
			return "far from every collider"
	return ""


func _look() -> void:
	_is_known = true
	_has_colliders = false
	if is_instance_valid(_root) and _root.is_inside_tree():
		_look_below(_root)


func _look_below(node: Node) -> void:
	if node is CollisionShape3D and node.get_parent() is StaticBody3D:
		var shape: CollisionShape3D = node
		if shape.shape is WorldBoundaryShape3D:
			var plane: Plane = (shape.shape as WorldBoundaryShape3D).plane
			_add(shape, AABB(plane.normal * plane.d, Vector3.ZERO))
		elif shape.shape != null and not shape.disabled:
			_add(shape, shape.shape.get_debug_mesh().get_aabb())
	elif node is CSGShape3D and (node as CSGShape3D).use_collision:
		_add(node, (node as CSGShape3D).get_aabb())
	elif node is GridMap:
		for cell: Vector3i in (node as GridMap).get_used_cells():
			_add(node, AABB((node as GridMap).map_to_local(cell), Vector3.ZERO))
	elif node is CollisionShape2D and node.get_parent() is StaticBody2D:
		if (node as CollisionShape2D).shape != null:
			_add_flat(node, (node as CollisionShape2D).shape.get_rect())
	elif node is TileMapLayer and (node as TileMapLayer).tile_set != null:
		var layer: TileMapLayer = node
		var used: Rect2i = layer.get_used_rect()
		_add_flat(
			layer, Rect2(layer.map_to_local(used.position), used.size * layer.tile_set.tile_size)
		)
	for child: Node in node.get_children():
		_look_below(child)


func _add(node: Node3D, box: AABB) -> void:
	var local: Transform3D = node.global_transform
	if _root is Node3D:
		local = (_root as Node3D).global_transform.affine_inverse() * local
	_is_flat = false
	_merge(local * box)


func _add_flat(node: Node2D, rect: Rect2) -> void:
	var local: Transform2D = node.global_transform
	if _root is Node2D:
		local = (_root as Node2D).global_transform.affine_inverse() * local
	var placed: Rect2 = local * rect
	_is_flat = true
	_merge(
		AABB(
			Vector3(placed.position.x, placed.position.y, 0.0),
			Vector3(placed.size.x, placed.size.y, 0.0)
		)
	)


func _merge(box: AABB) -> void:
	_box = _box.merge(box) if _has_colliders else box
	_has_colliders = true
