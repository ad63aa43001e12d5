class_name PartyObservation
extends Node
## What one player sees: 50 numbers in about [-1, 1]. README.md lists each with its unit.
##
## Reading it changes nothing; rays are cast only then.

## Others that are told, nearest first.
const OTHERS: int = 3
const RAYS: int = 16
## Elements before the rays, and in all.
const RAYS_AT: int = 12
const SELF_AT: int = RAYS_AT + RAYS
const MORE_AT: int = SELF_AT + 7
const MORE_SIZE: int = 5
const SIZE: int = MORE_AT + OTHERS * MORE_SIZE
## What 1 is: m, m/s, m.
const PLACE_SCALE: float = 10.0
const SPEED_SCALE: float = 5.0
const OFFSET_SCALE: float = 20.0

@export var player: PartyPlayer


## Names of the elements.
static func names() -> PackedStringArray:
	var all: PackedStringArray = ["x", "z", "speed"]
	for k: int in range(1, OTHERS + 1):
		all.append_array(["other_%d_x" % k, "other_%d_z" % k, "other_%d_distance" % k])
	for i: int in RAYS:
		# The fan goes from behind over the right, ahead and the left, half a step turned.
		all.append("ray_%s" % str(180.0 - 360.0 / RAYS * i).trim_suffix(".0"))
	all.append_array(["heading_x", "heading_z", "velocity_right", "velocity_ahead"])
	all.append_array(["role", "rest", "stretch"])
	for k: int in range(1, OTHERS + 1):
		for what: String in ["right", "ahead", "velocity_right", "velocity_ahead", "role"]:
			all.append("other_%d_%s" % [k, what])
	return all


## Writes SIZE float32 into [param values] from index [param at] on.
func write(values: PackedFloat32Array, at: int) -> void:
	var arena: MultiAgentVR = player.arena
	var place: Vector2 = player.place
	var forwards: Vector3 = -player.basis.z
	var heading: Vector2 = Vector2(forwards.x, forwards.z)
	var right: Vector2 = Vector2(-heading.y, heading.x)
	var own: Vector2 = player.own_velocity()
	values[at] = place.x / PLACE_SCALE
	values[at + 1] = place.y / PLACE_SCALE
	values[at + 2] = own.length() / SPEED_SCALE
	player.rays.write_observation(values, at + RAYS_AT)
	values[at + SELF_AT] = heading.x
	values[at + SELF_AT + 1] = heading.y
	values[at + SELF_AT + 2] = own.x / SPEED_SCALE
	values[at + SELF_AT + 3] = own.y / SPEED_SCALE
	values[at + SELF_AT + 4] = role_value(player.role)
	values[at + SELF_AT + 5] = player.rest_left / maxf(arena.settings.rest_seconds, 0.1)
	values[at + SELF_AT + 6] = player.rig.stretch
	var others: Array[PartyPlayer] = nearest_others()
	for k: int in OTHERS:
		var first: int = at + 3 + 3 * k
		var more: int = at + MORE_AT + MORE_SIZE * k
		if k >= others.size():
			_clear(values, first, 3)
			_clear(values, more, MORE_SIZE)
			continue
		var other: PartyPlayer = others[k]
		var offset: Vector2 = other.place - place
		var distance: float = maxf(offset.length(), 1e-6)
		values[first] = offset.x / OFFSET_SCALE
		values[first + 1] = offset.y / OFFSET_SCALE
		values[first + 2] = distance / OFFSET_SCALE
		values[more] = offset.dot(right) / distance
		values[more + 1] = offset.dot(heading) / distance
		var goes: Vector3 = arena.global_basis.inverse() * other.velocity
		var moves: Vector2 = Vector2(goes.x, goes.z)
		values[more + 2] = moves.dot(right) / SPEED_SCALE
		values[more + 3] = moves.dot(heading) / SPEED_SCALE
		values[more + 4] = role_value(other.role)


## The others, nearest first.
func nearest_others() -> Array[PartyPlayer]:
	var others: Array[PartyPlayer] = []
	var distances: PackedFloat32Array = []
	for other: PartyPlayer in player.arena.players:
		if other == player:
			continue
		var distance: float = player.place.distance_squared_to(other.place)
		var at: int = others.size()
		while at > 0 and distances[at - 1] > distance:
			at -= 1
		others.insert(at, other)
		distances.insert(at, distance)
	return others


## 1: is "it"; -1: frozen; 0: neither.
static func role_value(role: PartyPlayer.Role) -> float:
	match role:
		PartyPlayer.Role.IT:
			return 1.0
		PartyPlayer.Role.FROZEN:
			return -1.0
	return 0.0


func _clear(values: PackedFloat32Array, at: int, count: int) -> void:
	for i: int in count:
		values[at + i] = 0.0
