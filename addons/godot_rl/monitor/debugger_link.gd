extends Node
## The game's side of the tab "Godot RL" in the editor's debugger: sends what the chosen agent
## observes, does and earns, while the tab is open.
##
## RLOverlaySwitch adds one to games that run from the editor. Until the tab asks for it, it only
## listens. Messages from the editor: `godot_rl:watch [name]` (an empty name: any agent) and
## `godot_rl:stop []`. Messages to it: `godot_rl:hello []` once it listens (what came before is
## lost), `godot_rl:agents [names, chosen]` when they change and `godot_rl:agent [snapshot]`
## (RLAgentWatch.snapshot), at most ten a second.

const RLAgentChoice := preload("res://addons/godot_rl/monitor/agent_choice.gd")

const CAPTURE: StringName = &"godot_rl"
const PERIOD_MSEC: int = 100

var _choice: RLAgentChoice
var _names: PackedStringArray = []
var _position: int = -1
var _version: int = -1
var _next_msec: int = 0


func _ready() -> void:
	process_mode = Node.PROCESS_MODE_ALWAYS
	set_process(false)
	if not EngineDebugger.has_capture(CAPTURE):
		EngineDebugger.register_message_capture(CAPTURE, _on_message)
	_send("hello", [])


func _exit_tree() -> void:
	if EngineDebugger.has_capture(CAPTURE):
		EngineDebugger.unregister_message_capture(CAPTURE)
	_stop()


func _process(_delta: float) -> void:
	var now: int = Time.get_ticks_msec()
	if now < _next_msec:
		return
	_next_msec = now + PERIOD_MSEC
	_choice.follow()
	var names: PackedStringArray = _choice.names()
	var position: int = _choice.position()
	if names != _names or position != _position:
		_names = names
		_position = position
		_send("agents", [names, position])
	if _choice.watch == null:
		if _version != -1:
			_version = -1
			_send("agent", [{}])
	elif _choice.watch.version != _version:
		_version = _choice.watch.version
		_send("agent", [_choice.watch.snapshot()])


# How a test hears what is sent.
func _send(message: String, data: Array) -> void:
	EngineDebugger.send_message("%s:%s" % [CAPTURE, message], data)


func _on_message(message: String, data: Array) -> bool:
	match message:
		"watch":
			_watch(str(data[0]) if not data.is_empty() else "")
		"stop":
			_stop()
		_:
			return false
	return true


func _watch(name_of_agent: String) -> void:
	if _choice == null:
		_choice = RLAgentChoice.new(get_parent())
		_names.clear()
		_position = -2
	if not name_of_agent.is_empty():
		_choice.choose_named(name_of_agent)
	_version = -2
	set_process(true)


func _stop() -> void:
	set_process(false)
	if _choice != null:
		_choice.close()
	_choice = null
