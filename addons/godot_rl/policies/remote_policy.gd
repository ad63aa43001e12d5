extends "res://addons/godot_rl/policies/policy.gd"
## A trainer over TCP decides (docs/protocol.md): it sends a message, this side answers, and the
## simulation stands still in between. With a window the wait leaves the main loop free, so that the
## window stays alive; without one it blocks.
##
## Its parts stand in policies/remote/: the opening, the groups of agents and their seats, calls,
## orders, and the policies that the trainer sent. This file holds the turn of messages and the
## step.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

enum RLOwed { NOTHING, RESET, STEP }

const RLAgentGroups := preload("res://addons/godot_rl/policies/remote/agent_groups.gd")
const RLCalls := preload("res://addons/godot_rl/policies/remote/calls.gd")
const RLCodec := preload("res://addons/godot_rl/wire/codec.gd")
const RLEmptySeats := preload("res://addons/godot_rl/policies/remote/empty_seats.gd")
const RLJsonCodec := preload("res://addons/godot_rl/wire/json_codec.gd")
const RLLayoutPacker := preload("res://addons/godot_rl/agents/layout_packer.gd")
const RLLoadedPolicies := preload("res://addons/godot_rl/policies/remote/loaded_policies.gd")
const RLMessageStream := preload("res://addons/godot_rl/wire/message_stream.gd")
const RLOpening := preload("res://addons/godot_rl/policies/remote/opening.gd")
const RLOpenSeats := preload("res://addons/godot_rl/policies/remote/open_seats.gd")
const RLOpponents := preload("res://addons/godot_rl/policies/remote/opponents.gd")
const RLOrders := preload("res://addons/godot_rl/policies/remote/orders.gd")
const RLStepCheck := preload("res://addons/godot_rl/policies/remote/step_check.gd")
const PROTOCOL: int = RLOpening.PROTOCOL
## How long a trainer may take to say anything at all.
const FIRST_MESSAGE_LIMIT_MS: int = 60000
## In an `error` message: an observation cannot be used.
const OBSERVATION_CODE: String = "observation"

var _stream: RLMessageStream
var _codec: RLCodec
var _blocking: bool
# See RLSession.while_waiting.
var _while_waiting: Callable
var _owed: RLOwed = RLOwed.NOTHING
var _has_heard: bool = false
var _opening: RLOpening
var _groups: RLAgentGroups
var _check: RLStepCheck
var _calls: RLCalls = RLCalls.new()
var _orders: RLOrders
# Who plays the rows that the trainer does not play, and how the others' episodes ended.
var _loaded: RLLoadedPolicies
# Others than the trainer play, or have played: ends tell of them.
var _some_play_besides: bool = false
var _opponents: RLOpponents
var _seats: RLEmptySeats = RLEmptySeats.new()


func _init(
	stream: RLMessageStream, blocking: bool, about: Dictionary, while_waiting: Callable = Callable()
) -> void:
	_stream = stream
	_codec = stream.opening_codec()
	_blocking = blocking
	_while_waiting = while_waiting
	_opening = RLOpening.new(about)
	overrules_pause = true
	keeps_places = true


## See RLPolicy; reads the spaces of every agent and numbers them by their groups.
func take_over(members: Array[Node], of_roster: RLRoster) -> bool:
	_groups = RLAgentGroups.of(members)
	error = _groups.error
	if not error.is_empty():
		return false
	var seats: RLOpenSeats = RLOpenSeats.new(_groups, of_roster)
	open_seats = seats.made
	error = seats.error
	if not error.is_empty() or not super.take_over(_groups.rows, of_roster):
		return false
	_check = RLStepCheck.new(_groups, agents)
	_loaded = RLLoadedPolicies.new(agents)
	_opponents = RLOpponents.new(_groups, _loaded, roster)
	_orders = RLOrders.new(_groups, roster, _loaded)
	roster.when_ended.append(_note_end)
	roster.when_beginning.append(_loaded.begin)
	(_codec as RLJsonCodec).has_images = _groups.has_images()
	return true


## See RLPolicy.
func restore(i: int, controller: Node) -> String:
	var problem: String = super.restore(i, controller)
	if not problem.is_empty():
		return problem
	if (
		RLObservationStack.space_of(controller) != _groups.observation_spaces[i]
		or controller.get_action_space() != _groups.action_spaces[i]
	):
		return (
			"%s came back with other observations or actions than the trainer knows"
			% controller.get_path()
		)
	if _packer != null:
		_make_packer()
	_loaded.take_seat(i)
	return _loaded.error


## See RLPolicy.
func prepare() -> void:
	if _batch != null:
		return
	if _owed == RLOwed.STEP:
		_batch = RLStepBatch.complete(agents, roster)
	elif _owed == RLOwed.RESET:
		roster.start_clean(roster.agents)
		_batch = RLStepBatch.start(agents)
	if _batch == null:
		return
	if _packer is RLLayoutPacker:
		_batch.starts = (_packer as RLLayoutPacker).starts
	if tells_absence and not _batch.presence.is_empty():
		_seats.quiet(_batch, _owed == RLOwed.STEP)


## See RLPolicy: sends what is owed, then serves messages until one lets the world go on.
func decide() -> RLNext:
	if not _pay():
		return RLNext.WAIT
	if _blocking and not _has_heard:
		_has_heard = true
		if not _stream.wait_for_data(FIRST_MESSAGE_LIMIT_MS, _while_waiting):
			error = (
				"%s took the connection and sent nothing for %d s: no trainer listens there"
				% [_stream.place, roundi(FIRST_MESSAGE_LIMIT_MS / 1000.0)]
			)
	while error.is_empty() and not finished:
		if not _blocking and not _stream.has_data():
			return RLNext.WAIT
		if not _while_waiting.is_null() and not _waited():
			return RLNext.WAIT
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
				return RLNext.RUN
			"reset":
				_reset(message)
				if not roster.settled(roster.agents):
					return RLNext.TICK
				_pay()
			_:
				_serve(message)
	return RLNext.WAIT


