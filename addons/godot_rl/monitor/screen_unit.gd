extends RefCounted
## How large letters and lines are drawn over a game, so that they grow with its window and stay
## readable however the project stretches it. Asked by the overlay and by the view of sensors.

## Window in which a unit is one pixel, and the bounds of a unit in pixels of the screen.
const USUAL_SIZE: Vector2 = Vector2(1280.0, 720.0)
const LEAST: float = 0.85
const MOST: float = 3.0
## The least unit where a game is drawn with few pixels that are then enlarged.
const LEAST_ENLARGED: float = 0.6


## A unit in the coordinates of [param viewport].
static func of(viewport: Viewport) -> float:
	var size: Vector2 = viewport.get_visible_rect().size
	var window: Window = viewport as Window
	var stretch: float = 1.0
	var least: float = LEAST
	if window != null and window.content_scale_mode == Window.CONTENT_SCALE_MODE_VIEWPORT:
		least = LEAST_ENLARGED
	elif window != null:
		stretch = maxf(window.get_screen_transform().get_scale().x, 0.01)
	var growth: Vector2 = size * stretch / USUAL_SIZE
	return clampf(minf(growth.x, growth.y), least, MOST) / stretch
