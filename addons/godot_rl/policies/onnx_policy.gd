class_name RLOnnxPolicy
extends RLPolicy
## An ONNX policy inside the engine decides for all its agents in one batch.

var _model: ONNXModel
var _path: String
## Keys of the observation in the order of the model's input, which is alphabetical as in SB3.
var _keys: Array = []
var _spaces: Array[Dictionary] = []
## The model gives one output for each discrete action of size 2, see RLSpaces.output_size.
var _thresholded: bool = false
var _recorder: RLEpisodeRecorder


func _init(model_path: String, recorder: RLEpisodeRecorder = null) -> void:
	_path = model_path
	_recorder = recorder


## See RLPolicy; loads the model and holds its sizes against the agents'.
func take_over(members: Array[Node], of_roster: RLRoster) -> bool:
	super.take_over(members, of_roster)
	_model = ONNXModel.load_file(_path)
	if _model == null:
		error = "the policy %s cannot be loaded (the line above says why)" % _path
		return false
	var observation_spaces: Array[Dictionary] = _observation_spaces_of_agents()
	_packer = RLObservationPacker.for_agents(agents, observation_spaces)
	_keys = observation_spaces[0].keys()
	_keys.sort()
	for controller: Node in agents:
		var space: Dictionary = controller.get_action_space()
		_spaces.append(space)
		error = RLSpaces.action_space_error(space)
		if error.is_empty():
			error = _size_error(controller, space)
		if not error.is_empty():
			error = "%s: %s" % [controller.get_path(), error]
			return false
	if _recorder != null:
		_recorder.begin(agents)
	return true


## See RLPolicy.
func decide() -> Next:
	var batch: RLStepBatch = _take_batch()
	if _recorder != null:
		_recorder.record(batch)
		finished = _recorder.complete()
	if _packer != null and not _packer.error.is_empty():
		error = _packer.error
		return Next.WAIT
	var inputs: PackedFloat32Array = batch.packed
	for observation: Dictionary in batch.observations:
		for key: String in _keys:
			inputs.append_array(RLSpaces.pack(observation[key]))
	var outputs: PackedFloat32Array = _model.forward(inputs, agents.size())
	var width: int = floori(float(outputs.size()) / agents.size())
	for i: int in agents.size():
		_set_action(i, RLSpaces.action_from_output(outputs, i * width, _spaces[i], _thresholded))
	return Next.RUN


func _size_error(controller: Node, space: Dictionary) -> String:
	var observed: int = 0
	var observation: Dictionary = controller.get_obs()
	for key: String in _keys:
		observed += RLSpaces.pack(observation[key]).size()
	if _model.input_size > 0 and observed != _model.input_size:
		return (
			"the policy %s takes an observation of %d elements, the controller's has %d"
			% [_path, _model.input_size, observed]
		)
	var wanted: int = RLSpaces.output_size(space)
	_thresholded = (
		_model.output_size != wanted and _model.output_size == RLSpaces.output_size(space, true)
	)
	if _model.output_size > 0 and _model.output_size != wanted and not _thresholded:
		return (
			"the policy %s gives %d outputs, the controller's action space needs %d"
			% [_path, _model.output_size, wanted]
		)
	return ""
