extends RefCounted
## Holds JSON values against the schemas of openapi.json: the part of JSON Schema that the file uses
## for what clients send.
##
## RLHttpApi asks it. A keyword that it does not know is an error of ours, which a test finds.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## What it checks, and what says nothing of values.
const KEYWORDS: PackedStringArray = [
	"type",
	"properties",
	"required",
	"additionalProperties",
	"items",
	"minItems",
	"maxItems",
	"minimum",
	"maximum",
	"minLength",
	"maxLength",
	"pattern",
	"enum",
	"anyOf",
	"minProperties",
	"maxProperties",
	"propertyNames",
	"$ref",
	"not",
	"description",
	"default",
	"examples",
	"title"
]
## Most characters of a value that a message shows.
const SHOWN: int = 64

var _document: Dictionary
var _patterns: Dictionary[String, RegEx] = {}


func _init(document: Dictionary) -> void:
	_document = document


## What is wrong with [param value], or "".
func problem_of(value: Variant, schema: Dictionary, where: String = "the body") -> String:
	if schema.has("$ref"):
		return problem_of(value, _at(schema["$ref"]), where)
	var problem: String = _choice_problem(value, schema, where)
	if not problem.is_empty():
		return problem
	match typeof(value):
		TYPE_DICTIONARY:
			problem = _object_problem(value, schema, where)
		TYPE_ARRAY:
			problem = _list_problem(value, schema, where)
		TYPE_STRING:
			problem = _text_problem(value, schema, where)
		TYPE_FLOAT, TYPE_INT:
			problem = _number_problem(value, schema, where)
	return problem


## What is wrong with the query of a request, or "": every declared parameter is read as its type.
func query_problem(query: Dictionary[String, String], declared: Array) -> String:
	for parameter: Dictionary in declared:
		var name: String = parameter["name"]
		if not query.has(name):
			continue
		var value: Variant = query[name]
		if parameter["schema"]["type"] == "integer" and query[name].is_valid_int():
			value = query[name].to_int()
		var problem: String = problem_of(value, parameter["schema"], "'%s'" % name)
		if not problem.is_empty():
			return problem
	return ""


## A value as it came, on one short line.
static func shown(value: Variant) -> String:
	if value is float and value == floorf(value) and absf(value) < 2.0 ** 53:
		value = int(value)
	return JSON.stringify(value).left(SHOWN).replace("\n", " ")


# Whether it is of a kind that is taken at all.
func _choice_problem(value: Variant, schema: Dictionary, where: String) -> String:
	var problem: String = ""
	for choice: Dictionary in schema.get("anyOf", []):
		var found: String = problem_of(value, choice, where)
		if found.is_empty():
			problem = ""
			break
		problem = found if problem.is_empty() else problem
	if not problem.is_empty():
		return problem
	if schema.has("type") and not _is_of_type(value, schema["type"]):
		return "%s must be %s, got %s" % [where, _named(schema["type"]), shown(value)]
	if schema.has("enum") and not schema["enum"].has(value):
		return "%s must be one of %s, got %s" % [where, schema["enum"], shown(value)]
	if schema.has("not") and problem_of(value, schema["not"], where).is_empty():
		return "%s: %s" % [where, schema["not"].get("description", "these keys exclude each other")]
	return ""


func _number_problem(value: float, schema: Dictionary, where: String) -> String:
	if value >= schema.get("minimum", value) and value <= schema.get("maximum", value):
		return ""
	return (
		"%s must be in [%s, %s], got %s"
		% [where, shown(schema.get("minimum")), shown(schema.get("maximum")), shown(value)]
	)


func _object_problem(value: Dictionary, schema: Dictionary, where: String) -> String:
	for name: String in schema.get("required", []):
		if not value.has(name):
			return "%s lacks '%s'" % [where, name]
	if value.size() < schema.get("minProperties", 0):
		return "%s is empty" % where
	if value.size() > schema.get("maxProperties", value.size()):
		return "%s has %d keys, at most %d" % [where, value.size(), schema["maxProperties"]]
	var known: Dictionary = schema.get("properties", {})
	var others: Variant = schema.get("additionalProperties", true)
	for name: String in value:
		var at: String = "'%s'" % name if where == "the body" else "%s.%s" % [where, name]
		at = at.left(SHOWN).strip_escapes()
		var problem: String = ""
		if schema.has("propertyNames"):
			problem = problem_of(name, schema["propertyNames"], "the name %s" % at)
		if not problem.is_empty():
			return problem
		if known.has(name):
			problem = problem_of(value[name], known[name], at)
		elif others is Dictionary:
			problem = problem_of(value[name], others, at)
		elif not others:
			problem = "%s is unknown; known: %s" % [at, ", ".join(PackedStringArray(known.keys()))]
		if not problem.is_empty():
			return problem
	return ""


func _list_problem(value: Array, schema: Dictionary, where: String) -> String:
	if value.size() < schema.get("minItems", 0):
		return "%s needs %d elements, got %d" % [where, schema["minItems"], value.size()]
	if value.size() > schema.get("maxItems", value.size()):
		return "%s takes %d elements, got %d" % [where, schema["maxItems"], value.size()]
	for i: int in value.size() if schema.has("items") else 0:
		var problem: String = problem_of(value[i], schema["items"], "%s[%d]" % [where, i])
		if not problem.is_empty():
			return problem
	return ""


func _text_problem(value: String, schema: Dictionary, where: String) -> String:
	var length: int = value.length()
	if length < schema.get("minLength", 0) or length > schema.get("maxLength", length):
		return "%s has %d characters, which is too few or too many" % [where, length]
	if not schema.has("pattern"):
		return ""
	var pattern: String = schema["pattern"]
	if not _patterns.has(pattern):
		_patterns[pattern] = RegEx.create_from_string(pattern)
	if _patterns[pattern].search(value) == null:
		return "%s is %s, expected %s" % [where, shown(value), schema.get("description", pattern)]
	return ""


func _at(reference: String) -> Dictionary:
	var found: Variant = _document
	for part: String in reference.trim_prefix("#/").split("/"):
		found = found[part]
	return found


static func _is_of_type(value: Variant, type: Variant) -> bool:
	if type is Array:
		return type.any(func(each: String) -> bool: return _is_of_type(value, each))
	match type:
		"object":
			return value is Dictionary
		"array":
			return value is Array
		"string":
			return value is String
		"boolean":
			return value is bool
		"null":
			return value == null
		"number":
			return (value is float or value is int) and is_finite(value)
		"integer":
			return (value is float or value is int) and is_finite(value) and value == floorf(value)
	return false


static func _named(type: Variant) -> String:
	if type is Array:
		return " or ".join(PackedStringArray(type))
	return str(type)
