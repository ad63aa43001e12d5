@tool
extends RefCounted
## Text, numbers and bars in the one style of the overlay and the editor's panel.
##
## Made by RLAgentView for itself and its parts. All lengths that it takes are in units; one unit is
## [member unit] pixels, so that everything grows with the window.

const RLViewPen := preload("res://addons/godot_rl/monitor/view_pen.gd")

const PAPER: Color = Color(0.04, 0.05, 0.08, 0.91)
const EDGE: Color = Color(0.55, 0.65, 0.8, 0.35)
const INK: Color = Color(0.93, 0.95, 0.98)
const FAINT: Color = Color(0.66, 0.71, 0.79)
const TRACK: Color = Color(1.0, 1.0, 1.0, 0.10)
const SEEN: Color = Color(1.0, 1.0, 1.0, 0.16)
const BAR: Color = Color(0.35, 0.72, 0.98)
const CHOSEN: Color = Color(1.0, 0.76, 0.25)
const BAD: Color = Color(1.0, 0.42, 0.38)
## Colours of the reward terms, told apart by colour-blind eyes too (Okabe and Ito, lightened).
const TERMS: Array[Color] = [
	Color(0.34, 0.71, 0.91),
	Color(0.96, 0.65, 0.14),
	Color(0.16, 0.75, 0.56),
	Color(0.94, 0.50, 0.31),
	Color(0.88, 0.58, 0.76),
	Color(0.94, 0.90, 0.36),
	Color(0.55, 0.60, 1.0),
	Color(0.75, 0.75, 0.75),
]
## Height of a line of text and size of its letters, in units.
const LINE: float = 17.0
const LETTERS: float = 12.5
const ELLIPSIS: String = "…"

## Pixels per unit.
var unit: float = 1.0

var _item: CanvasItem
var _font: Font
# What names were shortened to, by name and width: measuring text is dear.
var _shortened: Dictionary[String, String] = {}


func _init(item: CanvasItem) -> void:
	_item = item
	_font = ThemeDB.fallback_font


## Sets the size of a unit in pixels.
func set_unit(pixels: float) -> void:
	if pixels != unit:
		unit = pixels
		_shortened.clear()


## Writes [param words] into a line whose upper left corner is [param at], shortened to
## [param width].
func write(words: String, at: Vector2, width: float, color: Color = INK) -> void:
	_put(shorten(words, width), at, HORIZONTAL_ALIGNMENT_LEFT, width, color)


## Writes [param words] up to the right end of a line.
func write_right(words: String, at: Vector2, width: float, color: Color = INK) -> void:
	_put(shorten(words, width), at, HORIZONTAL_ALIGNMENT_RIGHT, width, color)


## Width of [param words] in units.
func width_of(words: String) -> float:
	var letters: int = _letters()
	return _font.get_string_size(words, HORIZONTAL_ALIGNMENT_LEFT, -1, letters).x / unit


## Leaves the middle out of [param words] where they are longer than [param width]: names tell the
## most at their ends.
func shorten(words: String, width: float) -> String:
	if words.length() * LETTERS * 0.3 < width and width_of(words) <= width:
		return words
	var key: String = "%d %s" % [roundi(width), words]
	if _shortened.has(key):
		return _shortened[key]
	var least: int = 0
	var most: int = words.length()
	while least < most:
		var kept: int = ceili((least + most) / 2.0)
		if width_of(_without_middle(words, kept)) <= width:
			least = kept
		else:
			most = kept - 1
	if _shortened.size() > 2000:
		_shortened.clear()
	_shortened[key] = _without_middle(words, least)
	return _shortened[key]


## Fills a rectangle.
func fill(area: Rect2, color: Color) -> void:
	_item.draw_rect(Rect2(area.position * unit, area.size * unit), color)


## Draws the edge of a rectangle.
func frame(area: Rect2, color: Color) -> void:
	_item.draw_rect(Rect2(area.position * unit, area.size * unit), color, false, maxf(1.0, unit))


## A bar of [param value] on a scale from [param from] to [param to] that starts at 0 where the
## scale holds it; a light band shows the part between [param low] and [param high].
func bar(area: Rect2, value: float, scale: Vector2, seen: Vector2, color: Color) -> void:
	fill(area, TRACK)
	if seen.x <= seen.y:
		var band: float = _place(seen.x, scale)
		var width: float = maxf(_place(seen.y, scale) - band, 0.004)
		fill(_part(area, band, width), SEEN)
	if not is_finite(value):
		fill(area, Color(BAD, 0.5))
		return
	var zero: float = _place(0.0, scale)
	var end: float = _place(value, scale)
	var inner: Rect2 = area.grow_individual(0.0, -area.size.y * 0.22, 0.0, -area.size.y * 0.22)
	fill(_part(inner, minf(zero, end), absf(end - zero)), color)
	fill(Rect2(area.position.x + zero * area.size.x - 0.5, area.position.y, 1.0, area.size.y), EDGE)
	fill(Rect2(area.position.x + end * area.size.x - 1.0, area.position.y, 2.0, area.size.y), INK)


## A number in at most seven characters.
static func number(value: float) -> String:
	if is_nan(value):
		return "nan"
	if is_inf(value):
		return "inf" if value > 0.0 else "-inf"
	var size: float = absf(value)
	if size >= 100000.0 or (size < 0.0005 and size > 0.0):
		var exponent: int = floori(log(size) / log(10.0))
		return "%.1fe%d" % [value / pow(10.0, exponent), exponent]
	if size >= 1000.0:
		return "%d" % roundi(value)
	return "%.1f" % value if size >= 100.0 else "%.2f" % value if size >= 10.0 else "%.3f" % value


## The scale on which values between [param low] and [param high] are drawn: [-1, 1] where they fit,
## else the same distance to both sides of 0.
static func scale_of(low: float, high: float) -> Vector2:
	var reach: float = 1.0
	if low <= high:
		reach = maxf(1.0, maxf(absf(low), absf(high)))
	return Vector2(-reach, reach)


func _letters() -> int:
	return maxi(roundi(LETTERS * unit), 1)


func _put(words: String, at: Vector2, side: HorizontalAlignment, width: float, ink: Color) -> void:
	var letters: int = _letters()
	var base: float = (LINE * unit + _font.get_ascent(letters) - _font.get_descent(letters)) / 2.0
	var corner: Vector2 = at * unit + Vector2(0.0, roundf(base))
	_item.draw_string(_font, corner, words, side, width * unit, letters, ink)


static func _without_middle(words: String, kept: int) -> String:
	var head: int = floori(kept * 0.4)
	return words.left(head) + ELLIPSIS + words.right(kept - head) if kept > 0 else ELLIPSIS


static func _place(value: float, scale: Vector2) -> float:
	return clampf((value - scale.x) / (scale.y - scale.x), 0.0, 1.0)


static func _part(area: Rect2, start: float, width: float) -> Rect2:
	return Rect2(
		area.position.x + start * area.size.x, area.position.y, width * area.size.x, area.size.y
	)
