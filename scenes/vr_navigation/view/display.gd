extends Control
## The display at the right of the picture: the small picture, course, way, time and touches, the
## gauge of comfort, and the radar of rays and goal. Screen makes one.

const Gauge := preload("res://scenes/vr_navigation/view/comfort_gauge.gd")
const Looks := preload("res://scenes/vr_navigation/view/looks.gd")
const Parts := preload("res://scenes/shared/display_parts.gd")
const Radar := preload("res://scenes/vr_navigation/view/radar.gd")

const MARGIN: float = 16.0
const PANEL: Color = Color(0.07, 0.08, 0.11, 0.78)
const DIM: Color = Color(0.72, 0.76, 0.82)
const NAMES: PackedStringArray = [
	"Mixture",
	"Empty floor",
	"Sparse",
	"Dense",
	"Corridor",
	"Slalom",
	"Platforms",
	"Ramps and stairs",
	"Moving obstacles",
]
const HELP: String = "W A S D walk   mouse or Q E turn   click takes, Esc frees the mouse   V view"

var _view: NavView
var _picture: Control
var _title: Label = _make_label(26, Color.WHITE)
var _difficulty: ProgressBar = Parts.bar(Looks.FAIR, 8.0)
var _way: ProgressBar = Parts.bar(Looks.GOAL, 8.0)
var _way_text: Label = _make_label(17, DIM)
var _numbers: Label = _make_label(17, DIM)
var _help: Label = _make_label(16, DIM)


## [param picture] stands at the top.
func _init(view: NavView, picture: Control) -> void:
	_view = view
	_picture = picture
	mouse_filter = Control.MOUSE_FILTER_IGNORE
	set_anchors_preset(Control.PRESET_FULL_RECT)


func _ready() -> void:
	var column: VBoxContainer = VBoxContainer.new()
	column.add_theme_constant_override("separation", 10)
	column.add_child(Parts.in_box(_picture, PANEL, 4.0))
	column.add_child(Parts.in_box(_make_rows(), PANEL, 14.0))
	var dials: HBoxContainer = HBoxContainer.new()
	dials.alignment = BoxContainer.ALIGNMENT_CENTER
	dials.add_child(Gauge.new(_view.player.comfort))
	dials.add_child(Radar.new(_view))
	column.add_child(Parts.in_box(dials, PANEL, 8.0))
	add_child(column)
	column.set_anchors_and_offsets_preset(
		Control.PRESET_TOP_RIGHT, Control.PRESET_MODE_MINSIZE, int(MARGIN)
	)
	_help.text = HELP
	_help.set_anchors_and_offsets_preset(
		Control.PRESET_BOTTOM_LEFT, Control.PRESET_MODE_MINSIZE, int(MARGIN)
	)
	add_child(_help)


func _process(_delta: float) -> void:
	var course: NavCourse = _view.course
	var player: NavPlayer = _view.player
	var left: float = course.distance_to_go(player.global_position)
	_title.text = NAMES[course.kind]
	_difficulty.value = course.difficulty
	_way.value = 1.0 - left / maxf(course.length, 0.1)
	_way_text.text = "%.1f of %.1f m to go" % [left, course.length]
	_numbers.text = (
		"%.1f s      %d collision%s"
		% [_view.controller.course_time, player.collisions, "" if player.collisions == 1 else "s"]
	)
	_help.visible = _view.controller.heuristic == "human"


func _make_rows() -> VBoxContainer:
	var rows: VBoxContainer = VBoxContainer.new()
	rows.add_theme_constant_override("separation", 5)
	var caption: Label = _make_label(17, DIM)
	caption.text = "difficulty"
	for part: Control in [_title, caption, _difficulty, _way_text, _way, _numbers]:
		rows.add_child(part)
	return rows


static func _make_label(size: int, colour: Color) -> Label:
	var label: Label = Parts.label(size, colour)
	label.add_theme_color_override("font_outline_color", Color(0.05, 0.06, 0.08))
	label.add_theme_constant_override("outline_size", 4)
	return label
