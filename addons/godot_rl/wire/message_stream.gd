extends RefCounted
## The only file of the addon that handles bytes on the wire: frames of a 4-byte little-endian
## length and a payload, over TCP. It blocks while it waits, never spins, and tells in [member
## error] why it gave up. What a payload means is a codec's business.

const RLCodec := preload("res://addons/godot_rl/wire/codec.gd")
const RLJsonCodec := preload("res://addons/godot_rl/wire/json_codec.gd")

## Longest payload that is sent or taken, in bytes.
const MAX_PAYLOAD_BYTES: int = 64 * 1024 * 1024
## How long a connection may take to come about, in milliseconds.
const CONNECT_TIMEOUT_MS: int = 10000
## How long one look at a connection under way sleeps, in microseconds.
const LOOK_USEC: int = 500

## Where the trainer is, for messages.
var place: String = ""
## Why the stream cannot go on; empty while it can.
var error: String = ""

var _peer: StreamPeerTCP = StreamPeerTCP.new()
# Length of the frame whose header was read; -1: none was.
var _length: int = -1
# A payload that was put back.
var _put_back: Array[PackedByteArray] = []


## The codec that messages are in at first.
func opening_codec() -> RLCodec:
	return RLJsonCodec.new()


## Who is at the other end, for people.
func describe() -> String:
	return "trainer"


## Connects to the trainer. Returns false and sets [member error] when nobody listens there.
func open(host: String, port: int) -> bool:
	begin(host, port)
	var deadline: int = Time.get_ticks_msec() + CONNECT_TIMEOUT_MS
	while is_connecting() and Time.get_ticks_msec() < deadline:
		OS.delay_usec(LOOK_USEC)
	return is_open()


## Starts to connect, and returns at once: [method is_connecting] tells when it is decided.
func begin(host: String, port: int) -> void:
	place = "%s:%d" % [host, port]
	if _peer.connect_to_host(host, port) != OK:
		error = "cannot connect to %s" % place


## Whether it is not decided yet if somebody listens.
func is_connecting() -> bool:
	_peer.poll()
	return error.is_empty() and _peer.get_status() == StreamPeerTCP.STATUS_CONNECTING


## Whether the connection came about; else [member error] says why not.
func is_open() -> bool:
	if error.is_empty() and _peer.get_status() != StreamPeerTCP.STATUS_CONNECTED:
		error = "nobody listens on %s; start the training script first" % place
	if error.is_empty():
		_peer.set_no_delay(true)
	return error.is_empty()


## Sends what the trainer wants to see before anything else, if it was told to.
func introduce(token: String) -> bool:
	if token.is_empty():
		return true
	return send(JSON.stringify({"type": "token", "token": token}).to_utf8_buffer())


## Sends one payload. Returns false when the trainer is gone.
func send(payload: PackedByteArray) -> bool:
	var frame: PackedByteArray = PackedByteArray()
	frame.resize(4)
	frame.append_array(payload)
	return send_frame(frame)


## Sends a payload that has four bytes free before it, for its length.
func send_frame(frame: PackedByteArray) -> bool:
	var length: int = frame.size() - 4
	if length > MAX_PAYLOAD_BYTES:
		error = "a message of %d bytes exceeds the limit of %d" % [length, MAX_PAYLOAD_BYTES]
		return false
	frame.encode_u32(0, length)
	if _peer.put_data(frame) != OK:
		error = "the trainer closed the connection"
		return false
	return true


## Waits for [method has_data], at most [param limit_ms] milliseconds, and calls [param meanwhile]
## again and again if it is valid. Returns whether it came true.
func wait_for_data(limit_ms: int, meanwhile: Callable = Callable()) -> bool:
	var deadline: int = Time.get_ticks_msec() + limit_ms
	while not has_data():
		if Time.get_ticks_msec() >= deadline:
			return false
		if meanwhile.is_null():
			OS.delay_usec(LOOK_USEC)
		else:
			meanwhile.call()
	return true


## Whether the next [method receive] has something to read; also true when the peer is gone.
func has_data() -> bool:
	if not _put_back.is_empty():
		return true
	_peer.poll()
	return _peer.get_status() != StreamPeerTCP.STATUS_CONNECTED or _peer.get_available_bytes() > 0


## Whether a whole frame is there, so that [method receive] does not block. False, with
## [member error], when the peer is gone or does not speak this protocol.
func has_frame() -> bool:
	if not has_data():
		return false
	if _peer.get_status() != StreamPeerTCP.STATUS_CONNECTED:
		error = "the trainer closed the connection"
		return false
	if _length < 0 and _peer.get_available_bytes() >= 4:
		_read_length()
	return error.is_empty() and _length >= 0 and _peer.get_available_bytes() >= _length


## Waits for the next frame and returns its payload. On failure [member error] is set.
func receive() -> PackedByteArray:
	if not _put_back.is_empty():
		return _put_back.pop_back()
	if _length < 0:
		_read_length()
	var length: int = _length
	_length = -1
	return _read(length) if error.is_empty() else PackedByteArray()


## Makes [param payload] what the next [method receive] returns.
func put_back(payload: PackedByteArray) -> void:
	_put_back.append(payload)


## Ends the connection.
func close() -> void:
	_peer.disconnect_from_host()


func _read_length() -> void:
	var header: PackedByteArray = _read(4)
	if not error.is_empty():
		return
	_length = header.decode_u32(0)
	if _length > MAX_PAYLOAD_BYTES:
		error = (
			"a frame announces %d bytes, the limit is %d: the peer does not speak this protocol"
			% [_length, MAX_PAYLOAD_BYTES]
		)


func _read(count: int) -> PackedByteArray:
	if count == 0:
		return PackedByteArray()
	var result: Array = _peer.get_data(count)
	if result[0] != OK:
		error = "the trainer closed the connection"
		return PackedByteArray()
	return result[1]
