class_name UIObservation
extends Node
## What the agent sees: where its rays hit, how its menu stands, and the 8 elements that matter
## most. README.md lists each number with its unit.
##
## collect() is called once a decision, when hands and menus are up to date; writing changes
## nothing.

const UIElement := preload("res://addons/godot_rl/ui_testing/ui_element.gd")
const UIPointer := preload("res://addons/godot_rl/xr/ui_pointer.gd")
const UIPanel := preload("res://addons/godot_rl/xr/ui_panel.gd")
const UITester := preload("res://addons/godot_rl/ui_testing/ui_tester.gd")

const OWN: PackedStringArray = [
	"right_hits",
	"right_x",
	"right_y",
	"right_distance",
	"left_hits",
	"left_x",
	"left_y",
	"left_distance",
	"aim_yaw",
	"aim_pitch",
	"trigger",
	"grip",
	"presses",
	"grabs",
	"depth",
	"waits",
	"page_age",
	"press_age",
	"done",
	"time_left",
]
const OF_ELEMENT: PackedStringArray = [
	"yaw",
	"pitch",
	"half_width",
	"half_height",
	"visible",
	"enabled",
	"focused",
	"is_slider",
	"is_bar",
	"value",
	"to_do",
]
## Elements that are told; the others are left out.
const ELEMENTS: int = 8
## Angle of an offset that is 1, rad.
const ANGLE_SCALE: float = 2.0
## Length of a ray that is 1, m.
const DISTANCE_SCALE: float = 5.0
const DEPTH_SCALE: float = 4.0
## Age that is 1, s.
const AGE_SCALE: float = 1.0

@export var player: UIPlayer

## The tester whose elements are told. The controller sets it.
var tester: UITester
## Seconds since the page changed and since the trigger went down; the controller sets them.
var page_age: float = 0.0
var press_age: float = 0.0
## Shares of the episode's time left, in [0, 1].
var time_left: float = 1.0
## Angle from the right ray to the nearest element that should be used, rad; INF: there is none.
var nearest_to_do: float = INF

# The chosen elements, the best first, with what was measured of each.
var _elements: Array[UIElement] = []
var _offsets: PackedVector2Array = []
var _halves: PackedVector2Array = []
var _to_do: PackedByteArray = []
var _values: PackedFloat32Array = []
var _order: Array[int] = []
# The bar that the ray is on; the engine knows of none.
var _focused_bar: UIElement
var _ranks: PackedFloat32Array = []


## Names of all numbers.
static func names() -> PackedStringArray:
	var all: PackedStringArray = OWN.duplicate()
	for i: int in ELEMENTS:
		for name: String in OF_ELEMENT:
			all.append("element_%d_%s" % [i, name])
	return all


## Number of all numbers.
static func size() -> int:
	return OWN.size() + ELEMENTS * OF_ELEMENT.size()


## Measures the visible elements and orders them: what is held, what should be used next, the rest;
## the nearest to the ray first.
func collect() -> void:
	_elements.clear()
	_offsets.clear()
	_halves.clear()
	_to_do.clear()
	_values.clear()
	_ranks.clear()
	_order.clear()
	nearest_to_do = INF
	_focused_bar = null
	var at: Vector2 = player.right_pointer.place
	var held: UIElement = tester.get_held()
	for index: int in tester.readers.size():
		var panel: UIPanel = tester.readers[index].panel
		for element: UIElement in tester.readers[index].visible:
			var offset: Vector2 = _offset(panel, element)
			var is_to_do: bool = tester.is_to_do(index, element)
			var rank: float = offset.length()
			if is_to_do:
				nearest_to_do = minf(nearest_to_do, rank)
			else:
				rank += 10.0
			if element == held:
				rank -= 20.0
			_order.append(_elements.size())
			_elements.append(element)
			_offsets.append(offset)
			_halves.append(element.rect.size / Vector2(panel.resolution) * panel.size / 2.0)
			_to_do.append(int(is_to_do))
			var is_bar: bool = element.kind == UIElement.RLKind.BAR
			if is_bar and panel == player.right_pointer.panel and panel.is_on_bar(at):
				_focused_bar = element
			_values.append(tester.uses[index].carried() if is_bar else element.level())
			_ranks.append(rank)
	_order.sort_custom(_is_before)


