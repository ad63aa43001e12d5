extends CanvasLayer
## What the watching window says: the run, the arena, the episode, the keys. RLWatcher fills it.

const PAPER: Color = Color(0.03, 0.04, 0.08, 0.78)
const INK: Color = Color(0.93, 0.94, 0.97)
const FAINT: Color = Color(0.66, 0.70, 0.78)
const WARNING: Color = Color(1.0, 0.78, 0.30)
const KEYS: String = "left/right: arena   up/down: speed   space: hold   C: camera   H: hide"

var _lines: Label
var _note: Label
var _box: PanelContainer


func _ready() -> void:
	layer = 100
	var column: VBoxContainer = VBoxContainer.new()
	_lines = _label(16, INK)
	_note = _label(16, WARNING)
	for part: Label in [_lines, _note]:
		column.add_child(part)
	var keys: Label = _label(13, FAINT)
	keys.text = KEYS
	column.add_child(keys)
	var style: StyleBoxFlat = StyleBoxFlat.new()
	style.bg_color = PAPER
	style.set_corner_radius_all(8)
	style.set_content_margin_all(12.0)
	_box = PanelContainer.new()
	_box.add_theme_stylebox_override("panel", style)
	_box.add_child(column)
	# Below at the left: scores and clocks stand above, most bars at the right.
	_box.set_anchors_and_offsets_preset(Control.PRESET_BOTTOM_LEFT, Control.PRESET_MODE_MINSIZE, 18)
	_box.grow_vertical = Control.GROW_DIRECTION_BEGIN
	add_child(_box)


## Shows [param lines], and [param note] where something is to be noticed.
func tell(lines: PackedStringArray, note: String) -> void:
	_lines.text = "\n".join(lines)
	_note.text = note
	_note.visible = not note.is_empty()
	_box.set_anchors_and_offsets_preset(Control.PRESET_BOTTOM_LEFT, Control.PRESET_MODE_MINSIZE, 18)


static func _label(size: int, ink: Color) -> Label:
	var label: Label = Label.new()
	label.add_theme_font_size_override("font_size", size)
	label.add_theme_color_override("font_color", ink)
	return label
