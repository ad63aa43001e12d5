extends GodotTestCase
## The runner must be able to fail: these are the ways in which it tells.


func test_checks_pass_and_fail() -> void:
	check_equal(1, 1)
	check_near(1.0, 1.0 + 1e-9)
	check(failures.is_empty(), "no failure so far")
	check_equal(1, 1.0)
	check_near(NAN, 0.0)
	check_equal(failures.size(), 2)
	failures.clear()


func test_errors_are_caught() -> void:
	expect_error("a deliberate error")
	push_error("a deliberate error")


func test_await_physics() -> void:
	var before: int = Engine.get_physics_frames()
	await wait_physics(3)
	check(Engine.get_physics_frames() - before >= 3, "three ticks passed")
