class_name UIPlayer
extends Node3D
## The player before the menu: head, two hands with a ray each, and time. Agent, desktop and headset
## all use it.
##
## An agent's hand is looked at once a decision, a person's in each tick. It knows no reward.

## Pointers and menus are up to date. [param seconds]: since the last time.
signal sampled(seconds: float)

const UIPointer := preload("res://addons/godot_rl/xr/ui_pointer.gd")

## How far the right hand can point: yaw to both sides, pitch down and up, rad.
const LARGEST_YAW: float = 1.4
const PITCH_RANGE: Vector2 = Vector2(-0.7, 0.9)

@export var origin: XROrigin3D
@export var camera: XRCamera3D
@export var left_hand: XRController3D
@export var right_hand: XRController3D
@export var headset: UIHeadset
@export var left_pointer: UIPointer
@export var right_pointer: UIPointer
@export var stage: UIStage
## Fastest turning of the pointing hand, degrees/s.
@export_range(30.0, 360.0) var aim_speed: float = 120.0
## Ticks between two looks; those of a decision.
@export_range(1, 100) var sample_ticks: int = 9

## While true the player holds still: the episode has ended and the next has not begun.
var frozen: bool = false
## A person plays: hands and menus move in each tick.
var is_person: bool = false
## Physics ticks since [method restart], up to the end of the episode.
var ticks: int = 0

var _turning: Vector2 = Vector2.ZERO


func _ready() -> void:
	left_pointer.asked.connect(_point_with.bind(left_pointer))
	right_pointer.asked.connect(_point_with.bind(right_pointer))


func _physics_process(delta: float) -> void:
	if frozen:
		return
	ticks += 1
	var is_due: bool = ticks % sample_ticks == 0
	if is_person:
		_move(delta, 1)
		_read_buttons()
		if is_due:
			sampled.emit(delta * sample_ticks)
	elif is_due:
		_move(delta * sample_ticks, sample_ticks)
		sampled.emit(delta * sample_ticks)
	elif headset.is_watched:
		var part: float = float(ticks % sample_ticks) / sample_ticks
		var aim: Vector2 = _turned(part * sample_ticks * delta)
		headset.show_at(ticks * delta, aim)


## Stands before the panels at rest, pointing at [param direction] (yaw to the right, pitch up,
## rad), as the person of [param person_seed].
func restart(person_seed: int, direction: Vector2) -> void:
	frozen = false
	ticks = 0
	_turning = Vector2.ZERO
	if not is_person:
		_point_with(right_pointer)
	right_pointer.restart()
	left_pointer.restart()
	headset.start(person_seed, direction)
	right_pointer.move()
	left_pointer.move()


## Lets go of everything: the menus are about to be taken away.
func let_go() -> void:
	right_pointer.restart()
	left_pointer.restart()


## Turns the pointing hand with [param speed], in [-1, 1] each: to the right, up.
func turn(speed: Vector2) -> void:
	_turning = speed * deg_to_rad(aim_speed)


## Pulls trigger and grip of the right hand, in [0, 1], and lets the pointer take notice at once.
func pull(trigger: float, grip: float) -> void:
	headset.set_inputs(trigger, grip)
	_read_buttons()


# A panel has one mouse: the hand that pulled its trigger last has it.
func _point_with(pointer: UIPointer) -> void:
	left_pointer.is_active = pointer == left_pointer
	right_pointer.is_active = pointer == right_pointer


func _move(seconds: float, passed: int) -> void:
	headset.aim = _turned(seconds)
	headset.sample_at(ticks * seconds / passed, seconds)
	right_pointer.move()
	left_pointer.move()
	stage.advance(passed)


func _turned(seconds: float) -> Vector2:
	var aim: Vector2 = headset.aim + _turning * seconds
	aim.x = clampf(aim.x, -LARGEST_YAW, LARGEST_YAW)
	aim.y = clampf(aim.y, PITCH_RANGE.x, PITCH_RANGE.y)
	return aim


func _read_buttons() -> void:
	right_pointer.read_buttons()
	if is_person:
		left_pointer.read_buttons()
