extends RefCounted
## The bodies of one course: boxes and pillars that are kept, moved and sized, never made anew.
##
## Kinds of courses place them between begin() and finish(); what the last course had more is parked
## far below the floor. The view reads which stand, and how they look.

## What a piece is, for collision and for the eye.
enum Look { WALL, CRATE, PILLAR, DECK, RAMP, STAIRS, MOVER }

## Physics layers: what carries a player, what blocks one.
const GROUND_LAYER: int = 1
const OBSTACLE_LAYER: int = 2
## Where unused pieces are.
const PARKED: Vector3 = Vector3(0.0, -100.0, 0.0)

## Puts places of the plan into the course.
var frame: Transform3D = Transform3D.IDENTITY
## The box bodies; the first [member box_count] stand.
var boxes: Array[StaticBody3D] = []
var box_shapes: Array[BoxShape3D] = []
var box_looks: PackedInt32Array = []
var box_count: int = 0
## The upright cylinders; the first [member pillar_count] stand.
var pillars: Array[StaticBody3D] = []
var pillar_shapes: Array[CylinderShape3D] = []
var pillar_looks: PackedInt32Array = []
var pillar_count: int = 0

## Number of pillars that move: they are the first ones.
var mover_count: int = 0

# From, way to the far end and back, speed and place at the start of each mover: see move().
var _mover_from: PackedVector3Array = []
var _mover_way: PackedVector3Array = []
var _mover_pace: PackedFloat32Array = []
var _mover_phase: PackedFloat32Array = []
var _time: float = 0.0
var _parent: Node3D
var _boxes_before: int = 0
var _pillars_before: int = 0


func _init(parent: Node3D) -> void:
	_parent = parent


## Begins a course: no piece stands.
func begin() -> void:
	_boxes_before = box_count
	_pillars_before = pillar_count
	box_count = 0
	pillar_count = 0
	mover_count = 0
	_time = 0.0


## Places a box of [param size] with its centre at [param place].
func add_box(size: Vector3, place: Transform3D, look: Look) -> void:
	if box_count == boxes.size():
		box_shapes.append(BoxShape3D.new())
		boxes.append(_make_body(box_shapes[-1]))
		box_looks.append(look)
	box_shapes[box_count].size = size
	box_looks[box_count] = look
	_put(boxes[box_count], frame * place, look)
	box_count += 1


## Places an upright wall on the floor whose middle line goes from one place (x, z) to another.
func add_wall(from: Vector2, to: Vector2, thickness: float, height: float) -> void:
	var middle: Vector2 = (from + to) / 2.0
	add_box(
		Vector3(from.distance_to(to), height, thickness),
		Transform3D(
			Basis(Vector3.UP, -(to - from).angle()), Vector3(middle.x, height / 2.0, middle.y)
		),
		Look.WALL
	)


## Places an upright cylinder that stands on the floor at [param foot] (x, z).
func add_pillar(radius: float, height: float, foot: Vector2, look: Look) -> void:
	if pillar_count == pillars.size():
		pillar_shapes.append(CylinderShape3D.new())
		pillars.append(_make_body(pillar_shapes[-1]))
		pillar_looks.append(look)
	var shape: CylinderShape3D = pillar_shapes[pillar_count]
	shape.radius = radius
	shape.height = height
	pillar_looks[pillar_count] = look
	var centre: Vector3 = Vector3(foot.x, height / 2.0, foot.y)
	_put(pillars[pillar_count], Transform3D(Basis.IDENTITY, frame * centre), look)
	pillar_count += 1


## Places an upright cylinder that goes from one place (x, z) to another and back, for ever, at
## [param speed] m/s; [param phase] in [0, 2) is where it begins: 0 at one end, 1 at the other.
## Before all pillars that stand still.
func add_mover(
	radius: float, height: float, from: Vector2, to: Vector2, speed: float, phase: float
) -> void:
	var index: int = mover_count
	add_pillar(radius, height, from, Look.MOVER)
	mover_count += 1
	if _mover_from.size() < mover_count:
		_mover_from.resize(mover_count)
		_mover_way.resize(mover_count)
		_mover_pace.resize(mover_count)
		_mover_phase.resize(mover_count)
	_mover_from[index] = frame * Vector3(from.x, height / 2.0, from.y)
	_mover_way[index] = frame.basis * Vector3(to.x - from.x, 0.0, to.y - from.y)
	_mover_pace[index] = speed / from.distance_to(to)
	_mover_phase[index] = phase
	_move_one(index)


## Lets [param delta] s pass for the movers.
func move(delta: float) -> void:
	_time += delta
	for i: int in mover_count:
		_move_one(i)


## Ends a course: what stood before and no longer does is parked.
func finish() -> void:
	for i: int in range(box_count, _boxes_before):
		_park(boxes[i])
	for i: int in range(pillar_count, _pillars_before):
		_park(pillars[i])


func _move_one(index: int) -> void:
	var part: float = fposmod(_mover_phase[index] + _mover_pace[index] * _time, 2.0)
	if part > 1.0:
		part = 2.0 - part
	pillars[index].position = _mover_from[index] + _mover_way[index] * part
	pillars[index].force_update_transform()


func _make_body(shape: Shape3D) -> StaticBody3D:
	var collision: CollisionShape3D = CollisionShape3D.new()
	collision.shape = shape
	var body: StaticBody3D = StaticBody3D.new()
	body.collision_mask = 0
	body.add_child(collision)
	_parent.add_child(body)
	return body


func _put(body: StaticBody3D, place: Transform3D, look: Look) -> void:
	var is_ground: bool = look == Look.DECK or look == Look.RAMP or look == Look.STAIRS
	var layer: int = GROUND_LAYER if is_ground else OBSTACLE_LAYER
	if body.collision_layer != layer:
		body.collision_layer = layer
	body.transform = place
	body.force_update_transform()


func _park(body: StaticBody3D) -> void:
	body.position = PARKED
	body.force_update_transform()
