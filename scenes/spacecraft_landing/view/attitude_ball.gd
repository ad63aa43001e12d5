extends Control
## An artificial horizon: how the craft is pitched and rolled. The display makes it.

const RADIUS: float = 52.0
const SKY: Color = Color(0.78, 0.56, 0.40)
const EARTH: Color = Color(0.30, 0.17, 0.11)
const LINE: Color = Color(1.0, 1.0, 1.0, 0.9)
## Pitch at which the horizon reaches the rim, rad.
const RIM: float = 0.8

var _lander: Lander


func _init(lander: Lander) -> void:
	_lander = lander
	custom_minimum_size = Vector2(220.0, RADIUS * 2.0 + 6.0)


func _process(_delta: float) -> void:
	queue_redraw()


func _draw() -> void:
	var turn: Vector3 = _lander.global_basis.get_euler()
	var centre: Vector2 = Vector2(size.x * 0.5, size.y * 0.5)
	draw_circle(centre, RADIUS, SKY)
	var height: float = clampf(turn.x / RIM, -0.95, 0.95)
	var half: float = acos(height)
	var points: PackedVector2Array = []
	for i: int in 33:
		var angle: float = PI * 0.5 - half + 2.0 * half * i / 32.0 + turn.z
		points.append(centre + Vector2(cos(angle), sin(angle)) * RADIUS)
	draw_colored_polygon(points, EARTH)
	draw_line(points[0], points[32], LINE, 2.0, true)
	draw_line(centre - Vector2(26.0, 0.0), centre - Vector2(9.0, 0.0), Color.ORANGE, 3.0)
	draw_line(centre + Vector2(9.0, 0.0), centre + Vector2(26.0, 0.0), Color.ORANGE, 3.0)
	draw_circle(centre, 3.0, Color.ORANGE)
	draw_arc(centre, RADIUS, 0.0, TAU, 64, Color(0.0, 0.0, 0.0, 0.6), 3.0, true)
