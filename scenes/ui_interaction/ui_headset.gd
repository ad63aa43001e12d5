class_name UIHeadset
extends "res://addons/godot_rl/xr/headset_rig.gd"
## Stands in for a headset where none is worn: head and left hand move as a person's, the right hand
## points where it is told to. It steps aside when a person puts one on.
##
## The player lets its time pass. It knows no menu.

const PersonWander := preload("res://addons/godot_rl/xr/person_wander.gd")

## A pointing hand wanders about its direction by up to so much, rad, at 0.2 to 0.9 Hz. Chosen, not
## fitted: 1.5 cm on a panel 1.8 m away.
const AIM_WANDER: float = 0.008
const WANDER_HERTZ: PackedFloat32Array = [0.21, 0.53, 0.87]
## The hands carry so much of the head's sway.
const CARRIED: float = 0.87

## Somebody looks on: head and hands are shown in every tick.
var is_watched: bool = false
## Where the right hand points in the rig's frame: yaw (to the right) and pitch (up), rad.
var aim: Vector2 = Vector2.ZERO

var _phases: PackedFloat32Array = []


func _init() -> void:
	moves = true
	advances_itself = false
	is_watched = DisplayServer.get_name() != "headless"
	_phases.resize(2 * WANDER_HERTZ.size())


## Becomes the person of [param person_seed], pointing at [param direction]. A wearer stays who she
## is.
func start(person_seed: int, direction: Vector2) -> void:
	aim = direction
	for i: int in _phases.size():
		_phases[i] = TAU * PersonWander.draw(person_seed, -3, i)
	set_inputs(0.0, 0.0)
	if is_simulating:
		begin(person_seed)
		sample_at(0.0, 0.0)


## Sets what the right controller's trigger and grip report, in [0, 1].
func set_inputs(trigger: float, grip: float) -> void:
	if is_simulating:
		trackers.right.set_input("trigger", trigger)
		trackers.right.set_input("grip", grip)


## Puts head and hands where the person has them [param at] s after the episode's start,
## [param apart] s after the last time.
func sample_at(at: float, apart: float) -> void:
	if is_simulating:
		_motion.sample(at)
		_motion.right_hand = _point(at, aim)
		_show(apart)


## Shows head and hands as they are [param at] s after the episode's start, the right hand pointing
## at [param direction], for who looks on between two samples. Nothing that is observed changes.
func show_at(at: float, direction: Vector2) -> void:
	if is_simulating:
		_motion.sample(at)
		camera.transform = _motion.head
		left_hand.transform = _motion.left_hand
		right_hand.transform = _point(at, direction)


# The right hand at its place of rest, carried by the body's sway.
func _point(at: float, direction: Vector2) -> Transform3D:
	var wander: Vector2 = Vector2.ZERO
	for i: int in WANDER_HERTZ.size():
		var angle: float = TAU * WANDER_HERTZ[i] * at
		wander.x += sin(angle + _phases[2 * i])
		wander.y += sin(angle + _phases[2 * i + 1])
	wander = direction + wander * (AIM_WANDER / WANDER_HERTZ.size())
	var sway: Vector3 = _motion.head.origin - Vector3(0.0, eye_height, 0.0)
	var rest: Vector3 = left_hand_position * Vector3(-1.0, 1.0, 1.0)
	return Transform3D(Basis.from_euler(Vector3(wander.y, -wander.x, 0.0)), rest + sway * CARRIED)
