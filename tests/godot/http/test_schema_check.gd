extends GodotTestCase
## RLSchemaCheck, and that openapi.json uses only what it knows.

const RLSchemaCheck := preload("res://addons/godot_rl/http/api/schema_check.gd")
const DOCUMENT: String = "res://addons/godot_rl/http/api/openapi.json"


func test_the_file_uses_only_known_keywords() -> void:
	var document: Dictionary = _document()
	var schemas: Dictionary = document["components"]["schemas"]
	for path: String in document["paths"]:
		for verb: String in document["paths"][path]:
			var operation: Dictionary = document["paths"][path][verb]
			if operation.has("requestBody"):
				var body: Dictionary = operation["requestBody"]["content"]["application/json"]
				_check_keywords(body["schema"], schemas, path)
			for parameter: Dictionary in operation.get("parameters", []):
				_check_keywords(parameter["schema"], schemas, path)


func test_values_are_held_to_their_schema() -> void:
	var check_of: RLSchemaCheck = RLSchemaCheck.new(_document())
	var action: Dictionary = {"$ref": "#/components/schemas/Action"}
	for value: Variant in [{}, {"action": [0.5]}, {"action": {"move": [1.0], "jump": 1}}]:
		check_equal(check_of.problem_of(value, action), "")
	check_equal(check_of.problem_of({"actions": [null, [1.0], {"a": 1}]}, action), "")
	var wrong: Dictionary[String, Variant] = {
		"the body must be object": [],
		"'acton' is unknown": {"acton": 1},
		"'decisions' must be in [1, 1000], got 0": {"decisions": 0},
		"'decisions' must be integer": {"decisions": 1.5},
		"not both": {"action": [], "actions": []},
		"'action' must be": {"action": "up"},
		"'stop_at_end' must be boolean": {"stop_at_end": 1},
	}
	for part: String in wrong:
		var problem: String = check_of.problem_of(wrong[part], action)
		check(problem.contains(part), "%s: '%s'" % [part, problem])


func test_numbers_that_are_none_are_refused() -> void:
	var check_of: RLSchemaCheck = RLSchemaCheck.new(_document())
	for value: Variant in [NAN, INF, -INF, "1", true, null]:
		check(not check_of.problem_of(value, {"type": "number"}).is_empty(), str(value))


func _check_keywords(schema: Variant, schemas: Dictionary, where: String) -> void:
	if schema is Array:
		for each: Variant in schema:
			_check_keywords(each, schemas, where)
	if not schema is Dictionary:
		return
	for keyword: String in schema:
		check(keyword in RLSchemaCheck.KEYWORDS, "%s: '%s'" % [where, keyword])
		if keyword == "$ref":
			_check_keywords(schemas[schema[keyword].get_file()], schemas, where)
		elif keyword in ["items", "additionalProperties", "anyOf", "not", "propertyNames"]:
			_check_keywords(schema[keyword], schemas, where)
		elif keyword == "properties":
			for name: String in schema[keyword]:
				_check_keywords(schema[keyword][name], schemas, where)


static func _document() -> Dictionary:
	return JSON.parse_string(FileAccess.get_file_as_string(DOCUMENT))
