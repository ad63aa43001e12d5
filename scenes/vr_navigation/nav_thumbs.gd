class_name NavThumbs
extends RefCounted
## The agent's thumbs: they push the two sticks as the actions say.
##
## A threshold on an action lets training noise do what the mean does not, and the deterministic
## policy then waits for noise that it does not have. So a small walk or turn is a slow one (past
## the dead zone), a snap turn is pushed with a speed that adds up, and an aimed teleport is let go
## after a time. The controller makes one; it touches the simulated sticks only.

## Speed of the thumb at full action where it pushes for a snap turn, presses (0 to 1) a second.
const THUMB_SPEED: float = 4.0
## How long a teleport is aimed before the thumb lets go, s.
const AIM_TIME: float = 0.5

var _player: NavPlayer
var _pressed: float = 0.0
var _aimed: float = 0.0


func _init(player: NavPlayer) -> void:
	_player = player


## Lets go of both sticks.
func restart() -> void:
	_pressed = 0.0
	_aimed = 0.0


## Pushes the sticks: [param walk] right and forward, [param turn] to the right, in [-1, 1]. The
## last push was [param held] s ago.
func push(walk: Vector2, turn: float, held: float) -> void:
	var locomotion: NavLocomotion = _player.locomotion
	var left: Vector2 = locomotion.past_dead_zone(walk.limit_length())
	if locomotion.walking == NavLocomotion.Walking.TELEPORT:
		_aimed += held
		if _aimed > AIM_TIME:
			_aimed = 0.0
			left = Vector2.ZERO
	var right: float = locomotion.past_dead_zone(Vector2(turn, 0.0)).x
	if locomotion.turning == NavLocomotion.Turning.SNAP:
		if absf(_pressed) > locomotion.snap_press:
			_pressed = 0.0
		else:
			_pressed = clampf(_pressed + turn * held * THUMB_SPEED, -1.0, 1.0)
		right = _pressed
	_player.headset.set_sticks(left, Vector2(right, 0.0))
