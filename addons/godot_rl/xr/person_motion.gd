extends RefCounted
## Where the head and the hands of a standing person are at a time: sway, shifts of weight, gaze,
## reaching, tremor.
##
## SimulatedRig reads it once a physics tick. It is a function of a seed and of the time alone:
## the same seed gives the same poses in every process, in any order of reading. Poses are relative
## to the XROrigin3D: the floor, the person facing -Z. It touches no node and no tracker.
##
## The amplitudes are chosen within what the works named beside them report for healthy adults who
## stand; they are a stand-in for a person, not a fit to recordings.

const RLEpisodeSeed := preload("res://addons/godot_rl/agents/episode_seed.gd")
const PersonReach := preload("res://addons/godot_rl/xr/person_reach.gd")
const PersonWander := preload("res://addons/godot_rl/xr/person_wander.gd")

## Heights as shares of the body's: eyes, shoulders, half the shoulders' width (Drillis and Contini
## 1966, as tabled in Winter, "Biomechanics and Motor Control of Human Movement").
const EYE_SHARE: float = 0.936
const SHOULDER_SHARE: float = 0.818
const HALF_WIDTH_SHARE: float = 0.129
## From the neck's pivot to the eyes, m: turning the head moves the eyes.
const NECK_TO_EYES: Vector3 = Vector3(0.0, 0.09, -0.08)

## Sway of the head, three sines: root mean square 7.6 mm forwards, 4.7 mm sideways. The centre of
## pressure of people who stand still sways 4 to 5 mm and 3 mm (Winter 1995, Gait and Posture
## 3:193-214; Prieto et al. 1996, IEEE Trans. Biomed. Eng. 43:956-966); the head, higher up, 1.65
## times that. Below 0.6 Hz, as there.
const SWAY_FORWARD: Vector3 = Vector3(0.008, 0.006, 0.004)
const SWAY_SIDEWAYS: Vector3 = Vector3(0.005, 0.004, 0.002)
const SWAY_HERTZ: Vector3 = Vector3(0.08, 0.19, 0.43)
## Breathing lifts the head by up to so much, m, at 0.25 Hz.
const BREATH: float = 0.002
## Shifts of weight, m (x sideways, z forwards): those who stand at ease shift and fidget by some
## centimetres (Duarte and Zatsiorsky 1999, Motor Control 3:12-27).
const SHIFT_REACH: Vector3 = Vector3(0.04, 0.0, 0.02)
const SHIFT_SLOT: float = 7.0
## Gaze of the head, rad (x pitch, y yaw, z roll): small turns are left to the eyes and large ones
## are rare (Stahl 1999, Exp. Brain Res. 126:41-54); a turn of the head takes 0.2 s and 0.35 s a
## radian, of the order of Guitton and Volle 1987 (J. Neurophysiol. 58:427-459).
const GAZE_REACH: Vector3 = Vector3(0.25, 0.6, 0.05)
const GAZE_SLOT: float = 2.4
## Hands that rest wander so far, m, at 0.1 to 0.7 Hz.
const HAND_DRIFT: float = 0.008
## Tremor of a held hand, m and Hz (physiological tremor, 8 to 12 Hz, below a millimetre: McAuley
## and Marsden 2000, Brain 123:1545-1567).
const TREMOR: float = 0.0002
const TREMOR_HERTZ: float = 9.5
## How far a resting hand's direction wanders, rad.
const HAND_TURN: float = 0.04

## Bounds, for whoever must keep clear: how far the eyes go from their place of rest, m, ...
const HEAD_BOUND: float = 0.2
## ... how far the head turns about any axis, rad, ...
const HEAD_TURN_BOUND: float = 0.6
## ... and how far a hand gets from its shoulder's place of rest, in arm's lengths.
const ARM_BOUND: float = 1.1

## The head's pose after [method sample].
var head: Transform3D = Transform3D.IDENTITY
## The left hand's pose after [method sample].
var left_hand: Transform3D = Transform3D.IDENTITY
## The right hand's pose after [method sample].
var right_hand: Transform3D = Transform3D.IDENTITY
## Height of the eyes, m.
var eye_height: float = 1.7
## Where the left hand rests; the right one mirrors it.
var left_rest: Vector3 = Vector3(-0.25, 1.1, -0.3)
## The direction in which the head looks when it looks nowhere else: pitch (up) and yaw (left), rad.
var straight: Vector2 = Vector2.ZERO

