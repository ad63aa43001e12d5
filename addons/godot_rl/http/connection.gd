extends RefCounted
## One client's connection: reads requests, and writes their answers in the same order.
##
## RLHttpServer polls it. It reads no further request while an answer is being made or written, so
## that a client that sends much and reads nothing costs a bounded amount of memory. It never
## blocks.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")

const RLHttpAnswer := preload("res://addons/godot_rl/http/answer.gd")
const RLHttpParser := preload("res://addons/godot_rl/http/parser.gd")
const RLHttpRequest := preload("res://addons/godot_rl/http/request.gd")

## Bytes that are read at once, so that one client cannot hold up the others.
const READ_AT_ONCE: int = 64 * 1024
## Requests of one client that are answered in one look.
const ANSWERS_AT_ONCE: int = 32
## How long a request may take to arrive whole, an answer to be taken, and a client to say nothing,
## in milliseconds.
const REQUEST_LIMIT_MS: int = 10000
const WRITE_LIMIT_MS: int = 10000
const IDLE_LIMIT_MS: int = 120000
## After the last answer of a connection that the server ends, how long what the client still sends
## is thrown away, so that the answer reaches it (RFC 9112, 9.6).
const LINGER_MS: int = 500
const REASONS: Dictionary[int, String] = {
	200: "OK",
	202: "Accepted",
	400: "Bad Request",
	401: "Unauthorized",
	404: "Not Found",
	405: "Method Not Allowed",
	408: "Request Timeout",
	409: "Conflict",
	413: "Content Too Large",
	414: "URI Too Long",
	415: "Unsupported Media Type",
	431: "Request Header Fields Too Large",
	501: "Not Implemented",
	503: "Service Unavailable",
	505: "HTTP Version Not Supported",
}

## Whether it is over; the server forgets it.
var is_closed: bool = false
## Time.get_ticks_msec() of the last byte that came or went.
var heard_ms: int = Time.get_ticks_msec()

var _peer: StreamPeerTCP
var _parser: RLHttpParser = RLHttpParser.new()
var _answer: RLHttpAnswer
var _keeps_alive: bool = true
var _is_head: bool = false
var _out: PackedByteArray = []
var _request_began_ms: int = 0
# When the server stopped answering and only waits for the client to go; 0: it did not.
var _lingers_since_ms: int = 0


func _init(peer: StreamPeerTCP) -> void:
	_peer = peer
	_peer.set_no_delay(true)


## Reads, lets [param handle] (RLHttpRequest) -> RLHttpAnswer work, and writes. Returns whether
## anything happened.
func poll(handle: Callable) -> bool:
	_peer.poll()
	if _peer.get_status() != StreamPeerTCP.STATUS_CONNECTED:
		close()
		return true
	var worked: bool = _write()
	if _lingers_since_ms > 0:
		_linger()
		return worked
	for i: int in ANSWERS_AT_ONCE:
		if is_closed or _lingers_since_ms > 0 or not _out.is_empty():
			break
		if _answer == null and not _next_request(handle):
			break
		worked = true
		if _answer == null or not _answer.is_ready():
			break
		_send_answer()
		_write()
	_look_at_clock()
	return worked


## Whether a request is being worked on whose answer is not ready.
func is_waiting() -> bool:
	return _answer != null and not _answer.is_ready()


func close() -> void:
	is_closed = true
	_answer = null
	_peer.disconnect_from_host()


# Takes the next request and has it handled. Returns whether there was one.
func _next_request(handle: Callable) -> bool:
	var request: RLHttpRequest = _parser.next()
	if request == null and _parser.status == 0:
		_read()
		request = _parser.next()
	if request == null and _parser.status == 0:
		if _parser.wants_continue:
			_parser.wants_continue = false
			_out = "HTTP/1.1 100 Continue\r\n\r\n".to_ascii_buffer()
			_write()
		if not _parser.is_in_request():
			_request_began_ms = 0
		elif _request_began_ms == 0:
			_request_began_ms = Time.get_ticks_msec()
		return false
	_request_began_ms = 0
	_parser.wants_continue = false
	if request == null:
		_fail(_parser.status, _parser.problem)
		return true
	_keeps_alive = request.keeps_alive
	_is_head = request.method == "HEAD"
	_answer = handle.call(request)
	return true


func _read() -> void:
	var available: int = mini(_peer.get_available_bytes(), READ_AT_ONCE)
	if available <= 0:
		return
	var result: Array = _peer.get_partial_data(available)
	if result[0] != OK:
		close()
		return
	heard_ms = Time.get_ticks_msec()
	_parser.feed(result[1])


func _send_answer() -> void:
	var ends: bool = _answer.closes or not _keeps_alive
	var head: PackedStringArray = [
		"HTTP/1.1 %d %s" % [_answer.status, REASONS.get(_answer.status, "Status")],
		"Content-Type: " + _answer.content_type,
		"Content-Length: %d" % _answer.body.size(),
		"Cache-Control: no-store",
		"X-Content-Type-Options: nosniff",
		"Connection: " + ("close" if ends else "keep-alive"),
	]
	for name: String in _answer.headers:
		head.append("%s: %s" % [name, _answer.headers[name]])
	_out = ("\r\n".join(head) + "\r\n\r\n").to_ascii_buffer()
	if not _is_head:
		_out.append_array(_answer.body)
	_answer = null
	heard_ms = Time.get_ticks_msec()
	if ends:
		_lingers_since_ms = heard_ms


# Writes what the peer takes. Returns whether it took something.
func _write() -> bool:
	if _out.is_empty() or is_closed:
		return false
	var result: Array = _peer.put_partial_data(_out)
	if result[0] != OK:
		close()
		return true
	var sent: int = result[1]
	if sent > 0:
		_out = _out.slice(sent)
		heard_ms = Time.get_ticks_msec()
	return sent > 0


# Everything was answered: waits for the client to take it and to go.
func _linger() -> void:
	var now: int = Time.get_ticks_msec()
	var available: int = _peer.get_available_bytes()
	if available > 0:
		_peer.get_partial_data(mini(available, READ_AT_ONCE))
	if _out.is_empty() and now - _lingers_since_ms > LINGER_MS:
		close()
	elif not _out.is_empty() and now - heard_ms > WRITE_LIMIT_MS:
		close()


func _look_at_clock() -> void:
	if is_closed or is_waiting():
		return
	var now: int = Time.get_ticks_msec()
	if _request_began_ms > 0 and now - _request_began_ms > REQUEST_LIMIT_MS:
		_fail(408, "the request did not arrive within %d s" % (REQUEST_LIMIT_MS / 1000))
		_send_answer()
		_write()
	elif not _out.is_empty() and now - heard_ms > WRITE_LIMIT_MS:
		close()
	elif now - heard_ms > IDLE_LIMIT_MS:
		close()


func _fail(status: int, problem: String) -> void:
	_answer = RLHttpAnswer.new()
	_answer.refuse(status, "bad_request" if status == 400 else "refused", problem)
	_answer.closes = true
	_keeps_alive = false
	_is_head = false
	_request_began_ms = 0