## See RLPolicy: tells a trainer of ours why the run ends.
func close(reason: String) -> void:
	if not reason.is_empty() and _opening.peer_is_harness and _stream.error.is_empty():
		var message: Dictionary = {"type": "error", "message": reason}
		if _check != null and _check.is_of_observation:
			message["code"] = OBSERVATION_CODE
		_stream.send(_codec.encode(message))
	_stream.close()


## See RLPolicy.
func describe() -> String:
	return _stream.describe()


# Lets others work until the trainer speaks. Returns false when the main loop has to go round first.
func _waited() -> bool:
	while not _stream.has_data():
		if not _while_waiting.call():
			return false
	return true


func _pay() -> bool:
	if _owed == RLOwed.NOTHING:
		return true
	var is_step: bool = _owed == RLOwed.STEP
	var batch: RLStepBatch = _take_batch(_codec.lead(is_step))
	_owed = RLOwed.NOTHING
	if roster.performance != null and is_step:
		roster.performance.call("tell", batch)
	error = _check.problem_of(batch, _packer)
	if _some_play_besides and error.is_empty() and not batch.ended.is_empty():
		if _opening.peer_is_harness:
			_add_infos(batch)
	if error.is_empty() and not _stream.send_frame(_codec.frame(batch, is_step)):
		error = _stream.error
	_seats.told = batch.presence
	if error.is_empty() and _loaded.is_used:
		# The trainer thinks meanwhile.
		_loaded.think(batch, 0 if _packer == null else _packer.row_size)
		error = _loaded.error
	return error.is_empty()


# Ended episodes tell who else played, and which of them the trainer did not play.
func _add_infos(batch: RLStepBatch) -> void:
	for i: int in batch.final_observations.size():
		if batch.final_observations[i] == null:
			continue
		var more: Dictionary = _opponents.info_of(i, agents[i].arena_index)
		if not more.is_empty():
			batch.infos[i] = batch.infos[i].merged(more, true)


func _note_end(controller: Node) -> void:
	if not _some_play_besides:
		_some_play_besides = _loaded.is_used or roster.agents.size() > agents.size()
		if not _some_play_besides:
			return
	if not _seats.was_empty(_loaded.row_of(controller)):
		_opponents.note(controller)


func _send(payload: PackedByteArray) -> bool:
	if _stream.send(payload):
		return true
	error = _stream.error
	return false


func _space_of(i: int) -> Dictionary:
	return _groups.observation_spaces[i]


func _act(message: Dictionary) -> void:
	var actions: Array[Dictionary] = _codec.read_actions(message, _groups.action_spaces)
	error = _codec.error
	if _loaded.is_used:
		_act_for_all(actions)
	else:
		for i: int in actions.size():
			_set_action(i, actions[i])
	_owed = RLOwed.STEP


# Rows that the trainer does not play take the action of who does; the game's own take none.
func _act_for_all(actions: Array[Dictionary]) -> void:
	for i: int in actions.size():
		var action: Dictionary = _loaded.action_of(i) if _loaded.plays(i) else actions[i]
		if not action.is_empty():
			_set_action(i, action)


func _reset(message: Dictionary) -> void:
	var run_seed: int = -1
	if message.has("seed"):
		run_seed = RLJsonCodec.whole_number(message["seed"])
		if run_seed < 0 or run_seed > 0x7FFFFFFF:
			error = "a reset's seed must be an integer in [0, 2^31), got %s" % [message["seed"]]
			return
	roster.begin_again(roster.agents, run_seed)
	_owed = RLOwed.RESET


func _serve(message: Dictionary) -> void:
	match message["type"]:
		"handshake":
			error = _opening.handshake(message, _groups)
			if _codec is RLJsonCodec:
				(_codec as RLJsonCodec).tells_presence = _opening.peer_is_harness
		"env_info":
			_tell_of_itself()
		"call":
			_call(message)
		"close":
			finished = true
		_:
			_order(message)


# Orders are a trainer's of ours.
func _order(message: Dictionary) -> void:
	if _opening.peer_is_harness and message["type"] in RLOrders.TYPES:
		_loaded.action_repeat = action_repeat
		_loaded.physics_ticks_per_second = physics_ticks_per_second
		_send(_codec.encode(_orders.answer(message)))
		return
	error = (
		"unknown message type '%s'; expected handshake, env_info, reset, action, call or close"
		% str(message["type"]).left(RLOrders.SHOWN)
	)


func _tell_of_itself() -> void:
	if not _send(_codec.encode(_opening.env_info(_groups, roster))):
		return
	tells_absence = _opening.tells_absence()
	var binary: RLCodec = _opening.codec(_groups)
	if binary != null:
		_codec = binary
		_make_packer()


func _make_packer() -> void:
	_packer = RLLayoutPacker.for_layouts(agents, _groups.observation_spaces, _groups.layout_counts)


# A trainer of ours hears what is wrong with a call and may go on; for others it is the end.
func _call(message: Dictionary) -> void:
	var problem: String = _calls.problem_of(message, agents)
	if problem.is_empty():
		_send(_codec.encode({"type": "call", "returns": _calls.returns_of(message, agents)}))
	elif _opening.peer_is_harness:
		_send(_codec.encode({"type": "call", "error": problem}))
	else:
		error = problem
