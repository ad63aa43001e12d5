extends RefCounted
## Reads the launch options that give names a value each: `--rl.parameter=` and `--rl.onnx_models=`.
##
## RLLaunchOptions calls it. It looks at no file.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLSamplers := preload("res://addons/godot_rl/arenas/samplers.gd")

## What is wrong with the last words that were read; empty when nothing is.
var error: String = ""


## Returns name to number, or to a sampler as an object, of words like "GRAVITY=9.8",
## "A=1,B=uniform(0, 1)". Commas in parentheses separate nothing.
func read_parameters(words: PackedStringArray) -> Dictionary:
	var found: Dictionary = {}
	var outside: RegEx = RegEx.create_from_string("(?:\\([^()]*\\)|[^,])+|(?<=,)(?=,|$)")
	for word: String in words:
		for part: RegExMatch in outside.search_all(word):
			var pair: String = part.get_string()
			var equals: int = pair.find("=")
			var value: Variant = RLSamplers.from_text(pair.substr(equals + 1))
			var problem: String = RLSamplers.problem_of(value) if value is Dictionary else ""
			if not problem.is_empty():
				error = "--rl.parameter=%s: %s" % [pair, problem]
				return {}
			if equals < 1 or not (value is Dictionary or RLSamplers.is_number(value)):
				error = "--rl.parameter takes NAME=NUMBER or NAME=uniform(0, 1), not '%s'" % pair
				return {}
			found[pair.left(equals)] = value
	return found


## Returns the `policy_name` of a group to the path of its model, of words like "red=a.onnx" or
## "red=a.onnx,blue=b.onnx". A path may hold commas and equals signs: the name ends with the first
## equals sign, and a comma ends a path only behind ".onnx" and before another NAME=.
func read_models(words: PackedStringArray) -> Dictionary[String, String]:
	var found: Dictionary[String, String] = {}
	var next: RegEx = RegEx.create_from_string("(?<=\\.onnx),(?=[^=,/\\\\]+=)")
	for word: String in words:
		var start: int = 0
		var ends: Array[int] = []
		for comma: RegExMatch in next.search_all(word):
			ends.append(comma.get_start())
		for end: int in ends + ([word.length()] as Array[int]):
			var pair: String = word.substr(start, end - start)
			start = end + 1
			var equals: int = pair.find("=")
			if equals < 1 or equals == pair.length() - 1:
				error = "--rl.onnx_models takes GROUP=FILE.onnx, not '%s'" % pair
				return {}
			if found.has(pair.left(equals)):
				error = "--rl.onnx_models names two files for the group '%s'" % pair.left(equals)
				return {}
			found[pair.left(equals)] = pair.substr(equals + 1)
	return found
