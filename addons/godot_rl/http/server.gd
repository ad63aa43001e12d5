extends RefCounted
## Listens for HTTP clients and keeps their connections: at most [constant MAX_CONNECTIONS], each
## with a bounded buffer.
##
## RLHttpService polls it, from the main thread only. What a request means is the handler's
## business. It never blocks.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")

const RLHttpConnection := preload("res://addons/godot_rl/http/connection.gd")

const MAX_CONNECTIONS: int = 32
## Connections that are accepted in one look.
const ACCEPTS_AT_ONCE: int = 16
## Ports that are tried when the first ones are taken.
const PORTS_TRIED: int = 1

## Port on which it listens; 0: it does not.
var port: int = 0

var _handle: Callable
var _listener: TCPServer = TCPServer.new()
var _connections: Array[RLHttpConnection] = []


## [param handle] is called with an RLHttpRequest and returns its RLHttpAnswer.
func _init(handle: Callable) -> void:
	_handle = handle


## Listens on [param at_port] of [param host]; 0: any free one. Returns what is wrong, or "".
func listen(host: String, at_port: int) -> String:
	var result: Error = _listener.listen(at_port, host)
	if result != OK:
		return "cannot listen on %s:%d (%s)" % [host, at_port, error_string(result)]
	port = _listener.get_local_port()
	return ""


## Serves everybody once. Returns whether anything happened.
func poll() -> bool:
	var worked: bool = false
	if _listener.is_connection_available():
		_accept()
		worked = true
	if _connections.is_empty():
		return worked
	var some_closed: bool = false
	for connection: RLHttpConnection in _connections:
		if connection.poll(_handle):
			worked = true
		some_closed = some_closed or connection.is_closed
	if some_closed:
		_connections = _connections.filter(
			func(each: RLHttpConnection) -> bool: return not each.is_closed
		)
	return worked


## How many clients are connected.
func connection_count() -> int:
	return _connections.size()


func close() -> void:
	_listener.stop()
	for connection: RLHttpConnection in _connections:
		connection.close()
	_connections.clear()


func _accept() -> void:
	for i: int in ACCEPTS_AT_ONCE:
		if not _listener.is_connection_available():
			return
		var peer: StreamPeerTCP = _listener.take_connection()
		if peer == null:
			return
		if _connections.size() >= MAX_CONNECTIONS:
			_close_the_most_silent()
		_connections.append(RLHttpConnection.new(peer))


# The client that has said nothing for the longest time makes room.
func _close_the_most_silent() -> void:
	var silent: RLHttpConnection = null
	for connection: RLHttpConnection in _connections:
		if connection.is_waiting():
			continue
		if silent == null or connection.heard_ms < silent.heard_ms:
			silent = connection
	if silent == null:
		silent = _connections[0]
	silent.close()
	_connections.erase(silent)
