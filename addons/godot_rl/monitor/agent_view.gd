@tool
extends Control
## Draws what is known of one agent: who decides, the episode, totals, rewards, action, observation.
##
## The overlay in a game and the tab in the editor's debugger both show one, and feed it the
## snapshots of RLAgentWatch. It knows no agent. Wide, it stands in columns; where not all elements
## of an observation fit, it shows them page by page.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLRewardChart := preload("res://addons/godot_rl/monitor/reward_chart.gd")
const RLValueRows := preload("res://addons/godot_rl/monitor/value_rows.gd")
const RLViewPen := preload("res://addons/godot_rl/monitor/view_pen.gd")

## Margin, gap between columns and least width of a column, in units.
const MARGIN: float = 10.0
const GAP: float = 22.0
const COLUMN: float = 300.0
## Lines of the action that are shown at most.
const MOST_ACTIONS: int = 14
const HEAD_LINES: int = 6
## Space between two parts, in units.
const BREAK: float = 4.0
## Where fewer lines fit, the last lines are left out.
const LEAST_LINES: int = 20

## Pixels per unit: 1 makes letters of 12 pixels.
var unit: float = 1.0:
	set(value):
		unit = value
		queue_redraw()
## What stands at the end of the first line, such as "2 / 16".
var place: String = "":
	set(value):
		place = value
		queue_redraw()
## What stands in the last lines, such as the keys.
var foot: PackedStringArray = []
## What is said while there is nothing to show.
var nothing: String = "no agent is living"
## Names to show in place of the observation; empty: the observation.
var list: PackedStringArray = []
## Which of [member list] is marked.
var marked: int = -1

var _pen: RLViewPen = RLViewPen.new(self)
var _chart: RLRewardChart = RLRewardChart.new(_pen)
var _rows: RLValueRows = RLValueRows.new(_pen)
var _shown: Dictionary = {}
var _page: int = 0
var _pages: int = 1
# Where the next line of the running text goes, and the last place of its column, in units.
var _at: Vector2
var _floor: float
var _left: float
var _width: float


## Shows [param snapshot], of RLAgentWatch; {}: nothing.
func show_snapshot(snapshot: Dictionary) -> void:
	_shown = snapshot
	queue_redraw()


## Turns to the next ([param by] 1) or the previous page of the observation, round and round.
func turn_page(by: int) -> void:
	_page = posmod(_page + by, _pages)
	queue_redraw()


## Height in pixels at which everything fits into one column.
func whole_height() -> float:
	var lines: int = 1
	var more: float = 2.0 * MARGIN
	if not _shown.is_empty():
		var below: int = list.size()
		if list.is_empty():
			var others: PackedStringArray = _shown["obs_other"]
			below = (_shown["obs"] as PackedFloat32Array).size() + others.size()
		var told: PackedStringArray = _shown.get("lines", PackedStringArray())
		lines = HEAD_LINES + 2 + foot.size() + below + told.size()
		lines += mini(RLValueRows.of_actions(_shown).size(), MOST_ACTIONS)
		more += _chart.height(_shown) + 2.0 * BREAK
	return (lines * RLViewPen.LINE + more) * unit


func _notification(what: int) -> void:
	if what == NOTIFICATION_RESIZED:
		queue_redraw()


func _draw() -> void:
	_pen.set_unit(unit)
	var area: Rect2 = Rect2(Vector2.ZERO, size / unit)
	_pen.fill(area, RLViewPen.PAPER)
	_pen.frame(area.grow(-0.5), RLViewPen.EDGE)
	var columns: int = maxi(1, floori((area.size.x - 2 * MARGIN + GAP) / (COLUMN + GAP)))
	_width = (area.size.x - 2 * MARGIN - (columns - 1) * GAP) / columns
	_left = MARGIN
	_floor = area.size.y - MARGIN
	var has_foot: bool = _floor > LEAST_LINES * RLViewPen.LINE
	_floor -= foot.size() * RLViewPen.LINE if has_foot else 0.0
	for i: int in foot.size() if has_foot else 0:
		var corner: Vector2 = Vector2(MARGIN, _floor + i * RLViewPen.LINE)
		_pen.write(foot[i], corner, area.size.x - 2 * MARGIN, RLViewPen.FAINT)
	_at = Vector2(MARGIN, MARGIN - 3.0)
	if _shown.is_empty():
		_pen.write(nothing, _at, _width, RLViewPen.FAINT)
		return
	_draw_head()
	# A column of its own, or what the text leaves: two lines of each kind and the chart.
	if columns > 1 or _floor - _at.y > _chart.height(_shown) + 8.0 * RLViewPen.LINE:
		_chart.draw(_shown, Rect2(_at, Vector2(_width, 0.0)))
		_at.y += _chart.height(_shown)
	if columns > 1:
		_next_column()
	_draw_actions()
	if not list.is_empty():
		_draw_list()
	else:
		_draw_observation(columns)


