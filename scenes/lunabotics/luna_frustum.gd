@tool
class_name LunaFrustum
extends ISensor2D
## A frustum sensor: the nearest few of some places, as distances and angles.
##
## It sees 60 degrees to either side of its owner's heading, 3 m far, through everything. What it
## does not see reads distance 1, angle 0. LunaObservation sets [member targets] and reads it.

## Its rover; distances count from the middle, angles from the heading.
@export var rover: LunaRover
## What the values are called.
@export var what: String = "orb"

## Middles of what it can see, m.
var targets: PackedVector2Array = []
## Their radii, m; empty: points. A distance is to the surface.
var radii: PackedFloat32Array = []


## How many values one read gives.
func observation_size() -> int:
	return 2 * LunaFacts.NEAREST


## One name for each value, in order.
func observation_names() -> PackedStringArray:
	var names: PackedStringArray = []
	for i: int in LunaFacts.NEAREST:
		names.append("%s_%d_distance" % [what, i])
		names.append("%s_%d_angle" % [what, i])
	return names


## The values as an array.
func get_observation() -> Array:
	return Array(get_packed_observation())


## Writes the values: distance in [0, 1] of 3 m and angle in [-1, 1] of 60 degrees, nearest first.
func write_observation(buffer: PackedFloat32Array, offset: int) -> int:
	var seen: Array[Vector2] = _seen()
	seen.sort()
	for i: int in LunaFacts.NEAREST:
		var found: Vector2 = seen[i] if i < seen.size() else Vector2(LunaFacts.SENSOR_RANGE, 0.0)
		buffer[offset + 2 * i] = minf(found.x / LunaFacts.SENSOR_RANGE, 1.0)
		buffer[offset + 2 * i + 1] = clampf(
			found.y / deg_to_rad(LunaFacts.SENSOR_HALF_ANGLE_DEGREES), -1.0, 1.0
		)
	return observation_size()


# Distance and angle of all that it sees, m and rad.
func _seen() -> Array[Vector2]:
	var found: Array[Vector2] = []
	var place: Vector2 = rover.place()
	var slope: float = tan(deg_to_rad(LunaFacts.SENSOR_HALF_ANGLE_DEGREES))
	for i: int in targets.size():
		var offset: Vector2 = (targets[i] - place).rotated(-rover.rotation)
		var distance: float = offset.length()
		if not radii.is_empty():
			distance = maxf(distance - radii[i], 0.0)
		if absf(offset.y) <= slope * offset.x and distance <= LunaFacts.SENSOR_RANGE:
			found.append(Vector2(distance, offset.angle()))
	return found
