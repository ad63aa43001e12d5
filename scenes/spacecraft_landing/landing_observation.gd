class_name LandingObservation
extends Node
## What the agent sees: 14 numbers. README.md lists each with its unit.
##
## "Right", "up" and "back" are the craft's axes without its pitch and roll. Reading an observation
## changes nothing.

const NAMES: PackedStringArray = [
	"altitude",
	"velocity_right",
	"velocity_up",
	"velocity_back",
	"spin_pitch",
	"spin_yaw",
	"spin_roll",
	"pitch",
	"roll",
	"pad_right",
	"pad_up",
	"pad_back",
	"pad_distance",
	"ground_ray",
]
## Altitude and distance that are 1, m.
const LENGTH_SCALE: float = 1000.0
## Speed that is 1, m/s.
const SPEED_SCALE: float = 50.0
## Values beyond it are cut off.
const BOUND: float = 2.0

@export var lander: Lander
## The pad's centre.
@export var pad: Node3D
@export var ground_ray: RayCastSensor3D


## Writes the observation into [param values] from index [param at] on: NAMES.size() float32, each
## in [-BOUND, BOUND].
func write(values: PackedFloat32Array, at: int) -> void:
	var frame: Transform3D = lander.global_transform
	var turn: Vector3 = frame.basis.get_euler()
	var to_level: Basis = Basis(Vector3.UP, -turn.y)
	var offset: Vector3 = pad.global_position - lander.feet()
	var distance: float = offset.length()
	values[at] = -offset.y / LENGTH_SCALE
	_write(values, at + 1, to_level * lander.linear_velocity / SPEED_SCALE)
	_write(values, at + 4, frame.basis.inverse() * lander.angular_velocity)
	values[at + 7] = turn.x / PI
	values[at + 8] = turn.z / PI
	_write(values, at + 9, to_level * offset / maxf(distance, 1e-3))
	values[at + 12] = distance / LENGTH_SCALE
	ground_ray.write_observation(values, at + 13)
	for i: int in range(at, at + NAMES.size()):
		values[i] = clampf(values[i], -BOUND, BOUND)


## Writes the same numbers of the pilot who walks: the beacon stands for the pad, and the ground ray
## is what the pilot's feet are above the ground.
func write_walk(values: PackedFloat32Array, at: int, walk: LandingWalk) -> void:
	var pilot: LanderPilot = walk.pilot
	var to_level: Basis = pilot.global_basis.inverse()
	var feet: Vector3 = pilot.feet()
	var offset: Vector3 = walk.beacon.global_position - feet
	var distance: float = offset.length()
	var place: Vector3 = walk.terrain.to_local(feet)
	for i: int in range(at, at + NAMES.size()):
		values[i] = 0.0
	values[at] = -offset.y / LENGTH_SCALE
	_write(values, at + 1, to_level * pilot.velocity / SPEED_SCALE)
	_write(values, at + 9, to_level * offset / maxf(distance, 1e-3))
	values[at + 12] = distance / LENGTH_SCALE
	values[at + 13] = clampf((place.y - walk.terrain.height_at(place)) / 100.0, 0.0, 1.0)


func _write(values: PackedFloat32Array, at: int, vector: Vector3) -> void:
	values[at] = vector.x
	values[at + 1] = vector.y
	values[at + 2] = vector.z
