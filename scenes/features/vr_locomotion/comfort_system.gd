class_name ComfortSystem
extends Node
## Decides how far the view must be narrowed (vignette) to keep a VR player comfortable.
##
## The intensity is the sum, clamped to [0, 1], of an acceleration part (horizontal acceleration
## through a low-pass filter, from [member comfortable_acceleration] = 0 to
## [member full_acceleration] = 1) and a turn part (each snap turn adds, decaying exponentially).
## VRPlayer calls [method step] once a physics tick. It draws nothing: Vignette does, in a window.

## The intensity rose above [member on_threshold]; [param count] activations since [method restart].
signal activated(count: int)

## Smoothed acceleration that needs no vignette, m/s^2.
@export var comfortable_acceleration: float = 2.5
## Smoothed acceleration at which the vignette is complete, m/s^2.
@export var full_acceleration: float = 3.7
## Time constant of the acceleration's low-pass filter, s.
@export var acceleration_time: float = 0.8
## Intensity that a snap turn of 30 degrees adds.
@export var turn_intensity: float = 0.25
## Time constant with which the turn part decays, s.
@export var turn_time: float = 1.0
## Intensity above which an activation is counted.
@export var on_threshold: float = 0.5
## Intensity below which the next activation can be counted.
@export var off_threshold: float = 0.3

## Vignette intensity in [0, 1].
var intensity: float = 0.0
## Part of the intensity that comes from turning, in [0, 1].
var turn_load: float = 0.0
## Low-pass filtered horizontal acceleration, m/s^2, global frame.
var smoothed_acceleration: Vector3 = Vector3.ZERO
## Activations since [method restart].
var activations: int = 0
## True between an activation and the fall below [member off_threshold].
var is_active: bool = false

var _last_velocity: Vector3 = Vector3.ZERO
var _delta: float = 0.0
var _acceleration_blend: float = 0.0
var _turn_decay: float = 1.0


## Forgets everything; [param velocity] (m/s) is what the player moves with now.
func restart(velocity: Vector3 = Vector3.ZERO) -> void:
	intensity = 0.0
	turn_load = 0.0
	smoothed_acceleration = Vector3.ZERO
	activations = 0
	is_active = false
	_last_velocity = velocity


## Tells that the view was turned at once by [param degrees].
func add_turn(degrees: float) -> void:
	turn_load = minf(turn_load + turn_intensity * absf(degrees) / 30.0, 1.0)


## One physics tick with the player's velocity (m/s) after it; [param delta] in s.
func step(velocity: Vector3, delta: float) -> void:
	if delta != _delta:
		_set_delta(delta)
	var change: Vector3 = velocity - _last_velocity
	change.y = 0.0
	_last_velocity = velocity
	smoothed_acceleration += (change / delta - smoothed_acceleration) * _acceleration_blend
	var strain: float = (
		(smoothed_acceleration.length() - comfortable_acceleration)
		/ (full_acceleration - comfortable_acceleration)
	)
	intensity = clampf(maxf(strain, 0.0) + turn_load, 0.0, 1.0)
	turn_load *= _turn_decay
	if is_active:
		is_active = intensity >= off_threshold
	elif intensity > on_threshold:
		is_active = true
		activations += 1
		activated.emit(activations)


# The filters' factors are exact for any tick length; exp() is only paid when the length changes.
func _set_delta(delta: float) -> void:
	_delta = delta
	_acceleration_blend = 1.0 - exp(-delta / acceleration_time)
	_turn_decay = exp(-delta / turn_time)
