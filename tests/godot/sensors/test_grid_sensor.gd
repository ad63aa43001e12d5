extends GodotTestCase
## GridSensor3D and GridSensor2D: exact counts, moved and freed bodies, several worlds.

const SensorScene: GDScript = preload("res://tests/godot/sensors/sensor_scene.gd")


func _grid_3d(parent: Node, mask: int = 1, x: int = 3, z: int = 3) -> GridSensor3D:
	var sensor: GridSensor3D = GridSensor3D.new()
	sensor.name = "Grid"
	sensor.detection_mask = mask
	sensor.collide_with_bodies = true
	sensor.grid_size_x = x
	sensor.grid_size_z = z
	parent.add_child(sensor)
	return sensor


func _small_3d(parent: Node, at: Vector3, layers: int = 1) -> StaticBody3D:
	return SensorScene.box_3d(parent, at, Vector3.ONE * 0.2, layers)


## The values that are not 0, by their names.
func _seen(sensor: Node) -> Dictionary[String, float]:
	var found: Dictionary[String, float] = {}
	var values: Array = sensor.call(&"get_observation")
	var names: PackedStringArray = sensor.call(&"observation_names")
	for i: int in values.size():
		if values[i] != 0.0:
			found[names[i]] = values[i]
	return found


func _check_seen(sensor: Node, expected: Dictionary[String, float], what: String) -> void:
	check_equal(_seen(sensor), expected, what)


func test_counts_by_cell_and_layer() -> void:
	var sensor: GridSensor3D = _grid_3d(self, 0b1010, 5, 3)
	_small_3d(self, Vector3(2, 0, -1), 0b0010)
	_small_3d(self, Vector3(2.3, 0.2, -1), 0b1010)
	_small_3d(self, Vector3(-2, 0, 1), 0b0001)
	_small_3d(self, Vector3(-2, 0.7, 1), 0b0010)
	_small_3d(self, Vector3(0, 0, 0), 0b1000)
	await wait_physics(2)
	_check_seen(
		sensor,
		{
			"grid/cell_2_1_layer_4": 1.0,
			"grid/cell_4_0_layer_2": 2.0,
			"grid/cell_4_0_layer_4": 1.0,
		},
		"counts"
	)
	check_equal(sensor.shape(), PackedInt32Array([5, 3, 2]), "shape")
	check_equal(sensor.get_observation()[(4 * 3 + 0) * 2 + 0], 2.0, "index of a cell")
	SensorScene.check_contract(self, sensor)


func test_bodies_moved_freed_and_added_in_the_same_tick() -> void:
	var sensor: GridSensor3D = _grid_3d(self)
	var body: StaticBody3D = _small_3d(self, Vector3(1, 0, 0))
	await wait_physics(2)
	_check_seen(sensor, {"grid/cell_2_1_layer_1": 1.0}, "at first")
	body.position = Vector3(-1, 0, 1)
	body.force_update_transform()
	_check_seen(sensor, {"grid/cell_0_2_layer_1": 1.0}, "moved")
	sensor.position.x = -1.0
	_check_seen(sensor, {"grid/cell_1_2_layer_1": 1.0}, "sensor moved")
	sensor.rotation.y = PI
	_check_seen(sensor, {"grid/cell_1_0_layer_1": 1.0}, "sensor turned")
	body.free()
	_check_seen(sensor, {}, "freed")
	_small_3d(self, Vector3(-1, 0, 0)).force_update_transform()
	_check_seen(sensor, {"grid/cell_1_1_layer_1": 1.0}, "added")


func test_a_body_of_several_shapes_counts_once_a_cell() -> void:
	var sensor: GridSensor3D = _grid_3d(self)
	var body: StaticBody3D = _small_3d(self, Vector3.ZERO)
	for x: float in [0.2, 1.0]:
		var shape: CollisionShape3D = CollisionShape3D.new()
		shape.shape = SphereShape3D.new()
		(shape.shape as SphereShape3D).radius = 0.1
		shape.position.x = x
		body.add_child(shape)
	await wait_physics(2)
	var both: Dictionary[String, float] = {
		"grid/cell_1_1_layer_1": 1.0, "grid/cell_2_1_layer_1": 1.0
	}
	_check_seen(sensor, both, "counts")


func test_a_large_body_fills_every_cell() -> void:
	var sensor: GridSensor3D = _grid_3d(self, 1, 7, 4)
	SensorScene.box_3d(self, Vector3.ZERO, Vector3(20, 1, 20))
	await wait_physics(2)
	check_equal(_seen(sensor).size(), 28, "cells seen")
	check(sensor.get_observation().all(func(v: float) -> bool: return v == 1.0), "each once")


