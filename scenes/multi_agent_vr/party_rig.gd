class_name PartyRig
extends "res://addons/godot_rl/xr/simulated_rig.gd"
## The simulated headset of one player: head and left hand move as a person's, the right hand
## reaches as far as the agent wants.
##
## MultiAgentVR samples it once a decision, so the ticks between cost nothing. What the game reads
## ([member touching_hand]) changes then only, whether somebody looks on or not.

## From the shoulder's height forwards: where the right hand is at rest and stretched out, m.
const REST: Vector3 = Vector3(0.2, 1.15, -0.3)
const STRETCHED: Vector3 = Vector3(0.1, 1.25, -0.75)
## Shares of the way that the arm makes in a second.
const STRETCH_RATE: float = 3.0

## Somebody looks on.
var is_watched: bool = false
## How far the arm is stretched, in [0, 1], and how far it shall be.
var stretch: float = 0.0
var wanted_stretch: float = 0.0
## Where the right hand is at the last sample, relative to the body, m.
var touching_hand: Vector3 = REST


func _init() -> void:
	moves = true
	advances_itself = false


## See SimulatedRig; the arm is at rest.
func begin(person_seed: int) -> void:
	stretch = 0.0
	wanted_stretch = 0.0
	touching_hand = REST
	super(person_seed)


## Sets what both sticks report, in [-1, 1]: x right, y forwards; turning to the right.
func set_sticks(left: Vector2, turn: float) -> void:
	if is_simulating:
		trackers.left.set_input(PartyPlayer.STICK, left)
		trackers.right.set_input(PartyPlayer.STICK, Vector2(turn, 0.0))


## Moves the arm for [param delta] s.
func stretch_on(delta: float) -> void:
	stretch = move_toward(stretch, wanted_stretch, STRETCH_RATE * delta)


## Puts head and hands where they are [param at] s after the round's start; the last sample was
## [param apart] s ago.
func sample_at(at: float, apart: float) -> void:
	if not is_simulating:
		touching_hand = right_hand.position
		return
	touching_hand = REST.lerp(STRETCHED, stretch)
	_motion.sample(at)
	_show(apart)


## Shows head and hands between two samples, for who looks on. Nothing that is observed changes.
func show_at(at: float) -> void:
	if is_simulating:
		_motion.sample(at)
		camera.transform = _motion.head
		left_hand.transform = _motion.left_hand
		right_hand.transform = _reaching(REST.lerp(STRETCHED, stretch))


func _show(delta: float) -> void:
	_motion.right_hand = _reaching(touching_hand)
	super(delta)


static func _reaching(hand: Vector3) -> Transform3D:
	return Transform3D(Basis.IDENTITY, hand)
