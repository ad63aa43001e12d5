class_name TagRunner
extends TagPlayer
## The runner: goes at once in any direction.

## Largest change of velocity, m/s^2.
const ACCELERATION: float = 8.0

## Where it wants to go, of length 1 at most.
var wish: Vector2 = Vector2.ZERO


## Puts it at the start of a round.
func begin(start: Vector2, speed: float) -> void:
	place = start
	max_speed = clampf(speed, 0.5, 20.0)
	velocity = Vector2.ZERO
	wish = Vector2.ZERO
	show_place()


## See TagPlayer.
func advance(delta: float) -> void:
	velocity = velocity.move_toward(wish.limit_length() * max_speed, ACCELERATION * delta)
	super.advance(delta)
