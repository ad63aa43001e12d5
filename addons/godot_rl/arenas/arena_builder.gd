extends RefCounted
## Makes the copies of a scene that run in one engine process.
##
## "shared": side by side in one physics space, the fastest. "worlds": each copy after the first
## in a SubViewport with its own World3D and World2D, at the origin, bit-identical to the first.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLLog := preload("res://addons/godot_rl/logger.gd")
const DEFAULT_SIZE_3D: Vector3 = Vector3(50.0, 0.0, 50.0)
const DEFAULT_SIZE_2D: Vector2 = Vector2(2000.0, 2000.0)


## Adds copies of [param scene_root] until there are [param count] arenas; returns their roots, the
## original first. On failure returns an empty array and reports why.
static func build(scene_root: Node, count: int, isolation: String) -> Array[Node]:
	var roots: Array[Node] = [scene_root]
	if count == 1:
		return roots
	if scene_root.scene_file_path.is_empty():
		RLLog.error("--arenas=%d needs a scene that was loaded from a file" % count)
		return []
	var packed: PackedScene = load(scene_root.scene_file_path)
	var separate: bool = isolation == "worlds"
	if not separate and not (scene_root is Node3D or scene_root is Node2D):
		RLLog.info("the scene's root is neither 2D nor 3D: each arena gets its own world")
		separate = true
	for i: int in range(1, count):
		var copy: Node = packed.instantiate()
		copy.name = "Arena%d" % i
		if separate:
			_add_in_own_world(scene_root.get_parent(), copy)
		else:
			_place(copy, scene_root, i, count)
			scene_root.get_parent().add_child(copy)
		roots.append(copy)
	return roots


## Makes the one arena that is number [param index] of [param count] side by side, and puts the
## original out of action: what stands at another place is rounded differently, so an episode played
## there is played again there.
static func build_cell(scene_root: Node, index: int, count: int) -> Array[Node]:
	if index == 0 or not (scene_root is Node3D or scene_root is Node2D):
		return [scene_root]
	if scene_root.scene_file_path.is_empty():
		RLLog.error("--arena_cell needs a scene that was loaded from a file")
		return []
	var copy: Node = (load(scene_root.scene_file_path) as PackedScene).instantiate()
	copy.name = "Arena%d" % index
	_place(copy, scene_root, index, count)
	scene_root.get_parent().add_child(copy)
	scene_root.process_mode = Node.PROCESS_MODE_DISABLED
	return [copy]


## Puts a new instance of [param packed] in the place of [param old], which is freed: same parent,
## same name, same position. Returns it.
static func renew(old: Node, packed: PackedScene) -> Node:
	var parent: Node = old.get_parent()
	var tree: SceneTree = old.get_tree()
	var place: int = old.get_index()
	var was_current: bool = tree.current_scene == old
	var fresh: Node = packed.instantiate()
	fresh.name = old.name
	if old is Node3D and fresh is Node3D:
		fresh.position = old.position
	elif old is Node2D and fresh is Node2D:
		fresh.position = old.position
	parent.remove_child(old)
	old.queue_free()
	parent.add_child(fresh)
	parent.move_child(fresh, place)
	if was_current:
		tree.current_scene = fresh
	return fresh


## Takes a copy of the scene, made by [method build], out of the tree, with its world.
static func remove(copy: Node) -> void:
	if not is_instance_valid(copy) or not copy.is_inside_tree():
		return
	var top: Node = copy.get_parent() if copy.get_parent() is SubViewport else copy
	top.get_parent().remove_child(top)
	top.queue_free()


static func _add_in_own_world(parent: Node, copy: Node) -> void:
	var viewport: SubViewport = SubViewport.new()
	viewport.name = "%sWorld" % copy.name
	viewport.own_world_3d = true
	viewport.size = Vector2i(2, 2)
	viewport.render_target_update_mode = SubViewport.UPDATE_DISABLED
	viewport.gui_disable_input = true
	viewport.add_child(copy)
	parent.add_child(viewport)


static func _place(copy: Node, original: Node, index: int, count: int) -> void:
	var columns: int = ceili(sqrt(count))
	var cell: Vector2i = Vector2i(index % columns, floori(float(index) / columns))
	var declared: Variant = original.get("arena_size")
	if copy is Node3D:
		var size: Vector3 = declared if declared is Vector3 else DEFAULT_SIZE_3D
		copy.position = original.position + Vector3(cell.x * size.x, 0.0, cell.y * size.z)
	else:
		var area: Vector2 = declared if declared is Vector2 else DEFAULT_SIZE_2D
		copy.position = original.position + Vector2(cell) * area
