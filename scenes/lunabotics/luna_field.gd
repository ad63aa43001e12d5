class_name LunaField
extends Node2D
## The field: walls and rocks as static bodies, craters and orbs as places.
##
## The controller builds it when an episode begins; LunaJudge takes orbs out. It moves no rover.

## Thickness of the walls, px.
const WALL: float = 60.0
## Where a rock lies that is not there, px.
const AWAY: Vector2 = Vector2(-100000.0, -100000.0)

## Where everything was at the start.
var layout: LunaLayout
## Size of the world, m.
var size: Vector2 = Vector2(6.8, 5.0)
## Orbs that are left, m.
var orbs: PackedVector2Array = []

var _walls: StaticBody2D = StaticBody2D.new()
var _wall_shapes: Array[CollisionShape2D] = []
var _rocks: Array[StaticBody2D] = []
var _rock_shapes: Array[CircleShape2D] = []


func _ready() -> void:
	# The rover's own material decides: friction is the lesser of two, bounces add up.
	var material: PhysicsMaterial = PhysicsMaterial.new()
	material.friction = 1.0
	material.bounce = 0.0
	_walls.physics_material_override = material
	add_child(_walls)
	for i: int in 4:
		var shape: CollisionShape2D = CollisionShape2D.new()
		shape.shape = RectangleShape2D.new()
		_walls.add_child(shape)
		_wall_shapes.append(shape)
	for i: int in LunaFacts.MAX_ROCKS:
		var circle: CollisionShape2D = CollisionShape2D.new()
		var rock: StaticBody2D = StaticBody2D.new()
		_rock_shapes.append(CircleShape2D.new())
		circle.shape = _rock_shapes[i]
		rock.physics_material_override = material
		rock.position = AWAY
		rock.add_child(circle)
		add_child(rock)
		_rocks.append(rock)


## Builds what [param drawn] says, in a world of [param world] m.
func build(drawn: LunaLayout, world: Vector2) -> void:
	layout = drawn
	orbs = drawn.orbs.duplicate()
	if world != size or (_wall_shapes[0].shape as RectangleShape2D).size == Vector2(20.0, 20.0):
		size = world
		_build_walls()
	for i: int in LunaFacts.MAX_ROCKS:
		var slot: int = LunaFacts.NUM_CRATERS + i
		if slot < drawn.obstacles.size():
			_rocks[i].position = drawn.obstacles[slot] * LunaFacts.PIXELS
			_rock_shapes[i].radius = drawn.radii[slot] * LunaFacts.PIXELS
		else:
			_rocks[i].position = AWAY
		_rocks[i].force_update_transform()


## Whether [param body] is the walls; a rock otherwise.
func is_wall(body: Object) -> bool:
	return body == _walls


## Whether [param place], m, lies in a crater.
func in_crater(place: Vector2) -> bool:
	for i: int in LunaFacts.NUM_CRATERS:
		if place.distance_to(layout.obstacles[i]) < layout.radii[i]:
			return true
	return false


## Zone of [param place], m.
func zone_of(place: Vector2) -> int:
	if place.x >= LunaFacts.RIGHT_X * size.x:
		if place.y >= LunaFacts.SPLIT_Y * size.y:
			return LunaFacts.EXCAVATION
		return LunaFacts.BERM if berm().has_point(place) else LunaFacts.CONSTRUCTION
	if place.x >= LunaFacts.START_X * size.x:
		return LunaFacts.FIELD
	return LunaFacts.START if place.y < LunaFacts.START_Y * size.y else LunaFacts.FREE


## The berm, m.
func berm() -> Rect2:
	var from: Vector2 = Vector2(LunaFacts.BERM_X[0], LunaFacts.BERM_Y[0]) * size
	return Rect2(from, Vector2(LunaFacts.BERM_X[1], LunaFacts.BERM_Y[1]) * size - from)


## Index of the orb nearest to [param place], m; -1: none is left.
func nearest_orb(place: Vector2) -> int:
	var found: int = -1
	var least: float = INF
	for i: int in orbs.size():
		var distance: float = place.distance_squared_to(orbs[i])
		if distance < least:
			least = distance
			found = i
	return found


func _build_walls() -> void:
	var pixels: Vector2 = size * LunaFacts.PIXELS
	var middles: Array[Vector2] = [
		Vector2(-WALL / 2.0, pixels.y / 2.0),
		Vector2(pixels.x + WALL / 2.0, pixels.y / 2.0),
		Vector2(pixels.x / 2.0, -WALL / 2.0),
		Vector2(pixels.x / 2.0, pixels.y + WALL / 2.0),
	]
	for i: int in 4:
		var shape: RectangleShape2D = _wall_shapes[i].shape
		shape.size = Vector2(WALL, pixels.y + 2.0 * WALL)
		if i >= 2:
			shape.size = Vector2(pixels.x + 2.0 * WALL, WALL)
		_wall_shapes[i].position = middles[i]
	_walls.force_update_transform()
