extends Control
## The way down: height against the distance beside the pad, drawn as the flight goes. The display
## makes it.

const HEIGHT: float = 1000.0
const WIDTH: float = 300.0
const STEP_TICKS: int = 45

var _view: LandingView
var _points: PackedVector2Array = []
var _noted: int = 0


func _init(view: LandingView) -> void:
	_view = view
	custom_minimum_size = Vector2(220.0, 190.0)


func _process(_delta: float) -> void:
	var ticks: int = _view.lander.ticks
	if ticks < _noted:
		_points.clear()
		_noted = 0
	if _points.is_empty() or ticks - _noted >= STEP_TICKS:
		_noted = ticks
		_points.append(_now())
	queue_redraw()


func _draw() -> void:
	draw_line(_at(Vector2(0.0, 0.0)), _at(Vector2(WIDTH, 0.0)), Color(1.0, 1.0, 1.0, 0.5), 1.0)
	draw_line(_at(Vector2(0.0, 0.0)), _at(Vector2(0.0, HEIGHT)), Color(1.0, 1.0, 1.0, 0.2), 1.0)
	draw_line(_at(Vector2(0.0, 0.0)), _at(Vector2(14.0, 0.0)), Color(0.42, 0.86, 0.52), 5.0)
	var drawn: PackedVector2Array = []
	for point: Vector2 in _points:
		drawn.append(_at(point))
	drawn.append(_at(_now()))
	if drawn.size() > 1:
		draw_polyline(drawn, Color(1.0, 0.62, 0.25), 2.0, true)
	draw_circle(drawn[-1], 4.0, Color.WHITE)


# Metres beside the pad and above it.
func _now() -> Vector2:
	var offset: Vector3 = _view.controller.judge.offset()
	return Vector2(Vector2(offset.x, offset.z).length(), offset.y)


func _at(place: Vector2) -> Vector2:
	var share: Vector2 = Vector2(place.x / WIDTH, 1.0 - place.y / HEIGHT).clampf(0.0, 1.0)
	return Vector2(6.0, 4.0) + share * (size - Vector2(12.0, 8.0))