func _draw_head() -> void:
	var place_width: float = _pen.width_of(place) + 8.0 if not place.is_empty() else 0.0
	_pen.write(_shown["name"], _at, _width - place_width, RLViewPen.CHOSEN)
	_pen.write_right(place, _at, _width, RLViewPen.FAINT)
	_at.y += RLViewPen.LINE
	_line(_shown["policy"], "")
	var repeat: int = _shown["repeat"]
	var ticks: String = "every tick" if repeat == 1 else "every %d ticks" % repeat
	var value: float = _shown["value"]
	_line(
		"%s decisions/s, %s" % [String.num(_shown["rate"], 1), ticks],
		"" if is_nan(value) else "value " + RLViewPen.number(value)
	)
	_line("episode %d, seed %d" % [_shown["episode"], _shown["seed"]], "")
	_line(
		(
			"%d decisions, %.1f s%s"
			% [_shown["decisions"], _shown["seconds"], ", ended" if _shown["ended"] else ""]
		),
		"return " + RLViewPen.number(_shown["return"])
	)
	var totals: String = "no episode has ended since you look"
	if _shown["episodes"] > 0:
		totals = (
			"%d ended, mean return %s"
			% [_shown["episodes"], RLViewPen.number(_shown["mean_return"])]
		)
		if _shown["episodes"] > _shown["mean_of"]:
			totals += " (last %d)" % _shown["mean_of"]
	var success: float = _shown["success"]
	_line(totals, "" if is_nan(success) else "success %d %%" % roundi(success * 100.0))
	for line: String in _shown.get("lines", PackedStringArray()):
		_line(line, "")
	_at.y += BREAK


func _line(left: String, right: String) -> void:
	var taken: float = _pen.width_of(right) + 8.0 if not right.is_empty() else 0.0
	_pen.write(left, _at, _width - taken)
	_pen.write_right(right, _at, _width)
	_at.y += RLViewPen.LINE


func _draw_actions() -> void:
	if _lines_left() < 2:
		return
	var lines: Array[Array] = RLValueRows.of_actions(_shown)
	_pen.write("Action", _at, _width, RLViewPen.FAINT)
	_at.y += RLViewPen.LINE
	var room: int = maxi(1, floori((_floor - _at.y) / RLViewPen.LINE / 2.0))
	var drawn: int = mini(lines.size(), mini(room, MOST_ACTIONS))
	for i: int in drawn:
		if i == drawn - 1 and lines.size() > drawn:
			_pen.write("and %d more" % (lines.size() - i), _at, _width, RLViewPen.FAINT)
		else:
			_rows.draw_action(lines[i], _at, _width)
		_at.y += RLViewPen.LINE
	_at.y += BREAK


func _draw_observation(columns: int) -> void:
	if _lines_left() < 2:
		return
	var count: int = (_shown["obs"] as PackedFloat32Array).size()
	var rest: int = columns - 2 if columns > 1 else 0
	var others: PackedStringArray = _shown["obs_other"]
	var here: int = maxi(1, _lines_left() - 1 - others.size())
	var whole: int = maxi(1, floori((_floor - MARGIN + 3.0) / RLViewPen.LINE))
	var a_page: int = here + rest * whole
	_pages = maxi(1, ceili(count / float(a_page)))
	_page = clampi(_page, 0, _pages - 1)
	var first: int = _page * a_page
	var last: int = mini(first + a_page, count)
	var told: String = "%d to %d of %d" % [first + 1, last, count] if _pages > 1 else str(count)
	_pen.write("Observation", _at, _width, RLViewPen.FAINT)
	_pen.write_right(told, _at, _width, RLViewPen.FAINT)
	_at.y += RLViewPen.LINE
	for line: String in others:
		_pen.write(line, _at, _width)
		_at.y += RLViewPen.LINE
	for i: int in range(first, last):
		if _lines_left() < 1 and rest > 0:
			rest -= 1
			_next_column()
		if _lines_left() < 1:
			break
		_rows.draw_observation(_shown, i, _at, _width)
		_at.y += RLViewPen.LINE


func _draw_list() -> void:
	_pen.write("Agents", _at, _width, RLViewPen.FAINT)
	_at.y += RLViewPen.LINE
	var room: int = maxi(1, _lines_left())
	var first: int = clampi(marked - room / 2, 0, maxi(0, list.size() - room))
	for i: int in range(first, mini(first + room, list.size())):
		if i == marked:
			_pen.fill(Rect2(_at, Vector2(_width, RLViewPen.LINE)), RLViewPen.SEEN)
		var ink: Color = RLViewPen.CHOSEN if i == marked else RLViewPen.INK
		_pen.write_right(str(i + 1), _at, 34.0, RLViewPen.FAINT)
		_pen.write(list[i], _at + Vector2(42.0, 0.0), _width - 42.0, ink)
		_at.y += RLViewPen.LINE


func _next_column() -> void:
	_left += _width + GAP
	_at = Vector2(_left, MARGIN - 3.0)


func _lines_left() -> int:
	return floori((_floor - _at.y) / RLViewPen.LINE)
