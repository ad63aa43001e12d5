extends Node
## Waits for the key that shows and hides the debug overlay.
##
## Sync adds one at start by [method add_to]. It is all that stands in the tree while the overlay is
## off, and it only hears keys. Release builds get none unless the project setting
## [constant SHOWN_SETTING] is on; engines without a window get none.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLLog := preload("res://addons/godot_rl/logger.gd")
const RLProjectSettings := preload("res://addons/godot_rl/project_settings.gd")
const RLOverlaySwitch := preload("res://addons/godot_rl/monitor/overlay_switch.gd")

## Project setting: the key, by its name, such as "F9" or "Ctrl+O"; empty: none.
const KEY_SETTING: String = RLProjectSettings.OVERLAY_KEY
## Project setting: whether the overlay is shown from the start.
const SHOWN_SETTING: String = RLProjectSettings.OVERLAY
# Loaded when they are needed: an engine that trains compiles neither.
const _OVERLAY: String = "res://addons/godot_rl/monitor/overlay.gd"
const _LINK: String = "res://addons/godot_rl/monitor/debugger_link.gd"

## The overlay; null while it is off.
var overlay: CanvasLayer

var _key: Key


## Adds the switch to [param sync] where one is wanted, and the link to the editor's debugger.
## [param asked]: the launch arguments ask for the overlay (`--rl.overlay`).
static func add_to(sync: Node, asked: bool) -> void:
	if EngineDebugger.is_active():
		var link: Node = (load(_LINK) as GDScript).new()
		sync.add_child(link)
	var is_shown: bool = asked or bool(RLProjectSettings.value_of(SHOWN_SETTING))
	if not is_wanted(is_shown, OS.is_debug_build(), DisplayServer.get_name() != "headless"):
		if asked:
			RLLog.warn("the overlay needs a window: start the game without --headless")
		return
	var node: RLOverlaySwitch = RLOverlaySwitch.new()
	sync.add_child(node)
	if is_shown:
		node.toggle()


## Whether a process has the switch.
static func is_wanted(is_shown: bool, is_debug: bool, has_window: bool) -> bool:
	return has_window and (is_debug or is_shown)


func _ready() -> void:
	process_mode = Node.PROCESS_MODE_ALWAYS
	var name_of_key: String = str(RLProjectSettings.value_of(KEY_SETTING))
	_key = OS.find_keycode_from_string(name_of_key)
	if _key == KEY_NONE and not name_of_key.is_empty():
		var found: String = (
			"the project setting %s is '%s', which is no key" % [KEY_SETTING, name_of_key]
		)
		RLLog.warn(found + ': use a name such as "F9" or "Ctrl+O"')


func _shortcut_input(event: InputEvent) -> void:
	var key: InputEventKey = event as InputEventKey
	if key == null or not key.pressed or key.echo or _key == KEY_NONE:
		return
	if key.get_keycode_with_modifiers() == _key:
		toggle()
		get_viewport().set_input_as_handled()


## Shows the overlay, or takes it away.
func toggle() -> void:
	if overlay != null:
		overlay.queue_free()
		overlay = null
		return
	overlay = (load(_OVERLAY) as GDScript).new()
	overlay.set(&"sync", get_parent())
	add_child(overlay)
