extends "res://addons/godot_rl/wire/message_stream.gd"
## A trainer's connection without a wire: HTTP requests are the trainer's messages, and what the
## policy answers is handed to whoever asked.
##
## RLRunSession plays it as it plays a TCP trainer, with the same code (RLRemotePolicy), so that an
## episode over HTTP is the same as over TCP. RLDriveCalls puts turns in. While the world runs free,
## the last actions are repeated at each decision.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLPipeCodec := preload("res://addons/godot_rl/http/pipe_codec.gd")
const RLTurn := preload("res://addons/godot_rl/http/turn.gd")

## Turns that may wait.
const MAX_TURNS: int = 64

## The world goes on by itself with the last actions; else it waits for one at each decision.
var is_free: bool = false
## The run that it drove is over.
var is_over: bool = false
## Whether episodes were begun by a reset.
var was_reset: bool = false
## What each row did last; empty before the first action of an episode that was reset.
var last_actions: Array[Dictionary] = []

var _codec: RLPipeCodec = RLPipeCodec.new()
var _turns: Array[RLTurn] = []
# Its message was taken; the answer comes.
var _asked: RLTurn
var _has_introduced: bool = false


func _init() -> void:
	place = "the HTTP API"


## See RLMessageStream.
func opening_codec() -> RLCodec:
	return _codec


## See RLMessageStream.
func describe() -> String:
	return "http"


## Adds a turn. Returns whether there was room.
func push(turn: RLTurn) -> bool:
	if is_over or _turns.size() >= MAX_TURNS:
		return false
	_turns.append(turn)
	return true


## Whether somebody waits for an answer.
func is_busy() -> bool:
	return _asked != null or not _turns.is_empty()


## Refuses all that wait, with one reason.
func fail(code: String, reason: String) -> void:
	var waiting: Array[RLTurn] = _turns
	if _asked != null:
		waiting.push_front(_asked)
	_turns = []
	_asked = null
	for turn: RLTurn in waiting:
		turn.refuse(409, code, reason)


## See RLMessageStream: a turn that cannot be taken is refused here, and the world does not move.
func has_data() -> bool:
	if is_over or not _has_introduced:
		return true
	while not _turns.is_empty():
		if _turns[0].prepare(self):
			return true
		_turns.pop_front()
	return is_free and not last_actions.is_empty()


## See RLMessageStream.
func wait_for_data(_limit_ms: int, _meanwhile: Callable = Callable()) -> bool:
	return true


## See RLMessageStream.
func has_frame() -> bool:
	return has_data()


## See RLMessageStream: what is received is handed to the codec as it is.
func receive() -> PackedByteArray:
	if is_over:
		error = "the HTTP API ended the run"
	elif not _has_introduced:
		_has_introduced = true
		_codec.given = {"type": "handshake", "major_version": "0", "harness": "http"}
	elif has_data():
		_asked = _turns.pop_front()
		if _asked == null:
			_codec.given = {"type": "action", "action": last_actions}
		else:
			_codec.given = _asked.message
			was_reset = true
			# A reset forgets them: an episode does not depend on the one before.
			last_actions.assign(_codec.given.get("action", []))
	return PackedByteArray()


## See RLMessageStream.
func send(_payload: PackedByteArray) -> bool:
	var told: Dictionary = _codec.told
	_codec.told = {}
	if told.get("type") == "error":
		fail("run_failed", str(told.get("message")))
	elif _asked != null:
		var turn: RLTurn = _asked
		_asked = null
		if turn.take(told):
			_turns.push_front(turn)
	return true


## See RLMessageStream.
func send_frame(frame: PackedByteArray) -> bool:
	return send(frame)


## See RLMessageStream.
func introduce(_token: String) -> bool:
	return true


## See RLMessageStream.
func close() -> void:
	is_over = true
	fail("run_ended", "the run is over")
