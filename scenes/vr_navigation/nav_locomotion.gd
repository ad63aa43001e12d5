class_name NavLocomotion
extends Node
## Moves a VR player from what its two XRController3D report, as a shipped game would.
##
## The left stick walks or aims a teleport, the right stick turns, smoothly or in snaps. NavPlayer
## calls [method step] once a physics tick, before move_and_slide(). It never knows whether hardware
## or a simulated rig feeds the controllers, and it sets the level part of the velocity only.

## The view turned at once; [param degrees] is positive to the left.
signal turned_at_once(degrees: float)
## The body was moved to [param destination] (global, on the ground).
signal teleported(destination: Vector3)
## A teleport was asked for, but one cannot land there.
signal teleport_refused

## How the right stick turns.
enum Turning { SMOOTH, SNAP }
## What the left stick does.
enum Walking { SMOOTH, TELEPORT }

const STICK: StringName = &"primary"

## The body that is moved.
@export var body: CharacterBody3D
@export var camera: XRCamera3D
@export var left_hand: XRController3D
@export var right_hand: XRController3D
@export_group("Stick")
## Stick length below which nothing moves, in [0, 1); the rest is stretched to [0, 1].
@export_range(0.0, 0.9) var dead_zone: float = 0.15
## Time constant with which walking and turning follow the stick, s; 0: at once.
@export_range(0.0, 2.0) var smoothing_time: float = 0.15
@export_group("Walking")
@export var walking: Walking = Walking.SMOOTH
## Speed at full stick, m/s.
@export var max_speed: float = 2.5
## Share of it sideways.
@export var side_share: float = 0.8
## Share of it backwards.
@export var back_share: float = 0.6
## Largest change of velocity, m/s^2.
@export var acceleration: float = 6.0
@export_group("Turning")
@export var turning: Turning = Turning.SMOOTH
## Speed of a smooth turn at full stick, degrees/s.
@export var turn_speed: float = 90.0
## Angle of one snap turn, degrees.
@export var snap_degrees: float = 30.0
## |stick x| above which a snap turn fires, once.
@export var snap_press: float = 0.7
## |stick x| below which the next snap turn is armed.
@export var snap_release: float = 0.4
@export_group("Teleport")
## Length of a teleport at full stick, m.
@export var teleport_distance: float = 4.0
## Teleports shorter than this do not happen, m.
@export var teleport_least: float = 0.5
## Shortest time between two teleports, s.
@export var teleport_cooldown: float = 0.5
## Free space demanded round the body where it lands, m.
@export var teleport_margin: float = 0.1
@export_group("Layers")
## Physics layers that carry a player.
@export_flags_3d_physics var ground_mask: int = 1
## Physics layers that block a player.
@export_flags_3d_physics var obstacle_mask: int = 2

## Turns keep the head in its place, not the body: set it while a headset is worn.
var turns_about_head: bool = false
## Speed of the smooth turn now, rad/s, positive to the left.
var turn_rate: float = 0.0
## True when the right stick was released since the last snap turn.
var snap_armed: bool = true
## The stick aims a teleport.
var is_aiming: bool = false
## Where the aim points, relative to the body (global axes), m.
var aim: Vector3 = Vector3.ZERO
## Seconds until a teleport is possible again.
var cooldown_left: float = 0.0
## Teleports since [method restart].
var teleports: int = 0

var _walk: Vector2 = Vector2.ZERO
var _turn: float = 0.0
var _delta: float = 0.0
var _blend: float = 1.0
var _blend_time: float = -1.0
var _landing: NavLanding


func _ready() -> void:
	_landing = NavLanding.new(self)


## Puts every latch and timer at its start, as when a level begins.
func restart() -> void:
	_walk = Vector2.ZERO
	_turn = 0.0
	turn_rate = 0.0
	snap_armed = true
	is_aiming = false
	cooldown_left = 0.0
	teleports = 0