func test_blocks_find_what_single_cells_find() -> void:
	var sensor: GridSensor3D = _grid_3d(self, 1, 11, 9)
	var cell: GridSensor3D = _grid_3d(self, 1, 1, 1)
	var random: RandomNumberGenerator = RandomNumberGenerator.new()
	random.seed = 5
	for k: int in 25:
		_small_3d(self, Vector3(random.randf_range(-6, 6), 0, random.randf_range(-5, 5)))
	await wait_physics(2)
	var values: Array = sensor.get_observation()
	for i: int in 11:
		for j: int in 9:
			cell.position = Vector3(i - 5, 0, j - 4)
			var alone: float = cell.get_observation()[0]
			check_equal(values[i * 9 + j], alone, "cell %d %d" % [i, j])
	check(_seen(sensor).size() > 10, "the scene holds enough")


func test_areas_only_when_asked() -> void:
	var sensor: GridSensor3D = _grid_3d(self, 0b100)
	SensorScene.area_3d(self, Vector3(0, 0, 1), Vector3.ONE * 0.2, 0b100)
	await wait_physics(2)
	_check_seen(sensor, {}, "areas off")
	sensor.collide_with_areas = true
	_check_seen(sensor, {"grid/cell_1_2_layer_3": 1.0}, "areas on")


func test_each_world_is_seen_alone() -> void:
	for k: int in 3:
		var viewport: SubViewport = SensorScene.world(self)
		_small_3d(viewport, Vector3(k - 1, 0, 0))
		_grid_3d(viewport)
	await wait_physics(2)
	for k: int in 3:
		var expected: Dictionary[String, float] = {"grid/cell_%d_1_layer_1" % k: 1.0}
		_check_seen(get_child(k).get_child(1), expected, "world %d" % k)


func test_the_carrier_is_left_out_when_asked() -> void:
	var carrier: StaticBody3D = _small_3d(self, Vector3.ZERO)
	var sensor: GridSensor3D = _grid_3d(carrier)
	await wait_physics(2)
	_check_seen(sensor, {"grid/cell_1_1_layer_1": 1.0}, "carrier seen")
	sensor.exclude_carriers = true
	_check_seen(sensor, {}, "carrier left out")


func test_nodes_stored_by_the_stock_plugin_go() -> void:
	var sensor: GridSensor3D = GridSensor3D.new()
	sensor.detection_mask = 1
	sensor.collide_with_bodies = true
	for name: String in ["GridCell 0 0", "_GridCell 0 1"]:
		var area: Area3D = Area3D.new()
		area.name = name
		sensor.add_child(area)
	add_child(sensor)
	check_equal(sensor.get_child_count(), 0, "children")


func test_mistakes_are_told() -> void:
	var sensor: GridSensor3D = GridSensor3D.new()
	sensor.name = "Blind"
	sensor.grid_size_x = 0
	expect_error("Blind: detection_mask is 0")
	expect_error("Blind: collide_with_bodies and collide_with_areas are both off")
	expect_error("Blind: grid_size_x and grid_size_z must be at least 1")
	add_child(sensor)
	await wait_physics(1)
	check_equal(sensor.get_observation(), [], "observation")


func test_2d_counts_moves_and_worlds() -> void:
	for k: int in 2:
		var viewport: SubViewport = SensorScene.world(self)
		var sensor: GridSensor2D = GridSensor2D.new()
		sensor.name = "Grid"
		sensor.detection_mask = 0b11
		sensor.grid_size_x = 5
		sensor.cell_height = 40.0
		viewport.add_child(sensor)
		SensorScene.box_2d(viewport, Vector2(-40, 40), Vector2(4, 4), 0b01)
		if k == 1:
			SensorScene.box_2d(viewport, Vector2(20, -40), Vector2(4, 4), 0b11)
	await wait_physics(2)
	var first: GridSensor2D = get_child(0).get_child(0) as GridSensor2D
	_check_seen(first, {"grid/cell_0_2_layer_1": 1.0}, "first world")
	_check_seen(
		get_child(1).get_child(0),
		{
			"grid/cell_0_2_layer_1": 1.0,
			"grid/cell_3_0_layer_1": 1.0,
			"grid/cell_3_0_layer_2": 1.0,
		},
		"second world"
	)
	SensorScene.check_contract(self, first)
	var body: StaticBody2D = get_child(0).get_child(1) as StaticBody2D
	body.position = Vector2.ZERO
	body.force_update_transform()
	_check_seen(first, {"grid/cell_2_1_layer_1": 1.0}, "moved")
	body.free()
	_check_seen(first, {}, "freed")
	SensorScene.area_2d(get_child(0), Vector2(40, 0), Vector2(4, 4), 0b10)
	await wait_physics(2)
	_check_seen(first, {}, "areas off")
	first.collide_with_areas = true
	_check_seen(first, {"grid/cell_4_1_layer_2": 1.0}, "areas on")
