class_name UIMenu
extends Control
## A menu of nested pages, made of ordinary Controls from a UIMenuPlan: opens pages, takes clicks,
## writes settings. It lives in a UIPanel's viewport and is used like any 2D interface.
##
## The player's node calls advance() as time passes. It knows no hand, no agent and no tester.

## Another page is shown.
signal opened(page: String)

## How long a page takes to open, physics ticks (0.3 s). Meanwhile the menu takes no input.
const OPENING_TICKS: int = 27

## The page that is shown.
var page: String = ""
var settings: UIMenuSettings
var plan: UIMenuPlan

var _pages: Dictionary[String, Control] = {}
var _status: Label = Label.new()
# The pages on the way here.
var _history: PackedStringArray = []
# What happens when the time of opening is over: these pages open, or the last one is left.
var _asked: PackedStringArray = []
var _goes_back: bool = false
var _ticks_left: int = 0
var _done: Dictionary[String, int] = {}
# By a bug: settings that go back to these values when the page is left.
var _unsaved: Dictionary[String, float] = {}


func _init(drawn: UIMenuPlan, store: UIMenuSettings) -> void:
	plan = drawn
	settings = store
	name = "Menu"
	theme = UIMenuTheme.shared()
	size = plan.size
	mouse_filter = Control.MOUSE_FILTER_IGNORE
	var back: Panel = Panel.new()
	back.size = size
	back.mouse_filter = Control.MOUSE_FILTER_IGNORE
	var glass: StyleBoxFlat = UIMenuTheme.box(UIMenuTheme.BACK, UIMenuTheme.EDGE, 4, 36)
	back.add_theme_stylebox_override("panel", glass)
	add_child(back)
	for key: String in plan.pages:
		_pages[key] = _make_page(key)
		add_child(_pages[key])
	_status.position = Vector2(500.0, size.y - 84.0)
	_status.size = Vector2(size.x - 530.0, 60.0)
	if size.x < 600.0:
		_status.position.x = 200.0
		_status.size.x = size.x - 230.0
	_status.horizontal_alignment = HORIZONTAL_ALIGNMENT_RIGHT
	_status.vertical_alignment = VERTICAL_ALIGNMENT_CENTER
	_status.add_theme_font_size_override("font_size", 26)
	_status.add_theme_color_override("font_color", UIMenuTheme.ACCENT)
	add_child(_status)
	_show_page(plan.first_page)


## Lets [param ticks] physics ticks pass.
func advance(ticks: int) -> void:
	if _ticks_left <= 0:
		return
	_ticks_left -= ticks
	if _ticks_left > 0:
		modulate.a = 0.35 + 0.65 * absf(2.0 * _ticks_left / OPENING_TICKS - 1.0)
		return
	modulate.a = 1.0
	mouse_behavior_recursive = Control.MOUSE_BEHAVIOR_INHERITED
	var shown: String = page
	if _goes_back:
		shown = _history[-1]
		_history.remove_at(_history.size() - 1)
	for target: String in _asked:
		_history.append(shown)
		shown = target
	_goes_back = false
	_asked.clear()
	_show_page(shown)


## The page that is shown after the pages above it, as "main/settings/audio".
func get_page_path() -> String:
	var path: String = page
	var above: String = UIMenuCatalogue.PARENTS.get(page, "")
	while not above.is_empty():
		path = above + "/" + path
		above = UIMenuCatalogue.PARENTS.get(above, "")
	return path


func _show_page(shown: String) -> void:
	for name: String in _unsaved:
		settings.write(name, _unsaved[name])
	_unsaved.clear()
	page = shown
	for key: String in _pages:
		_pages[key].visible = key == page
	_say("")
	for entry: UIMenuEntry in plan.pages[page]:
		_refresh(entry)
	opened.emit(page)


func _make_page(key: String) -> Control:
	var made: Control = Control.new()
	made.name = key
	made.size = size
	made.mouse_filter = Control.MOUSE_FILTER_IGNORE
	var title: Label = _make_label(plan.titles[key], 48)
	title.position = Vector2(28.0, 20.0)
	made.add_child(title)
	for entry: UIMenuEntry in plan.pages[key]:
		if UIMenuBugs.strikes(plan, UIMenuBugs.NO_WAY_BACK, key, entry.name):
			continue
		var control: Control = _make_control(key, entry)
		control.name = entry.name
		control.position = entry.rect.position
		control.size = entry.rect.size
		made.add_child(control)
		if UIMenuBugs.strikes(plan, UIMenuBugs.HIDDEN_ELEMENT, key, entry.name):
			made.add_child(_make_cover(entry.rect))
	return made


