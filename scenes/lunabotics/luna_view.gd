class_name LunaView
extends Node2D
## Draws the field, what lies in it, and what the rover sees. It changes nothing.

const GROUND: Color = Color("c4bdb2")
const ZONES: Dictionary[int, Color] = {
	LunaFacts.START: Color("b0c4b2"),
	LunaFacts.FIELD: Color("bab2a6"),
	LunaFacts.EXCAVATION: Color("d6c7a0"),
	LunaFacts.CONSTRUCTION: Color("b0bccd"),
	LunaFacts.BERM: Color("8ca0c4"),
}
const WALL: Color = Color("5a544c")
const CRATER: Color = Color("968d82")
const CRATER_RIM: Color = Color("d6cfc4")
const ROCK: Color = Color("605a54")
const ROCK_EDGE: Color = Color("3e3a36")
const ORB: Color = Color("e29420")
const ORB_EDGE: Color = Color("8c5408")
const ROVER: Color = Color("eceef2")
const WHEEL: Color = Color("2c2e34")
const NOSE: Color = Color("ce3c30")
const SEEN: Color = Color(1.0, 1.0, 1.0, 0.22)

@export var field: LunaField
@export var rover: LunaRover
@export var judge: LunaJudge


func _ready() -> void:
	set_process(DisplayServer.get_name() != "headless")


func _process(_delta: float) -> void:
	queue_redraw()


func _draw() -> void:
	if field.layout == null:
		return
	var pixels: Vector2 = field.size * LunaFacts.PIXELS
	draw_rect(Rect2(Vector2.ZERO, pixels).grow(12.0), WALL)
	draw_rect(Rect2(Vector2.ZERO, pixels), GROUND)
	for zone: int in ZONES:
		draw_rect(_zone(zone), ZONES[zone])
	for i: int in field.layout.obstacles.size():
		var at: Vector2 = field.layout.obstacles[i] * LunaFacts.PIXELS
		var radius: float = field.layout.radii[i] * LunaFacts.PIXELS
		var is_crater: bool = i < LunaFacts.NUM_CRATERS
		_disc(at, radius, CRATER_RIM if is_crater else ROCK_EDGE, CRATER if is_crater else ROCK)
	for orb: Vector2 in field.orbs:
		_disc(orb * LunaFacts.PIXELS, 7.5, ORB_EDGE, ORB)
	_draw_rover()


func _draw_rover() -> void:
	var half: float = deg_to_rad(LunaFacts.SENSOR_HALF_ANGLE_DEGREES)
	var fan: PackedVector2Array = [rover.position]
	for i: int in 33:
		var angle: float = rover.rotation - half + i / 32.0 * 2.0 * half
		fan.append(
			rover.position + Vector2.from_angle(angle) * LunaFacts.SENSOR_RANGE * LunaFacts.PIXELS
		)
	draw_colored_polygon(fan, SEEN)
	var size: Vector2 = Vector2(LunaFacts.ROVER_LENGTH, LunaFacts.ROVER_WIDTH) * LunaFacts.PIXELS
	draw_set_transform(rover.position, rover.rotation)
	draw_rect(Rect2(-size / 2.0, size), WHEEL)
	draw_rect(Rect2(-size / 2.0, size).grow_individual(-3.0, -7.0, -3.0, -7.0), ROVER)
	draw_rect(Rect2(size.x / 2.0 - 12.0, -size.y / 2.0 + 7.0, 12.0, size.y - 14.0), NOSE)
	draw_set_transform(Vector2.ZERO)
	if judge.holding:
		_disc(rover.position, 7.5, ORB_EDGE, ORB)


func _disc(at: Vector2, radius: float, edge: Color, inside: Color) -> void:
	draw_circle(at, radius, edge, true, -1.0, true)
	draw_circle(at, radius - 2.5, inside, true, -1.0, true)


func _zone(zone: int) -> Rect2:
	var size: Vector2 = field.size
	var right: float = LunaFacts.RIGHT_X * size.x
	var split: float = LunaFacts.SPLIT_Y * size.y
	var found: Rect2 = field.berm()
	match zone:
		LunaFacts.START:
			found = Rect2(0.0, 0.0, LunaFacts.START_X * size.x, LunaFacts.START_Y * size.y)
		LunaFacts.FIELD:
			found = Rect2(
				LunaFacts.START_X * size.x, 0.0, right - LunaFacts.START_X * size.x, size.y
			)
		LunaFacts.EXCAVATION:
			found = Rect2(right, split, size.x - right, size.y - split)
		LunaFacts.CONSTRUCTION:
			found = Rect2(right, 0.0, size.x - right, split)
	return Rect2(found.position * LunaFacts.PIXELS, found.size * LunaFacts.PIXELS)
