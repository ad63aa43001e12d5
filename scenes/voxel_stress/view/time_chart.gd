extends Control
## The times of the newest ticks as bars below a line at the budget. The gauges make it and tell it
## of every tick.

const COUNT: int = 150
const BUDGET: float = 11.11
const TOP: float = 14.0
const FINE: Color = Color(0.36, 0.78, 0.62)
const OVER: Color = Color(0.97, 0.36, 0.28)
const LINE: Color = Color(0.90, 0.93, 0.97, 0.35)
const INK: Color = Color(0.60, 0.66, 0.75)

var _times: PackedFloat32Array = []


func _init() -> void:
	custom_minimum_size = Vector2(300.0, 74.0)


## A tick took [param milliseconds].
func add(milliseconds: float) -> void:
	_times.append(milliseconds)
	if _times.size() > COUNT:
		_times.remove_at(0)
	queue_redraw()


func _draw() -> void:
	var wide: float = size.x / COUNT
	for i: int in _times.size():
		var high: float = minf(_times[i] / TOP, 1.0) * size.y
		var colour: Color = OVER if _times[i] > BUDGET else FINE
		draw_rect(Rect2(i * wide, size.y - high, wide - 0.4, high), colour)
	var line: float = size.y * (1.0 - BUDGET / TOP)
	draw_line(Vector2(0.0, line), Vector2(size.x, line), LINE, 1.0)
	var font: Font = ThemeDB.fallback_font
	draw_string(font, Vector2(2.0, line - 3.0), "11.11 ms", HORIZONTAL_ALIGNMENT_LEFT, -1, 10, INK)
	var last: float = 0.0 if _times.is_empty() else _times[-1]
	var told: String = "tick %.2f ms" % last
	draw_string(font, Vector2(0.0, line - 3.0), told, HORIZONTAL_ALIGNMENT_RIGHT, size.x, 10, INK)
