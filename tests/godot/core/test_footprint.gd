extends GodotTestCase
## The addon's global names: the public classes and nothing else, so that a game's own names are
## free. Everything else is preloaded where it is used.

const FOLDER: String = "res://addons/godot_rl"
const PUBLIC: PackedStringArray = [
	"AIController2D",
	"AIController3D",
	"ApproachNodeReward2D",
	"ApproachNodeReward3D",
	"BugTarget",
	"GridSensor2D",
	"GridSensor3D",
	"ISensor2D",
	"ISensor3D",
	"ONNXModel",
	"PositionSensor2D",
	"PositionSensor3D",
	"RGBCameraSensor2D",
	"RGBCameraSensor3D",
	"RLBodyDetector",
	"RLEnergyDetector",
	"RLFindings",
	"RLJitterDetector",
	"RLLeakDetector",
	"RLPerformanceMonitor",
	"RLPlacement",
	"RLRewardTerms",
	"RLTunnellingDetector",
	"RayCastSensor3D",
	"RaycastSensor2D",
	"RewardFunction2D",
	"RewardFunction3D",
	"Sync",
]
## Named as in the stock plugin, or on a controller's face.
const PUBLIC_ENUMS: PackedStringArray = ["ControlModes", "ActionChoices"]


func test_only_public_classes_have_global_names() -> void:
	var names: PackedStringArray = []
	for path: String in _scripts(FOLDER):
		var script: GDScript = load(path)
		if not script.get_global_name().is_empty():
			names.append(script.get_global_name())
	names.sort()
	check_equal(names, PUBLIC)


func _scripts(folder: String) -> PackedStringArray:
	var found: PackedStringArray = []
	for sub: String in DirAccess.get_directories_at(folder):
		found.append_array(_scripts(folder.path_join(sub)))
	for file: String in DirAccess.get_files_at(folder):
		if file.ends_with(".gd"):
			found.append(folder.path_join(file))
	return found


## A game may have a class of any name without this prefix, and an inner class of that name would no
## longer compile.
func test_inner_classes_have_names_that_no_game_has() -> void:
	var pattern: RegEx = RegEx.create_from_string("(?m)^\\s*class (\\w+)")
	for path: String in _scripts(FOLDER):
		for found: RegExMatch in pattern.search_all(FileAccess.get_file_as_string(path)):
			check(
				found.get_string(1).begins_with("RL"), "%s: class %s" % [path, found.get_string(1)]
			)


## The same with an enum: of a game's class of that name, its values could not be assigned.
func test_enums_have_names_that_no_game_has() -> void:
	var pattern: RegEx = RegEx.create_from_string("(?m)^\\s*enum (\\w+)")
	for path: String in _scripts(FOLDER):
		for found: RegExMatch in pattern.search_all(FileAccess.get_file_as_string(path)):
			var name_of: String = found.get_string(1)
			check(
				name_of.begins_with("RL") or name_of in PUBLIC_ENUMS,
				"%s: enum %s" % [path, name_of]
			)
