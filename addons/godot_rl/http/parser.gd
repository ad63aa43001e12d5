extends RefCounted
## Reads HTTP/1.1 requests out of the bytes of one connection, however they are cut: whole, in
## pieces, or several at once (RFC 9112).
##
## RLHttpConnection feeds it. What is malformed or too large is told in [member problem] with the
## status to answer; nothing can be read behind it. It never holds more than
## [constant MAX_HEAD_BYTES] + [constant MAX_BODY_BYTES] and what was fed last.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")

enum RLPart { HEAD, BODY, CHUNK_SIZE, CHUNK, CHUNK_END, TRAILERS, FAILED }

const RLHttpRequest := preload("res://addons/godot_rl/http/request.gd")

## Request line and headers together.
const MAX_HEAD_BYTES: int = 16 * 1024
const MAX_HEADERS: int = 64
const MAX_PATH_LENGTH: int = 2048
const MAX_BODY_BYTES: int = 1024 * 1024
## Digits of a chunk's size.
const MAX_SIZE_DIGITS: int = 8
const TOKEN: String = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"
const CR: int = 13
const LF: int = 10

static var _token: RegEx = RegEx.create_from_string(TOKEN)

## Why nothing more can be read, and the status that says so; 0 while all is well.
var problem: String = ""
var status: int = 0
## The client waits for "100 Continue" before it sends its body. Whoever sends it clears this.
var wants_continue: bool = false

var _part: RLPart = RLPart.HEAD
var _bytes: PackedByteArray = []
# Up to where no end of line was found, so that no byte is looked at twice.
var _searched: int = 0
var _request: RLHttpRequest
# Bytes of the body or of the chunk that are still to come.
var _wanted: int = 0


## Takes bytes as they came.
func feed(bytes: PackedByteArray) -> void:
	_bytes.append_array(bytes)


## Whether a request has begun and is not complete.
func is_in_request() -> bool:
	return _part != RLPart.HEAD or not _bytes.is_empty()


## Bytes that wait to be read.
func waiting_bytes() -> int:
	return _bytes.size()


## The next complete request; null: there is none yet, or [member problem] tells why there is none.
func next() -> RLHttpRequest:
	while status == 0:
		var part: RLPart = _part
		var size: int = _bytes.size()
		match _part:
			RLPart.HEAD:
				_read_head()
			RLPart.BODY:
				_read_body()
			RLPart.CHUNK_SIZE, RLPart.CHUNK_END, RLPart.TRAILERS:
				_read_chunk_line()
			RLPart.CHUNK:
				_read_chunk()
		if _part == RLPart.HEAD and _request != null:
			var done: RLHttpRequest = _request
			_request = null
			return done
		if part == _part and size == _bytes.size():
			return null
	return null


func _read_head() -> void:
	while _bytes.size() >= 2 and _bytes[0] == CR and _bytes[1] == LF:
		_drop(2)  # empty lines before a request (RFC 9112, 2.2)
	var end: int = _find_head_end()
	if end < 0:
		if _bytes.size() > MAX_HEAD_BYTES:
			_fail(431, "the request's head exceeds %d bytes" % MAX_HEAD_BYTES)
		return
	var head: PackedByteArray = _bytes.slice(0, end)
	_drop(end + 4)
	if end > MAX_HEAD_BYTES:
		_fail(431, "the request's head exceeds %d bytes" % MAX_HEAD_BYTES)
		return
	for byte: int in head:
		if byte == 0 or byte >= 127 or (byte < 32 and byte not in [9, CR, LF]):
			_fail(400, "the request's head holds a byte that is no printable ASCII")
			return
	var lines: PackedStringArray = head.get_string_from_ascii().split("\r\n")
	_request = RLHttpRequest.new()
	_read_first_line(lines[0])
	if status == 0:
		_read_headers(lines.slice(1))
	if status == 0:
		_begin_body()


# Where the empty line behind the headers begins, or -1.
func _find_head_end() -> int:
	var from: int = maxi(_searched - 3, 0)
	while true:
		var at: int = _bytes.find(CR, from)
		if at < 0 or at + 3 >= _bytes.size():
			_searched = _bytes.size() if at < 0 else at
			return -1
		if _bytes[at + 1] == LF and _bytes[at + 2] == CR and _bytes[at + 3] == LF:
			return at
		from = at + 1
	return -1


