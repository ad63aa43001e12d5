class_name LunaObservation
extends Node
## What the agent sees: 28 numbers. README.md lists each with its unit.
##
## Reading it changes nothing.

const NAMES: PackedStringArray = [
	"x", "y", "velocity_x", "velocity_y", "angle", "angular_velocity", "zone", "holding"
]
## Elements that are read without noise: zone and holding.
const EXACT: PackedInt32Array = [6, 7]
## First of the random numbers that noise draws; a decision takes 64.
const NOISE_PLACE: int = 4096
const NOISE_PLACES: int = 64

@export var field: LunaField
@export var rover: LunaRover
@export var judge: LunaJudge
@export var obstacle_sensor: LunaFrustum
@export var orb_sensor: LunaFrustum

## Seed of the running episode, from which noise is drawn.
var episode_seed: int = 0


## Names of the elements, in order.
func names() -> PackedStringArray:
	return NAMES + obstacle_sensor.observation_names() + orb_sensor.observation_names()


## How many there are.
func size() -> int:
	return NAMES.size() + obstacle_sensor.observation_size() + orb_sensor.observation_size()


## Writes the observation into [param values] from index [param at] on.
func write(values: PackedFloat32Array, at: int) -> void:
	var settings: LunaSettings = rover.settings
	var place: Vector2 = rover.place() / settings.size * 2.0 - Vector2.ONE
	var velocity: Vector2 = rover.velocity() / settings.max_speed
	values[at] = clampf(place.x, -1.0, 1.0)
	values[at + 1] = clampf(place.y, -1.0, 1.0)
	values[at + 2] = clampf(velocity.x, -1.0, 1.0)
	values[at + 3] = clampf(velocity.y, -1.0, 1.0)
	values[at + 4] = clampf(wrapf(rover.rotation, -PI, PI) / PI, -1.0, 1.0)
	values[at + 5] = clampf(rover.angular_velocity / LunaFacts.MAX_TURN, -1.0, 1.0)
	values[at + 6] = judge.zone / 5.0
	values[at + 7] = float(judge.holding)
	obstacle_sensor.targets = field.layout.obstacles
	obstacle_sensor.radii = field.layout.radii
	orb_sensor.targets = field.orbs
	var next: int = at + NAMES.size()
	next += obstacle_sensor.write_observation(values, next)
	orb_sensor.write_observation(values, next)
	if settings.observation_noise > 0.0:
		_add_noise(values, at, settings.observation_noise)


# Puts errors on all but zone and holding; what is not seen stays unseen.
func _add_noise(values: PackedFloat32Array, at: int, most: float) -> void:
	var first: int = NOISE_PLACE + NOISE_PLACES * rover.decisions
	for i: int in size():
		var is_distance: bool = i >= NAMES.size() and i % 2 == 0
		var is_angle: bool = i >= NAMES.size() and i % 2 == 1
		if i in EXACT or (is_distance and values[at + i] >= 1.0):
			continue
		# An angle comes after its distance, which may be off by now.
		if is_angle and values[at + i] == 0.0 and values[at + i - 1] >= 1.0:
			continue
		var off: float = most * LunaRover.noise(episode_seed, first + i)
		values[at + i] = clampf(values[at + i] + off, 0.0 if is_distance else -1.0, 1.0)
