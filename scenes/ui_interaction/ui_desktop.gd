class_name UIDesktop
extends Node
## A person at the desktop: the mouse points the right hand, its left button is the trigger, its
## right button the grip.
##
## It answers with the agent's actions, so a person does nothing that an agent could not, and the
## hand follows the mouse as fast as an agent's turns. The controller makes one and asks
## [method read].

## Turning of the hand by the mouse, rad a pixel.
const MOUSE_TURN: float = 0.0012

## True while a person plays and wears no headset: the mouse counts.
var is_played: bool = false:
	set(value):
		is_played = value
		set_process_unhandled_input(value)
		if not value and Input.mouse_mode == Input.MOUSE_MODE_CAPTURED:
			Input.mouse_mode = Input.MOUSE_MODE_VISIBLE

var _player: UIPlayer
# Where the mouse wants the hand to point: yaw to the right, pitch up, rad.
var _wanted: Vector2 = Vector2.ZERO
var _trigger: bool = false
var _grip: bool = false


func _init(player: UIPlayer) -> void:
	_player = player


func _ready() -> void:
	set_process_unhandled_input(is_played)


func _unhandled_input(event: InputEvent) -> void:
	var button: InputEventMouseButton = event as InputEventMouseButton
	var motion: InputEventMouseMotion = event as InputEventMouseMotion
	var key: InputEventKey = event as InputEventKey
	if button != null:
		if Input.mouse_mode != Input.MOUSE_MODE_CAPTURED and button.pressed:
			Input.mouse_mode = Input.MOUSE_MODE_CAPTURED
		click(button.button_index, button.pressed)
	elif motion != null and Input.mouse_mode == Input.MOUSE_MODE_CAPTURED:
		move(motion.relative)
	elif key != null and key.pressed and key.physical_keycode == KEY_ESCAPE:
		Input.mouse_mode = Input.MOUSE_MODE_VISIBLE


## The hand points where it does now: an episode begins.
func recentre() -> void:
	_wanted = _player.headset.aim
	_trigger = false
	_grip = false


## The mouse moved by [param pixels].
func move(pixels: Vector2) -> void:
	_wanted += Vector2(pixels.x, -pixels.y) * MOUSE_TURN
	_wanted.x = clampf(_wanted.x, -UIPlayer.LARGEST_YAW, UIPlayer.LARGEST_YAW)
	_wanted.y = clampf(_wanted.y, UIPlayer.PITCH_RANGE.x, UIPlayer.PITCH_RANGE.y)


## A button of the mouse went down or up.
func click(button: MouseButton, is_down: bool) -> void:
	if button == MOUSE_BUTTON_LEFT:
		_trigger = is_down
	elif button == MOUSE_BUTTON_RIGHT:
		_grip = is_down


## The actions that the person asks for now, held for [param seconds].
func read(seconds: float) -> Dictionary:
	var rate: Vector2 = (_wanted - _player.headset.aim) / seconds / deg_to_rad(_player.aim_speed)
	return {
		"point": [clampf(rate.x, -1.0, 1.0), clampf(rate.y, -1.0, 1.0)],
		"trigger": int(_trigger),
		"grip": int(_grip),
	}