var _phases: PackedFloat64Array = []
var _pace: float = 1.0
var _gaze: PersonWander = PersonWander.new(GAZE_SLOT, GAZE_REACH, 0.2, 0.35)
var _shift: PersonWander = PersonWander.new(SHIFT_SLOT, SHIFT_REACH, 0.8, 6.0)
var _left_reach: PersonReach = PersonReach.new()
var _right_reach: PersonReach = PersonReach.new()


## Becomes the person of [param person_seed] and takes the pose of time 0.
func begin(person_seed: int) -> void:
	_phases.resize(20)
	for i: int in _phases.size():
		_phases[i] = TAU * PersonWander.draw(person_seed, -1, i)
	_pace = 0.8 + 0.4 * PersonWander.draw(person_seed, -2, 0)
	_gaze.begin(RLEpisodeSeed.mix(person_seed, 1))
	_shift.begin(RLEpisodeSeed.mix(person_seed, 2))
	_left_reach.begin(RLEpisodeSeed.mix(person_seed, 3), shoulder(-1.0), left_rest, arm_length())
	var right_rest: Vector3 = left_rest * Vector3(-1.0, 1.0, 1.0)
	_right_reach.begin(RLEpisodeSeed.mix(person_seed, 4), shoulder(1.0), right_rest, arm_length())
	sample(0.0)


## Takes the pose of [param time], s from 0 on.
func sample(time: float) -> void:
	var carried: Vector3 = sample_head(time) * (SHOULDER_SHARE / EYE_SHARE)
	left_hand = _hand(_left_reach.at(time), carried, time, 6)
	right_hand = _hand(_right_reach.at(time), carried, time, 13)


## Takes only the head's pose of [param time], the smaller part of the work. The hands stay as they
## were. Returns how far sway and shifts of weight have carried the head, m.
func sample_head(time: float) -> Vector3:
	var sway: Vector3 = _sway(time) + _shift.at(time)
	var gaze: Vector3 = _gaze.at(time)
	var look: Basis = Basis.from_euler(Vector3(straight.x + gaze.x, straight.y + gaze.y, gaze.z))
	var neck: Vector3 = Vector3(0.0, eye_height, 0.0) - NECK_TO_EYES
	head = Transform3D(look, neck + sway + look * NECK_TO_EYES)
	return sway


## Where a shoulder rests; [param side] is -1 for the left one, 1 for the right one.
func shoulder(side: float) -> Vector3:
	var height: float = eye_height / EYE_SHARE
	return Vector3(side * HALF_WIDTH_SHARE * height, SHOULDER_SHARE * height, 0.0)


## From the shoulder to the middle of the hand, m: upper arm 0.186, forearm 0.146 and half a hand
## 0.054 of the height (Winter, as above).
func arm_length() -> float:
	return 0.386 * eye_height / EYE_SHARE


func _sway(time: float) -> Vector3:
	var at: Vector3 = SWAY_HERTZ * (TAU * _pace * time)
	var forward: Vector3 = Vector3(
		sin(at.x + _phases[0]), sin(at.y + _phases[1]), sin(at.z + _phases[2])
	)
	var sideways: Vector3 = Vector3(
		sin(at.x + _phases[3]), sin(at.y + _phases[4]), sin(at.z + _phases[5])
	)
	var lift: float = BREATH * sin(TAU * 0.25 * _pace * time)
	return Vector3(sideways.dot(SWAY_SIDEWAYS), lift, -forward.dot(SWAY_FORWARD))


# [param phase]: the first of seven phases that are this hand's own.
func _hand(reached: Transform3D, carried: Vector3, time: float, phase: int) -> Transform3D:
	var at: float = TAU * _pace * time
	var drift: Vector3 = Vector3(
		sin(0.13 * at + _phases[phase]),
		sin(0.29 * at + _phases[phase + 1]),
		sin(0.67 * at + _phases[phase + 2])
	)
	var shake: float = sin(TREMOR_HERTZ * at + _phases[phase + 3])
	var turn: Vector3 = Vector3(
		sin(0.31 * at + _phases[phase + 4]),
		sin(0.23 * at + _phases[phase + 5]),
		sin(0.17 * at + _phases[phase + 6])
	)
	return Transform3D(
		reached.basis * Basis.from_euler(turn * HAND_TURN),
		reached.origin + carried + drift * HAND_DRIFT + Vector3(0.0, shake * TREMOR, 0.0)
	)
