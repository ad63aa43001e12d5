extends GodotTestCase
## Frames over a real socket: pieces, limits and a peer that vanishes.

const RLMessageStream := preload("res://addons/godot_rl/wire/message_stream.gd")

var _server: TCPServer = TCPServer.new()
var _peer: StreamPeerTCP


func test_frames_survive_being_sent_in_pieces() -> void:
	var stream: RLMessageStream = _connected()
	_peer.put_data(PackedByteArray([5, 0]))
	_peer.put_data(PackedByteArray([0, 0, 104, 101]))
	check_equal(stream.has_data(), true)
	_peer.put_data("llo".to_utf8_buffer())
	check_equal(stream.receive().get_string_from_utf8(), "hello")
	check_equal(stream.error, "")


func test_an_empty_frame() -> void:
	var stream: RLMessageStream = _connected()
	_peer.put_data(PackedByteArray([0, 0, 0, 0]))
	check_equal(stream.receive(), PackedByteArray())
	check_equal(stream.error, "")


func test_sends_length_and_payload() -> void:
	var stream: RLMessageStream = _connected()
	check(stream.send("ab".to_utf8_buffer()), "sent")
	check_equal(_peer.get_data(6)[1], PackedByteArray([2, 0, 0, 0, 97, 98]))


func test_a_huge_length_is_refused() -> void:
	var stream: RLMessageStream = _connected()
	_peer.put_data(PackedByteArray([255, 255, 255, 255]))
	check_equal(stream.receive().size(), 0)
	check(stream.error.contains("announces 4294967295 bytes"), stream.error)


func test_a_peer_that_vanishes() -> void:
	var stream: RLMessageStream = _connected()
	_peer.put_data(PackedByteArray([10, 0, 0, 0, 1]))
	_peer.disconnect_from_host()
	check_equal(stream.receive().size(), 0)
	check_equal(stream.error, "the trainer closed the connection")


func test_nobody_listens() -> void:
	_server.listen(0, "127.0.0.1")
	var port: int = _server.get_local_port()
	_server.stop()
	var stream: RLMessageStream = RLMessageStream.new()
	check_equal(stream.open("127.0.0.1", port), false)
	check(stream.error.contains("nobody listens on 127.0.0.1:%d" % port), stream.error)


func _connected() -> RLMessageStream:
	_server.listen(0, "127.0.0.1")
	var stream: RLMessageStream = RLMessageStream.new()
	check(stream.open("127.0.0.1", _server.get_local_port()), stream.error)
	_peer = _server.take_connection()
	_peer.set_no_delay(true)
	return stream
