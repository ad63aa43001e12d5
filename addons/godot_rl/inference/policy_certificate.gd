extends RefCounted
## What the exporter wrote into a policy about itself, held against the running game.
##
## It proves that the runner gives what the trained policy gave ([method outputs_error]), that a
## controller observes and acts as in training ([method controller_error]), and tells how often the
## policy decided there ([method ticks_per_decision]). RLOnnxPolicy asks it at load;
## rl_training/policy_export/certificate.py writes it. The format stands in docs/inference.md.
## Models of other makers have none and are not checked.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const ONNXTensor := preload("res://addons/godot_rl/inference/onnx_tensor.gd")
const RLObservationStack := preload("res://addons/godot_rl/agents/observation_stack.gd")
const RLPolicyCertificate := preload("res://addons/godot_rl/inference/policy_certificate.gd")
const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")

## Key of the model's metadata.
const PROPERTY: String = "spacetime_rl_certificate"
## Newest format that is understood.
const FORMAT: int = 1
## Newest protocol of training whose policies are understood.
const PROTOCOL: int = 1
## Larger certificates are refused, in characters.
const MAX_LENGTH: int = 1 << 24

const DIGEST: String = ',"sha256":"'
## What every certificate holds, as JSON gives it.
const PARTS: Dictionary[String, int] = {
	"commit": TYPE_STRING,
	"protocol": TYPE_FLOAT,
	"timesteps": TYPE_FLOAT,
	"observations": TYPE_ARRAY,
	"actions": TYPE_ARRAY,
	"settings": TYPE_DICTIONARY,
	"tolerance": TYPE_FLOAT,
	"source": TYPE_STRING,
	"rows": TYPE_FLOAT,
	"inputs": TYPE_DICTIONARY,
	"outputs": TYPE_DICTIONARY,
}

## Why the certificate cannot be used; empty when it can.
var error: String = ""
## Recorded observations that it holds.
var rows: int = 0
## Largest absolute difference of an output that [method outputs_error] found.
var largest_difference: float = 0.0
## Physics ticks per decision in training; 0 when not known.
var action_repeat: int = 0
## How many of an agent's last observations the policy takes as one; 0 when not known.
var observation_stack: int = 0
## Physics ticks per simulated second in training; 0 when not known.
var physics_ticks_per_second: int = 0
## The certificate as it was read.
var content: Dictionary = {}

var _label: String
# Of the observation in training: floats and names by key. Keys without names are not in the second.
var _sizes: Dictionary[String, int] = {}
var _names: Dictionary[String, PackedStringArray] = {}
var _actions: PackedStringArray = []


## Returns the certificate of [param model], null when it has none. Look at [member error] first.
static func of(model: ONNXModel) -> RLPolicyCertificate:
	if not model.metadata.has(PROPERTY):
		return null
	var certificate: RLPolicyCertificate = RLPolicyCertificate.new()
	certificate._label = "the policy %s" % model.path
	certificate._read(model.metadata[PROPERTY])
	return certificate


## Runs the model on the recorded observations. Returns "" when every output is what Python gave,
## within the certificate's tolerance (of the output's size, where that is above 1).
func outputs_error(model: ONNXModel) -> String:
	largest_difference = 0.0
	var inputs: Dictionary = content["inputs"]
	var expected: Dictionary = content["outputs"]
	if model.can_forward():
		var observations: PackedFloat32Array = _floats(inputs[model.observation_name])
		var actions: PackedFloat32Array = model.forward(observations, rows)
		var failure: String = model.error if actions.is_empty() else ""
		var problem: String = _answers_error({ONNXModel.ACTION: actions}, failure)
		# What else was recorded, as a distribution's deviation, takes a run of the whole model.
		if not problem.is_empty() or expected.keys() == [ONNXModel.ACTION]:
			return problem
	var feeds: Dictionary[String, ONNXTensor] = {}
	for name: String in inputs:
		var shape: PackedInt64Array = [rows]
		shape.append_array(PackedInt64Array(inputs[name]["shape"]))
		feeds[name] = ONNXTensor.of_floats(_floats(inputs[name]), shape)
	var answers: Dictionary[String, PackedFloat32Array] = {}
	var results: Dictionary[String, ONNXTensor] = model.run(feeds)
	for name: String in results:
		if expected.has(name):
			answers[name] = results[name].floats
	if not results.is_empty() and answers.size() != expected.size():
		return "%s gives %s, Python gave %s" % [_label, results.keys(), expected.keys()]
	return _answers_error(answers, model.error if results.is_empty() else "")


