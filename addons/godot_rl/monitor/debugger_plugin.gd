@tool
extends EditorDebuggerPlugin
## Adds the tab "Godot RL" to the editor's debugger: the agents of the running game, and what the
## chosen one observes, does and earns.
##
## plugin.gd registers it. It only shows what RLDebuggerLink in the game sends, and asks it to send
## only while the tab is open.

const RLDebuggerPanel := preload("res://addons/godot_rl/monitor/debugger_panel.gd")
const CAPTURE: String = "godot_rl"

var _panels: Dictionary[int, RLDebuggerPanel] = {}


func _has_capture(capture: String) -> bool:
	return capture == CAPTURE


func _capture(message: String, data: Array, session_id: int) -> bool:
	if not _panels.has(session_id):
		return false
	return _panels[session_id].take(message.trim_prefix(CAPTURE + ":"), data)


func _setup_session(session_id: int) -> void:
	var session: EditorDebuggerSession = get_session(session_id)
	var panel: RLDebuggerPanel = RLDebuggerPanel.new()
	panel.name = "Godot RL"
	panel.asked.connect(
		func(message: String, data: Array) -> void:
			if session.is_active():
				session.send_message("%s:%s" % [CAPTURE, message], data)
	)
	session.started.connect(panel.begin)
	session.stopped.connect(panel.end)
	session.add_session_tab(panel)
	_panels[session_id] = panel
