@tool
@icon("res://addons/godot_rl/icons/grid_sensor_2d.svg")
class_name GridSensor2D
extends ISensor2D
## Counts the bodies and areas in each cell of a grid around the sensor, layer by layer.
##
## Called by a controller in get_obs(). The space is asked when the sensor is read, block by block
## from the whole grid down to the cells that hold something, so that counts are right in the same
## tick after bodies moved (with RLPlacement.settle_2d()), appeared or were freed, and an empty grid
## costs one query. Static bodies count too. The sensor's scale is ignored: cells are pixels of the
## world.
##
## Cell (i, j) is centred at x = (i - grid_size_x / 2) * cell_width, y = (j - grid_size_y / 2) *
## cell_height, with whole-number halves. Order of the values: i outermost, then j, then the layers
## of [member detection_mask] from the lowest up.

## At most this many colliders are counted in one cell.
const MAX_PER_CELL: int = 32

# A block of cells is asked slightly larger than its cells, so that rounding loses none of them.
const _BLOCK_MARGIN: float = 1.001

## Whether to draw the cells in the editor and when visible collision shapes are on.
@export var debug_view: bool = false:
	set(value):
		debug_view = value
		_changed()
## Physics layers to count; each has a value of its own in every cell. At least one.
@export_flags_2d_physics var detection_mask: int = 0:
	set(value):
		detection_mask = value
		_changed()
## Whether to count areas.
@export var collide_with_areas: bool = false:
	set(value):
		collide_with_areas = value
		_changed()
## Whether to count bodies.
@export var collide_with_bodies: bool = true:
	set(value):
		collide_with_bodies = value
		_changed()
## Size of a cell along x in pixels, above 0.
@export_range(1.0, 200.0, 0.1, "or_greater", "suffix:px") var cell_width: float = 20.0:
	set(value):
		cell_width = value
		_changed()
## Size of a cell along y in pixels, above 0.
@export_range(1.0, 200.0, 0.1, "or_greater", "suffix:px") var cell_height: float = 20.0:
	set(value):
		cell_height = value
		_changed()
## Number of cells along x, at least 1; odd numbers are centred on the sensor.
@export_range(1, 21, 2, "or_greater") var grid_size_x: int = 3:
	set(value):
		grid_size_x = value
		_changed()
## Number of cells along y, at least 1; odd numbers are centred on the sensor.
@export_range(1, 21, 2, "or_greater") var grid_size_y: int = 3:
	set(value):
		grid_size_y = value
		_changed()
## Whether to leave out the bodies and areas that carry the sensor. Off in the stock plugin.
@export var exclude_carriers: bool = false:
	set(value):
		exclude_carriers = value
		_changed()

var _bits: PackedInt32Array = []
# The blocks, one entry each: the index of its cell or -1, its centre, its shape, and the entry
# that follows all of its parts.
var _cells: PackedInt32Array = []
var _centres: PackedVector2Array = []
var _shapes: Array[RectangleShape2D] = []
var _next: PackedInt32Array = []
var _query: PhysicsShapeQueryParameters2D = PhysicsShapeQueryParameters2D.new()


func _enter_tree() -> void:
	_changed()


func _ready() -> void:
	super()
	RLSensorTools.free_stored_nodes(self, &"Area2D", "GridCell")
	_changed()


func _draw() -> void:
	if not debug_view or not Engine.is_editor_hint():
		return
	var cell: Vector2 = Vector2(cell_width, cell_height)
	for i: int in grid_size_x:
		for j: int in grid_size_y:
			draw_rect(
				Rect2(_block_centre(Rect2i(i, j, 1, 1)) - cell / 2.0, cell), Color.AQUA, false
			)


func configuration_problems() -> Array[String]:
	var problems: Array[String] = RLSensorTools.query_problems(
		detection_mask, collide_with_bodies, collide_with_areas, "detection_mask"
	)
	if grid_size_x < 1 or grid_size_y < 1:
		problems.append("grid_size_x and grid_size_y must be at least 1")
	if cell_width <= 0.0 or cell_height <= 0.0:
		problems.append("cell_width and cell_height must be above 0 px")
	return problems


func get_observation() -> Array:
	return Array(get_packed_observation())


func write_observation(buffer: PackedFloat32Array, offset: int) -> int:
	var size: int = observation_size()
	for i: int in size:
		buffer[offset + i] = 0.0
	if size > 0:
		_count(get_world_2d().direct_space_state, buffer, offset)
	return size


