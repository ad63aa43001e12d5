extends GodotTestCase
## A run tells where an arena's nodes stand, and a window puts the nodes of its own copy there.

const CounterController := preload("res://tests/godot/fixtures/counter_controller.gd")
const RLArenaPoses := preload("res://addons/godot_rl/monitor/arena_poses.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLLiveView := preload("res://addons/godot_rl/monitor/live_view.gd")
const RLPoseReader := preload("res://addons/godot_rl/watch/pose_reader.gd")
const RLPoseStage := preload("res://addons/godot_rl/watch/pose_stage.gd")
const RLPoseStream := preload("res://addons/godot_rl/monitor/pose_stream.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")

var _folder: String = OS.get_temp_dir().path_join("rl_watch_%d" % OS.get_process_id())


func _exit_tree() -> void:
	for file: String in DirAccess.get_files_at(_folder):
		DirAccess.remove_absolute(_folder.path_join(file))
	DirAccess.remove_absolute(_folder)


func test_a_window_shows_what_a_run_tells() -> void:
	var there: Node3D = _arena()
	there.position = Vector3(100.0, 0.0, 0.0)
	var roster: RLRoster = _roster(there)
	var stream: RLPoseStream = _stream(roster)
	var crate: Node3D = there.get_node("Crate")
	crate.transform = Transform3D(Basis(Vector3.UP, 0.5), Vector3(1.0, 2.0, 3.0))
	stream.tell()
	roster.clock.tick = 8
	crate.transform = Transform3D(Basis(Vector3.RIGHT, 1.0), Vector3(3.0, 2.0, 3.0))
	stream.tell()
	var reader: RLPoseReader = RLPoseReader.new(_path(), 0.0)
	check_equal(reader.poll(), true)
	check_equal(reader.frames.size(), 2)
	# The second time only what moved is told.
	check_equal((JSON.parse_string(_lines()[2])["at"] as Array).size(), 1)
	var here: Node3D = _arena()
	var stage: RLPoseStage = RLPoseStage.new()
	stage.take(here)
	stage.cast(reader.head)
	stage.show(reader.frames[0], reader.frames[1], 0.0)
	var shown: Node3D = here.get_node("Crate")
	check_near(shown.position.distance_to(Vector3(1.0, 2.0, 3.0)), 0.0, 0.001)
	check_near(shown.basis.get_euler().y, 0.5, 0.001)
	stage.show(reader.frames[0], reader.frames[1], 0.5)
	check_near(shown.position.x, 2.0, 0.001)
	stage.show(reader.frames[0], reader.frames[1], 1.0)
	check_near(shown.basis.get_euler().x, 1.0, 0.001)
	check_equal(here.position, Vector3.ZERO)


func test_hidden_scaled_and_free_nodes_are_told() -> void:
	var there: Node3D = _arena()
	there.position = Vector3(10.0, 0.0, 0.0)
	var crate: Node3D = there.get_node("Crate")
	crate.scale = Vector3(2.0, 3.0, 4.0)
	var goal: Node3D = there.get_node("Goal")
	goal.visible = false
	var player: Node3D = there.get_node("Player")
	player.top_level = true
	player.global_position = Vector3(12.0, 1.0, 0.0)
	_stream(_roster(there)).tell()
	var here: Node3D = _shown()
	check_near((here.get_node("Crate") as Node3D).scale.distance_to(Vector3(2, 3, 4)), 0.0, 0.001)
	check_equal((here.get_node("Goal") as Node3D).visible, false)
	check_near((here.get_node("Player") as Node3D).position.x, 2.0, 0.001)


func test_a_node_that_the_window_lacks_gets_a_stand_in() -> void:
	var there: Node3D = _arena()
	_add(there, StaticBody3D.new(), "Late", SphereShape3D.new())
	(there.get_node("Late") as Node3D).position = Vector3(0.0, 5.0, 0.0)
	_stream(_roster(there)).tell()
	var here: Node3D = _shown()
	var seen: Array[Node] = here.find_children("*", "MeshInstance3D", true, false)
	check_equal(seen.size(), 1)
	check_near((seen[0] as Node3D).global_position.y, 5.0, 0.001)
	check_equal((seen[0] as MeshInstance3D).mesh is SphereMesh, true)


func test_made_up_names_are_told_by_kind_and_place() -> void:
	var root: Node3D = Node3D.new()
	add_child(root)
	for kind: String in ["Area3D", "Node3D", "Area3D"]:
		var node: Node = ClassDB.instantiate(kind)
		root.add_child(node)
	var poses: RLArenaPoses = RLArenaPoses.new()
	poses.look(root, 0)
	check_equal(poses.paths, PackedStringArray(["@Area3D:0", "@Node3D:0", "@Area3D:1"]))
	check_equal(RLArenaPoses.node_at(root, "@Area3D:1"), root.get_child(2))
	check_equal(RLArenaPoses.node_at(root, "@Area3D:2"), null)


func test_two_dimensions_are_shown_too() -> void:
	var there: Node2D = Node2D.new()
	add_child(there)
	var spot: Node2D = Node2D.new()
	spot.name = "Spot"
	there.add_child(spot)
	spot.transform = Transform2D(0.5, Vector2(2.0, 2.0), 0.0, Vector2(5.0, 7.0))
	var agent: AIController3D = CounterController.new()
	there.add_child(agent)
	_stream(_roster(there)).tell()
	var here: Node2D = Node2D.new()
	add_child(here)
	var other: Node2D = Node2D.new()
	other.name = "Spot"
	here.add_child(other)
	_show_in(here)
	check_near(other.position.distance_to(Vector2(5.0, 7.0)), 0.0, 0.001)
	check_near(other.rotation, 0.5, 0.001)
	check_near(other.scale.x, 2.0, 0.001)


func test_only_who_wishes_for_poses_is_told_them() -> void:
	DirAccess.make_dir_recursive_absolute(_folder)
	var roster: RLRoster = _roster(_arena())
	RLLiveView.new(_folder, roster, 4, 9).look()
	check_equal(DirAccess.get_files_at(_folder).size(), 0)
	_wish("wanted_window_1.json", [4, 5, 0, -1], 60.0)
	_wish("wanted_window_2.json", [4], -1.0)
	var view: RLLiveView = RLLiveView.new(_folder, roster, 4, 9)
	view.look()
	check_equal(FileAccess.file_exists(_folder.path_join("poses_4.jsonl")), true)
	check_equal(FileAccess.file_exists(_folder.path_join("arena_4.jsonl")), false)
	check_equal(FileAccess.file_exists(_folder.path_join("poses_5.jsonl")), false)
	# The wish ends, and so does the telling.
	_wish("wanted_window_1.json", [4], -1.0)
	view.set("_next_ms", 0)
	view.set("_next_wish_ms", 0)
	view.look()
	check_equal((view.get("_poses") as Dictionary).size(), 0)
	# The first engine says how many arenas there are.
	check_equal(FileAccess.file_exists(_folder.path_join("arenas.json")), false)
	_wish("wanted_window_1.json", [99], 60.0)
	RLLiveView.new(_folder, roster, 0, 9).look()
	var told: String = FileAccess.get_file_as_string(_folder.path_join("arenas.json"))
	check_equal(JSON.parse_string(told), {"arenas": 9.0})


func test_a_file_that_begins_anew_is_read_anew() -> void:
	var there: Node3D = _arena()
	var roster: RLRoster = _roster(there)
	_stream(roster).tell()
	var reader: RLPoseReader = RLPoseReader.new(_path(), 0.0)
	reader.poll()
	check_equal([reader.heads, reader.frames.size(), reader.poll()], [1, 1, false])
	# Half a line is kept until the rest has come; nonsense is passed over.
	var file: FileAccess = FileAccess.open(_path(), FileAccess.READ_WRITE)
	file.seek_end()
	file.store_string('nonsense\n{"tick": 5, "time": 1.0, "at": [')
	file.flush()
	reader.poll()
	check_equal(reader.frames.size(), 1)
	file.store_string("[1, 1, 1, 1, 0, 0, 0, 1], [99999, 1]]}\n")
	file.close()
	reader.poll()
	check_equal(reader.frames[1].tick, 5)
	check_equal(reader.frames[1].places[1], Transform3D(Basis.IDENTITY, Vector3.ONE))
	DirAccess.remove_absolute(_path())
	file = FileAccess.open(_path(), FileAccess.WRITE)
	file.store_string('{"paths": ["A"]}\n')
	file.close()
	reader.poll()
	check_equal([reader.heads, reader.frames.size()], [2, 0])


func test_what_was_told_before_is_known_and_not_played() -> void:
	_stream(_roster(_arena())).tell()
	var reader: RLPoseReader = RLPoseReader.new(_path(), Time.get_unix_time_from_system() + 1000.0)
	reader.poll()
	check_equal([reader.heads, reader.frames.size()], [1, 0])


func test_the_scene_of_a_window_stands_still() -> void:
	var here: Node3D = Node3D.new()
	var ball: RigidBody3D = RigidBody3D.new()
	here.add_child(ball)
	var drawn: Node = CounterOfFrames.new()
	drawn.add_to_group(RLPoseStage.VIEW_GROUP)
	var logic: Node = CounterOfFrames.new()
	here.add_child(drawn)
	here.add_child(logic)
	var stage: RLPoseStage = RLPoseStage.new()
	stage.take(here)
	add_child(here)
	stage.let_views_draw()
	for i: int in 4:
		await get_tree().physics_frame
		await get_tree().process_frame
	check_equal(ball.position, Vector3.ZERO)
	check_equal((logic as CounterOfFrames).frames, 0)
	check_equal((drawn as CounterOfFrames).frames > 0, true)


func test_the_arguments() -> void:
	var words: PackedStringArray = ["--rl.watch=/tmp/x", "--rl.watch_arena=3"]
	var options: RLLaunchOptions = RLLaunchOptions.parse(words)
	check_equal(
		options.watch, {"watch": "/tmp/x", "watch_arena": "3"} as Dictionary[String, String]
	)
	check_equal(options.wants_run(), false)
	check_equal(RLLaunchOptions.parse(["--rl.watch_arena=-1"]).error.is_empty(), false)


func _shown() -> Node3D:
	var here: Node3D = _arena()
	_show_in(here)
	return here


func _show_in(here: Node) -> void:
	var reader: RLPoseReader = RLPoseReader.new(_path(), 0.0)
	reader.poll()
	var stage: RLPoseStage = RLPoseStage.new()
	stage.take(here)
	stage.cast(reader.head)
	stage.show(reader.frames[0], reader.frames[0], 0.0)


func _wish(name: String, arenas: Array, lease_s: float) -> void:
	var file: FileAccess = FileAccess.open(_folder.path_join(name), FileAccess.WRITE)
	var until: float = Time.get_unix_time_from_system() + lease_s
	file.store_string(JSON.stringify({"poses": arenas, "until": until}))


func _path() -> String:
	return _folder.path_join("poses_0.jsonl")


func _lines() -> PackedStringArray:
	return FileAccess.get_file_as_string(_path()).strip_edges().split("\n")


func _stream(roster: RLRoster) -> RLPoseStream:
	DirAccess.make_dir_recursive_absolute(_folder)
	return RLPoseStream.new(_path(), roster, 0, 0)


func _roster(root: Node) -> RLRoster:
	var roster: RLRoster = RLRoster.new()
	roster.collect([root], RLLaunchOptions.parse([]))
	return roster


func _arena() -> Node3D:
	var root: Node3D = Node3D.new()
	add_child(root)
	var player: CharacterBody3D = CharacterBody3D.new()
	_add(root, player, "Player", CapsuleShape3D.new())
	var agent: AIController3D = CounterController.new()
	agent.name = "Agent"
	player.add_child(agent)
	agent.init(player)
	_add(root, StaticBody3D.new(), "Crate", BoxShape3D.new())
	_add(root, Area3D.new(), "Goal", SphereShape3D.new())
	return root


func _add(root: Node, body: CollisionObject3D, name: String, shape: Shape3D) -> void:
	var node: CollisionShape3D = CollisionShape3D.new()
	node.shape = shape
	body.name = name
	body.add_child(node)
	root.add_child(body)


class CounterOfFrames:
	extends Node
	var frames: int = 0

	func _process(_delta: float) -> void:
		frames += 1