## Returns how [param controller], of whose last observations [param frames] are one, differs from
## the agents of the training, or "": keys, sizes and names of its observation, and names, kinds and
## sizes of its actions.
func controller_error(controller: Node, frames: int = 1) -> String:
	var observation: Dictionary = controller.get_obs()
	if frames > 1:
		var stack: RLObservationStack = RLObservationStack.new(frames, controller.get_obs_space())
		observation = stack.with(observation)
	var problem: String = _observation_error(
		observation,
		RLObservationStack.space_of(controller, frames),
		RLObservationStack.names_of(controller, frames)
	)
	return problem if not problem.is_empty() else _action_error(controller.get_action_space())


## Returns the physics ticks per decision that keep the decisions per second of the training, at
## least 1, in a game of [param game_ticks_per_second] physics ticks a second (0: as in training);
## 0 when not known.
func ticks_per_decision(game_ticks_per_second: int) -> int:
	if action_repeat == 0 or physics_ticks_per_second == 0 or game_ticks_per_second == 0:
		return action_repeat
	var seconds: float = float(action_repeat) / physics_ticks_per_second
	return maxi(1, roundi(seconds * game_ticks_per_second))


## Returns a warning when the policy would decide more or less often than in training, or in a game
## with another physics rate; else "".
func rate_warning(game_action_repeat: int, game_ticks_per_second: int) -> String:
	if action_repeat == 0 or physics_ticks_per_second == 0 or game_ticks_per_second == 0:
		return ""
	var trained: float = float(physics_ticks_per_second) / action_repeat
	var here: float = float(game_ticks_per_second) / game_action_repeat
	var both: String = (
		"%s was trained at %s decisions/s (every %d of %d physics ticks/s), here it decides at %s "
		+ "decisions/s (every %d of %d)"
	)
	both = (
		both
		% [
			_label,
			_short(trained),
			action_repeat,
			physics_ticks_per_second,
			_short(here),
			game_action_repeat,
			game_ticks_per_second
		]
	)
	var nearest: int = ticks_per_decision(game_ticks_per_second)
	if game_action_repeat != nearest:
		return (
			"%s and will act unlike it was trained: use %d physics ticks per decision"
			% [both, nearest]
		)
	if game_ticks_per_second != physics_ticks_per_second:
		return (
			"%s: set physics_ticks_per_second to %d for the physics it was trained in"
			% [both, physics_ticks_per_second]
		)
	return ""


## One line about where the policy comes from, for logs.
func describe() -> String:
	return (
		"%d recorded observations (%s), trained for %d decisions at commit %s"
		% [rows, content["source"], content["timesteps"], content["commit"]]
	)


func _read(text: String) -> void:
	var json: JSON = JSON.new()
	if text.length() > MAX_LENGTH or json.parse(text) != OK or not json.data is Dictionary:
		error = "%s has a certificate that cannot be read: export the model again" % _label
		return
	content = json.data
	var newer: String = "%s has a certificate of %s %d, this addon knows %d: update addons/godot_rl"
	if content.get("format") is float and content["format"] > FORMAT:
		error = newer % [_label, "format", content["format"], FORMAT]
		return
	if not _fits_its_checksum(text):
		error = (
			(
				"%s has a certificate that does not fit its checksum: it was damaged or changed "
				+ "after the export; export the model again"
			)
			% _label
		)
		return
	for part: String in PARTS:
		if typeof(content.get(part)) != PARTS[part]:
			error = "%s has a certificate without '%s': export the model again" % [_label, part]
			return
	if content["protocol"] > PROTOCOL:
		error = newer % [_label, "protocol", content["protocol"], PROTOCOL]
		return
	_take()


func _fits_its_checksum(text: String) -> bool:
	var end: int = text.rfind(DIGEST)
	if end < 0:
		return false
	return text.substr(end) == '%s%s"}' % [DIGEST, text.substr(0, end).sha256_text()]


func _take() -> void:
	rows = content["rows"]
	action_repeat = content["settings"].get("action_repeat", 0)
	observation_stack = content["settings"].get("observation_stack", 0)
	physics_ticks_per_second = content["settings"].get("physics_ticks_per_second", 0)
	for entry: Dictionary in content["observations"]:
		_sizes[entry["key"]] = entry["size"]
		if not entry["names"].is_empty():
			_names[entry["key"]] = PackedStringArray(entry["names"])
	_sizes.sort()
	for entry: Dictionary in content["actions"]:
		_actions.append("%s: %s %d" % [entry["key"], entry["action_type"], entry["size"]])


