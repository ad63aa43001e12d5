@tool
extends RefCounted
## Holds an ONNX file against what can be read out of a controller's script: whether it is there,
## can be read, and has the sizes of the observation and of the actions.
##
## Called by the controller's check. It reads the file's header; it makes no plan, plays nothing and
## runs no line of the user's.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const ONNXGraph := preload("res://addons/godot_rl/inference/onnx_graph.gd")
const ONNXReader := preload("res://addons/godot_rl/inference/onnx_reader.gd")
const RLActionPicker := preload("res://addons/godot_rl/policies/action_picker.gd")
const RLCodeText := preload("res://addons/godot_rl/editor/checks/code_text.gd")
const RLObservationStack := preload("res://addons/godot_rl/agents/observation_stack.gd")
const RLScriptFacts := preload("res://addons/godot_rl/editor/checks/script_facts.gd")
const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")

## Larger files are not read each time somebody clicks on a node.
const MAX_BYTES: int = 64 << 20
const OBSERVATION: String = "obs"
const ACTION: String = "output"


## What a file's header tells of its sizes.
class RLHeader:
	extends RefCounted
	## Why it cannot be played; empty when it can, as far as the header tells.
	var error: String = ""
	## Floats of one agent; 0: the file leaves it open.
	var inputs: int = 0
	## Columns for one agent; 0: the file leaves it open.
	var outputs: int = 0


# Path to [time of its change, Header]: the panel asks again after every change of a scene.
static var _read: Dictionary[String, Array] = {}


## What is wrong between [param controller] and the policy at [param path], one sentence each.
static func problems(controller: Node, path: String) -> PackedStringArray:
	if path.is_empty():
		return [
			(
				"plays a policy, but none is set: set onnx_model_path here or on Sync, or the project "
				+ "setting godot_rl/onnx_model"
			)
		]
	var header: RLHeader = header_of(path)
	if not header.error.is_empty():
		return ["the policy %s cannot be played: %s" % [path, header.error]]
	var found: PackedStringArray = []
	var observed: int = observation_size(controller) * RLObservationStack.frames_of(controller)
	if observed > 0 and header.inputs > 0 and observed != header.inputs:
		(
			found
			. append(
				(
					(
						"the policy %s takes an observation of %d elements, the controller's has %d: train it "
						% [path, header.inputs, observed]
					)
					+ "again, or choose the policy that was trained with this observation"
				)
			)
		)
	var space: Variant = action_space(controller)
	if space is Dictionary and header.outputs > 0:
		var needed: int = RLActionPicker.width_of(space, RLActionPicker.RLLayout.PLAIN)
		if RLActionPicker.layout_for(space, header.outputs) < 0:
			(
				found
				. append(
					(
						(
							"the policy %s gives %d outputs, the controller's action space needs %d: train it "
							% [path, header.outputs, needed]
						)
						+ "again, or choose the policy that was trained with these actions"
					)
				)
			)
	return found


## Says that there is no file at [param path] and which one is near, or "".
static func missing_file(path: String) -> String:
	if FileAccess.file_exists(path):
		return ""
	var message: String = "the policy %s does not exist" % path
	var best: String = ""
	for file: String in DirAccess.get_files_at(path.get_base_dir()):
		if file.get_extension() == "onnx":
			if (
				best.is_empty()
				or file.similarity(path.get_file()) > best.similarity(path.get_file())
			):
				best = file
	if best.is_empty():
		return message + ": choose an .onnx file (training writes one beside the .zip)"
	return message + ": did you mean %s?" % path.get_base_dir().path_join(best)


## Reads the sizes in the header of the file at [param path], anew if the file has changed.
static func header_of(path: String) -> RLHeader:
	var changed: int = FileAccess.get_modified_time(path)
	if _read.has(path) and _read[path][0] == changed:
		return _read[path][1]
	var header: RLHeader = RLHeader.new()
	var file: FileAccess = FileAccess.open(path, FileAccess.READ)
	if file == null:
		header.error = "cannot open it: " + error_string(FileAccess.get_open_error())
	elif file.get_length() <= MAX_BYTES:
		_describe(file.get_buffer(file.get_length()), header)
	_read[path] = [changed, header]
	return header


## Floats that the controller observes, where its script says so by a literal; else 0.
static func observation_size(controller: Node) -> int:
	for script: Script in RLScriptFacts.user_scripts(controller):
		var source: String = RLScriptFacts.source_of(script)
		var size: String = RLCodeText.returned_text(source, "get_obs_size")
		if size.is_valid_int():
			return size.to_int()
		var observation: String = RLCodeText.returned_text(source, "get_obs")
		if not observation.is_empty():
			return maxi(RLCodeText.list_size(observation, OBSERVATION), 0)
		if source.contains("func get_obs"):
			return 0
	return 0


## The controller's action space, where its script returns a literal; else null.
static func action_space(controller: Node) -> Variant:
	for script: Script in RLScriptFacts.user_scripts(controller):
		var source: String = RLScriptFacts.source_of(script)
		if not source.contains("func get_action_space"):
			continue
		var space: Variant = RLCodeText.returned_literal(source, "get_action_space")
		if space is Dictionary and action_space_problem(space).is_empty():
			return space
		return null
	return null


## What is wrong with an action space that a script returns as a literal, or "".
static func action_space_problem(space: Dictionary) -> String:
	for key: Variant in space:
		if not (key is String and space[key] is Dictionary):
			return (
				'get_action_space() must return {name: {"size": n, "action_type": '
				+ '"continuous" or "discrete"}}'
			)
	return RLSpaces.action_space_error(space)


static func _describe(bytes: PackedByteArray, into: RLHeader) -> void:
	var reader: ONNXReader = ONNXReader.new()
	var graph: ONNXGraph = reader.read(bytes)
	if graph == null:
		into.error = reader.error
		return
	for info: ONNXGraph.RLValueInfo in graph.inputs:
		if info.name == OBSERVATION or graph.inputs.size() == 1:
			into.inputs = _width(info.shape)
	for info: ONNXGraph.RLValueInfo in graph.outputs:
		if info.name == ACTION or graph.outputs.size() == 1:
			into.outputs = _width(info.shape)


# Elements behind the first axis, the batch; 0 if one is open.
static func _width(shape: PackedInt64Array) -> int:
	var width: int = 1
	for length: int in shape.slice(1):
		if length <= 0:
			return 0
		width *= length
	return width if shape.size() > 1 else 0
