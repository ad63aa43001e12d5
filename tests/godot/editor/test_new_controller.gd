extends GodotTestCase
## The scripts that the menu and the script templates make: they compile and the checks find
## nothing wrong with them.

const Builder := preload("res://tests/godot/editor/scene_builder.gd")
const RLNewController := preload("res://addons/godot_rl/editor/new_controller.gd")
const RLSceneCheck := preload("res://addons/godot_rl/editor/checks/scene_check.gd")
const FOLDER: String = "user://made_templates"


func test_a_new_controller_is_right() -> void:
	_check_made(RLNewController.RLItem.CONTROLLER_3D, Node3D.new(), AIController3D.new())
	_check_made(RLNewController.RLItem.CONTROLLER_2D, Node2D.new(), AIController2D.new())


func test_templates_are_copied_and_never_overwritten() -> void:
	var first: PackedStringArray = RLNewController.copy_templates(FOLDER)
	check_equal(first.size(), 2)
	var file: FileAccess = FileAccess.open(first[0], FileAccess.WRITE)
	file.store_string("mine")
	file.close()
	check_equal(RLNewController.copy_templates(FOLDER).size(), 0)
	check_equal(FileAccess.get_file_as_string(first[0]), "mine")
	for path: String in first:
		DirAccess.remove_absolute(path)
		DirAccess.remove_absolute(path.get_base_dir())
	DirAccess.remove_absolute(FOLDER.path_join(".gdignore"))
	DirAccess.remove_absolute(FOLDER)


func test_a_file_that_cannot_be_written_is_told() -> void:
	expect_error("res://no/such/folder/agent.gd cannot be written")
	check(
		not RLNewController.write_controller(
			RLNewController.RLItem.CONTROLLER_3D, "res://no/such/folder/agent.gd"
		),
		"no error"
	)


func _check_made(item: RLNewController.RLItem, root: Node, controller: Node) -> void:
	var text: String = RLNewController.template_text(item)
	check(not text.contains("# meta-"), "a meta line is left")
	Builder.add(root, controller, "AI", text)
	check(controller.has_method("begin_episode"), "it does not compile")
	check_equal(Array(RLSceneCheck.texts(root)), [], "problems")
	root.free()
