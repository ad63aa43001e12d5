@tool
@icon("res://addons/godot_rl/icons/grid_sensor_3d.svg")
class_name GridSensor3D
extends ISensor3D
## Counts the bodies and areas in each cell of a grid around the sensor, layer by layer.
##
## Called by a controller in get_obs(). The space is asked when the sensor is read, block by block
## from the whole grid down to the cells that hold something, so that counts are right in the same
## tick after bodies moved (with RLPlacement.settle()), appeared or were freed, and an empty grid
## costs one query. Static bodies count too. The sensor's scale is ignored: cells are metres of the
## world.
##
## Cell (i, j) is centred (i - grid_size_x / 2, 0, j - grid_size_z / 2) * cell_width from the
## sensor, with whole-number halves. Order of the values: i outermost, then j, then the layers of
## [member detection_mask] from the lowest up.

const RLSensorLines3D := preload("res://addons/godot_rl/sensors/sensors_3d/sensor_lines_3d.gd")

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
@export_flags_3d_physics var detection_mask: int = 0:
	set(value):
		detection_mask = value
		_changed()
## Whether to count areas.
@export var collide_with_areas: bool = false:
	set(value):
		collide_with_areas = value
		_changed()
## Whether to count bodies.
@export var collide_with_bodies: bool = false:
	set(value):
		collide_with_bodies = value
		_changed()
## Side of a cell along x and z in metres, above 0.
@export_range(0.1, 2.0, 0.1, "or_greater", "suffix:m") var cell_width: float = 1.0:
	set(value):
		cell_width = value
		_changed()
## Height of a cell in metres, above 0.
@export_range(0.1, 2.0, 0.1, "or_greater", "suffix:m") var cell_height: float = 1.0:
	set(value):
		cell_height = value
		_changed()
## Number of cells along x, at least 1; odd numbers are centred on the sensor.
@export_range(1, 21, 2, "or_greater") var grid_size_x: int = 3:
	set(value):
		grid_size_x = value
		_changed()
## Number of cells along z, at least 1; odd numbers are centred on the sensor.
@export_range(1, 21, 2, "or_greater") var grid_size_z: int = 3:
	set(value):
		grid_size_z = value
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
var _centres: PackedVector3Array = []
var _shapes: Array[BoxShape3D] = []
var _next: PackedInt32Array = []
var _query: PhysicsShapeQueryParameters3D = PhysicsShapeQueryParameters3D.new()
var _lines: RLSensorLines3D


func _enter_tree() -> void:
	_changed()


func _ready() -> void:
	super()
	RLSensorTools.free_stored_nodes(self, &"Area3D", "GridCell")
	_changed()


func configuration_problems() -> Array[String]:
	var problems: Array[String] = RLSensorTools.query_problems(
		detection_mask, collide_with_bodies, collide_with_areas, "detection_mask"
	)
	if grid_size_x < 1 or grid_size_z < 1:
		problems.append("grid_size_x and grid_size_z must be at least 1")
	if cell_width <= 0.0 or cell_height <= 0.0:
		problems.append("cell_width and cell_height must be above 0 m")
	return problems


func get_observation() -> Array:
	return Array(get_packed_observation())


func write_observation(buffer: PackedFloat32Array, offset: int) -> int:
	var size: int = observation_size()
	for i: int in size:
		buffer[offset + i] = 0.0
	if size > 0:
		_count(get_world_3d().direct_space_state, buffer, offset)
	return size


## See [method ISensor3D.sketch]: the floor of each cell, and the cells that hold something as boxes
## with their counts, layer by layer.
func sketch(onto: RLSensorSketch) -> void:
	var counts: PackedFloat32Array = get_packed_observation()
	var frame: Transform3D = global_transform.orthonormalized()
	var half: Vector3 = Vector3(cell_width, cell_height, cell_width) / 2.0
	for i: int in maxi(grid_size_x, 0):
		for j: int in maxi(grid_size_z, 0):
			var at: int = (i * grid_size_z + j) * _bits.size()
			var here: PackedFloat32Array = counts.slice(at, at + _bits.size())
			var centre: Vector3 = _block_centre(Rect2i(i, j, 1, 1))
			var edges: PackedVector3Array = _box_edges(centre, half)
			var is_empty: bool = here.count(0.0) == here.size()
			var color: Color = RLSensorSketch.NOTHING if is_empty else RLSensorSketch.MIDDLE
			for k: int in range(0, edges.size(), 2):
				if not is_empty or (edges[k].y < centre.y and edges[k + 1].y < centre.y):
					onto.line(frame * edges[k], frame * edges[k + 1], color)
			if not is_empty:
				onto.text(RLSensorTools.counts_text(here), frame * centre)


