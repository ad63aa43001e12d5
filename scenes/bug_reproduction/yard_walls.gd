class_name YardWalls
extends Node3D
## The yard's four thin walls and the crate that leans against one of them.
##
## The walls stand; the crate's place is drawn for each episode. Others ask it where things are.

## Half the length of the yard's sides, m.
const HALF: float = 9.0
## How thick and how high the walls are, m.
const THICKNESS: float = 0.06
const HEIGHT: float = 1.3
## Length of the crate's edges, m.
const CRATE: float = 1.0
## Physics layer of the walls, of the crate, and of everything that blocks the way.
const WALL_LAYER: int = 1
const CRATE_LAYER: int = 8
const SOLID: int = WALL_LAYER | CRATE_LAYER

## The crate.
var crate: StaticBody3D
## The inner corner between crate and wall, m from the yard's centre.
var corner: Vector3 = Vector3.ZERO


func _ready() -> void:
	for side: int in 4:
		var along: bool = side < 2
		var reach: float = HALF * (1.0 if side % 2 == 0 else -1.0)
		var size: Vector3 = Vector3(2.0 * HALF, HEIGHT, THICKNESS)
		var centre: Vector3 = Vector3(0.0, HEIGHT / 2.0, reach)
		if not along:
			size = Vector3(THICKNESS, HEIGHT, 2.0 * HALF)
			centre = Vector3(reach, HEIGHT / 2.0, 0.0)
		_add_box("Wall%d" % side, centre, size, WALL_LAYER)
	crate = _add_box("Crate", Vector3.UP, Vector3.ONE * CRATE, CRATE_LAYER)


## Puts the crate to a place along one of the walls.
func arrange(random: RandomNumberGenerator) -> void:
	var turn: Basis = Basis(Vector3.UP, random.randi_range(0, 3) * PI / 2.0)
	var along: float = random.randf_range(-HALF + 2.0, HALF - 2.0)
	var depth: float = HALF - THICKNESS / 2.0
	crate.transform = Transform3D(turn, turn * Vector3(along, CRATE / 2.0, depth - CRATE / 2.0))
	var side: float = 1.0 if along < 0.0 else -1.0
	corner = turn * Vector3(along + side * CRATE / 2.0, 0.0, depth)


## A place in the yard at which a body can stand.
func draw_free_place(random: RandomNumberGenerator) -> Vector3:
	var free: float = HALF - 2.5
	return Vector3(random.randf_range(-free, free), 0.0, random.randf_range(-free, free))


## Whether a place, m from the yard's centre, is within the walls.
static func is_inside(place: Vector3) -> bool:
	return absf(place.x) < HALF and absf(place.z) < HALF


func _add_box(label: String, centre: Vector3, size: Vector3, layer: int) -> StaticBody3D:
	var shape: BoxShape3D = BoxShape3D.new()
	shape.size = size
	var collision: CollisionShape3D = CollisionShape3D.new()
	collision.shape = shape
	var body: StaticBody3D = StaticBody3D.new()
	body.name = label
	body.collision_layer = layer
	body.collision_mask = 0
	body.add_child(collision)
	body.position = centre
	add_child(body)
	return body
