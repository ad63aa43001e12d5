extends GodotTestCase
## Without the native library, which is the rule: nothing is said, unless it was insisted on.

const ONNXNativePlan := preload("res://addons/godot_rl/inference/native_plan.gd")
const MODEL: String = "res://tests/godot/inference/models/shipped_12_64_64_4.onnx"


func test_models_load_in_gdscript_without_a_word() -> void:
	if ONNXNativePlan.is_there():
		return  # `make native` was run here; test_native_library.py looks at that case
	ONNXNativePlan.runner = "auto"
	var model: ONNXModel = ONNXModel.load_file(MODEL)
	ONNXNativePlan.runner = "gdscript"
	check(model != null, "it loads")
	check(not model._plan is ONNXNativePlan, "GDScript computes it")


func test_insisting_on_a_library_that_is_not_there() -> void:
	if ONNXNativePlan.is_there():
		return
	ONNXNativePlan.runner = "native"
	expect_error("this game has no native library: run `make native`")
	var model: ONNXModel = ONNXModel.load_file(MODEL)
	ONNXNativePlan.runner = "gdscript"
	check(model == null, "it is refused")


func test_who_is_asked() -> void:
	ONNXNativePlan.runner = "native"
	check_equal(ONNXNativePlan.wanted_runner(), "native")
	ONNXNativePlan.runner = ""
	check_equal(ONNXNativePlan.wanted_runner(), "auto")
	ONNXNativePlan.runner = "gdscript"
	check_equal(ONNXNativePlan.wanted_runner(), "gdscript")
