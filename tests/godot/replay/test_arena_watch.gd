extends GodotTestCase
## What is watched of a scene, under which names, and when it is told.

const RLArenaWatch := preload("res://addons/godot_rl/replay/arena_watch.gd")

var _root: Node3D = Node3D.new()
var _watch: RLArenaWatch


func test_everything_is_told_once_then_what_moved() -> void:
	var body: CharacterBody3D = CharacterBody3D.new()
	body.name = "Body"
	_root.add_child(body)
	_begin()
	_watch.look(true)
	check_equal(_watch.changed_ids, PackedInt32Array([0, 1]))
	check_equal(_watch.changed_values.size(), 4 * (12 + 15))
	_watch.look(false)
	check_equal(_watch.changed_ids, PackedInt32Array())
	body.velocity.y = 2.5
	_watch.look(false)
	check_equal(_watch.changed_ids, PackedInt32Array([1]))
	check_equal(_watch.changed_values.decode_float(4 * 13), 2.5)
	_root.position.x = 1.0
	_watch.look(false)
	check_equal(_watch.changed_ids, PackedInt32Array([0]))


func test_bodies_of_both_dimensions_are_told_with_their_velocities() -> void:
	var rigid: RigidBody3D = RigidBody3D.new()
	var flat: RigidBody2D = RigidBody2D.new()
	var plain: Node2D = Node2D.new()
	for node: Node in [rigid, flat, plain]:
		node.name = node.get_class()
		_root.add_child(node)
	_begin()
	_watch.look(true)
	check_equal(_watch.changed_values.size(), 4 * (12 + 18 + 10 + 6))
	rigid.angular_velocity.z = 0.5
	flat.angular_velocity = -0.5
	plain.rotation = 1.0
	_watch.look(false)
	check_equal(_watch.changed_ids, PackedInt32Array([1, 2, 3]))
	check_equal(_watch.changed_values.decode_float(4 * 17), 0.5)
	check_equal(_watch.changed_values.decode_float(4 * (18 + 8)), -0.5)


func test_nodes_without_a_name_are_told_apart_by_place() -> void:
	for i: int in 2:
		_root.add_child(StaticBody3D.new())
	_root.add_child(Area3D.new())
	var news: Dictionary = _begin()
	check_equal(
		news["nodes"],
		[
			[0, ".", "node3d"],
			[1, "StaticBody3D#0", "node3d"],
			[2, "StaticBody3D#1", "node3d"],
			[3, "Area3D#0", "node3d"],
		]
	)


func test_the_size_of_a_shape_counts_at_the_beginning() -> void:
	var shape: CollisionShape3D = CollisionShape3D.new()
	shape.shape = BoxShape3D.new()
	_root.add_child(shape)
	_begin()
	_watch.look(true)
	var before: PackedByteArray = _watch.changed_values
	(shape.shape as BoxShape3D).size.x += 0.001
	_watch.look(false)
	check_equal(_watch.changed_ids, PackedInt32Array())
	_watch.look(true)
	check(_watch.changed_values != before, "the size is part of the state")


func test_nodes_come_and_go() -> void:
	_begin()
	_watch.look(true)
	check_equal(_watch.list_news(), {})
	var child: Node3D = Node3D.new()
	child.name = "Late"
	_root.add_child(child)
	_watch.is_stale = true
	check_equal(_watch.list_news(), {"nodes": [[1, "Late", "node3d"]], "gone": []})
	_watch.look(false)
	check(_watch.changed_ids.has(1), "a new node is told at once")
	child.free()
	_watch.is_stale = true
	check_equal(_watch.list_news(), {"nodes": [], "gone": [1]})


func _begin() -> Dictionary:
	add_child(_root)
	_watch = RLArenaWatch.new(_root)
	_watch.restart()
	return _watch.list_news()
