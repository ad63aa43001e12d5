extends RefCounted
## The kinds of samplers (docs/protocol.md), and how they are read from an object or from text like
## [code]uniform(0, 1)[/code].
##
## RLParameters and RLLaunchPairs call it. What came is checked here and nowhere else: a sampler
## that was made can draw.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLSampler := preload("res://addons/godot_rl/arenas/sampler.gd")

## Keys of each kind, in the order of its text.
const KINDS: Dictionary[String, Array] = {
	"uniform": ["low", "high"],
	"log_uniform": ["low", "high"],
	"gaussian": ["mean", "deviation"],
	"choice": ["values"],
	"multirange_uniform": ["ranges"],
}
## Most values or ranges of a sampler.
const MAX_ENTRIES: int = 1000
## Most deviations that a normal draw can be from its mean.
const MOST_DEVIATIONS: float = 7.0
## Most keys of an object and characters of a value that a message shows.
const MOST_KEYS_SHOWN: int = 8
const SHOWN: int = 64


class RLUniform:
	extends "res://addons/godot_rl/arenas/sampler.gd"
	## Every number of some ranges alike.

	var _lows: PackedFloat64Array = []
	var _highs: PackedFloat64Array = []
	var _length: float = 0.0

	func _init(ranges: Array) -> void:
		for pair: Array in ranges:
			_lows.append(pair[0])
			_highs.append(pair[1])
			_length += _highs[-1] - _lows[-1]

	func _value(first: float, second: float) -> float:
		if _length == 0.0:
			return _lows[mini(int(first * _lows.size()), _lows.size() - 1)]
		var share: float = first
		var i: int = 0
		if _lows.size() > 1:
			share = second
			i = _range_at(first * _length)
		var value: float = rounded(_lows[i] * (1.0 - share) + _highs[i] * share)
		return clampf(value, _lows[i], _highs[i])

	# The range in which a point of all of them, laid end to end, lies.
	func _range_at(point: float) -> int:
		var i: int = 0
		var end: float = _highs[0] - _lows[0]
		while point >= end and i < _lows.size() - 1:
			i += 1
			end += _highs[i] - _lows[i]
		return i


class RLLogUniform:
	extends "res://addons/godot_rl/arenas/sampler.gd"
	## Every order of magnitude alike.

	var _low: float
	var _high: float

	func _init(low: float, high: float) -> void:
		_low = low
		_high = high

	func _value(first: float, _second: float) -> float:
		var value: float = exp(log(_low) * (1.0 - first) + log(_high) * first)
		return clampf(rounded(value), _low, _high)


class RLGaussian:
	extends "res://addons/godot_rl/arenas/sampler.gd"
	## A normal distribution, by Box and Muller.

	var _mean: float
	var _deviation: float

	func _init(mean: float, deviation: float) -> void:
		_mean = mean
		_deviation = deviation

	func _value(first: float, second: float) -> float:
		if _deviation == 0.0:
			return _mean
		return rounded(_mean + _deviation * sqrt(-2.0 * log(1.0 - first)) * cos(TAU * second))


class RLChoice:
	extends "res://addons/godot_rl/arenas/sampler.gd"
	## One of some numbers, each place alike.

	var _values: PackedFloat64Array

	func _init(values: PackedFloat64Array) -> void:
		_values = values

	func _value(first: float, _second: float) -> float:
		return _values[mini(int(first * _values.size()), _values.size() - 1)]


## What is wrong with a sampler as an object, or "".
static func problem_of(given: Dictionary) -> String:
	var kind: Variant = given.get("sampler")
	if not (kind is String and KINDS.has(kind)):
		return "no sampler %s; known: %s" % [_shown(kind), ", ".join(KINDS.keys())]
	var keys: Array = KINDS[kind]
	if given.size() != keys.size() + 1 or not given.has_all(keys):
		var found: PackedStringArray = []
		for key: Variant in given.keys().slice(0, MOST_KEYS_SHOWN):
			if not key is String or key != "sampler":
				found.append(str(key).left(SHOWN).strip_escapes())
		return (
			"%s takes %s, got %s"
			% [kind, " and ".join(keys), ", ".join(found).left(SHOWN) if found else "nothing"]
		)
	if kind == "choice" or kind == "multirange_uniform":
		return _list_problem(kind, keys[0], given[keys[0]])
	for key: String in keys:
		if not is_number(given[key]):
			return "%s: %s must be a finite number, got %s" % [kind, key, _shown(given[key])]
	if kind == "gaussian":
		return _gaussian_problem(given["mean"], given["deviation"])
	return _range_problem(kind, given["low"], given["high"])


