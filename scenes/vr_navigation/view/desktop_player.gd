class_name NavDesktop
extends Node
## A person at keyboard and mouse: W A S D walk the way that one looks, the mouse or Q and E turn.
##
## It answers with the agent's three actions, so a person does nothing that an agent could not. The
## mouse turns the view at once; the body follows as fast as its settings let it. The controller
## makes one and asks [method read]; the screen shows [method get_view].

## Turning of the view by the mouse, rad a pixel.
const MOUSE_TURN: float = 0.0022
const LARGEST_PITCH: float = 1.2
## The body would reach the view's direction in this time if it kept its speed of turning, s.
const FOLLOW_TIME: float = 0.35
## The view is never farther from the body's direction, rad.
const LARGEST_LEAD: float = 1.2
const EYE_HEIGHT: float = 1.7

## True while a person plays: the mouse counts, unless a headset is worn.
var is_played: bool = false:
	set(value):
		is_played = value
		set_process_unhandled_input(value)
		if not value:
			_free_mouse()

var _player: NavPlayer
# Direction of the view relative to the arena's -Z, and up, rad.
var _yaw: float = 0.0
var _pitch: float = 0.0


func _init(player: NavPlayer) -> void:
	_player = player


func _ready() -> void:
	set_process_unhandled_input(is_played)
	_player.headset.worn.connect(_free_mouse.unbind(1))


func _exit_tree() -> void:
	_free_mouse()


func _unhandled_input(event: InputEvent) -> void:
	if not _player.headset.is_simulating:
		return
	if event is InputEventMouseButton and (event as InputEventMouseButton).pressed:
		Input.mouse_mode = Input.MOUSE_MODE_CAPTURED
	elif event is InputEventKey and (event as InputEventKey).physical_keycode == KEY_ESCAPE:
		_free_mouse()
	elif event is InputEventMouseMotion and Input.mouse_mode == Input.MOUSE_MODE_CAPTURED:
		turn_view((event as InputEventMouseMotion).relative)


## Looks the way that the body faces, level: an episode begins.
func recentre() -> void:
	_yaw = _player.global_rotation.y
	_pitch = 0.0


## Turns the view as a mouse that moved by [param pixels] does.
func turn_view(pixels: Vector2) -> void:
	_turn(-pixels.x * MOUSE_TURN)
	_pitch = clampf(_pitch - pixels.y * MOUSE_TURN, -LARGEST_PITCH, LARGEST_PITCH)


## The actions that the person asks for now: horizontal, vertical, rotation, each [float] in
## [-1, 1].
func read() -> Dictionary:
	var wish: Vector2 = Vector2(_read_axis(KEY_A, KEY_D), _read_axis(KEY_S, KEY_W))
	var lead: float = _find_lead()
	var keys: float = _read_axis(KEY_Q, KEY_E)
	if keys != 0.0:
		_yaw = _player.global_rotation.y
		_pitch = _pitch if is_played else 0.0
		lead = 0.0
	wish = wish.limit_length().rotated(lead)
	return {
		"horizontal": [wish.x],
		"vertical": [wish.y],
		"rotation": [keys if keys != 0.0 else _follow(lead)],
	}


## Where the person looks from (global): the player's eyes and the mouse's direction while
## [param is_person] plays, else the player's own camera.
func get_view(is_person: bool) -> Transform3D:
	if not is_person:
		return _player.camera.global_transform
	var turned: Basis = Basis.from_euler(
		Vector3(_pitch, _player.global_rotation.y + _find_lead(), 0)
	)
	return Transform3D(turned, _player.global_position + Vector3.UP * EYE_HEIGHT)


# How far the view is turned to the left of the body, rad.
func _find_lead() -> float:
	return clampf(angle_difference(_player.global_rotation.y, _yaw), -LARGEST_LEAD, LARGEST_LEAD)


func _turn(radians: float) -> void:
	var lead: float = clampf(_find_lead() + radians, -LARGEST_LEAD, LARGEST_LEAD)
	_yaw = _player.global_rotation.y + lead


# The push of the stick that turns the body after the view.
func _follow(lead: float) -> float:
	var locomotion: NavLocomotion = _player.locomotion
	if locomotion.turning == NavLocomotion.Turning.SNAP:
		var is_far: bool = absf(lead) > deg_to_rad(locomotion.snap_degrees) / 2.0
		return -signf(lead) if is_far else 0.0
	var rate: float = lead / FOLLOW_TIME
	return clampf(-rate / deg_to_rad(locomotion.turn_speed), -1.0, 1.0)


func _free_mouse() -> void:
	if Input.mouse_mode == Input.MOUSE_MODE_CAPTURED:
		Input.mouse_mode = Input.MOUSE_MODE_VISIBLE


func _read_axis(negative: Key, positive: Key) -> float:
	var value: float = 1.0 if Input.is_physical_key_pressed(positive) else 0.0
	return value - (1.0 if Input.is_physical_key_pressed(negative) else 0.0)
