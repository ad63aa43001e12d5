class_name MemoryRunner
extends Node3D
## The player of the memory scenario: runs down a corridor past a lamp, waits at the junction for a
## choice, and steps through the door that was chosen. It knows no agent.

## Running speed, m/s: one metre a decision at 15 decisions a second.
const SPEED: float = 15.0
## Distance from the entrance within which the lamp can be seen, m.
const LAMP_RANGE: float = 0.5
## Length of the corridor, whole metres, drawn for each episode.
const SHORTEST: int = 4
const LONGEST: int = 10
## What rounding may take from the sum of the steps, m.
const SLACK: float = 0.001
## How far aside the doors are, m.
const DOOR: float = 1.5

## Shown while the lamp is lit.
@export var lamp: Node3D
## Stands at the junction.
@export var doors: Node3D

## Whether the lamp is lit in this episode: then the door to the right is the right one.
var is_lit: bool = false
## Length of this episode's corridor, m.
var length: float = SHORTEST
## Distance from the entrance, m.
var distance: float = 0.0
## The door taken: -1 left, 1 right, 0 none yet.
var door: int = 0

var _rng: RandomNumberGenerator = RandomNumberGenerator.new()


func _physics_process(delta: float) -> void:
	distance = minf(distance + SPEED * delta, length)
	_show()


## Puts the runner back to the entrance of a new corridor.
func begin(episode_seed: int) -> void:
	_rng.seed = episode_seed
	is_lit = _rng.randi_range(0, 1) == 1
	length = _rng.randi_range(SHORTEST, LONGEST)
	distance = 0.0
	door = 0
	lamp.visible = is_lit
	doors.position.z = -length
	_show()


## Whether the lamp shines and is near enough to be seen.
func sees_light() -> bool:
	return is_lit and distance < LAMP_RANGE


func is_at_junction() -> bool:
	return distance >= length - SLACK


## Takes a door, -1 left or 1 right; does nothing before the junction.
func take(side: int) -> void:
	if is_at_junction() and door == 0:
		door = side


## Whether the door that was taken is the right one.
func is_right() -> bool:
	return door == (1 if is_lit else -1)


func _show() -> void:
	position = Vector3(door * DOOR, 0.0, -distance)
