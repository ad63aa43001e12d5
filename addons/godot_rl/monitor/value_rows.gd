@tool
extends RefCounted
## The lines of an agent's action and observation: what they say, and how one is drawn.
##
## Made by RLAgentView from a snapshot; the view decides which line stands where.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLViewPen := preload("res://addons/godot_rl/monitor/view_pen.gd")
## An action with more choices than this is told as a number only.
const MOST_BOXES: int = 12
## Widths of name and number, as parts of the line.
const NAME_PART: float = 0.46
const NUMBER_PART: float = 0.15

var _pen: RLViewPen


func _init(pen: RLViewPen) -> void:
	_pen = pen


## The lines of the action, each [code][entry, index][/code].
static func of_actions(shown: Dictionary) -> Array[Array]:
	var lines: Array[Array] = []
	for entry: Dictionary in shown.get("actions", []):
		if entry["choices"] > 0:
			lines.append([entry, -1])
			continue
		for i: int in (entry["values"] as PackedFloat32Array).size():
			lines.append([entry, i])
	return lines


## Draws line [param line] of the action.
func draw_action(line: Array, at: Vector2, width: float) -> void:
	var entry: Dictionary = line[0]
	var values: PackedFloat32Array = entry["values"]
	var index: int = line[1]
	if index < 0:
		_draw_choice(entry, at, width)
		return
	var name: String = entry["name"]
	if values.size() > 1:
		name += "[%d]" % index
	var scale: Vector2 = RLViewPen.scale_of(values[index], values[index])
	_draw_bar(name, values[index], scale, Vector2(1, -1), at, width, RLViewPen.CHOSEN)


## Draws element [param i] of the observation.
func draw_observation(shown: Dictionary, i: int, at: Vector2, width: float) -> void:
	var value: float = shown["obs"][i]
	var seen: Vector2 = Vector2(shown["obs_low"][i], shown["obs_high"][i])
	var scale: Vector2 = RLViewPen.scale_of(seen.x, seen.y)
	_draw_bar(shown["obs_names"][i], value, scale, seen, at, width, RLViewPen.BAR)


func _draw_bar(
	name: String,
	value: float,
	scale: Vector2,
	seen: Vector2,
	at: Vector2,
	width: float,
	color: Color
) -> void:
	var number_width: float = maxf(width * NUMBER_PART, 46.0)
	var name_width: float = width * NAME_PART
	var ink: Color = RLViewPen.INK if is_finite(value) else RLViewPen.BAD
	_pen.write(name, at, name_width - 6.0, ink)
	var start: Vector2 = at + Vector2(name_width, 3.0)
	var size: Vector2 = Vector2(width - name_width - number_width, RLViewPen.LINE - 6.0)
	_pen.bar(Rect2(start, size), value, scale, seen, color)
	_pen.write_right(RLViewPen.number(value), at, width, ink)


func _draw_choice(entry: Dictionary, at: Vector2, width: float) -> void:
	var values: PackedFloat32Array = entry["values"]
	var choices: int = entry["choices"]
	var name_width: float = width * NAME_PART
	var told: String = "-" if values.is_empty() else "%d (0-%d)" % [roundi(values[0]), choices - 1]
	_pen.write(entry["name"], at, name_width - 6.0)
	_pen.write_right(told, at, width)
	if choices > MOST_BOXES:
		return
	var room: float = width - name_width - maxf(width * NUMBER_PART, 46.0) - 6.0
	var step: float = minf(room / choices, 22.0)
	for i: int in choices:
		var box: Rect2 = Rect2(
			at + Vector2(name_width + i * step, 3.0), Vector2(step - 2.0, RLViewPen.LINE - 6.0)
		)
		var is_chosen: bool = not values.is_empty() and roundi(values[0]) == i
		_pen.fill(box, RLViewPen.CHOSEN if is_chosen else RLViewPen.TRACK)
