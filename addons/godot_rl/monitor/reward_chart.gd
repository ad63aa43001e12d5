@tool
extends RefCounted
## Draws the last rewards of an agent: a column for each transition, its terms stacked, what is
## earned above the line and what is lost below it; under it each term's sum in this episode.
##
## Called by RLAgentView with a snapshot of RLRewardLog. Heights are square roots, so that the small
## terms of every tick are seen beside a large one that comes once.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLViewPen := preload("res://addons/godot_rl/monitor/view_pen.gd")
const LENGTH: int = 240
## Height of the chart, and the most lines of the legend, in units and lines.
const HEIGHT: float = 66.0
const MOST_LINES: int = 5

var _pen: RLViewPen


func _init(pen: RLViewPen) -> void:
	_pen = pen


## Height that [method draw] will take, in units.
func height(shown: Dictionary) -> float:
	return RLViewPen.LINE + HEIGHT + 4.0 + _lines(shown) * RLViewPen.LINE + 6.0


## Draws into [param area], whose height is ignored.
func draw(shown: Dictionary, area: Rect2) -> void:
	var at: Vector2 = area.position
	_pen.write("Reward a decision", at, area.size.x, RLViewPen.FAINT)
	_columns(shown, Rect2(at + Vector2(0.0, RLViewPen.LINE), Vector2(area.size.x, HEIGHT)))
	_legend(shown, at + Vector2(0.0, RLViewPen.LINE + HEIGHT + 4.0), area.size.x)


func _columns(shown: Dictionary, area: Rect2) -> void:
	_pen.fill(area, RLViewPen.TRACK)
	var rows: PackedFloat32Array = shown.get("term_rows", PackedFloat32Array())
	var ends: PackedByteArray = shown.get("term_ends", PackedByteArray())
	var terms: int = (shown.get("terms", PackedStringArray()) as PackedStringArray).size()
	var above: PackedFloat32Array = []
	var below: PackedFloat32Array = []
	var reach: Vector2 = Vector2.ZERO
	for i: int in ends.size():
		var sums: Vector2 = Vector2.ZERO
		for k: int in terms:
			var share: float = rows[i * terms + k]
			if is_finite(share):
				sums += Vector2(maxf(share, 0.0), maxf(-share, 0.0))
		above.append(sums.x)
		below.append(sums.y)
		reach = reach.max(sums)
	var roots: Vector2 = Vector2(sqrt(reach.x), sqrt(reach.y))
	var whole: float = maxf(roots.x + roots.y, 1e-6)
	var zero: float = (
		area.position.y + area.size.y * (roots.x / whole if reach != Vector2.ZERO else 0.5)
	)
	var width: float = area.size.x / LENGTH
	for i: int in ends.size():
		var left: float = area.end.x - (ends.size() - i) * width
		var per_root: float = area.size.y / whole
		_stack(rows, i * terms, terms, Rect2(left, zero, width, per_root), above[i], below[i])
		if ends[i] == 1:
			_pen.fill(Rect2(left + width, area.position.y, 1.0, area.size.y), RLViewPen.EDGE)
	_pen.fill(Rect2(area.position.x, zero - 0.5, area.size.x, 1.0), RLViewPen.EDGE)
	if reach.x > 0.0:
		_pen.write("+" + RLViewPen.number(reach.x), area.position + Vector2(3.0, 0.0), 60.0)
	if reach.y > 0.0:
		var foot: Vector2 = Vector2(area.position.x + 3.0, area.end.y - RLViewPen.LINE)
		_pen.write("-" + RLViewPen.number(reach.y), foot, 60.0)


# The terms of one transition, up and down from the line at place.y; place.size is the column's
# width and the height of a square root of 1.
func _stack(
	rows: PackedFloat32Array, start: int, terms: int, place: Rect2, above: float, below: float
) -> void:
	var up: float = place.position.y
	var down: float = place.position.y
	var column: float = maxf(place.size.x - 0.25, 0.5)
	for k: int in terms:
		var share: float = rows[start + k]
		var ink: Color = colour_of(k)
		if share > 0.0 and is_finite(share):
			var high: float = share / above * sqrt(above) * place.size.y
			up -= high
			_pen.fill(Rect2(place.position.x, up, column, high), ink)
		elif share < 0.0 and is_finite(share):
			var deep: float = -share / below * sqrt(below) * place.size.y
			_pen.fill(Rect2(place.position.x, down, column, deep), ink)
			down += deep


func _legend(shown: Dictionary, at: Vector2, width: float) -> void:
	var terms: PackedStringArray = shown.get("terms", PackedStringArray())
	var sums: PackedFloat32Array = shown.get("term_sums", PackedFloat32Array())
	var last: PackedStringArray = shown.get("last_terms", PackedStringArray())
	var half: float = width / 2.0
	var room: int = MOST_LINES * 2
	for i: int in mini(terms.size(), room):
		var corner: Vector2 = at + Vector2(i % 2 * half, i / 2 * RLViewPen.LINE)
		if i == room - 1 and terms.size() > room:
			_pen.write("and %d more" % (terms.size() - i), corner, half, RLViewPen.FAINT)
			break
		_pen.fill(Rect2(corner + Vector2(0.0, 4.5), Vector2(8.0, 8.0)), colour_of(i))
		_pen.write(terms[i], corner + Vector2(12.0, 0.0), half - 68.0)
		_pen.write_right(RLViewPen.number(sums[i]), corner, half - 8.0)
	if last.is_empty():
		return
	var told: PackedStringArray = []
	for i: int in last.size():
		told.append("%s %s" % [last[i], RLViewPen.number(shown["last_sums"][i])])
	var line: int = _lines(shown) - 1
	var words: String = "last episode: " + ", ".join(told)
	_pen.write(words, at + Vector2(0.0, line * RLViewPen.LINE), width, RLViewPen.FAINT)


func _lines(shown: Dictionary) -> int:
	var terms: PackedStringArray = shown.get("terms", PackedStringArray())
	var last: PackedStringArray = shown.get("last_terms", PackedStringArray())
	return clampi(ceili(terms.size() / 2.0), 1, MOST_LINES) + (0 if last.is_empty() else 1)


## Colour of term [param index].
static func colour_of(index: int) -> Color:
	var round_number: int = index / RLViewPen.TERMS.size()
	return RLViewPen.TERMS[index % RLViewPen.TERMS.size()].darkened(0.3 * mini(round_number, 2))
