extends SceneTree
## Measures what a 64 x 64 RGB image costs between a controller and the wire or the ONNX runner, as
## raw bytes and as hexadecimal digits, and prints a table of medians in microseconds:
## [code]godot --headless --path . --script res://tests/godot/sensors/bench_images.gd[/code]
##
## The images are made of numbers: no screen is needed. It checks nothing: it is no test.

const RLAgentLayout := preload("res://addons/godot_rl/wire/agent_layout.gd")
const RLBinaryCodec := preload("res://addons/godot_rl/wire/binary_codec.gd")
const RLJsonCodec := preload("res://addons/godot_rl/wire/json_codec.gd")
const RLPolicySeat := preload("res://addons/godot_rl/policies/policy_seat.gd")
const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")
const SPACE: Dictionary = {"camera_2d": {"size": [3, 64, 64], "space": "box"}}
const ACTIONS: Dictionary = {"go": {"size": 1, "action_type": "continuous"}}
const AGENTS: int = 8
const ROUNDS: int = 31

var _image: PackedByteArray = []


func _initialize() -> void:
	_image.resize(RLSpaces.box_size(SPACE["camera_2d"]))
	for i: int in _image.size():
		_image[i] = (i * 37) % 256
	var binary: RLBinaryCodec = RLBinaryCodec.new([RLAgentLayout.new(0, AGENTS, SPACE, ACTIONS)])
	var json: RLJsonCodec = RLJsonCodec.new()
	json.has_images = true
	print("%d images of 64 x 64 x 3, median of %d rounds, us an image" % [AGENTS, ROUNDS])
	for hex: bool in [true, false]:
		var label: String = "hexadecimal digits" if hex else "raw bytes"
		_time("%s: get_obs, check, binary frame" % label, _send.bind(binary, hex))
		_time("%s: get_obs, check, JSON frame" % label, _send.bind(json, hex))
		_time("%s: get_obs, check, floats for the ONNX runner" % label, _infer.bind(hex))
	print(
		(
			"a binary frame: %d bytes; a JSON frame: %d bytes"
			% [_send(binary, false), _send(json, false)]
		)
	)
	quit(0)


func _time(label: String, work: Callable) -> void:
	var times: PackedFloat64Array = []
	for i: int in ROUNDS:
		var started: int = Time.get_ticks_usec()
		work.call()
		times.append((Time.get_ticks_usec() - started) / float(AGENTS))
	times.sort()
	print("%-62s %8.1f" % [label, times[ROUNDS >> 1]])


func _observe(hex: bool) -> Dictionary:
	return {"camera_2d": _image.hex_encode() if hex else _image}


func _send(codec: RefCounted, hex: bool) -> int:
	var batch: RLStepBatch = RLStepBatch.new()
	for i: int in AGENTS:
		batch.observations.append(_observe(hex))
		batch.infos.append({})
		RLSpaces.observation_error(batch.observations[i], SPACE, {})
	var frame: PackedByteArray = codec.call("frame", batch, false)
	return frame.size()


func _infer(hex: bool) -> int:
	var seat: RLPolicySeat = RLPolicySeat.new()
	seat.space = SPACE
	seat.keys = SPACE.keys()
	var inputs: PackedFloat32Array = []
	for i: int in AGENTS:
		seat.append_inputs(_observe(hex), inputs)
	return inputs.size()