func _read_first_line(line: String) -> void:
	var words: PackedStringArray = line.split(" ")
	if words.size() != 3 or _token.search(words[0]) == null:
		_fail(400, "the first line is no METHOD TARGET HTTP/1.1")
		return
	if words[2] != "HTTP/1.1" and words[2] != "HTTP/1.0":
		var is_http: bool = words[2].begins_with("HTTP/")
		_fail(505 if is_http else 400, "this server speaks HTTP/1.1")
		return
	_request.method = words[0]
	_request.keeps_alive = words[2] == "HTTP/1.1"
	var target: String = words[1]
	if target.length() > MAX_PATH_LENGTH:
		_fail(414, "the target exceeds %d characters" % MAX_PATH_LENGTH)
		return
	if target.begins_with("http://"):
		target = target.substr(target.find("/", 7)) if target.find("/", 7) > 0 else "/"
	if not target.begins_with("/"):
		_fail(400, "the target must begin with /")
		return
	var question: int = target.find("?")
	_request.path = (target if question < 0 else target.left(question)).uri_decode()
	if question >= 0:
		for pair: String in target.substr(question + 1).split("&", false):
			var equals: int = pair.find("=")
			var name: String = pair if equals < 0 else pair.left(equals)
			_request.query[name.uri_decode()] = (
				"" if equals < 0 else pair.substr(equals + 1).replace("+", " ").uri_decode()
			)


func _read_headers(lines: PackedStringArray) -> void:
	if lines.size() > MAX_HEADERS:
		_fail(431, "more than %d headers" % MAX_HEADERS)
		return
	for line: String in lines:
		var colon: int = line.find(":")
		var name: String = line.left(maxi(colon, 0)).to_lower()
		if colon < 1 or _token.search(name) == null or line.contains("\r") or line.contains("\n"):
			_fail(400, "a header is no NAME: VALUE")
			return
		var value: String = line.substr(colon + 1).strip_edges()
		if _request.headers.has(name):
			if name in ["content-length", "host", "transfer-encoding", "authorization"]:
				_fail(400, "the header %s stands twice" % name)
				return
			value = "%s, %s" % [_request.headers[name], value]
		_request.headers[name] = value
	if not _request.headers.has("host") and _request.keeps_alive:
		_fail(400, "the header Host is missing")
		return
	var connection: String = _request.header("connection").to_lower()
	if connection.contains("close"):
		_request.keeps_alive = false
	elif connection.contains("keep-alive"):
		_request.keeps_alive = true


func _begin_body() -> void:
	var coding: String = _request.header("transfer-encoding").to_lower()
	var length: String = _request.header("content-length")
	if not coding.is_empty():
		if not length.is_empty():
			_fail(400, "Content-Length beside Transfer-Encoding")
		elif coding != "chunked":
			_fail(501, "the transfer coding '%s' is unknown: chunked" % coding.left(32))
		else:
			_part = RLPart.CHUNK_SIZE
	elif not length.is_empty():
		if not length.is_valid_int() or length.begins_with("+") or length.begins_with("-"):
			_fail(400, "Content-Length is no number")
			return
		_wanted = length.to_int() if length.length() < 16 else MAX_BODY_BYTES + 1
		if _wanted > MAX_BODY_BYTES:
			_fail(413, "the body exceeds %d bytes" % MAX_BODY_BYTES)
		elif _wanted > 0:
			_part = RLPart.BODY
	if status == 0 and _part != RLPart.HEAD:
		wants_continue = _request.header("expect").to_lower() == "100-continue"


func _read_body() -> void:
	if _bytes.size() < _wanted:
		return
	_request.body = _bytes.slice(0, _wanted)
	_drop(_wanted)
	_part = RLPart.HEAD


func _read_chunk_line() -> void:
	var end: int = _bytes.find(LF)
	if end < 0:
		if _bytes.size() > MAX_PATH_LENGTH:
			_fail(400, "a line between chunks is too long")
		return
	if end < 1 or _bytes[end - 1] != CR:
		_fail(400, "a line between chunks does not end with CR LF")
		return
	var line: String = _bytes.slice(0, end - 1).get_string_from_ascii()
	_drop(end + 1)
	match _part:
		RLPart.CHUNK_END:
			if not line.is_empty():
				_fail(400, "a chunk is longer than it says")
			_part = RLPart.CHUNK_SIZE
		RLPart.TRAILERS:
			if line.is_empty():
				_part = RLPart.HEAD
			_wanted += line.length()
			if _wanted > MAX_HEAD_BYTES:
				_fail(431, "the trailers exceed %d bytes" % MAX_HEAD_BYTES)
		_:
			_begin_chunk(line.get_slice(";", 0).strip_edges())


func _begin_chunk(size: String) -> void:
	if size.length() > MAX_SIZE_DIGITS or not size.is_valid_hex_number() or size.contains("-"):
		_fail(400, "a chunk's size is no hexadecimal number")
		return
	_wanted = size.hex_to_int()
	if _request.body.size() + _wanted > MAX_BODY_BYTES:
		_fail(413, "the body exceeds %d bytes" % MAX_BODY_BYTES)
	else:
		_part = RLPart.CHUNK if _wanted > 0 else RLPart.TRAILERS


func _read_chunk() -> void:
	if _bytes.size() < _wanted:
		return
	_request.body.append_array(_bytes.slice(0, _wanted))
	_drop(_wanted)
	_part = RLPart.CHUNK_END


func _drop(count: int) -> void:
	_bytes = _bytes.slice(count)
	_searched = 0


func _fail(with_status: int, why: String) -> void:
	status = with_status
	problem = why
	_part = RLPart.FAILED
	_bytes = PackedByteArray()
	_request = null
