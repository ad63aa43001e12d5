extends GodotTestCase
## Which lines count as coordinates of the world, and which do not.

const RLWorldCoordinates := preload("res://addons/godot_rl/editor/checks/world_coordinates.gd")
const WRONG: PackedStringArray = [
	"global_position = Vector3.ZERO",
	"player.global_position = Vector3(1.0, 0, -2.5)",
	"$Player.global_position = START",
	"coin.global_position = Vector3(randf_range(-4, 4), 0.5, rng.randf_range(-4.0, 4.0))",
	"player.global_position.x = 3.0",
	"global_transform.origin = Vector3.UP * 2.0",
	"global_transform = Transform3D.IDENTITY",
	"player.set_global_position(Vector3(1, 2, 3))",
	"if player.global_position.x > 10.0:",
	"if absf(player.global_position.z) >= LIMIT and alive:",
	"if player.global_position.distance_to(Vector3(1, 0, 0)) < 2.0:",
	"if player.global_position.length() > 5.0:",
	"coin.global_position = Vector3(\n\t\t1.0,  # east\n\t\t0.0,\n\t\t2.0\n\t)",
]
const RIGHT: PackedStringArray = [
	"position = Vector3.ZERO",
	"global_position = spawn.global_position",
	"global_position = start",
	"global_position = to_global(Vector3.ZERO)",
	"global_position = arena.global_position + Vector3(1, 0, 0)",
	"global_position += Vector3(1, 0, 0)",
	"global_position.y = 3.0",
	"if player.global_position.y < -5.0:",
	"if player.global_position.x < goal.global_position.x:",
	"if player.global_position.distance_to(goal.global_position) < 1.0:",
	"var away: float = (goal.global_position - player.global_position).length()",
	"if player.global_position == goal.global_position:",
	"# global_position = Vector3.ZERO",
	'print("global_position = Vector3.ZERO")',
	"global_position = Vector3.ZERO  # the world's origin is meant",
	"global_rotation = Vector3.ZERO",
	"my_global_position = Vector3.ZERO",
]
const OBSERVED_WRONG: PackedStringArray = [
	'return {"obs": [player.global_position.x, 1.0]}',
	'return {"obs": [player.velocity.x, player.global_position.z / 10.0]}',
	"buffer[offset] = player.global_position.x / SIZE",
	"obs.append(player.global_position.z)",
]
const OBSERVED_RIGHT: PackedStringArray = [
	'return {"obs": [player.position.x, player.global_position.y]}',
	'return {"obs": [goal.global_position.x - player.global_position.x]}',
	"var local: Vector3 = to_local(goal.global_position)",
	"obs.append(arena.to_local(player.global_position).x)",
	"var flat: Vector2 = Vector2(player.global_position.x, player.global_position.z)",
	"obs.append(player.global_position.x - _home.x)",
]


func test_constants_in_the_world() -> void:
	for code: String in WRONG:
		check_equal(_count("begin_episode", code), 1, code)


func test_what_is_relative_or_unknown_is_left_alone() -> void:
	for code: String in RIGHT:
		check_equal(_count("begin_episode", code), 0, code)


func test_bare_coordinates_in_observations() -> void:
	for code: String in OBSERVED_WRONG:
		check_equal(_count("get_obs", code), 1, code)
	for code: String in OBSERVED_RIGHT:
		check_equal(_count("get_obs", code), 0, code)
	check_equal(_count("elsewhere", OBSERVED_WRONG[3]), 0, "not in an observation")


func test_in_2d_y_counts_and_in_3d_it_does_not() -> void:
	var source: String = "func f():\n\tglobal_position.y = 3.0\n"
	check_equal(RLWorldCoordinates.findings(source, false).size(), 1)
	check_equal(RLWorldCoordinates.findings(source, true).size(), 0)


func test_the_line_is_that_of_the_statement() -> void:
	var source: String = "extends Node3D\n\n\nfunc f():\n\tpass\n\tglobal_position = Vector3.ZERO\n"
	check_equal(RLWorldCoordinates.findings(source, true)[0].line, 6)


func _count(function: String, code: String) -> int:
	return RLWorldCoordinates.findings("func %s():\n\t%s\n" % [function, code], true).size()
