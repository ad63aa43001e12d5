extends SceneTree
## Lets a fuzzer talk to real remote policies over real sockets, one connection after another, in
## one engine: tests/python/fuzz/test_live_engine.py starts it with `-- --fuzzer=PORT`.
##
## An engine of a game ends after one bad message. Here only the connection does, so that ten
## thousand can be tried and the memory watched. It ends when nobody listens any more.

const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLMessageStream := preload("res://addons/godot_rl/wire/message_stream.gd")
const RLRemotePolicy := preload("res://addons/godot_rl/policies/remote_policy.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const SCENE: String = "res://tests/godot/fixtures/counter_arena.tscn"

var _arena: Node
var _port: int = 0


func _initialize() -> void:
	for argument: String in OS.get_cmdline_user_args():
		_port = argument.trim_prefix("--fuzzer=").to_int()
	_arena = (load(SCENE) as PackedScene).instantiate()
	root.add_child(_arena)


func _process(_delta: float) -> bool:
	var stream: RLMessageStream = RLMessageStream.new()
	if not stream.open("127.0.0.1", _port):
		return true
	var roster: RLRoster = RLRoster.new()
	roster.collect([_arena], RLLaunchOptions.new())
	roster.begin_all()
	var policy: RLRemotePolicy = RLRemotePolicy.new(stream, true, {})
	policy.take_over(roster.agents, roster)
	while policy.error.is_empty() and not policy.finished:
		policy.decide()
		roster.advance()
	policy.close(policy.error)
	return false