## See [method ISensor2D.sketch]: each cell, and the counts of those that hold something, layer by
## layer.
func sketch(onto: RLSensorSketch) -> void:
	var counts: PackedFloat32Array = get_packed_observation()
	var frame: Transform2D = global_transform.orthonormalized()
	var half: Vector2 = Vector2(cell_width, cell_height) / 2.0
	for i: int in maxi(grid_size_x, 0):
		for j: int in maxi(grid_size_y, 0):
			var at: int = (i * grid_size_y + j) * _bits.size()
			var here: PackedFloat32Array = counts.slice(at, at + _bits.size())
			var centre: Vector2 = _block_centre(Rect2i(i, j, 1, 1))
			var is_empty: bool = here.count(0.0) == here.size()
			var color: Color = RLSensorSketch.NOTHING if is_empty else RLSensorSketch.MIDDLE
			# Neighbours share an edge; one that holds something lies a little inside.
			var inset: Vector2 = half if is_empty else half * 0.94
			var from: Vector3 = RLSensorSketch.flat(frame * (centre - inset))
			for turn: Vector2 in [Vector2(1, -1), Vector2(1, 1), Vector2(-1, 1), Vector2(-1, -1)]:
				var to: Vector3 = RLSensorSketch.flat(frame * (centre + inset * turn))
				onto.line(from, to, color)
				from = to
			if not is_empty:
				onto.text(RLSensorTools.counts_text(here), RLSensorSketch.flat(frame * centre))


func observation_size() -> int:
	return maxi(grid_size_x, 0) * maxi(grid_size_y, 0) * _bits.size()


func observation_names() -> PackedStringArray:
	var names: PackedStringArray = []
	var prefix: String = RLSensorTools.prefix(self)
	for i: int in grid_size_x:
		for j: int in grid_size_y:
			for bit: int in _bits:
				names.append("%scell_%d_%d_layer_%d" % [prefix, i, j, bit + 1])
	return names


func is_drawn_with_shapes() -> bool:
	return debug_view


func shape() -> PackedInt32Array:
	return PackedInt32Array([maxi(grid_size_x, 0), maxi(grid_size_y, 0), _bits.size()])


func _changed() -> void:
	_bits = RLSensorTools.bits_of(detection_mask)
	if not is_node_ready():
		return
	update_configuration_warnings()
	_query.collision_mask = detection_mask
	_query.collide_with_areas = collide_with_areas
	_query.collide_with_bodies = collide_with_bodies
	var left_out: Array[RID] = []
	if exclude_carriers:
		for carrier: Node in RLSensorTools.carriers(self):
			left_out.append((carrier as CollisionObject2D).get_rid())
	_query.exclude = left_out
	_cells.clear()
	_centres.clear()
	_shapes.clear()
	_next.clear()
	if grid_size_x > 0 and grid_size_y > 0:
		_lay_out(Rect2i(0, 0, grid_size_x, grid_size_y), {})
	queue_redraw()


func _count(space: PhysicsDirectSpaceState2D, buffer: PackedFloat32Array, offset: int) -> void:
	var frame: Transform2D = global_transform.orthonormalized()
	var layers: int = _bits.size()
	var k: int = 0
	while k < _cells.size():
		_query.shape = _shapes[k]
		_query.transform = frame * Transform2D(0.0, _centres[k])
		if _cells[k] >= 0:
			_count_cell(space, buffer, offset + _cells[k] * layers)
			k += 1
		elif space.intersect_shape(_query, 1).is_empty():
			k = _next[k]
		else:
			k += 1


func _count_cell(space: PhysicsDirectSpaceState2D, buffer: PackedFloat32Array, at: int) -> void:
	var seen: Dictionary[RID, bool] = {}
	for hit: Dictionary in space.intersect_shape(_query, MAX_PER_CELL):
		var rid: RID = hit["rid"]
		if seen.has(rid):
			continue  # another shape of a collider that is counted already
		seen[rid] = true
		if _bits.size() == 1:
			buffer[at] += 1.0
			continue
		var layers: int
		if hit["collider"] is Area2D:
			layers = PhysicsServer2D.area_get_collision_layer(rid)
		else:
			layers = PhysicsServer2D.body_get_collision_layer(rid)
		for k: int in _bits.size():
			if layers & (1 << _bits[k]):
				buffer[at + k] += 1.0


## Lays the blocks out in the order in which they are asked: a block, then its parts.
func _lay_out(block: Rect2i, made: Dictionary[Vector2i, RectangleShape2D]) -> void:
	var place: int = _cells.size()
	var is_cell: bool = block.size == Vector2i.ONE
	_cells.append(block.position.x * grid_size_y + block.position.y if is_cell else -1)
	_centres.append(_block_centre(block))
	if not made.has(block.size):
		made[block.size] = _block_shape(block.size)
	_shapes.append(made[block.size])
	_next.append(0)
	if not is_cell:
		for part: Rect2i in RLSensorTools.quarters(block):
			_lay_out(part, made)
	_next[place] = _cells.size()


func _block_shape(cells: Vector2i) -> RectangleShape2D:
	var made: RectangleShape2D = RectangleShape2D.new()
	var margin: float = 1.0 if cells == Vector2i.ONE else _BLOCK_MARGIN
	var width: float = maxf(cell_width, RLSensorTools.SMALLEST_LENGTH)
	var height: float = maxf(cell_height, RLSensorTools.SMALLEST_LENGTH)
	made.size = Vector2(width * cells.x, height * cells.y) * margin
	return made


func _block_centre(block: Rect2i) -> Vector2:
	var middle: Vector2 = Vector2(block.position) + (Vector2(block.size) - Vector2.ONE) / 2.0
	middle -= Vector2(grid_size_x >> 1, grid_size_y >> 1)
	return middle * Vector2(cell_width, cell_height)
