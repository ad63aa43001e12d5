extends RefCounted
## Looks for a trainer that waits for a game which was started from the editor, while the game runs:
## each look costs microseconds and never blocks.
##
## RLPlaySession looks once a tick. Only who speaks as a trainer does is taken for one, so that a
## program of another kind on the port changes nothing.

const RLJsonCodec := preload("res://addons/godot_rl/wire/json_codec.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLMessageStream := preload("res://addons/godot_rl/wire/message_stream.gd")

## How long a connection may take, and how long the first message, in milliseconds.
const CONNECT_LIMIT_MS: int = 3000
const SPEAK_LIMIT_MS: int = 10000

## The connection to a trainer; null: none was found, or not yet.
var found: RLMessageStream
## Why there is no trainer.
var reason: String = ""

var _stream: RLMessageStream = RLMessageStream.new()
var _token: String
var _is_open: bool = false
var _since_ms: int = Time.get_ticks_msec()


func _init(options: RLLaunchOptions) -> void:
	_token = options.token
	_stream.begin(options.host, RLLaunchOptions.DEFAULT_PORT)


## Looks once. Returns whether it is still open if there is a trainer; else [member found] holds the
## connection, or [member reason] tells why there is none.
func is_undecided() -> bool:
	if _is_open:
		_listen()
	else:
		_connect()
	return found == null and reason.is_empty()


func _connect() -> void:
	if _stream.is_connecting() and _waited_ms() < CONNECT_LIMIT_MS:
		return
	if not _stream.is_open() or not _stream.introduce(_token):
		_give_up("no trainer listens")
	_is_open = true
	_since_ms = Time.get_ticks_msec()


func _listen() -> void:
	if not _stream.has_frame():
		if not _stream.error.is_empty() or _waited_ms() > SPEAK_LIMIT_MS:
			_give_up("%s is no trainer: it sent nothing" % _stream.place)
		return
	var payload: PackedByteArray = _stream.receive()
	if RLJsonCodec.new().decode(payload).get("type") != "handshake":
		_give_up("%s is no trainer: it sent no handshake" % _stream.place)
		return
	_stream.put_back(payload)
	found = _stream


func _waited_ms() -> int:
	return Time.get_ticks_msec() - _since_ms


func _give_up(why: String) -> void:
	reason = why
	_stream.close()
