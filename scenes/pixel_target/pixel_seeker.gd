class_name PixelSeeker
extends Node3D
## The player of the pixel scenario: walks and turns, and stops at the first pillar it touches.
##
## It moves by itself, without the physics engine; the controller only sets [member walk] and
## [member turn].

## Speed at full stick, m/s, and of turning, radians/s.
const SPEED: float = 2.0
const TURN_SPEED: float = 2.5
## Share of the speed backwards.
const BACK: float = 0.5
const RADIUS: float = 0.3

@export var room: PixelRoom

## Forwards 1, backwards -1.
var walk: float = 0.0
## To the left 1, to the right -1.
var turn: float = 0.0
## The pillar that was touched, by its number; -1: none yet.
var touched: int = -1


func _physics_process(delta: float) -> void:
	if touched >= 0:
		return
	rotation.y = wrapf(rotation.y + turn * TURN_SPEED * delta, -PI, PI)
	var speed: float = SPEED * (walk if walk > 0.0 else walk * BACK)
	var limit: float = PixelRoom.HALF - RADIUS
	position += Vector3(-sin(rotation.y), 0.0, -cos(rotation.y)) * speed * delta
	position = position.clamp(Vector3(-limit, 0.0, -limit), Vector3(limit, 0.0, limit))
	touched = room.touched(position, RADIUS)


## Puts the seeker where [member room] says.
func begin() -> void:
	position = room.start
	rotation = Vector3(0.0, room.start_heading, 0.0)
	walk = 0.0
	turn = 0.0
	touched = -1
