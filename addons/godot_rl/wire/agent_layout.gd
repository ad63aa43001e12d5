extends RefCounted
## How agents that share their spaces lie in the binary messages: the blocks of their observations
## and of their actions (docs/protocol.md).
##
## RLBinaryCodec holds one for each layout of a connection. It knows no message around its blocks.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")

## Its agents: those from [member first] to before first + count.
var first: int = 0
var count: int = 0
## Floats and integers of one agent's action.
var float_count: int = 0
var int_count: int = 0

## Observation keys in wire order (sorted), and which of them are images.
var _keys: PackedStringArray = []
var _is_image: Array[bool] = []
## One entry per action: name, size, and whether it is discrete.
var _action_names: PackedStringArray = []
var _action_sizes: PackedInt32Array = []
var _action_discrete: Array[bool] = []


func _init(
	first_agent: int, agent_count: int, observation_space: Dictionary, action_space: Dictionary
) -> void:
	first = first_agent
	count = agent_count
	for key: String in observation_space:
		_keys.append(key)
	_keys.sort()
	for key: String in _keys:
		_is_image.append("2d" in key)
	for key: String in action_space:
		var discrete: bool = action_space[key]["action_type"] == RLSpaces.DISCRETE
		_action_names.append(key)
		_action_sizes.append(action_space[key]["size"])
		_action_discrete.append(discrete)
		if discrete:
			int_count += 1
		else:
			float_count += int(action_space[key]["size"])


## Bytes of its agents' actions.
func action_bytes() -> int:
	return 4 * count * (float_count + int_count)


## Reads its agents' actions, which begin at byte [param at] of [param payload], and appends them to
## [param actions], one dictionary an agent. Returns what is wrong, or "".
func read_actions(payload: PackedByteArray, at: int, actions: Array[Dictionary]) -> String:
	var split: int = at + 4 * count * float_count
	var floats: PackedFloat32Array = payload.slice(at, split).to_float32_array()
	var bad: int = RLSpaces.first_not_finite(floats)
	if bad >= 0:
		var agent: int = first + floori(float(bad) / float_count)
		return "agent %d: an action is %s" % [agent, floats[bad]]
	if int_count == 0:
		_read_continuous(floats, actions)
		return ""
	var ints: PackedInt32Array = payload.slice(split, at + action_bytes()).to_int32_array()
	var float_at: int = 0
	var int_at: int = 0
	for agent: int in count:
		var action: Dictionary = {}
		for i: int in _action_names.size():
			var size: int = _action_sizes[i]
			if _action_discrete[i]:
				var value: int = ints[int_at]
				if value < 0 or value >= size:
					return (
						"agent %d: action '%s' must be an integer in [0, %d), got %d"
						% [first + agent, _action_names[i], size, value]
					)
				action[_action_names[i]] = value
				int_at += 1
			else:
				action[_action_names[i]] = (
					[floats[float_at]]
					if size == 1
					else Array(floats.slice(float_at, float_at + size))
				)
				float_at += size
		actions.append(action)
	return ""


## Appends the blocks of [param observations], those of its agents or of some of them, to
## [param payload]: key after key.
func append_observations(payload: PackedByteArray, observations: Array) -> void:
	for i: int in _keys.size():
		var key: String = _keys[i]
		if _is_image[i]:
			for observation: Dictionary in observations:
				payload.append_array(_bytes_of(observation[key]))
			payload.resize(ceili(payload.size() / 4.0) * 4)
			continue
		var values: PackedFloat32Array = PackedFloat32Array()
		for observation: Dictionary in observations:
			values.append_array(RLSpaces.pack(observation[key]))
		payload.append_array(values.to_byte_array())


# The common case, in half the time.
func _read_continuous(floats: PackedFloat32Array, actions: Array[Dictionary]) -> void:
	var keys: int = _action_names.size()
	var at: int = 0
	for agent: int in count:
		var action: Dictionary = {}
		for i: int in keys:
			var size: int = _action_sizes[i]
			if size == 1:
				action[_action_names[i]] = [floats[at]]
			else:
				action[_action_names[i]] = Array(floats.slice(at, at + size))
			at += size
		actions.append(action)


# An image is bytes; controllers of the stock plugin give them as hexadecimal digits.
static func _bytes_of(image: Variant) -> PackedByteArray:
	if image is PackedByteArray:
		return image
	return (image as String).hex_decode() if image is String else PackedByteArray(image)