## Makes the sampler of a parameter from an object in which [method problem_of] found nothing wrong.
static func make(name: String, given: Dictionary) -> RLSampler:
	var made: RLSampler
	match given["sampler"]:
		"uniform":
			made = RLUniform.new([[given["low"], given["high"]]])
		"log_uniform":
			made = RLLogUniform.new(given["low"], given["high"])
		"gaussian":
			made = RLGaussian.new(given["mean"], given["deviation"])
		"choice":
			made = RLChoice.new(PackedFloat64Array(given["values"]))
		_:
			made = RLUniform.new(given["ranges"])
	made.given = given.duplicate(true)
	made.name_it(name)
	return made


## Returns what a text says: a number, a sampler as an object, unchecked, or null: neither.
static func from_text(text: String) -> Variant:
	if text.is_valid_float():
		return text.to_float()
	var form: RegEx = RegEx.create_from_string("^\\s*([a-z_]+)\\s*\\(([^()]*)\\)\\s*$")
	var found: RegExMatch = form.search(text)
	if found == null:
		return null
	var numbers: Array = []
	for part: String in found.get_string(2).split(","):
		if not part.strip_edges().is_valid_float():
			return null
		numbers.append(part.strip_edges().to_float())
	return _object_of(found.get_string(1), numbers)


## Whether it is a finite number.
static func is_number(value: Variant) -> bool:
	return (value is float or value is int) and is_finite(value)


# Too few or too many numbers make an object that problem_of() refuses.
static func _object_of(kind: String, numbers: Array) -> Dictionary:
	var made: Dictionary = {"sampler": kind}
	match kind:
		"choice":
			made["values"] = numbers
		"multirange_uniform":
			made["ranges"] = []
			for i: int in range(0, numbers.size(), 2):
				made["ranges"].append(numbers.slice(i, i + 2))
		_:
			var keys: Array = KINDS.get(kind, [])
			for i: int in numbers.size():
				made[keys[i] if i < keys.size() else "a number too many"] = numbers[i]
	return made


static func _list_problem(kind: String, key: String, list: Variant) -> String:
	var wanted: String = "finite numbers" if kind == "choice" else "pairs [low, high]"
	if not list is Array or list.is_empty() or list.size() > MAX_ENTRIES:
		var found: String = "%d" % list.size() if list is Array else _shown(list)
		return "%s: %s must be 1 to %d %s, got %s" % [kind, key, MAX_ENTRIES, wanted, found]
	var length: float = 0.0
	for entry: Variant in list:
		if kind == "choice":
			if not is_number(entry):
				return "%s: %s must be %s, got %s" % [kind, key, wanted, _shown(entry)]
			continue
		if not (entry is Array and entry.size() == 2 and entry.all(is_number)):
			return "%s: %s must be %s, got %s" % [kind, key, wanted, _shown(entry)]
		var problem: String = _range_problem(kind, entry[0], entry[1])
		if not problem.is_empty():
			return problem
		length += entry[1] - entry[0]
	return "" if is_finite(length) else "%s: the ranges together are too long" % kind


static func _range_problem(kind: String, low: float, high: float) -> String:
	if low > high:
		return "%s: low must be at most high, got %s and %s" % [kind, _shown(low), _shown(high)]
	if kind == "log_uniform" and low <= 0.0:
		return "log_uniform: low must be above 0, got %s" % _shown(low)
	return "" if is_finite(high - low) else "%s: the range is too long" % kind


static func _gaussian_problem(mean: float, deviation: float) -> String:
	if deviation < 0.0:
		return "gaussian: deviation must be at least 0, got %s" % _shown(deviation)
	if not is_finite(absf(mean) + MOST_DEVIATIONS * deviation):
		return "gaussian: mean and deviation are too large"
	return ""


# A value as it came, on one short line.
static func _shown(value: Variant) -> String:
	if value is float and value == floorf(value) and absf(value) < 1e15:
		return str(int(value))
	if value is float or value is int:
		return str(value)
	if value is Array or value is Dictionary:
		return "%s of %d" % ["a list" if value is Array else "an object", value.size()]
	return JSON.stringify(value).left(SHOWN).replace("\n", " ")