func _make_control(key: String, entry: UIMenuEntry) -> Control:
	if entry.kind == UIMenuEntry.Kind.SLIDER:
		return _make_slider(key, entry)
	var is_toggle: bool = entry.kind == UIMenuEntry.Kind.TOGGLE
	var button: Button = CheckButton.new() if is_toggle else Button.new()
	button.toggle_mode = is_toggle
	button.text = ("< %s" if entry.kind == UIMenuEntry.Kind.BACK else "%s") % entry.label
	button.focus_mode = Control.FOCUS_NONE
	button.clip_text = true
	if not UIMenuBugs.strikes(plan, UIMenuBugs.DEAD_BUTTON, key, entry.name):
		button.pressed.connect(_on_pressed.bind(key, entry))
	elif is_toggle:
		button.pressed.connect(_refresh.bind(entry))
	return button


func _make_slider(key: String, entry: UIMenuEntry) -> HSlider:
	var slider: HSlider = HSlider.new()
	slider.max_value = 1.0
	slider.step = 0.01
	slider.scrollable = false
	slider.focus_mode = Control.FOCUS_NONE
	slider.value_changed.connect(_on_slid.bind(key, entry))
	var label: Label = _make_label(entry.label, 26)
	label.name = "label"
	label.add_theme_color_override("font_color", UIMenuTheme.MUTED)
	label.position = Vector2(4.0, -30.0)
	slider.add_child(label)
	return slider


func _make_label(text: String, font_size: int) -> Label:
	var label: Label = Label.new()
	label.text = text
	label.mouse_filter = Control.MOUSE_FILTER_IGNORE
	label.add_theme_font_size_override("font_size", font_size)
	return label


# What nobody sees and every click meets.
func _make_cover(over: Rect2) -> Control:
	var cover: Control = Control.new()
	cover.position = over.position
	cover.size = over.size
	cover.mouse_filter = Control.MOUSE_FILTER_STOP
	return cover


# Shows what its setting is.
func _refresh(entry: UIMenuEntry) -> void:
	var control: Control = _pages[page].get_node_or_null(entry.name) if entry.is_setting() else null
	if control == null:
		return
	var value: float = settings.read(entry.name)
	match entry.kind:
		UIMenuEntry.Kind.TOGGLE:
			(control as CheckButton).set_pressed_no_signal(value > 0.5)
		UIMenuEntry.Kind.CHOICE:
			(control as Button).text = "%s: %s" % [entry.label, entry.options[roundi(value)]]
		UIMenuEntry.Kind.SLIDER:
			(control as HSlider).set_value_no_signal(value)
			_label_slider(entry, value)


func _label_slider(entry: UIMenuEntry, value: float) -> void:
	var label: Label = _pages[page].get_node(entry.name + "/label")
	label.text = "%s  %d %%" % [entry.label, roundi(value * 100.0)]


func _on_pressed(key: String, entry: UIMenuEntry) -> void:
	match entry.kind:
		UIMenuEntry.Kind.PAGE:
			_open(key, entry)
		UIMenuEntry.Kind.BACK:
			_go_back()
		UIMenuEntry.Kind.ACTION:
			_done[entry.name] = _done.get(entry.name, 0) + 1
			_say("%s: done %d times" % [entry.label, _done[entry.name]])
		UIMenuEntry.Kind.TOGGLE:
			settings.write(entry.name, 1.0 - settings.read(entry.name))
			_refresh(entry)
		UIMenuEntry.Kind.CHOICE:
			var next: int = (roundi(settings.read(entry.name)) + 1) % entry.options.size()
			settings.write(entry.name, next)
			_refresh(entry)


func _on_slid(value: float, key: String, entry: UIMenuEntry) -> void:
	if UIMenuBugs.strikes(plan, UIMenuBugs.LOST_SETTING, key, entry.name):
		if not _unsaved.has(entry.name):
			_unsaved[entry.name] = settings.read(entry.name)
	settings.write(entry.name, value)
	_label_slider(entry, value)


func _open(key: String, entry: UIMenuEntry) -> void:
	if _ticks_left <= 0:
		_ticks_left = OPENING_TICKS
		# The bug: the page that opens does not shut out a second click.
		if not UIMenuBugs.strikes(plan, UIMenuBugs.DOUBLE_OPEN, key, entry.name):
			mouse_behavior_recursive = Control.MOUSE_BEHAVIOR_DISABLED
	_asked.append(entry.target)


func _go_back() -> void:
	if _ticks_left > 0 or _history.is_empty():
		return
	_ticks_left = OPENING_TICKS
	_goes_back = true
	mouse_behavior_recursive = Control.MOUSE_BEHAVIOR_DISABLED


func _say(text: String) -> void:
	if _status.text != text:
		_status.text = text
