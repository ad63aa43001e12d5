extends "res://addons/godot_rl/policies/policy.gd"
## A trainer over TCP decides (docs/protocol.md): it sends a message, this side answers, and the
## simulation stands still in between. With a window the wait leaves the main loop free, so that the
## window stays alive; without one it blocks.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

enum Owed { NOTHING, RESET, STEP }

const RLBinaryCodec := preload("res://addons/godot_rl/wire/binary_codec.gd")
const RLCodec := preload("res://addons/godot_rl/wire/codec.gd")
const RLJsonCodec := preload("res://addons/godot_rl/wire/json_codec.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")
const RLMessageStream := preload("res://addons/godot_rl/wire/message_stream.gd")
const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")
const MAJOR_VERSION: String = "0"
const MINOR_VERSION: String = "7"
const PROTOCOL: int = 1
## How long a trainer may take to say anything at all.
const FIRST_MESSAGE_LIMIT_MS: int = 60000
## The transports this addon speaks.
const JSON_TEXT: String = "json"
const BINARY: String = "binary1"

var _stream: RLMessageStream
var _codec: RLCodec = RLJsonCodec.new()
var _blocking: bool
## What env_info tells beyond godot-rl's keys.
var _about: Dictionary
var _transport: String = JSON_TEXT
var _owed: Owed = Owed.NOTHING
var _has_heard: bool = false
var _peer_is_harness: bool = false
var _observation_spaces: Array[Dictionary] = []
var _observation_names: Array[Dictionary] = []
var _action_spaces: Array[Dictionary] = []
# [script, method, number of arguments] -> what is wrong with such a call; empty: nothing.
var _argument_errors: Dictionary[Array, String] = {}


func _init(stream: RLMessageStream, blocking: bool, about: Dictionary) -> void:
	_stream = stream
	_blocking = blocking
	_about = about
	overrules_pause = true
	keeps_places = true


## See RLPolicy; reads the spaces of every agent.
func take_over(members: Array[Node], of_roster: RLRoster) -> bool:
	if not super.take_over(members, of_roster):
		return false
	_observation_spaces = _observation_spaces_of_agents()
	for controller: Node in agents:
		_observation_names.append(controller.get_observation_names())
		var space: Dictionary = controller.get_action_space()
		_action_spaces.append(space)
		var problem: String = RLSpaces.action_space_error(space)
		if not problem.is_empty():
			error = "%s: %s" % [controller.get_path(), problem]
			return false
	return true


## See RLPolicy.
func restore(i: int, controller: Node) -> String:
	super.restore(i, controller)
	if (
		controller.get_obs_space() != _observation_spaces[i]
		or controller.get_action_space() != _action_spaces[i]
	):
		return (
			"%s came back with other observations or actions than the trainer knows"
			% controller.get_path()
		)
	if _packer != null:
		_packer = RLObservationPacker.for_agents(agents, _observation_spaces)
	return ""


## See RLPolicy.
func prepare() -> void:
	if _batch != null:
		return
	if _owed == Owed.STEP:
		_batch = RLStepBatch.complete(agents, roster)
	elif _owed == Owed.RESET:
		roster.start_clean(roster.agents)
		_batch = RLStepBatch.start(agents)


## See RLPolicy: sends what is owed, then serves messages until one lets the world go on.
func decide() -> Next:
	if not _pay():
		return Next.WAIT
	if _blocking and not _has_heard:
		_has_heard = true
		if not _stream.wait_for_data(FIRST_MESSAGE_LIMIT_MS):
			error = (
				"%s took the connection and sent nothing for %d s: no trainer listens there"
				% [_stream.place, roundi(FIRST_MESSAGE_LIMIT_MS / 1000.0)]
			)
	while error.is_empty() and not finished:
		if not _blocking and not _stream.has_data():
			return Next.WAIT
		var payload: PackedByteArray = _stream.receive()
		error = _stream.error
		if not error.is_empty():
			break
		var message: Dictionary = _codec.decode(payload)
		if message.is_empty():
			error = _codec.error
			break
		match message["type"]:
			"action":
				_act(message)
				return Next.RUN
			"reset":
				_reset(message)
				if not roster.settled(roster.agents):
					return Next.TICK
				_pay()
			_:
				_serve(message)
	return Next.WAIT


