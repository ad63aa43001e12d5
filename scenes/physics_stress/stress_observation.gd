class_name StressObservation
extends Node
## What the agent of `physics_stress` sees: 25 numbers. README.md lists each with its unit.
##
## Reading an observation changes nothing but the marker at the body that the hand would grab.

const NAMES: PackedStringArray = [
	"physics_time",
	"physics_time_max",
	"render_time",
	"bodies",
	"kinetic_energy",
	"contacts",
	"moving",
	"crates",
	"magnets",
	"thrown",
	"memory",
	"particles",
	"time_left",
	"can_grab",
	"near_velocity_x",
	"near_velocity_y",
	"near_velocity_z",
]
## A ratio of times is cut off here.
const MOST_TIMES: float = 4.0
## Energy of motion for each body there may be that is 1, J.
const ENERGY_SCALE: float = 20.0
## Contacts for each body there may be that are 1.
const CONTACT_SCALE: float = 4.0
## Memory that is 1, MB.
const MEMORY_SCALE: float = 2048.0

@export var bodies: StressBodies
@export var frame: StressFrame
@export var hand: StressHand
## Sees the marker and the drain from the hand.
@export var sensor: PositionSensor3D
## Stands at the body that the hand would grab.
@export var marker: Node3D


## Number of elements.
func size() -> int:
	return NAMES.size() + sensor.observation_size()


## Name of each element.
func names() -> PackedStringArray:
	return NAMES + sensor.observation_names()


## Writes the elements into [param values] from index [param at] on; [param left] is the share of
## the episode that is left.
func write(values: PackedFloat32Array, at: int, left: float) -> void:
	var most: float = maxi(bodies.most, 1)
	var layers: Vector3 = Vector3(bodies.layer_counts()) / most
	var active: Vector2 = Vector2(bodies.activity()) / most
	var near: RigidBody3D = hand.target()
	var velocity: Vector3 = Vector3.ZERO
	marker.position = Vector3.ZERO
	if near != null:
		velocity = near.linear_velocity / StressHand.SPEED
		marker.position = near.position
	var seen: PackedFloat32Array = [
		minf(frame.recent_mean / frame.budget_ms, MOST_TIMES),
		minf(frame.recent_max / frame.budget_ms, MOST_TIMES),
		minf(frame.recent_render / frame.budget_ms, MOST_TIMES),
		bodies.all.size() / most,
		minf(bodies.kinetic_energy() / most / ENERGY_SCALE, 1.0),
		minf(active.y / CONTACT_SCALE, 1.0),
		active.x,
		layers.x,
		layers.y,
		layers.z,
		minf(frame.memory_mb() / MEMORY_SCALE, 1.0),
		float(frame.sparks),
		left,
		float(near != null),
		clampf(velocity.x, -1.0, 1.0),
		clampf(velocity.y, -1.0, 1.0),
		clampf(velocity.z, -1.0, 1.0),
	]
	for i: int in seen.size():
		values[at + i] = seen[i]
	sensor.write_observation(values, at + seen.size())
