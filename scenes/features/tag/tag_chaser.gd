class_name TagChaser
extends TagPlayer
## The chaser: faster than the runner, but it drives like a car and must turn first.

## m/s^2, forwards and when it brakes.
const ACCELERATION: float = 7.0
const BRAKING: float = 12.0
## Largest turning rate, rad/s.
const TURN_RATE: float = 3.2

## Direction that it looks in, rad: 0 is along x, positive towards y.
var heading: float = 0.0
## Speed along its heading, m/s.
var speed: float = 0.0
## -1 left, 0 straight, 1 right.
var turn: int = 0
## -1 brake, 0 coast, 1 go.
var gas: int = 0


## Puts it at the start of a round.
func begin(start: Vector2, of_max_speed: float, of_heading: float) -> void:
	place = start
	max_speed = clampf(of_max_speed, 0.5, 20.0)
	heading = of_heading
	speed = 0.0
	velocity = Vector2.ZERO
	turn = 0
	gas = 0
	show_place()


## See TagPlayer.
func advance(delta: float) -> void:
	heading = wrapf(heading + turn * TURN_RATE * delta, -PI, PI)
	if gas > 0:
		speed = minf(speed + ACCELERATION * delta, max_speed)
	elif gas < 0:
		speed = maxf(speed - BRAKING * delta, 0.0)
	else:
		speed = move_toward(speed, 0.0, ACCELERATION / 3.0 * delta)
	velocity = forward() * speed
	super.advance(delta)


## The direction that it looks in, of length 1.
func forward() -> Vector2:
	return Vector2.from_angle(heading)


## See TagPlayer.
func stop_along(normal: Vector2, depth: float) -> void:
	super.stop_along(normal, depth)
	speed = maxf(velocity.dot(forward()), 0.0)


## See TagPlayer.
func show_place() -> void:
	super.show_place()
	rotation.y = -heading
