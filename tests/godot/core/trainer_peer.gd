class_name RLTrainerPeer
extends RefCounted
## The trainer's end of a real connection, for tests of what the addon answers, and the world's
## ticks in between. It speaks JSON, also inside a binary transport.

const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLMessageStream := preload("res://addons/godot_rl/wire/message_stream.gd")
const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")
const RLRemotePolicy := preload("res://addons/godot_rl/policies/remote_policy.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const LIMIT_MS: int = 5000

## The policy at the other end, and the agents of its arenas.
var policy: RLRemotePolicy
var roster: RLRoster = RLRoster.new()
var is_binary: bool = false

var _server: TCPServer = TCPServer.new()
var _peer: StreamPeerTCP


## Lets the addon's policy play the agents below [param roots], which are in the tree.
func _init(roots: Array[Node]) -> void:
	roster.starts.parameters = RLParameters.new()
	roster.collect(roots, RLLaunchOptions.parse(PackedStringArray()))
	roster.begin_all()
	_server.listen(0, "127.0.0.1")
	var stream: RLMessageStream = RLMessageStream.new()
	stream.open("127.0.0.1", _server.get_local_port())
	_peer = _server.take_connection()
	_peer.set_no_delay(true)
	policy = RLRemotePolicy.new(stream, false, {})
	policy.action_repeat = 1
	policy.physics_ticks_per_second = 60
	policy.take_over(roster.agents.duplicate(), roster)
	for agent: Node in policy.agents:
		agent.set_physics_process(false)


## Opens the conversation; returns env_info.
func open(transports: Array, is_harness: bool = true) -> Dictionary:
	var hello: Dictionary = {"type": "handshake", "major_version": "0", "minor_version": "7"}
	if is_harness:
		hello.merge({"harness": "test", "protocol": 1, "transports": transports})
	say(hello)
	var info: Dictionary = ask({"type": "env_info"})
	is_binary = info.get("spacetime_rl", {}).get("transport", "json") != "json"
	return info


## Sends a JSON message.
func say(message: Dictionary) -> void:
	var payload: PackedByteArray = JSON.stringify(message).to_utf8_buffer()
	if is_binary:
		payload = PackedByteArray([0x4A, 0, 0, 0, 0, 0, 0, 0]) + payload
	send(payload)


## Sends any payload.
func send(payload: PackedByteArray) -> void:
	var frame: PackedByteArray = [0, 0, 0, 0]
	frame.encode_u32(0, payload.size())
	_peer.put_data(frame + payload)


## Sends a JSON message and returns the answer.
func ask(message: Dictionary) -> Dictionary:
	say(message)
	return answer()


## Asks for a policy to be loaded from a file.
func load_policy(message: Dictionary, path: String) -> Dictionary:
	message["type"] = "load_policy"
	message["onnx"] = Marshalls.raw_to_base64(FileAccess.get_file_as_bytes(path))
	return ask(message)


## One decision: sends [param actions], one dictionary an agent, lets [param ticks] pass, and
## returns the step.
func step(actions: Array, ticks: int = 1) -> Dictionary:
	say({"type": "action", "action": actions})
	let_pass(ticks)
	return answer()


## Lets the policy take the action that it was sent, and [param ticks] pass.
func let_pass(ticks: int) -> void:
	policy.decide()
	for tick: int in ticks:
		for agent: Node in policy.agents.duplicate():
			if agent.is_inside_tree():
				agent._physics_process(0.1)
		roster.advance()
	policy.prepare()


## Lets the policy answer what it was sent, and returns the answer as JSON.
func answer() -> Dictionary:
	var payload: PackedByteArray = receive()
	if is_binary:
		payload = payload.slice(8)
	var message: Variant = JSON.parse_string(payload.get_string_from_utf8())
	return message if message is Dictionary else {}


## Lets the policy answer what it was sent, and returns the answer's bytes; none when it is gone.
func receive() -> PackedByteArray:
	var deadline: int = Time.get_ticks_msec() + LIMIT_MS
	while _available() < 4:
		policy.decide()
		if not policy.error.is_empty() or Time.get_ticks_msec() > deadline:
			return []
	var length: int = _peer.get_u32()
	return _peer.get_data(length)[1]


func _available() -> int:
	_peer.poll()
	return _peer.get_available_bytes()