func _answers_error(answers: Dictionary[String, PackedFloat32Array], failure: String) -> String:
	if not failure.is_empty():
		return "%s fails on its recorded observations: %s" % [_label, failure]
	var tolerance: float = content["tolerance"]
	var worst: float = 0.0
	var where: String = ""
	for name: String in answers:
		var wanted: PackedFloat32Array = _floats(content["outputs"][name])
		var given: PackedFloat32Array = answers[name]
		if given.size() != wanted.size():
			return (
				"%s gives %d values of '%s' for its %d recorded observations, Python gave %d"
				% [_label, given.size(), name, rows, wanted.size()]
			)
		for i: int in wanted.size():
			var difference: float = absf(given[i] - wanted[i])
			var of_size: float = difference / maxf(1.0, absf(wanted[i]))
			if is_nan(of_size):
				difference = INF
				of_size = INF
			largest_difference = maxf(largest_difference, difference)
			if of_size > maxf(worst, tolerance):
				worst = of_size
				where = _where(name, i, given[i], wanted)
	if where.is_empty():
		return ""
	return (
		(
			"%s is not the policy that was trained (commit %s, %d decisions): %s; at most %s is "
			+ "allowed: export the model again"
		)
		% [_label, content["commit"], content["timesteps"], where, tolerance]
	)


func _where(name: String, i: int, given: float, wanted: PackedFloat32Array) -> String:
	@warning_ignore("integer_division")
	var columns: int = wanted.size() / rows
	@warning_ignore("integer_division")
	var row: int = i / columns
	return (
		"for recorded observation %d of %d it gives %s[%d] = %.6f, Python gave %.6f"
		% [row + 1, rows, name, i % columns, given, wanted[i]]
	)


func _observation_error(observation: Dictionary, space: Dictionary, names: Dictionary) -> String:
	var found: Dictionary[String, int] = {}
	var difference: String = ""
	for key: String in observation:
		var is_image: bool = observation[key] is String or "2d" in key
		found[key] = (
			RLSpaces.box_size(space[key]) if is_image else RLSpaces.pack(observation[key]).size()
		)
		var now: PackedStringArray = names.get(key, PackedStringArray())
		var trained: PackedStringArray = _names.get(key, now)
		if difference.is_empty() and trained != now and not now.is_empty():
			difference = "; the first difference is %s" % _first_difference(key, trained, now)
	if found == _sizes and difference.is_empty():
		return ""
	found.sort()
	return (
		"%s was trained on the observation %s, the controller's is %s%s"
		% [_label, _shape(_sizes), _shape(found), difference]
	)


func _first_difference(key: String, trained: PackedStringArray, now: PackedStringArray) -> String:
	var i: int = 0
	while i < mini(trained.size(), now.size()) and trained[i] == now[i]:
		i += 1
	var before: String = "'%s'" % trained[i] if i < trained.size() else "nothing"
	var after: String = "'%s'" % now[i] if i < now.size() else "nothing"
	return "%s[%d]: %s in training, %s now" % [key, i, before, after]


func _action_error(space: Dictionary) -> String:
	var found: PackedStringArray = []
	for key: String in space:
		found.append("%s: %s %d" % [key, space[key].get("action_type"), space[key].get("size", 0)])
	if _actions.is_empty() or _actions == found:
		return ""
	return (
		"%s was trained with the actions {%s}, the controller's are {%s}%s"
		% [
			_label,
			", ".join(_actions),
			", ".join(found),
			"; their order matters" if _sorted(_actions) == _sorted(found) else "",
		]
	)


static func _sorted(texts: PackedStringArray) -> PackedStringArray:
	var copy: PackedStringArray = texts.duplicate()
	copy.sort()
	return copy


static func _shape(sizes: Dictionary[String, int]) -> String:
	var parts: PackedStringArray = []
	for key: String in sizes:
		parts.append("%s[%d]" % [key, sizes[key]])
	return "{%s}" % ", ".join(parts)


static func _short(value: float) -> String:
	return "%d" % roundi(value) if value == roundf(value) else "%.1f" % value


static func _floats(tensor: Dictionary) -> PackedFloat32Array:
	var data: String = tensor["data"]
	return Marshalls.base64_to_raw(data).to_float32_array()
