extends Control
## Comfort as a dial, 0 to 1, and the four strains that make it as bars. Display makes one.

const Looks := preload("res://scenes/vr_navigation/view/looks.gd")

const SIZE: Vector2 = Vector2(196.0, 182.0)
const RADIUS: float = 62.0
const FROM: float = PI * 0.8
const SPAN: float = PI * 1.4
const TRACK: Color = Color(1.0, 1.0, 1.0, 0.14)
const DIM: Color = Color(0.72, 0.76, 0.82)

var _comfort: NavComfort


func _init(comfort: NavComfort) -> void:
	_comfort = comfort
	custom_minimum_size = SIZE


func _process(_delta: float) -> void:
	queue_redraw()


func _draw() -> void:
	var font: Font = get_theme_default_font()
	var middle: Vector2 = Vector2(SIZE.x / 2.0, RADIUS + 12.0)
	draw_arc(middle, RADIUS, FROM, FROM + SPAN, 48, TRACK, 11.0, true)
	var value: float = _comfort.value
	var colour: Color = Looks.grade(value)
	if value > 0.01:
		draw_arc(middle, RADIUS, FROM, FROM + SPAN * value, 48, colour, 11.0, true)
	_write(font, middle + Vector2(0.0, 8.0), "%.2f" % value, 34, colour)
	_write(font, middle + Vector2(0.0, 32.0), "comfort", 16, DIM)
	var strains: Dictionary[String, float] = {
		"accel.": _comfort.acceleration_strain,
		"turn": _comfort.turning_strain,
		"tilt": _comfort.tilt_strain,
		"jerk": _comfort.jerk_strain,
	}
	var width: float = SIZE.x / strains.size()
	var x: float = 0.0
	for strain: String in strains:
		var bar: Rect2 = Rect2(x + 4.0, SIZE.y - 36.0, width - 8.0, 7.0)
		draw_rect(bar, TRACK)
		bar.size.x *= strains[strain]
		draw_rect(bar, Looks.grade(1.0 - strains[strain]))
		_write(font, Vector2(x + width / 2.0, SIZE.y - 10.0), strain, 14, DIM)
		x += width


func _write(font: Font, at: Vector2, text: String, size_px: int, colour: Color) -> void:
	var width: float = font.get_string_size(text, HORIZONTAL_ALIGNMENT_LEFT, -1, size_px).x
	draw_string(
		font, at - Vector2(width / 2.0, 0.0), text, HORIZONTAL_ALIGNMENT_LEFT, -1, size_px, colour
	)
