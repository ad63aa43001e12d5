class_name YardObservation
extends Node
## The 37 observations of the agent; README.md tells each one's meaning, range and unit.
##
## The controller reads it; reading changes nothing.

## Those before the rays, which have the sensor's names.
const BEFORE: PackedStringArray = [
	"place_x",
	"place_z",
	"height",
	"heading_x",
	"heading_z",
	"speed",
	"spin",
	"pad_right",
	"pad_back",
	"corner_right",
	"corner_back",
	"throw_rest",
	"bolts_ready",
	"chunk_jobs",
	"time_left",
	"held_time",
	"asked_ahead",
	"target_1",
	"target_2",
	"target_3",
	"target_4",
]
## Those after the rays.
const AFTER: PackedStringArray = [
	"ground_0",
	"ground_45",
	"ground_90",
	"ground_135",
	"ground_180",
	"ground_225",
	"ground_270",
	"ground_315",
]
## Distances of 1, m.
const PLACE: float = 14.0
const FAR: float = 18.0
## How far away the ground is looked at, m.
const GROUND_AHEAD: float = 3.0
## Bugs that can be asked for by number.
const TARGETS: int = 4

@export var player: YardPlayer
@export var ground: YardGround
@export var walls: YardWalls
@export var bolts: YardBolts
@export var rays: RayCastSensor3D


## Number of elements.
func size() -> int:
	return BEFORE.size() + rays.observation_size() + AFTER.size()


## Names of the elements.
func names() -> PackedStringArray:
	return BEFORE + rays.observation_names() + AFTER


## Writes the elements into [param buffer] from [param offset] on. [param pad] is the pad's place,
## [param left] the share of the time that is left, [param held] for how long the player has not
## moved, s, and [param target] the number of the bug that is looked for, 0: none.
func write(
	buffer: PackedFloat32Array, offset: int, pad: Vector3, left: float, held: float, target: int
) -> void:
	var place: Vector3 = player.place
	var facing: Vector3 = player.facing
	var to_pad: Vector3 = player.basis.inverse() * (pad - place) / FAR
	var to_corner: Vector3 = player.basis.inverse() * (walls.corner - place) / FAR
	buffer[offset] = clampf(place.x / PLACE, -1.0, 1.0)
	buffer[offset + 1] = clampf(place.z / PLACE, -1.0, 1.0)
	buffer[offset + 2] = clampf(place.y / 2.0, -1.0, 1.0)
	buffer[offset + 3] = clampf(facing.x, -1.0, 1.0)
	buffer[offset + 4] = clampf(facing.z, -1.0, 1.0)
	buffer[offset + 5] = player.speed / YardPlayer.SPRINT
	buffer[offset + 6] = player.spin / YardPlayer.TURN
	buffer[offset + 7] = clampf(to_pad.x, -1.0, 1.0)
	buffer[offset + 8] = clampf(to_pad.z, -1.0, 1.0)
	buffer[offset + 9] = clampf(to_corner.x, -1.0, 1.0)
	buffer[offset + 10] = clampf(to_corner.z, -1.0, 1.0)
	buffer[offset + 11] = float(bolts.rest) / YardBolts.REST_TICKS
	buffer[offset + 12] = float(bolts.ready_count) / YardBolts.POOL
	buffer[offset + 13] = float(ground.waiting) / YardGround.RING
	buffer[offset + 14] = clampf(left, 0.0, 1.0)
	buffer[offset + 15] = minf(held, 1.0)
	buffer[offset + 16] = clampf(player.asked.dot(facing), -1.0, 1.0)
	for i: int in TARGETS:
		buffer[offset + 17 + i] = 1.0 if target == i + 1 else 0.0
	var at: int = offset + BEFORE.size()
	at += rays.write_observation(buffer, at)
	for i: int in AFTER.size():
		var way: Vector3 = facing.rotated(Vector3.UP, -i * PI / 4.0)
		buffer[at + i] = 1.0 if ground.is_present(place + way * GROUND_AHEAD) else 0.0
