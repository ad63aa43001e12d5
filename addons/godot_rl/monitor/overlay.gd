extends CanvasLayer
## The debug overlay of a running game: what the chosen agent observes, does and earns.
##
## RLOverlaySwitch makes it when it is switched on and frees it when it is switched off. It reads
## the chosen agent through its watch, shows it in a corner of the window, and has that agent's
## sensors drawn. Its keys change what is shown, never the game; it takes no mouse.

const RLAgentChoice := preload("res://addons/godot_rl/monitor/agent_choice.gd")
const RLAgentSensors := preload("res://addons/godot_rl/monitor/agent_sensors.gd")
const RLAgentView := preload("res://addons/godot_rl/monitor/agent_view.gd")
const RLScreenUnit := preload("res://addons/godot_rl/monitor/screen_unit.gd")
const RLSensorView := preload("res://addons/godot_rl/sensors/sensor_view.gd")

const LAYER: int = 120
const KEYS: PackedStringArray = [
	"PgUp, PgDn: agent     with Shift: page     End: list",
	"Home: next corner     Ins: sensors on and off",
]
## Seconds of real time between two pictures.
const PERIOD_S: float = 0.05
## Width in units, and the part of the window that it takes at most.
const WIDTH: float = 380.0
const MOST_PART: float = 0.6
const EDGE: float = 8.0

## The autoload Sync, or what stands for it in a test; set before the overlay enters the tree.
var sync: Node
## What is drawn; for tests and pictures.
var view: RLAgentView = RLAgentView.new()
## Which agent is looked at.
var choice: RLAgentChoice

var _corner: Corner = CORNER_TOP_RIGHT
var _lists: bool = false
var _draws_sensors: bool = true
var _since_s: float = PERIOD_S
var _shown_version: int = -1


func _init() -> void:
	layer = LAYER
	process_mode = Node.PROCESS_MODE_ALWAYS
	view.mouse_filter = Control.MOUSE_FILTER_IGNORE
	view.texture_filter = CanvasItem.TEXTURE_FILTER_LINEAR
	view.foot = KEYS
	add_child(view)


func _ready() -> void:
	choice = RLAgentChoice.new(sync)
	choice.changed.connect(_on_agent_changed)
	get_viewport().size_changed.connect(_place)
	_place()
	_refresh()


func _exit_tree() -> void:
	RLSensorView.hide_all(get_instance_id())
	choice.close()


func _process(delta: float) -> void:
	_since_s += delta / maxf(Engine.time_scale, 0.001)
	if _since_s < PERIOD_S:
		return
	_since_s = 0.0
	_refresh()


# Keys come here before the game's own _unhandled_key_input, and only keys.
func _shortcut_input(event: InputEvent) -> void:
	var key: InputEventKey = event as InputEventKey
	if key == null or not key.pressed:
		return
	match key.get_keycode_with_modifiers():
		KEY_PAGEDOWN:
			choice.step(1)
		KEY_PAGEUP:
			choice.step(-1)
		KEY_PAGEDOWN | KEY_MASK_SHIFT:
			view.turn_page(1)
		KEY_PAGEUP | KEY_MASK_SHIFT:
			view.turn_page(-1)
		KEY_HOME:
			move_to(((_corner + 1) % 4) as Corner)
		KEY_END:
			show_list(not _lists)
		KEY_INSERT:
			_draws_sensors = not _draws_sensors
			_draw_sensors()
		_:
			return
	get_viewport().set_input_as_handled()
	_refresh()


## Puts the overlay into another corner.
func move_to(corner: Corner) -> void:
	_corner = corner
	_place()


## Shows the names of all agents in place of the observation, or no longer.
func show_list(shows: bool) -> void:
	_lists = shows
	_shown_version = -1
	_refresh()


func _refresh() -> void:
	choice.follow()
	if choice.watch == null:
		view.place = ""
		view.show_snapshot({})
		_place()
		return
	view.place = "%d / %d" % [choice.position() + 1, choice.agents().size()]
	view.list = choice.names() if _lists else PackedStringArray()
	view.marked = choice.position()
	if choice.watch.version != _shown_version or _lists:
		_shown_version = choice.watch.version
		view.show_snapshot(choice.watch.snapshot())
		_place()


func _on_agent_changed() -> void:
	_shown_version = -1
	_draw_sensors()


func _draw_sensors() -> void:
	RLSensorView.hide_all(get_instance_id())
	if _draws_sensors and choice.watch != null:
		RLSensorView.show_all(get_instance_id(), RLAgentSensors.of(choice.controller))


func _place() -> void:
	var whole: Vector2 = get_viewport().get_visible_rect().size
	view.unit = RLScreenUnit.of(get_viewport())
	var edge: float = EDGE * view.unit
	view.size = Vector2(
		minf(WIDTH * view.unit, whole.x * MOST_PART),
		minf(view.whole_height(), whole.y - 2.0 * edge)
	)
	var is_left: bool = _corner == CORNER_TOP_LEFT or _corner == CORNER_BOTTOM_LEFT
	view.position.x = edge if is_left else whole.x - view.size.x - edge
	var is_top: bool = _corner == CORNER_TOP_LEFT or _corner == CORNER_TOP_RIGHT
	view.position.y = edge if is_top else whole.y - view.size.y - edge
