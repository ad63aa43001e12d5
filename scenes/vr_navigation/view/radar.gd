extends Control
## What the agent knows of its surroundings, the way it faces upwards: how far each of the 16 rays
## is free, and where the goal is. Display makes one; the rays are those that RaysView has read.

const Looks := preload("res://scenes/vr_navigation/view/looks.gd")
const RaysView := preload("res://scenes/vr_navigation/view/rays_view.gd")

const SIZE: Vector2 = Vector2(182.0, 182.0)
const RADIUS: float = 74.0
const CORE: float = 5.0
const TRACK: Color = Color(1.0, 1.0, 1.0, 0.12)
const FILL: Color = Color(0.35, 0.75, 0.80, 0.28)

var _view: NavView
var _rays: RaysView


func _init(view: NavView) -> void:
	_view = view
	custom_minimum_size = SIZE


func _ready() -> void:
	_rays = _view.get_node("RaysView") as RaysView


func _process(_delta: float) -> void:
	queue_redraw()


func _draw() -> void:
	var middle: Vector2 = SIZE / 2.0
	for share: float in [1.0 / 3.0, 2.0 / 3.0, 1.0]:
		draw_arc(middle, RADIUS * share, 0.0, TAU, 48, TRACK, 1.5, true)
	var rim: PackedVector2Array = []
	for i: int in NavRays.COUNT:
		var ahead: Vector3 = RaysView.direction(i)
		var share: float = clampf(_rays.free[i] / _view.rays.reach, 0.0, 1.0)
		rim.append(middle + Vector2(ahead.x, ahead.z) * (CORE + (RADIUS - CORE) * share))
	draw_colored_polygon(rim, FILL)
	for i: int in NavRays.COUNT:
		var share: float = clampf(_rays.free[i] / _view.rays.reach, 0.0, 1.0)
		var colour: Color = Looks.grade(sqrt(share))
		draw_line(middle, rim[i], colour, 2.0, true)
		draw_circle(rim[i], 3.5, colour, true, -1.0, true)
	draw_circle(middle, CORE, Color.WHITE, true, -1.0, true)
	_draw_goal(middle)


func _draw_goal(middle: Vector2) -> void:
	var offset: Vector3 = _view.course.to_global(_view.course.goal) - _view.player.global_position
	offset = _view.player.global_basis.inverse() * offset
	var ahead: Vector2 = Vector2(offset.x, offset.z).normalized()
	var side: Vector2 = ahead.orthogonal()
	var tip: Vector2 = middle + ahead * (RADIUS + 15.0)
	var base: Vector2 = middle + ahead * (RADIUS + 1.0)
	draw_colored_polygon([tip, base + side * 8.0, base - side * 8.0], Looks.GOAL)
