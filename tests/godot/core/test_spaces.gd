extends GodotTestCase
## Spaces and the values that go in and out of them.

const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")
const MIXED: Dictionary = {
	"move": {"size": 2, "action_type": "continuous"},
	"jump": {"size": 3, "action_type": "discrete"},
}


func test_observation_space_is_sized_after_the_values() -> void:
	check_equal(
		RLSpaces.observation_space({"obs": [1.0, 2.0], "more": PackedFloat32Array([1.0])}),
		{"obs": {"size": [2], "space": "box"}, "more": {"size": [1], "space": "box"}}
	)


func test_action_space_errors() -> void:
	check_equal(RLSpaces.action_space_error(MIXED), "")
	check(RLSpaces.action_space_error({}).contains("empty"), "an empty space is refused")
	var unknown: String = RLSpaces.action_space_error({"a": {"size": 1, "action_type": "fuzzy"}})
	check(unknown.contains("action 'a' has action_type 'fuzzy'"), unknown)
	var small: String = RLSpaces.action_space_error({"a": {"size": 1, "action_type": "discrete"}})
	check(small.contains("use 2 or more"), small)


func test_observation_errors() -> void:
	var space: Dictionary = {"obs": {"size": [6], "space": "box"}}
	var names: Dictionary = {"obs": PackedStringArray(["a", "b", "c", "d", "e", "f"])}
	for bad: int in range(-1, 6):
		for value: float in [NAN, INF, -INF]:
			var packed: PackedFloat32Array = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
			if bad >= 0:
				packed[bad] = value
			var expected: String = (
				"" if bad < 0 else "observation 'obs'[%d] (%s) is %s" % [bad, "abcdef"[bad], value]
			)
			check_equal(RLSpaces.observation_error({"obs": packed}, space, names), expected)
			check_equal(RLSpaces.observation_error({"obs": Array(packed)}, space, names), expected)


func test_observation_of_another_size() -> void:
	var space: Dictionary = {"obs": {"size": [3], "space": "box"}}
	check_equal(
		RLSpaces.observation_error({"obs": [1.0]}, space, {}),
		"observation 'obs' has 1 elements, its declared size is 3"
	)
	check_equal(
		RLSpaces.observation_error({"other": [1.0]}, space, {}), "observation key 'obs' is missing"
	)


func test_images_are_bytes_or_hexadecimal_digits() -> void:
	var space: Dictionary = {"eye_2d": {"size": [1, 2, 3], "space": "box"}}
	var bytes: PackedByteArray = [0, 1, 127, 128, 254, 255]
	for value: Variant in [bytes, bytes.hex_encode(), bytes.hex_encode().to_upper()]:
		check_equal(RLSpaces.observation_error({"eye_2d": value}, space, {}), "")
		check_equal(RLSpaces.image_bytes(value), bytes)
		check_equal(RLSpaces.pack(value), PackedFloat32Array([0, 1, 127, 128, 254, 255]))
	for wrong: Variant in [
		bytes.slice(1), bytes.slice(1).hex_encode(), "00017", PackedByteArray(), ""
	]:
		var problem: String = RLSpaces.observation_error({"eye_2d": wrong}, space, {})
		check(problem.contains("its declared size is 6"), problem)
	check_equal(RLSpaces.pack("no digits"), PackedFloat32Array())


func test_bytes_become_floats_exactly() -> void:
	for count: int in [0, 1, 2, 3, 255, 256, 12288]:
		var bytes: PackedByteArray = []
		for i: int in count:
			bytes.append(i % 256)
		check_equal(RLSpaces.floats_of_bytes(bytes), PackedFloat32Array(Array(bytes)))


func test_read_action() -> void:
	var action: Dictionary = {}
	check_equal(RLSpaces.read_action({"move": [0.5, -1.0], "jump": 2.0}, MIXED, action), "")
	check_equal(action, {"move": [0.5, -1.0], "jump": 2})
	check_equal(typeof(action["jump"]), TYPE_INT)


func test_actions_are_rounded_as_the_binary_transport_rounds_them() -> void:
	var action: Dictionary = {}
	RLSpaces.read_action({"move": [0.1, 0.100000001], "jump": 0}, MIXED, action)
	var rounded: float = PackedFloat32Array([0.1])[0]
	check_equal(action["move"], [rounded, rounded])


func test_read_action_refuses() -> void:
	_check_refused([1.0], "expected a dictionary")
	_check_refused({"move": [0.0, 0.0]}, "action 'jump' is missing")
	_check_refused({"move": [0.0], "jump": 0}, "list of 2 numbers")
	_check_refused({"move": [0.0, "x"], "jump": 0}, "finite numbers")
	_check_refused({"move": [0.0, INF], "jump": 0}, "finite numbers")
	_check_refused({"move": [0.0, 0.0], "jump": 3}, "integer in [0, 3)")
	_check_refused({"move": [0.0, 0.0], "jump": 0.5}, "integer in [0, 3)")
	_check_refused({"move": [0.0, 0.0], "jump": null}, "integer in [0, 3)")


func _check_refused(raw: Variant, part: String) -> void:
	var error: String = RLSpaces.read_action(raw, MIXED, {})
	check(error.contains(part), "%s: expected '%s' in '%s'" % [raw, part, error])