## See RLPolicy: tells a trainer of ours why the run ends.
func close(reason: String) -> void:
	if not reason.is_empty() and _peer_is_harness and _stream.error.is_empty():
		_stream.send(_codec.encode({"type": "error", "message": reason}))
	_stream.close()


## See RLPolicy.
func describe() -> String:
	return "trainer"


func _pay() -> bool:
	if _owed == Owed.NOTHING:
		return true
	var is_step: bool = _owed == Owed.STEP
	var batch: RLStepBatch = _take_batch(_codec.lead(is_step))
	_owed = Owed.NOTHING
	error = _packed_error(batch) if batch.is_packed else _batch_error(batch)
	if error.is_empty() and not _stream.send_frame(_codec.frame(batch, is_step)):
		error = _stream.error
	return error.is_empty()


func _send(payload: PackedByteArray) -> bool:
	if _stream.send(payload):
		return true
	error = _stream.error
	return false


func _batch_error(batch: RLStepBatch) -> String:
	for i: int in agents.size():
		var problem: String = _observation_error(i, batch.observations[i])
		if problem.is_empty() and i < batch.final_observations.size():
			if batch.final_observations[i] != null:
				problem = _observation_error(i, batch.final_observations[i])
			if not is_finite(batch.rewards[i]):
				problem = _agent_error(i, "the reward is %s" % batch.rewards[i])
		if not problem.is_empty():
			return problem
	return ""


# The observations as one block, which takes a hundredth of the time.
func _packed_error(batch: RLStepBatch) -> String:
	if not _packer.error.is_empty():
		return _packer.error
	for i: int in batch.rewards.size():
		if not is_finite(batch.rewards[i]):
			return _agent_error(i, "the reward is %s" % batch.rewards[i])
	var bad: int = RLSpaces.first_not_finite(batch.packed)
	if bad >= 0:
		var row: int = floori(float(bad - batch.lead) / _packer.row_size)
		return _observation_error(row, _packer.observation_of(batch.packed.slice(batch.lead), row))
	if batch.final_packed.is_empty() or _packer.first_not_finite(batch.final_packed).x < 0:
		return ""
	for i: int in agents.size():
		if batch.final_observations[i] != null:
			var problem: String = _observation_error(i, batch.final_observations[i])
			if not problem.is_empty():
				return problem
	return ""


func _space_of(i: int) -> Dictionary:
	return _observation_spaces[i]


func _observation_error(i: int, observation: Variant) -> String:
	var problem: String = RLSpaces.observation_error(
		observation, _observation_spaces[i], _observation_names[i]
	)
	return "" if problem.is_empty() else _agent_error(i, problem)


func _agent_error(i: int, problem: String) -> String:
	return "agent %d (%s): %s" % [i, agents[i].get_path(), problem]


func _act(message: Dictionary) -> void:
	var actions: Array[Dictionary] = _codec.read_actions(message, _action_spaces)
	error = _codec.error
	for i: int in actions.size():
		_set_action(i, actions[i])
	_owed = Owed.STEP


func _reset(message: Dictionary) -> void:
	var run_seed: int = -1
	if message.has("seed"):
		run_seed = _whole_number(message["seed"])
		if run_seed < 0 or run_seed > 0x7FFFFFFF:
			error = "a reset's seed must be an integer in [0, 2^31), got %s" % [message["seed"]]
			return
	roster.begin_again(roster.agents, run_seed)
	_owed = Owed.RESET


func _serve(message: Dictionary) -> void:
	match message["type"]:
		"handshake":
			_handshake(message)
		"env_info":
			if _send(_codec.encode(_env_info())) and _transport == BINARY:
				_codec = RLBinaryCodec.new(agents.size(), _observation_spaces[0], _action_spaces[0])
				_packer = RLObservationPacker.for_agents(agents, _observation_spaces)
		"call":
			_call(message)
		"close":
			finished = true
		_:
			error = (
				"unknown message type '%s'; expected handshake, env_info, reset, action, call or close"
				% message["type"]
			)


