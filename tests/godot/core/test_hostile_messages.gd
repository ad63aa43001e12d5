extends GodotTestCase
## Ten thousand random and mutated messages of the kinds that binary2 and the orders brought: each
## gets an error of one line or an answer, and none a script error (the test runner fails by one).

const RLBinary2Codec := preload("res://addons/godot_rl/wire/binary2_codec.gd")
const RLCodec := preload("res://addons/godot_rl/wire/codec.gd")
const RLJsonCodec := preload("res://addons/godot_rl/wire/json_codec.gd")
const RLOrders := preload("res://addons/godot_rl/policies/remote/orders.gd")
const UNLIKE: PackedScene = preload("res://tests/godot/fixtures/unlike_arena.tscn")
const FILE: String = "res://tests/godot/fixtures/policies/counter_%s.onnx"
const MESSAGES: int = 10000
const MOST_ARENAS: int = 3
const VALUES: Array = [
	null,
	true,
	-1,
	0,
	1,
	1.5,
	2147483648.0,
	1e308,
	INF,
	NAN,
	"",
	"counters",
	"trainer",
	"a\nb",
	[],
	[[]],
	[null],
	[0],
	[0, 99],
	[-1],
	["0"],
	{},
	{"a": {"b": []}},
	{"wind": 1},
	{"wind": "x"},
	{"wind": {}},
	{"wind": {"sampler": "uniform", "low": 0, "high": 1}},
	{"wind": {"sampler": "uniform", "low": 2, "high": 1}},
	{"wind": {"sampler": "choice", "values": [1, null]}},
	{"wind": {"sampler": ["gaussian"], "mean": 0, "deviation": 1}},
	{"wind": {"sampler": "multirange_uniform", "ranges": [[0, 1], {}]}},
	[[1, 2], [3]],
	[[0.5], [-1]],
]
const KEYS: PackedStringArray = [
	"values", "levels", "arenas", "group", "control", "name", "actions", "onnx", "type"
]

var _random: RandomNumberGenerator = RandomNumberGenerator.new()
var _files: Array[PackedByteArray] = []
var _answered: int = 0
var _refused: int = 0


func test_ten_thousand_messages() -> void:
	_random.seed = 4711
	for name: String in ["half", "gaussian", "recurrent"]:
		_files.append(FileAccess.get_file_as_bytes(FILE % name))
	var roots: Array[Node] = []
	for i: int in 2:
		roots.append(UNLIKE.instantiate())
		add_child(roots[i])
	var peer: RLTrainerPeer = RLTrainerPeer.new(roots)
	var binary: RLBinary2Codec = RLBinary2Codec.new(peer.policy._groups.wire_layouts())
	var json: RLJsonCodec = RLJsonCodec.new()
	for i: int in MESSAGES:
		var is_binary: bool = _random.randf() < 0.6
		var codec: RLCodec = binary if is_binary else json
		var message: Dictionary = codec.decode(_payload(is_binary))
		if message.is_empty():
			_check_error(codec.error)
		elif message["type"] == "action":
			if codec.read_actions(message, peer.policy._groups.action_spaces).is_empty():
				_check_error(codec.error)
		elif message["type"] in RLOrders.TYPES:
			_check_answer(message, peer.policy._orders.answer(message))
		if i % 200 == 0:
			peer.roster.begin_again(peer.roster.agents, 1)
	check_equal(peer.policy.error, "")
	check(_answered > 300, "only %d orders were carried out" % _answered)
	check(_refused > 5000, "only %d messages were refused" % _refused)


func _check_answer(message: Dictionary, answer: Dictionary) -> void:
	check_equal(answer["type"], message["type"])
	if answer.has("error"):
		_check_error(answer["error"])
	else:
		_answered += 1


func _check_error(problem: String) -> void:
	_refused += 1
	if problem.is_empty() or problem.contains("\n") or problem.length() > 1000:
		check(false, "'%s' is no error of one line" % problem.left(2000))


func _payload(is_binary: bool) -> PackedByteArray:
	var draw: float = _random.randf()
	if draw < 0.05:
		return _noise(_random.randi_range(0, 300))
	var order: Dictionary = _order()
	var file: PackedByteArray = _file()
	if order["type"] == "load_policy" and not is_binary and draw < 0.9:
		order["onnx"] = Marshalls.raw_to_base64(file)
	if draw < 0.6:
		for i: int in _random.randi_range(1, 2):
			order[KEYS[_random.randi_range(0, KEYS.size() - 1)]] = _value()
	var text: PackedByteArray = JSON.stringify(order).to_utf8_buffer()
	if draw > 0.9:
		text = _mutated(text)
	if not is_binary:
		return text
	var payload: PackedByteArray = [0x4A, 0, 0, 0, 0, 0, 0, 0]
	if draw < 0.1:
		payload[0] = 0x41
		return payload + _noise(_random.randi_range(0, 40) * 4)
	if order["type"] is String and order["type"] == "load_policy":
		payload[0] = 0x50
		payload.encode_u32(4, text.size())
		if _random.randf() < 0.1:
			payload.encode_u32(
				4, [0, 1, text.size() + 7, 0x7FFFFFFF, 0xFFFFFFFF][_random.randi_range(0, 4)]
			)
		return payload + text + file
	return payload + text


func _order() -> Dictionary:
	var order: Dictionary = {
		"type": RLOrders.TYPES[_random.randi_range(0, RLOrders.TYPES.size() - 1)]
	}
	if _random.randf() < 0.5:
		order["arenas"] = [_random.randi_range(0, MOST_ARENAS)]
	match order["type"]:
		"parameters":
			order["values"] = {"wind": _random.randf(), "sand": null}
			if _random.randf() < 0.5:
				order["values"]["sand"] = {"sampler": "uniform", "low": 0, "high": _random.randf()}
		"levels":
			order["levels"] = [[_random.randi_range(0, 9), 3], [_random.randi_range(0, 9)]]
			if order.has("arenas"):
				order["levels"].resize(1)
		"control":
			order["group"] = ["counters", "choosers"][_random.randi_range(0, 1)]
			order["control"] = ["trainer", "game"][_random.randi_range(0, 1)]
		"load_policy":
			order["group"] = ["counters", "choosers"][_random.randi_range(0, 1)]
			order["name"] = "m%d" % _random.randi_range(0, 9)
			order["actions"] = ["auto", "sampled", "deterministic"][_random.randi_range(0, 2)]
	return order


func _file() -> PackedByteArray:
	var file: PackedByteArray = _files[_random.randi_range(0, _files.size() - 1)]
	return _mutated(file) if _random.randf() < 0.6 else file


func _mutated(bytes: PackedByteArray) -> PackedByteArray:
	var changed: PackedByteArray = bytes.duplicate()
	if _random.randf() < 0.3:
		changed.resize(_random.randi_range(0, changed.size()))
	for i: int in _random.randi_range(1, 6):
		if not changed.is_empty():
			changed[_random.randi_range(0, changed.size() - 1)] = _random.randi_range(1, 127)
	return changed


func _noise(count: int) -> PackedByteArray:
	var noise: PackedByteArray = []
	for i: int in count:
		noise.append(_random.randi_range(0, 127))
	return noise


func _value() -> Variant:
	return VALUES[_random.randi_range(0, VALUES.size() - 1)]
