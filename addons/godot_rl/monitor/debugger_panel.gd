@tool
extends HSplitContainer
## The tab "Godot RL": a list of agents with a filter, and the chosen one.
##
## Made by RLDebuggerPlugin, one a session. It asks the game to send while it is visible.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## Emitted when the game is to be told something: [param message] and its [param data].
signal asked(message: String, data: Array)

const RLAgentView := preload("res://addons/godot_rl/monitor/agent_view.gd")
const NOTHING: String = "run a game with agents (and the autoload GodotRLAgentsSync)"

var _names: PackedStringArray = []
var _chosen: int = -1
var _runs: bool = false
var _filter: LineEdit = LineEdit.new()
var _list: ItemList = ItemList.new()
var _pager: HBoxContainer = HBoxContainer.new()
var _view: RLAgentView = RLAgentView.new()


func _init() -> void:
	var left: VBoxContainer = VBoxContainer.new()
	left.custom_minimum_size = Vector2(220.0, 0.0)
	_filter.placeholder_text = "Filter Agents"
	_filter.clear_button_enabled = true
	_filter.text_changed.connect(_fill_list.unbind(1))
	_list.size_flags_vertical = Control.SIZE_EXPAND_FILL
	_list.text_overrun_behavior = TextServer.OVERRUN_TRIM_ELLIPSIS
	_list.item_selected.connect(_on_item_selected)
	for by: int in [-1, 1]:
		var button: Button = Button.new()
		button.text = "Previous Page" if by < 0 else "Next Page"
		button.size_flags_horizontal = Control.SIZE_EXPAND_FILL
		button.pressed.connect(_view.turn_page.bind(by))
		_pager.add_child(button)
	for part: Control in [_filter, _list, _pager]:
		left.add_child(part)
	_view.nothing = NOTHING
	_view.clip_contents = true
	_view.size_flags_horizontal = Control.SIZE_EXPAND_FILL
	_view.custom_minimum_size = Vector2(320.0, 180.0)
	add_child(left)
	add_child(_view)
	visibility_changed.connect(_ask)


func _ready() -> void:
	if Engine.is_editor_hint():
		_view.unit = EditorInterface.get_editor_scale()


## The game was started.
func begin() -> void:
	_runs = true
	_ask()


## The game has ended.
func end() -> void:
	_runs = false
	_names.clear()
	_chosen = -1
	_fill_list()
	_view.place = ""
	_view.show_snapshot({})


## Takes a message of RLDebuggerLink; returns whether it is known.
func take(message: String, data: Array) -> bool:
	match message:
		"hello":
			_ask()
		"agents":
			_names = data[0]
			_chosen = data[1]
			_view.place = "%d / %d" % [_chosen + 1, _names.size()]
			_fill_list()
		"agent":
			_view.show_snapshot(data[0])
		_:
			return false
	return true


func _ask() -> void:
	if not _runs:
		return
	if is_visible_in_tree():
		asked.emit("watch", [_names[_chosen] if _chosen >= 0 else ""])
	else:
		asked.emit("stop", [])


func _fill_list() -> void:
	_list.clear()
	for i: int in _names.size():
		if not _filter.text.is_empty() and not _names[i].containsn(_filter.text):
			continue
		var item: int = _list.add_item(_names[i])
		_list.set_item_tooltip(item, _names[i])
		if i == _chosen:
			_list.select(item)


func _on_item_selected(item: int) -> void:
	asked.emit("watch", [_list.get_item_text(item)])
