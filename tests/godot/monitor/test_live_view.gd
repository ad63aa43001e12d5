extends GodotTestCase
## What a run tells of where its bodies are, to whom, and that nobody is told who does not watch.

const CounterController := preload("res://tests/godot/fixtures/counter_controller.gd")
const RLArenaShapes := preload("res://addons/godot_rl/monitor/arena_shapes.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLLiveView := preload("res://addons/godot_rl/monitor/live_view.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")

var _folder: String = OS.get_temp_dir().path_join("rl_live_view_%d" % OS.get_process_id())


func _exit_tree() -> void:
	for file: String in DirAccess.get_files_at(_folder):
		DirAccess.remove_absolute(_folder.path_join(file))
	DirAccess.remove_absolute(_folder)


func test_shapes_are_told_from_above() -> void:
	var root: Node3D = _arena()
	var shapes: RLArenaShapes = RLArenaShapes.new()
	var agent: Node = root.get_node("Player/Agent")
	check_equal(shapes.look(root, [agent]), true)
	check_equal(
		shapes.nodes,
		[
			["Player", "agent", "circle", 0.6, 0.6],
			["Crate", "body", "box", 2.0, 4.0],
			["Goal", "area", "circle", 1.0, 1.0],
		]
	)
	check_equal(shapes.look(root, [agent]), false)
	root.position = Vector3(100.0, 0.0, 50.0)
	var player: Node3D = root.get_node("Player")
	player.position = Vector3(1.0, 0.5, -2.0)
	player.rotation.y = PI / 2.0
	var places: Array = shapes.places(root)
	check_equal(places.size(), 12)
	# Relative to the arena; turned to the left of -z, which is -x.
	check_equal(places.slice(0, 2), [1.0, -2.0])
	check_near(absf(places[2]), PI, 0.01)
	check_equal(places[3], 0.5)


func test_a_body_that_came_is_told() -> void:
	var root: Node3D = _arena()
	var shapes: RLArenaShapes = RLArenaShapes.new()
	var agent: Node = root.get_node("Player/Agent")
	shapes.look(root, [agent])
	_add(root, StaticBody3D.new(), "Late", SphereShape3D.new())
	var news: int = 0
	for i: int in RLArenaShapes.SEARCH_EVERY:
		news += 1 if shapes.look(root, [agent]) else 0
	check_equal(news, 1)
	check_equal(shapes.nodes[-1][0], "Late")
	root.get_node("Late").free()
	# What went is not read again.
	check_equal(shapes.look(root, [agent]), true)
	check_equal(shapes.nodes.size(), 3)


func test_two_dimensions_are_told_too() -> void:
	var root: Node2D = Node2D.new()
	add_child(root)
	var body: StaticBody2D = StaticBody2D.new()
	var shape: CollisionShape2D = CollisionShape2D.new()
	var box: RectangleShape2D = RectangleShape2D.new()
	box.size = Vector2(30.0, 10.0)
	shape.shape = box
	body.add_child(shape)
	root.add_child(body)
	body.position = Vector2(5.0, 7.0)
	body.rotation = 0.5
	var shapes: RLArenaShapes = RLArenaShapes.new()
	shapes.look(root, [])
	# Its x is ahead: the depth lies along it.
	check_equal(shapes.nodes[0].slice(1), ["body", "box", 10.0, 30.0])
	check_equal(shapes.places(root), [5.0, 7.0, 0.5, 0.0])


func test_only_who_watches_is_told() -> void:
	var roster: RLRoster = _roster()
	var view: RLLiveView = RLLiveView.new(_folder, roster, 4)
	DirAccess.make_dir_recursive_absolute(_folder)
	view.look()
	check_equal(DirAccess.get_files_at(_folder).size(), 0)
	_wish([4], 60.0)
	view = RLLiveView.new(_folder, roster, 4)
	view.look()
	var lines: PackedStringArray = _lines(4)
	var head: Dictionary = JSON.parse_string(lines[0])
	check_equal(head["arena"], 4.0)
	check_equal(head["nodes"][0][1], "agent")
	var told: Dictionary = JSON.parse_string(lines[1])
	check_equal((told["at"] as Array).size(), 4 * (head["nodes"] as Array).size())
	# An arena of another engine, and a wish that is over, are nobody's business here.
	view.close()
	for file: String in ["arena_4.jsonl"]:
		DirAccess.remove_absolute(_folder.path_join(file))
	for wish: Array in [[[0], 60.0], [[4], -1.0]]:
		_wish(wish[0], wish[1])
		view = RLLiveView.new(_folder, roster, 4)
		view.look()
	check_equal(DirAccess.get_files_at(_folder), PackedStringArray(["wanted.json"]))


func test_a_wish_that_is_nonsense_is_none() -> void:
	DirAccess.make_dir_recursive_absolute(_folder)
	for text: String in ["", "7", "[]", '{"arenas": "x", "until": 9e99}', '{"arenas": [null]}']:
		var file: FileAccess = FileAccess.open(_folder.path_join("wanted.json"), FileAccess.WRITE)
		file.store_string(text)
		file.close()
		RLLiveView.new(_folder, _roster(), 0).look()
	check_equal(DirAccess.get_files_at(_folder), PackedStringArray(["wanted.json"]))


func test_the_folder_is_an_argument() -> void:
	var words: PackedStringArray = ["--rl.live_view=/tmp/x"]
	check_equal(RLLaunchOptions.parse(words).live_view, "/tmp/x")
	check_equal(RLLaunchOptions.parse([]).live_view, "")


func _wish(arenas: Array, lease_s: float) -> void:
	var file: FileAccess = FileAccess.open(_folder.path_join("wanted.json"), FileAccess.WRITE)
	var until: float = Time.get_unix_time_from_system() + lease_s
	file.store_string(JSON.stringify({"arenas": arenas, "until": until}))


func _lines(arena: int) -> PackedStringArray:
	var path: String = _folder.path_join("arena_%d.jsonl" % arena)
	return FileAccess.get_file_as_string(path).strip_edges().split("\n")


func _roster() -> RLRoster:
	var roster: RLRoster = RLRoster.new()
	roster.collect([_arena()], RLLaunchOptions.parse([]))
	return roster


func _arena() -> Node3D:
	var root: Node3D = Node3D.new()
	add_child(root)
	var player: CharacterBody3D = CharacterBody3D.new()
	var capsule: CapsuleShape3D = CapsuleShape3D.new()
	capsule.radius = 0.3
	_add(root, player, "Player", capsule)
	var agent: AIController3D = CounterController.new()
	agent.name = "Agent"
	player.add_child(agent)
	agent.init(player)
	var box: BoxShape3D = BoxShape3D.new()
	box.size = Vector3(2.0, 1.0, 4.0)
	_add(root, StaticBody3D.new(), "Crate", box)
	_add(root, Area3D.new(), "Goal", SphereShape3D.new())
	return root


func _add(root: Node, body: CollisionObject3D, name: String, shape: Shape3D) -> void:
	var node: CollisionShape3D = CollisionShape3D.new()
	node.shape = shape
	body.name = name
	body.add_child(node)
	root.add_child(body)
