extends GodotTestCase
## Copies of a scene: where they stand and in which world.

const RLArenaBuilder := preload("res://addons/godot_rl/arenas/arena_builder.gd")
const SCENE: PackedScene = preload("res://tests/godot/fixtures/counter_arena.tscn")


func test_side_by_side_on_a_grid() -> void:
	var roots: Array[Node] = RLArenaBuilder.build(_original(), 5, "shared")
	check_equal(roots.size(), 5)
	var places: Dictionary = {}
	for root: Node3D in roots:
		places[root.position] = true
		check(root.get_world_3d() == roots[0].get_world_3d(), "one physics space")
	check_equal(places.size(), 5, "distinct places")
	check_equal((roots[4] as Node3D).position, Vector3(50.0, 0.0, 50.0))


func test_own_worlds_at_the_origin() -> void:
	var roots: Array[Node] = RLArenaBuilder.build(_original(), 3, "worlds")
	var worlds: Dictionary = {}
	for root: Node3D in roots:
		worlds[root.get_world_3d()] = true
		check_equal(root.global_position, Vector3.ZERO)
	check_equal(worlds.size(), 3)


func test_one_arena_is_the_scene_itself() -> void:
	var original: Node = _original()
	check_equal(RLArenaBuilder.build(original, 1, "worlds"), [original] as Array[Node])


func test_a_scene_without_a_file_cannot_be_copied() -> void:
	var node: Node3D = Node3D.new()
	add_child(node)
	expect_error("needs a scene that was loaded from a file")
	check_equal(RLArenaBuilder.build(node, 2, "shared"), [] as Array[Node])


func _original() -> Node:
	var root: Node = SCENE.instantiate()
	add_child(root)
	return root