func _handshake(message: Dictionary) -> void:
	_peer_is_harness = message.has("harness")
	var offered: Variant = message.get("transports")
	if offered is Array and BINARY in offered and _agents_are_alike():
		_transport = BINARY
	var major: String = str(message.get("major_version"))
	if major != MAJOR_VERSION:
		error = (
			"the trainer speaks protocol %s.%s, this addon %s.%s: update the older one"
			% [major, message.get("minor_version"), MAJOR_VERSION, MINOR_VERSION]
		)
	elif _peer_is_harness and _whole_number(message.get("protocol", 0)) > PROTOCOL:
		RLLog.info("the trainer knows protocol %d, this addon %d" % [message["protocol"], PROTOCOL])


# JSON knows no integers; -1 for what is none, or is negative.
func _whole_number(value: Variant) -> int:
	if not (value is int or value is float) or not is_finite(value) or value < 0:
		return -1
	return int(value) if value == floorf(value) and value < 2.0 ** 53 else -1


# The binary transport packs all agents into one block, so they must share their spaces.
func _agents_are_alike() -> bool:
	for i: int in range(1, agents.size()):
		if (
			_observation_spaces[i] != _observation_spaces[0]
			or _action_spaces[i] != _action_spaces[0]
		):
			return false
	return true


func _env_info() -> Dictionary:
	var policy_names: PackedStringArray = []
	for controller: Node in agents:
		policy_names.append(controller.policy_name)
	var info: Dictionary = {
		"type": "env_info",
		"observation_space": _observation_spaces,
		"action_space": _action_spaces,
		"n_agents": agents.size(),
		"agent_policy_names": policy_names,
	}
	if _peer_is_harness:
		var about: Dictionary = {
			"protocol": PROTOCOL, "transport": _transport, "observation_names": _observation_names
		}
		about.merge(_about)
		info["spacetime_rl"] = about
	return info


# A trainer of ours hears what is wrong with a call and may go on; for others it is the end.
func _call(message: Dictionary) -> void:
	var problem: String = _call_error(message)
	if problem.is_empty():
		var returns: Array = []
		for number: Variant in message.get("agents", range(agents.size())):
			returns.append(agents[int(number)].callv(message["method"], message.get("args", [])))
		_send(_codec.encode({"type": "call", "returns": returns}))
	elif _peer_is_harness:
		_send(_codec.encode({"type": "call", "error": problem}))
	else:
		error = problem


func _call_error(message: Dictionary) -> String:
	var method: Variant = message.get("method")
	var wanted: Variant = message.get("agents", range(agents.size()))
	if not method is String or not message.get("args", []) is Array or not wanted is Array:
		return "a call needs a method name, a list of arguments and a list of agent indices"
	for number: Variant in wanted:
		var index: int = _whole_number(number)
		if index < 0 or index >= agents.size():
			return "a call names agent %s, there are %d" % [number, agents.size()]
		if not agents[index].has_method(method):
			return "%s has no method '%s'" % [agents[index].get_path(), method]
		var problem: String = _known_error(agents[index], method, message.get("args", []).size())
		if not problem.is_empty():
			return problem
	return ""


# A script's list of methods takes milliseconds to make, so it is asked once for all its agents.
func _known_error(controller: Node, method: String, given: int) -> String:
	var script: Script = controller.get_script()
	var key: Array = [script, method, given]
	if not _argument_errors.has(key):
		_argument_errors[key] = _argument_error(controller, method, given)
	return _argument_errors[key]


func _argument_error(controller: Node, method: String, given: int) -> String:
	for known: Dictionary in controller.get_method_list():
		if known["name"] == method:
			var most: int = known["args"].size()
			var least: int = most - known["default_args"].size()
			if given < least or (given > most and not known["flags"] & METHOD_FLAG_VARARG):
				return "'%s' takes %d to %d arguments, got %d" % [method, least, most, given]
			return ""
	return ""
