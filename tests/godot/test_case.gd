class_name GodotTestCase
extends Node
## Base of every GDScript test: what a `test_*` method may call.
##
## run_tests.gd makes a fresh instance for each test method and adds it to the tree, so that a
## test may hold nodes, await frames and leave its children behind. It never decides whether a run
## passes.

var failures: PackedStringArray = []
var expected_errors: PackedStringArray = []


## Records a failure unless [param condition] holds.
func check(condition: bool, message: String) -> void:
	if not condition:
		failures.append(message)


## Records a failure unless both values are equal by `==`.
func check_equal(actual: Variant, expected: Variant, what: String = "value") -> void:
	if typeof(actual) != typeof(expected) or actual != expected:
		failures.append(
			"%s: expected %s, got %s" % [what, var_to_str(expected), var_to_str(actual)]
		)


## Records a failure unless the numbers differ by at most [param tolerance].
func check_near(
	actual: float, expected: float, tolerance: float = 1e-6, what: String = "value"
) -> void:
	if not absf(actual - expected) <= tolerance:
		failures.append("%s: expected %s +- %s, got %s" % [what, expected, tolerance, actual])


## Announces that the code under test will report an error whose text contains [param part]. The
## test fails if no such error comes.
func expect_error(part: String) -> void:
	expected_errors.append(part)


## Lets [param count] physics ticks pass.
func wait_physics(count: int = 1) -> void:
	for i: int in count:
		await get_tree().physics_frame
