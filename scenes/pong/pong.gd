class_name PongTable
extends Node3D
## Root of the scenario `pong`: one point between two players.
##
## It draws the serve from the arena's seed, moves paddles and ball each physics tick, and tells the
## players' controllers how the point ended. Everything is in coordinates of this node, in metres:
## x to the right player, y (z of the scene) towards the viewer. README.md beside this file lists
## observations, actions, rewards and ends.

## A point begins.
signal begun
## The point is over; [param winner] is 0 (left), 1 (right) or -1: its time was over.
signal over(winner: int)

## Half of the table's length and width, m.
const HALF_LENGTH: float = 5.0
const HALF_WIDTH: float = 3.0
## Where the paddles' front is, m from the middle.
const PADDLE_X: float = 4.6
const HALF_PADDLE: float = 0.6
const BALL_RADIUS: float = 0.12
## Largest speed of the ball, m/s.
const MAX_BALL_SPEED: float = 16.0
## Angle of the ball after it met a paddle's end, rad; its middle sends it straight.
const MAX_BOUNCE: float = 1.0
## Largest angle of the serve, rad.
const MAX_SERVE: float = 0.7

## Room of one copy of the scene, m.
@export var arena_size: Vector3 = Vector3(12.0, 3.0, 8.0)
## The end of one player is the end of the point for both.
@export var arena_episodes: String = "together"
## The players' controllers: left, right.
@export var controllers: Array[PongController] = []
## What is shown of paddles and ball: left, right.
@export var paddles: Array[Node3D] = []
@export var ball_node: Node3D

## Where the paddles are, left and right, m.
var places: PackedFloat32Array = [0.0, 0.0]
## Where each paddle goes: -1 away from the viewer, 0, 1.
var moves: PackedInt32Array = [0, 0]
## The ball, m, and its velocity, m/s.
var ball: Vector2 = Vector2.ZERO
var ball_velocity: Vector2 = Vector2.ZERO
## Speed of the paddles, m/s.
var paddle_speed: float = 5.0
## Speed that the ball gains at each return, m/s.
var speed_up: float = 0.6
## Length of a point at most, s, and what is left of it.
var round_seconds: float = 20.0
var seconds_left: float = 0.0
## Whether a point is being played.
var is_on: bool = false

var _rng: RandomNumberGenerator = RandomNumberGenerator.new()


func _physics_process(delta: float) -> void:
	if not is_on:
		return
	var limit: float = HALF_WIDTH - HALF_PADDLE
	for side: int in 2:
		places[side] = clampf(places[side] + moves[side] * paddle_speed * delta, -limit, limit)
	_move_ball(delta)
	seconds_left -= delta
	_show_places()
	if absf(ball.x) > HALF_LENGTH:
		_end(0 if ball.x > 0.0 else 1)
	elif seconds_left < delta / 2.0:
		_end(-1)


## Draws the serve; the addon calls it before the players' begin_episode().
func begin_arena(arena_seed: int) -> void:
	_rng.seed = arena_seed
	paddle_speed = clampf(Sync.get_parameter("paddle_speed", 5.0), 0.0, 50.0)
	speed_up = clampf(Sync.get_parameter("speed_up", 0.6), 0.0, 10.0)
	round_seconds = clampf(Sync.get_parameter("round_seconds", 20.0), 1.0, 120.0)
	var speed: float = clampf(Sync.get_parameter("serve_speed", 6.0), 1.0, MAX_BALL_SPEED)
	var direction: float = 1.0 if _rng.randf() < 0.5 else -1.0
	var angle: float = _rng.randf_range(-MAX_SERVE, MAX_SERVE)
	ball = Vector2(0.0, _rng.randf_range(-0.5, 0.5) * HALF_WIDTH)
	ball_velocity = Vector2(direction * cos(angle), sin(angle)) * speed
	places = [0.0, 0.0]
	moves = [0, 0]
	seconds_left = round_seconds
	is_on = true
	_show_places()
	begun.emit()


## 1 for the right player, -1 for the left one: the direction in which a side's own goal lies.
static func direction_of(side: int) -> float:
	return 1.0 if side == 1 else -1.0


func _move_ball(delta: float) -> void:
	ball += ball_velocity * delta
	var wall: float = HALF_WIDTH - BALL_RADIUS
	if absf(ball.y) > wall:
		ball.y = signf(ball.y) * (2.0 * wall - absf(ball.y))
		ball_velocity.y = -ball_velocity.y
	var side: int = 1 if ball_velocity.x > 0.0 else 0
	var front: float = PADDLE_X - BALL_RADIUS
	var depth: float = direction_of(side) * ball.x - front
	# Only in the tick in which it passes the paddle's front.
	if depth < 0.0 or depth > absf(ball_velocity.x) * delta:
		return
	var offset: float = (ball.y - places[side]) / (HALF_PADDLE + BALL_RADIUS)
	if absf(offset) <= 1.0:
		_return_ball(side, offset)


func _return_ball(side: int, offset: float) -> void:
	var speed: float = minf(ball_velocity.length() + speed_up, MAX_BALL_SPEED)
	var angle: float = offset * MAX_BOUNCE
	ball_velocity = Vector2(-direction_of(side) * cos(angle), sin(angle)) * speed
	ball.x = direction_of(side) * (PADDLE_X - BALL_RADIUS)
	controllers[side].note_touch(true)
	controllers[1 - side].note_touch(false)


func _end(winner: int) -> void:
	is_on = false
	for side: int in 2:
		controllers[side].finish(winner)
	over.emit(winner)


func _show_places() -> void:
	for side: int in 2:
		paddles[side].position.z = places[side]
	ball_node.position = Vector3(ball.x, 0.0, ball.y)
