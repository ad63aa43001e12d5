extends RefCounted
## Looks for a trainer that waits for a game which was started from the editor, while the game runs:
## each look costs microseconds and never blocks.
##
## RLPlaySession looks once a tick. Only who speaks as a trainer does is taken for one, so that a
## program of another kind on the port changes nothing.

enum Answer { SEARCHING, FOUND, NONE }

const RLJsonCodec := preload("res://addons/godot_rl/wire/json_codec.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLMessageStream := preload("res://addons/godot_rl/wire/message_stream.gd")

## How long a connection may take, and how long the first message, in milliseconds.
const CONNECT_LIMIT_MS: int = 3000
const SPEAK_LIMIT_MS: int = 10000

var stream: RLMessageStream = RLMessageStream.new()
## Why there is no trainer.
var reason: String = ""

var _token: String
var _is_open: bool = false
var _since_ms: int = Time.get_ticks_msec()


func _init(options: RLLaunchOptions) -> void:
	_token = options.token
	stream.begin(options.host, RLLaunchOptions.DEFAULT_PORT)


## Looks once.
func look() -> Answer:
	return _listen() if _is_open else _connect()


func _connect() -> Answer:
	if stream.is_connecting() and _waited_ms() < CONNECT_LIMIT_MS:
		return Answer.SEARCHING
	if not stream.is_open() or not stream.introduce(_token):
		return _give_up("no trainer listens")
	_is_open = true
	_since_ms = Time.get_ticks_msec()
	return Answer.SEARCHING


func _listen() -> Answer:
	if not stream.has_frame():
		if stream.error.is_empty() and _waited_ms() < SPEAK_LIMIT_MS:
			return Answer.SEARCHING
		return _give_up("%s is no trainer: it sent nothing" % stream.place)
	var payload: PackedByteArray = stream.receive()
	if RLJsonCodec.new().decode(payload).get("type") != "handshake":
		return _give_up("%s is no trainer: it sent no handshake" % stream.place)
	stream.put_back(payload)
	return Answer.FOUND


func _waited_ms() -> int:
	return Time.get_ticks_msec() - _since_ms


func _give_up(why: String) -> Answer:
	reason = why
	stream.close()
	return Answer.NONE
