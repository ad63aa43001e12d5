extends GodotTestCase
## PositionSensor3D and PositionSensor2D: exact values, freed objects, names.

const SensorScene: GDScript = preload("res://tests/godot/sensors/sensor_scene.gd")


func _node_3d(at: Vector3) -> Node3D:
	var node: Node3D = Node3D.new()
	add_child(node)
	node.position = at
	return node


func _sensor_3d(objects: Array[Node3D], max_distance: float) -> PositionSensor3D:
	var sensor: PositionSensor3D = PositionSensor3D.new()
	sensor.name = "Compass"
	sensor.objects_to_observe = objects
	sensor.max_distance = max_distance
	add_child(sensor)
	return sensor


func _check_all(actual: Array, expected: Array, what: String) -> void:
	check_equal(actual.size(), expected.size(), what + ": size")
	for i: int in mini(actual.size(), expected.size()):
		check_near(actual[i], expected[i], 1e-6, "%s [%d]" % [what, i])


func test_relative_positions_in_the_sensors_frame() -> void:
	var near: Node3D = _node_3d(Vector3(3, 2, 1))
	var far: Node3D = _node_3d(Vector3(1, 2, 1 + 40))
	var sensor: PositionSensor3D = _sensor_3d([near, far], 10.0)
	sensor.position = Vector3(1, 2, 1)
	_check_all(sensor.get_observation(), [0.2, 0, 0, 0, 0, 1], "not turned")
	sensor.rotation.y = PI / 2.0
	_check_all(sensor.get_observation(), [0, 0, 0.2, -1, 0, 0], "turned by a quarter")
	SensorScene.check_contract(self, sensor)


func test_separate_direction() -> void:
	var sensor: PositionSensor3D = _sensor_3d([_node_3d(Vector3(0, 3, 4))], 10.0)
	sensor.use_separate_direction = true
	_check_all(sensor.get_observation(), [0, 0.6, 0.8, 0.5], "within")
	sensor.max_distance = 2.0
	_check_all(sensor.get_observation(), [0, 0.6, 0.8, 1.0], "beyond")
	SensorScene.check_contract(self, sensor)


func test_axes_by_choice_and_their_names() -> void:
	var sensor: PositionSensor3D = _sensor_3d([_node_3d(Vector3(1, 2, 3))], 10.0)
	sensor.include_y = false
	_check_all(sensor.get_observation(), [0.1, 0.3], "x and z")
	var names: PackedStringArray = ["compass/object_0_x", "compass/object_0_z"]
	check_equal(sensor.observation_names(), names, "names")
	sensor.use_separate_direction = true
	names = [
		"compass/object_0_direction_x", "compass/object_0_direction_z", "compass/object_0_distance"
	]
	check_equal(sensor.observation_names(), names, "names with direction")
	SensorScene.check_contract(self, sensor)


func test_freed_and_unset_objects_are_zeros() -> void:
	var gone: Node3D = _node_3d(Vector3.ONE)
	var sensor: PositionSensor3D = _sensor_3d([gone, null, _node_3d(Vector3(5, 0, 0))], 10.0)
	gone.free()
	_check_all(sensor.get_observation(), [0, 0, 0, 0, 0, 0, 0.5, 0, 0], "values")
	SensorScene.check_contract(self, sensor)
	check_equal(sensor._get_configuration_warnings().size(), 2, "warnings in the editor")


func test_an_object_at_the_sensor_is_no_nan() -> void:
	var sensor: PositionSensor3D = _sensor_3d([_node_3d(Vector3.ZERO)], 10.0)
	sensor.use_separate_direction = true
	_check_all(sensor.get_observation(), [0, 0, 0, 0], "values")


func test_no_distance_is_told() -> void:
	var sensor: PositionSensor3D = _sensor_3d([_node_3d(Vector3.ONE)], 0.0)
	expect_error("Compass: max_distance is 0.0 m; it must be above 0")
	await wait_physics(1)
	check(sensor.get_observation().all(is_finite), "finite all the same")


func test_an_empty_list_is_a_warning_in_the_editor_only() -> void:
	var sensor: PositionSensor3D = _sensor_3d([], 1.0)
	await wait_physics(1)
	check_equal(sensor.get_observation(), [], "observation")
	check_equal(sensor._get_configuration_warnings().size(), 1, "warnings")


func test_2d() -> void:
	var target: Node2D = Node2D.new()
	add_child(target)
	target.position = Vector2(30, 40)
	var gone: Node2D = Node2D.new()
	var sensor: PositionSensor2D = PositionSensor2D.new()
	sensor.name = "Compass"
	sensor.objects_to_observe = [target, gone]
	sensor.max_distance = 100.0
	add_child(sensor)
	gone.free()
	_check_all(sensor.get_observation(), [0.3, 0.4, 0, 0], "position")
	sensor.rotation = PI / 2.0
	_check_all(sensor.get_observation(), [0.4, -0.3, 0, 0], "turned by a quarter")
	sensor.max_distance = 5.0
	_check_all(sensor.get_observation(), [0.8, -0.6, 0, 0], "farther than the limit")
	sensor.max_distance = 100.0
	SensorScene.check_contract(self, sensor)
	sensor.use_separate_direction = true
	sensor.include_x = false
	_check_all(sensor.get_observation(), [-0.6, 0.5, 0, 0], "direction y and distance")
	check_equal(sensor.observation_names()[1], "compass/object_0_distance", "name")
	SensorScene.check_contract(self, sensor)


func test_2d_mistake_is_told() -> void:
	var sensor: PositionSensor2D = PositionSensor2D.new()
	sensor.include_x = false
	sensor.include_y = false
	expect_error("nothing is included; switch on at least one axis")
	add_child(sensor)
	await wait_physics(1)
