class_name LandingWalk
extends Node
## The walk after a soft touchdown: the pilot gets out and goes to a beacon near the pad.
##
## Off unless the environment parameter `walking` is 1; then the controller begins it in place of
## the episode's end. It moves the pilot, pays nothing itself and knows no weight.

## The pilot came nearer to the beacon by [param metres], farther where negative.
signal earned(metres: float)
## The pilot stands at the beacon.
signal ended

## Distance of the beacon from the pad, m.
const NEAREST: float = 14.0
const FARTHEST: float = 28.0
## Distance from the beacon that counts as there, m.
const ARRIVED: float = 1.5
## Time that the walk may take, s.
const TIME_LIMIT: float = 60.0
## Where the pilot steps out, m before the craft.
const STEP_OUT: float = 3.4
## Share of a full thrust that is a jump.
const JUMP_FROM: float = 0.9

@export var lander: Lander
@export var pilot: LanderPilot
@export var rig: Node
@export var terrain: LandingTerrain
@export var beacon: Node3D

## The pilot is out.
var is_on: bool = false
## The pilot has reached the beacon.
var has_arrived: bool = false

var _gravity: float = 0.0
var _last: float = 0.0


func _ready() -> void:
	pilot.sampled.connect(_on_sampled)


## Begins a flight: the pilot is on board, the beacon gets a new place from [param rng].
func restart(rng: RandomNumberGenerator, gravity: float) -> void:
	_gravity = gravity
	is_on = false
	has_arrived = false
	if pilot.is_out:
		pilot.stay_in()
	var bearing: float = rng.randf_range(-PI, PI)
	var away: float = rng.randf_range(NEAREST, FARTHEST)
	var place: Vector3 = Vector3(cos(bearing) * away, 0.0, sin(bearing) * away)
	beacon.position = place + Vector3.UP * terrain.height_at(place)


## Lets the pilot get out, and returns how many ticks the walk may take.
func begin() -> int:
	is_on = true
	lander.steer(Vector3.ZERO, Vector3.ZERO)
	var level: Basis = lander.level_basis()
	var place: Vector3 = lander.feet() - level.z * STEP_OUT
	var local: Vector3 = terrain.to_local(place)
	local.y = terrain.height_at(local)
	pilot.get_out(terrain.to_global(local), level, _gravity)
	if rig.has_method("begin"):
		rig.call("begin", 0)
	_last = distance()
	return roundi(TIME_LIMIT * Engine.physics_ticks_per_second)


## Walks: thrust sideways walks, a full main engine jumps, roll turns.
func act(push: Vector3, turn: Vector3) -> void:
	pilot.walk(Vector2(push.x, push.z), turn.z, push.y > JUMP_FROM)


## From the pilot's feet to the beacon, m.
func distance() -> float:
	return pilot.feet().distance_to(beacon.global_position)


func _on_sampled(_seconds: float) -> void:
	if not is_on or has_arrived:
		return
	var now: float = distance()
	earned.emit(_last - now)
	_last = now
	if now < ARRIVED:
		has_arrived = true
		pilot.walk(Vector2.ZERO, 0.0, false)
		ended.emit()