## Writes the observation into [param values] from index [param at] on: size() float32 in [-1, 1].
func write(values: PackedFloat32Array, at: int) -> void:
	_write_ray(values, at, player.right_pointer)
	_write_ray(values, at + 4, player.left_pointer)
	values[at + 8] = player.headset.aim.x / UIPlayer.LARGEST_YAW
	values[at + 9] = player.headset.aim.y / UIPlayer.PITCH_RANGE.y
	values[at + 10] = player.right_hand.get_float("trigger")
	values[at + 11] = player.right_hand.get_float("grip")
	values[at + 12] = float(player.right_pointer.is_pressing)
	values[at + 13] = float(player.right_pointer.is_grabbing)
	values[at + 14] = minf(tester.journals[0].depth() / DEPTH_SCALE, 1.0)
	values[at + 15] = float(tester.uses[0].is_waiting() or tester.uses[1].is_waiting())
	values[at + 16] = minf(page_age / AGE_SCALE, 1.0)
	values[at + 17] = minf(press_age / AGE_SCALE, 1.0)
	values[at + 18] = _share_done()
	values[at + 19] = time_left
	var place: int = at + OWN.size()
	for slot: int in ELEMENTS:
		if slot < _order.size():
			_write_element(values, place, _order[slot])
		else:
			for i: int in OF_ELEMENT.size():
				values[place + i] = 0.0
		place += OF_ELEMENT.size()


func _is_before(one: int, other: int) -> bool:
	if _ranks[one] == _ranks[other]:
		return one < other
	return _ranks[one] < _ranks[other]


# From the ray's direction to the element's middle: yaw to the right, pitch up, rad.
func _offset(panel: UIPanel, element: UIElement) -> Vector2:
	var place: Vector2 = panel.from_pixels(element.rect.get_center())
	var middle: Vector3 = panel.global_transform * Vector3(place.x, place.y, 0.0)
	var hand: Transform3D = player.right_hand.global_transform
	var local: Vector3 = hand.basis.inverse() * (middle - hand.origin)
	return Vector2(atan2(local.x, -local.z), atan2(local.y, Vector2(local.x, local.z).length()))


func _write_ray(values: PackedFloat32Array, at: int, pointer: UIPointer) -> void:
	var panel: UIPanel = pointer.panel
	if panel == null:
		for i: int in 3:
			values[at + i] = 0.0
		values[at + 3] = 1.0
		return
	values[at] = 1.0 if panel == tester.readers[0].panel else 0.5
	values[at + 1] = clampf(pointer.place.x / panel.size.x * 2.0, -1.0, 1.0)
	values[at + 2] = clampf(pointer.place.y / panel.size.y * 2.0, -1.0, 1.0)
	values[at + 3] = minf(pointer.distance / DISTANCE_SCALE, 1.0)


func _write_element(values: PackedFloat32Array, at: int, index: int) -> void:
	var element: UIElement = _elements[index]
	values[at] = _root(_offsets[index].x)
	values[at + 1] = _root(_offsets[index].y)
	values[at + 2] = minf(_halves[index].x, 1.0)
	values[at + 3] = minf(_halves[index].y, 1.0)
	values[at + 4] = 1.0
	values[at + 5] = float(element.is_enabled)
	values[at + 6] = float(element.is_focused or _focused_bar == element)
	values[at + 7] = float(element.kind == UIElement.RLKind.SLIDER)
	values[at + 8] = float(element.kind == UIElement.RLKind.BAR)
	values[at + 9] = _values[index]
	values[at + 10] = _to_do[index]


# The root spreads the last degrees, in which an element is met or missed.
static func _root(angle: float) -> float:
	return clampf(signf(angle) * sqrt(absf(angle) / ANGLE_SCALE), -1.0, 1.0)


# Elements that answered, of those known.
func _share_done() -> float:
	var known: int = 0
	var tested: int = 0
	for journal: RefCounted in tester.journals:
		known += journal.get("known") as int
		tested += journal.get("tested") as int
	return float(tested) / maxi(known, 1)