func observation_size() -> int:
	return maxi(grid_size_x, 0) * maxi(grid_size_z, 0) * _bits.size()


func observation_names() -> PackedStringArray:
	var names: PackedStringArray = []
	var prefix: String = RLSensorTools.prefix(self)
	for i: int in grid_size_x:
		for j: int in grid_size_z:
			for bit: int in _bits:
				names.append("%scell_%d_%d_layer_%d" % [prefix, i, j, bit + 1])
	return names


func is_drawn_with_shapes() -> bool:
	return debug_view


func shape() -> PackedInt32Array:
	return PackedInt32Array([maxi(grid_size_x, 0), maxi(grid_size_z, 0), _bits.size()])


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
			left_out.append((carrier as CollisionObject3D).get_rid())
	_query.exclude = left_out
	_cells.clear()
	_centres.clear()
	_shapes.clear()
	_next.clear()
	if grid_size_x > 0 and grid_size_z > 0:
		_lay_out(Rect2i(0, 0, grid_size_x, grid_size_z), {})
	if Engine.is_editor_hint():
		_draw_cells()


func _count(space: PhysicsDirectSpaceState3D, buffer: PackedFloat32Array, offset: int) -> void:
	var frame: Transform3D = global_transform.orthonormalized()
	var layers: int = _bits.size()
	var k: int = 0
	while k < _cells.size():
		_query.shape = _shapes[k]
		_query.transform = frame * Transform3D(Basis.IDENTITY, _centres[k])
		if _cells[k] >= 0:
			_count_cell(space, buffer, offset + _cells[k] * layers)
			k += 1
		elif space.intersect_shape(_query, 1).is_empty():
			k = _next[k]
		else:
			k += 1


func _count_cell(space: PhysicsDirectSpaceState3D, buffer: PackedFloat32Array, at: int) -> void:
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
		if hit["collider"] is Area3D:
			layers = PhysicsServer3D.area_get_collision_layer(rid)
		else:
			layers = PhysicsServer3D.body_get_collision_layer(rid)
		for k: int in _bits.size():
			if layers & (1 << _bits[k]):
				buffer[at + k] += 1.0


## Lays the blocks out in the order in which they are asked: a block, then its parts.
func _lay_out(block: Rect2i, made: Dictionary[Vector2i, BoxShape3D]) -> void:
	var place: int = _cells.size()
	var is_cell: bool = block.size == Vector2i.ONE
	_cells.append(block.position.x * grid_size_z + block.position.y if is_cell else -1)
	_centres.append(_block_centre(block))
	if not made.has(block.size):
		made[block.size] = _block_shape(block.size)
	_shapes.append(made[block.size])
	_next.append(0)
	if not is_cell:
		for part: Rect2i in RLSensorTools.quarters(block):
			_lay_out(part, made)
	_next[place] = _cells.size()


func _block_shape(cells: Vector2i) -> BoxShape3D:
	var made: BoxShape3D = BoxShape3D.new()
	var margin: float = 1.0 if cells == Vector2i.ONE else _BLOCK_MARGIN
	var width: float = maxf(cell_width, RLSensorTools.SMALLEST_LENGTH)
	var height: float = maxf(cell_height, RLSensorTools.SMALLEST_LENGTH)
	made.size = Vector3(width * cells.x, height, width * cells.y) * margin
	return made


func _block_centre(block: Rect2i) -> Vector3:
	var middle: Vector2 = Vector2(block.position) + (Vector2(block.size) - Vector2.ONE) / 2.0
	middle -= Vector2(grid_size_x >> 1, grid_size_z >> 1)
	return Vector3(middle.x, 0.0, middle.y) * cell_width


func _draw_cells() -> void:
	if _lines == null:
		_lines = RLSensorLines3D.make(self, Color.AQUA)
	var points: PackedVector3Array = []
	if debug_view:
		var half: Vector3 = Vector3(cell_width, cell_height, cell_width) / 2.0
		for i: int in grid_size_x:
			for j: int in grid_size_z:
				points.append_array(_box_edges(_block_centre(Rect2i(i, j, 1, 1)), half))
	_lines.show_segments(points)


func _box_edges(centre: Vector3, half: Vector3) -> PackedVector3Array:
	var edges: PackedVector3Array = []
	for corner: int in 8:
		for axis: int in 3:
			if corner & (1 << axis):
				continue
			for end: int in [corner, corner | (1 << axis)]:
				var signs: Vector3 = (
					Vector3(end & 1, end >> 1 & 1, end >> 2 & 1) * 2.0 - Vector3.ONE
				)
				edges.append(centre + half * signs)
	return edges
