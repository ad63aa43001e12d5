@tool
extends RefCounted
## What one or more sensors see now, as lines, points and numbers in the coordinates of their world.
##
## A sensor fills it in [code]sketch()[/code]; RLSensorView draws it. 2D sensors leave z at 0. It
## reads nothing and draws nothing.

## What a ray that hits nothing is drawn in.
const NOTHING: Color = Color(0.55, 0.75, 1.0, 0.30)
const FAR: Color = Color(0.30, 0.90, 0.45)
const MIDDLE: Color = Color(1.0, 0.85, 0.25)
const NEAR: Color = Color(1.0, 0.30, 0.25)

## Ends of the lines, two each, and a colour for each line.
var ends: PackedVector3Array = []
var colors: PackedColorArray = []
## Where something was hit or found, with a colour each.
var points: PackedVector3Array = []
var point_colors: PackedColorArray = []
## Numbers and where they stand.
var texts: PackedStringArray = []
var text_places: PackedVector3Array = []


## Forgets everything.
func clear() -> void:
	ends.clear()
	colors.clear()
	points.clear()
	point_colors.clear()
	texts.clear()
	text_places.clear()


## A line.
func line(from: Vector3, to: Vector3, color: Color) -> void:
	ends.append(from)
	ends.append(to)
	colors.append(color)


## A point where something is.
func point(at: Vector3, color: Color) -> void:
	points.append(at)
	point_colors.append(color)


## Words beside a place.
func text(words: String, at: Vector3) -> void:
	texts.append(words)
	text_places.append(at)


## A ray that ended at [param to], where it hit something at [param closeness] in [0, 1] (1: at the
## sensor), or nothing for -1.
func ray(from: Vector3, to: Vector3, closeness: float) -> void:
	if closeness < 0.0:
		line(from, to, NOTHING)
		return
	line(from, to, color_of(closeness))
	point(to, color_of(closeness))


## Green far away, yellow at half the way, red at the sensor.
static func color_of(closeness: float) -> Color:
	var nearness: float = clampf(closeness, 0.0, 1.0) * 2.0
	return FAR.lerp(MIDDLE, nearness) if nearness < 1.0 else MIDDLE.lerp(NEAR, nearness - 1.0)


## [param at] as a place in the plane z = 0.
static func flat(at: Vector2) -> Vector3:
	return Vector3(at.x, at.y, 0.0)
