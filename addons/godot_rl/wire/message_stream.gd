extends RefCounted
## The only file of the addon that handles bytes on the wire: frames of a 4-byte little-endian
## length and a payload, over TCP. It blocks while it waits, never spins, and tells in [member
## error] why it gave up. What a payload means is a codec's business.

## Longest payload that is sent or taken, in bytes.
const MAX_PAYLOAD_BYTES: int = 64 * 1024 * 1024
## How long a connection may take to come about, in milliseconds.
const CONNECT_TIMEOUT_MS: int = 10000

## Why the stream cannot go on; empty while it can.
var error: String = ""

var _peer: StreamPeerTCP = StreamPeerTCP.new()


## Connects to the trainer. Returns false and sets [member error] when nobody listens there.
func open(host: String, port: int) -> bool:
	var place: String = "%s:%d" % [host, port]
	if _peer.connect_to_host(host, port) != OK:
		error = "cannot connect to %s" % place
		return false
	var deadline: int = Time.get_ticks_msec() + CONNECT_TIMEOUT_MS
	while (
		_peer.get_status() == StreamPeerTCP.STATUS_CONNECTING and Time.get_ticks_msec() < deadline
	):
		_peer.poll()
	if _peer.get_status() != StreamPeerTCP.STATUS_CONNECTED:
		error = "nobody listens on %s; start the training script first" % place
		return false
	_peer.set_no_delay(true)
	return true


## Sends what the trainer wants to see before anything else, if it was told to.
func introduce(token: String) -> bool:
	if token.is_empty():
		return true
	return send(JSON.stringify({"type": "token", "token": token}).to_utf8_buffer())


## Sends one frame. Returns false when the trainer is gone.
func send(payload: PackedByteArray) -> bool:
	if payload.size() > MAX_PAYLOAD_BYTES:
		error = (
			"a message of %d bytes exceeds the limit of %d" % [payload.size(), MAX_PAYLOAD_BYTES]
		)
		return false
	var frame: PackedByteArray = PackedByteArray()
	frame.resize(4)
	frame.encode_u32(0, payload.size())
	frame.append_array(payload)
	if _peer.put_data(frame) != OK:
		error = "the trainer closed the connection"
		return false
	return true


## Whether the next [method receive] has something to read; also true when the peer is gone.
func has_data() -> bool:
	_peer.poll()
	return _peer.get_status() != StreamPeerTCP.STATUS_CONNECTED or _peer.get_available_bytes() > 0


## Waits for the next frame and returns its payload. On failure [member error] is set.
func receive() -> PackedByteArray:
	var header: PackedByteArray = _read(4)
	if not error.is_empty():
		return header
	var length: int = header.decode_u32(0)
	if length > MAX_PAYLOAD_BYTES:
		error = (
			"a frame announces %d bytes, the limit is %d: the peer does not speak this protocol"
			% [length, MAX_PAYLOAD_BYTES]
		)
		return PackedByteArray()
	return _read(length)


## Ends the connection.
func close() -> void:
	_peer.disconnect_from_host()


func _read(count: int) -> PackedByteArray:
	if count == 0:
		return PackedByteArray()
	var result: Array = _peer.get_data(count)
	if result[0] != OK:
		error = "the trainer closed the connection"
		return PackedByteArray()
	return result[1]
