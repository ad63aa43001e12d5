extends SceneTree
## Runs the GDScript tests: `godot --headless --fixed-fps 90 --path . --script
## res://tests/godot/run_tests.gd -- [part of a name]`.
##
## Every `test_*.gd` below res://tests/godot that extends GodotTestCase is loaded; each `test_*`
## method runs on an instance of its own. A test fails by a failed check, by an error or script
## error that it did not announce, or by taking longer than TIME_LIMIT_S. Exit code 0 only when
## all passed and at least one ran.

const ONNXNativePlan := preload("res://addons/godot_rl/inference/native_plan.gd")
const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")
const ROOT: String = "res://tests/godot"
const TIME_LIMIT_S: float = 60.0

var _catcher: GodotTestErrorCatcher = GodotTestErrorCatcher.new()
var _passed: int = 0
var _failed: int = 0


func _initialize() -> void:
	OS.add_logger(_catcher)
	_run.call_deferred()


func _run() -> void:
	await process_frame
	# Tests are of the runner in GDScript, also where the native library was built.
	ONNXNativePlan.runner = "gdscript"
	# The autoload would play the tests' agents.
	root.get_node("GodotRLAgentsSync").process_mode = Node.PROCESS_MODE_DISABLED
	var wanted: String = ""
	for argument: String in OS.get_cmdline_user_args():
		wanted = argument
	for path: String in _find_scripts(ROOT):
		await _run_script(path, wanted)
	print("%d passed, %d failed" % [_passed, _failed])
	OS.remove_logger(_catcher)
	quit(0 if _failed == 0 and _passed > 0 else 1)


func _find_scripts(folder: String) -> PackedStringArray:
	var found: PackedStringArray = []
	for sub: String in DirAccess.get_directories_at(folder):
		found.append_array(_find_scripts(folder.path_join(sub)))
	for file: String in DirAccess.get_files_at(folder):
		if file.begins_with("test_") and file.ends_with(".gd") and file != "test_case.gd":
			found.append(folder.path_join(file))
	found.sort()
	return found


func _run_script(path: String, wanted: String) -> void:
	_catcher.take()
	var script: GDScript = load(path) as GDScript
	if script == null or not script.can_instantiate():
		_report(path, PackedStringArray(["does not compile"]) + _catcher.take(), 0.0)
		return
	for method: Dictionary in script.get_script_method_list():
		var name: String = method["name"]
		var label: String = "%s::%s" % [path.trim_prefix(ROOT + "/"), name]
		if name.begins_with("test_") and (wanted.is_empty() or label.contains(wanted)):
			await _run_test(script, name, label)


func _run_test(script: GDScript, method: String, label: String) -> void:
	# The process's parameters, and the arenas that a session of an earlier test left in them.
	RLParameters._shared = null
	var test: GodotTestCase = script.new() as GodotTestCase
	root.add_child(test)
	_catcher.take()
	var started: int = Time.get_ticks_usec()
	var state: Dictionary = {"done": false}
	_call_test(test, method, state)
	while not state["done"] and Time.get_ticks_usec() - started < TIME_LIMIT_S * 1e6:
		if _catcher.script_failed():
			break
		await process_frame
	var problems: PackedStringArray = test.failures.duplicate()
	if not state["done"]:
		problems.append("not finished (limit %d s)" % TIME_LIMIT_S)
	problems.append_array(_unexpected(_catcher.take(), test.expected_errors))
	paused = false
	test.free()
	await process_frame
	_report(label, problems, (Time.get_ticks_usec() - started) / 1000.0)


func _call_test(test: GodotTestCase, method: String, state: Dictionary) -> void:
	@warning_ignore("redundant_await")
	await test.call(method)
	state["done"] = true


func _unexpected(errors: PackedStringArray, expected: PackedStringArray) -> PackedStringArray:
	var problems: PackedStringArray = []
	var missing: Array[String] = []
	missing.assign(expected)
	for error: String in errors:
		var matched: bool = false
		for part: String in expected:
			if error.contains(part):
				matched = true
				missing.erase(part)
		if not matched:
			problems.append("error: " + error)
	for part: String in missing:
		problems.append("expected an error with '%s', none came" % part)
	return problems


func _report(label: String, problems: PackedStringArray, milliseconds: float) -> void:
	if problems.is_empty():
		_passed += 1
		print("ok   %s (%.1f ms)" % [label, milliseconds])
		return
	_failed += 1
	print("FAIL %s" % label)
	for problem: String in problems:
		print("     " + problem)