## Reads the sticks, turns and teleports the body, sets its level velocity. [param delta] in s.
func step(delta: float) -> void:
	if delta != _delta or smoothing_time != _blend_time:
		_delta = delta
		_blend_time = smoothing_time
		_blend = 1.0 - exp(-delta / smoothing_time) if smoothing_time > 0.0 else 1.0
	_step_turn(right_hand.get_vector2(STICK).x, delta)
	var stick: Vector2 = left_hand.get_vector2(STICK)
	var pushed: float = stick.length()
	if pushed > dead_zone:
		stick *= (minf(pushed, 1.0) - dead_zone) / ((1.0 - dead_zone) * pushed)
	else:
		stick = Vector2.ZERO
	if walking == Walking.TELEPORT:
		_step_teleport(stick, delta)
		return
	_walk += (stick - _walk) * _blend
	_move_towards(_walk, delta)


## Where a teleport by the present aim would land (global), or Vector3.INF where one cannot.
func find_landing() -> Vector3:
	return _landing.find(aim)


## What a stick must show so that the player moves by [param wish] (each part in [-1, 1]): past the
## dead zone, since a small wish means a slow walk and not none.
func past_dead_zone(wish: Vector2) -> Vector2:
	var length: float = wish.length()
	if length < 1e-3:
		return Vector2.ZERO
	return wish / length * minf(dead_zone + (1.0 - dead_zone) * length, 1.0)


func _step_turn(x: float, delta: float) -> void:
	var pushed: float = absf(x)
	if turning == Turning.SNAP:
		turn_rate = 0.0
		if snap_armed and pushed > snap_press:
			snap_armed = false
			_turn_about_head(-signf(x) * deg_to_rad(snap_degrees))
			turned_at_once.emit(-signf(x) * snap_degrees)
		elif pushed < snap_release:
			snap_armed = true
		return
	var wanted: float = 0.0
	if pushed > dead_zone:
		wanted = signf(x) * (minf(pushed, 1.0) - dead_zone) / (1.0 - dead_zone)
	_turn += (wanted - _turn) * _blend
	turn_rate = -_turn * deg_to_rad(turn_speed)
	if absf(turn_rate) > 1e-4:
		_turn_about_head(turn_rate * delta)


# A wearer's head need not be over the body's centre: turning about it, the view only rotates.
func _turn_about_head(radians: float) -> void:
	var head: Vector3 = camera.global_position
	body.rotate_y(radians)
	if not turns_about_head:
		return
	var shift: Vector3 = head - camera.global_position
	body.global_position += Vector3(shift.x, 0.0, shift.z)


func _move_towards(stick: Vector2, delta: float) -> void:
	var ahead: float = stick.y if stick.y > 0.0 else stick.y * back_share
	var target: Vector3 = body.basis * Vector3(stick.x * side_share, 0.0, -ahead) * max_speed
	var level: Vector3 = Vector3(body.velocity.x, 0.0, body.velocity.z)
	level = level.move_toward(target, acceleration * delta)
	body.velocity = Vector3(level.x, body.velocity.y, level.z)


# The stick aims while it is pushed; letting go of it teleports.
func _step_teleport(stick: Vector2, delta: float) -> void:
	_move_towards(Vector2.ZERO, delta)
	cooldown_left = maxf(cooldown_left - delta, 0.0)
	if stick != Vector2.ZERO:
		_walk = stick if not is_aiming else _walk + (stick - _walk) * _blend
		is_aiming = true
		aim = body.basis * Vector3(_walk.x, 0.0, -_walk.y) * teleport_distance
		return
	if not is_aiming:
		return
	is_aiming = false
	if cooldown_left > 0.0 or aim.length() < teleport_least:
		return
	var landing: Vector3 = find_landing()
	if not landing.is_finite():
		teleport_refused.emit()
		return
	cooldown_left = teleport_cooldown
	teleports += 1
	body.global_position = landing
	body.force_update_transform()
	teleported.emit(landing)
