class_name PartyRoom
extends Node3D
## The room of the scenario `multi_agent_vr`: four walls, and pillars that are drawn for each round.
##
## MultiAgentVR calls [method build] when a round begins. Pillars are made once and moved. It knows
## no player.

## Half of the free floor's side, m.
const HALF: float = 8.0
const WALL_HEIGHT: float = 3.0
const WALL_THICKNESS: float = 0.5
const PILLAR_RADIUS: float = 0.5
const MOST_PILLARS: int = 8
## Physics layers: what blocks a player, and the players.
const WALL_LAYER: int = 2
const PLAYER_LAYER: int = 4
## Where pillars that do not stand are.
const PARKED: Vector3 = Vector3(0.0, -100.0, 0.0)

## Centres of this round's pillars (x, z), m.
var pillars: PackedVector2Array = []

var _bodies: Array[StaticBody3D] = []


func _init() -> void:
	var outer: float = HALF + WALL_THICKNESS / 2.0
	var length: float = 2.0 * (HALF + WALL_THICKNESS)
	for side: float in [-1.0, 1.0]:
		for along: Vector3 in [Vector3.RIGHT, Vector3.BACK]:
			var box: BoxShape3D = BoxShape3D.new()
			box.size = Vector3(WALL_THICKNESS, WALL_HEIGHT, WALL_THICKNESS)
			box.size += Vector3(along.z, 0.0, along.x) * (length - WALL_THICKNESS)
			_add(box, along * side * outer + Vector3.UP * WALL_HEIGHT / 2.0)
	for i: int in MOST_PILLARS:
		var cylinder: CylinderShape3D = CylinderShape3D.new()
		cylinder.radius = PILLAR_RADIUS
		cylinder.height = WALL_HEIGHT
		_bodies.append(_add(cylinder, PARKED))


## Draws [param count] pillars, with room to walk between them.
func build(rng: RandomNumberGenerator, count: int) -> void:
	pillars = []
	for attempt: int in 1000:
		if pillars.size() == count:
			break
		var place: Vector2 = _anywhere(rng, HALF - 2.0)
		if gap_to_pillars(place) > 1.6 + PILLAR_RADIUS:
			pillars.append(place)
	for i: int in MOST_PILLARS:
		var body: StaticBody3D = _bodies[i]
		body.position = PARKED
		if i < pillars.size():
			body.position = Vector3(pillars[i].x, WALL_HEIGHT / 2.0, pillars[i].y)
		body.force_update_transform()


## A place (x, z) at which a player can stand, m.
func draw_place(rng: RandomNumberGenerator) -> Vector2:
	var place: Vector2 = _anywhere(rng, HALF - 1.0)
	while gap_to_pillars(place) < PartyPlayer.RADIUS + 0.3:
		place = _anywhere(rng, HALF - 1.0)
	return place


## Distance from [param place] to the nearest pillar's surface, m; INF without one.
func gap_to_pillars(place: Vector2) -> float:
	var least: float = INF
	for pillar: Vector2 in pillars:
		least = minf(least, place.distance_to(pillar) - PILLAR_RADIUS)
	return least


func _anywhere(rng: RandomNumberGenerator, limit: float) -> Vector2:
	return Vector2(rng.randf_range(-limit, limit), rng.randf_range(-limit, limit))


func _add(shape: Shape3D, place: Vector3) -> StaticBody3D:
	var collision: CollisionShape3D = CollisionShape3D.new()
	collision.shape = shape
	var body: StaticBody3D = StaticBody3D.new()
	body.collision_layer = WALL_LAYER
	body.collision_mask = 0
	body.position = place
	body.add_child(collision)
	add_child(body)
	return body
