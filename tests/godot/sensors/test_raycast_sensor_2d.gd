extends GodotTestCase
## RaycastSensor2D: exact values in small scenes.

const RLSensorTools := preload("res://addons/godot_rl/sensors/sensor_tools.gd")
const SensorScene: GDScript = preload("res://tests/godot/sensors/sensor_scene.gd")


func _sensor(parent: Node, rays: int = 1, cone: float = 0.0) -> RaycastSensor2D:
	var sensor: RaycastSensor2D = RaycastSensor2D.new()
	sensor.n_rays = rays
	sensor.cone_width = cone
	parent.add_child(sensor)
	return sensor


func test_closeness_and_distance_of_a_wall() -> void:
	var sensor: RaycastSensor2D = _sensor(self)
	SensorScene.box_2d(self, Vector2(60, 0), Vector2(20, 200))
	await wait_physics(2)
	check_near(sensor.get_observation()[0], 0.75, 1e-5, "closeness")
	sensor.ray_value = RLSensorTools.RLRayValue.DISTANCE
	check_near(sensor.get_observation()[0], 0.25, 1e-5, "distance")
	sensor.ray_length = 49.0
	check_equal(sensor.get_observation(), [1.0], "distance of nothing")


func test_order_of_the_rays() -> void:
	var sensor: RaycastSensor2D = _sensor(self, 4, 360.0)
	sensor.name = "Whiskers"
	# Rays at -135, -45, 45 and 135 degrees; +Y is down.
	SensorScene.box_2d(self, Vector2(50, 50), Vector2(20, 20))
	await wait_physics(2)
	var values: Array = sensor.get_observation()
	check_near(values[2], 1.0 - 40.0 * sqrt(2.0) / 200.0, 1e-5, "ray at 45 degrees")
	check_equal([values[0], values[1], values[3]], [0.0, 0.0, 0.0], "the other rays")
	check_equal(sensor.observation_names()[2], "whiskers/ray_2", "its name")
	SensorScene.check_contract(self, sensor)


func test_class_values_and_areas() -> void:
	var sensor: RaycastSensor2D = _sensor(self)
	sensor.class_sensor = true
	sensor.collision_mask = 0b11
	sensor.boolean_class_mask = 0b10
	var wall: StaticBody2D = SensorScene.box_2d(self, Vector2(105, 0), Vector2(10, 10), 0b01)
	await wait_physics(2)
	check_equal(sensor.get_observation(), [0.5, 0.0], "other class")
	wall.collision_layer = 0b11
	check_equal(sensor.get_observation(), [0.5, 1.0], "class")
	sensor.collide_with_areas = true
	SensorScene.area_2d(self, Vector2(55, 0), Vector2(10, 10), 0b10)
	await wait_physics(2)
	check_equal(sensor.get_observation(), [0.75, 1.0], "area")
	SensorScene.check_contract(self, sensor)


func test_bodies_moved_or_freed_in_the_same_tick() -> void:
	var sensor: RaycastSensor2D = _sensor(self)
	var wall: StaticBody2D = SensorScene.box_2d(self, Vector2(55, 0))
	await wait_physics(2)
	wall.position.x = 105.0
	wall.force_update_transform()
	check_near(sensor.get_observation()[0], 0.5, 1e-5, "wall moved")
	sensor.position.x = 50.0
	check_near(sensor.get_observation()[0], 0.75, 1e-5, "sensor moved")
	wall.free()
	check_equal(sensor.get_observation(), [0.0], "wall freed")


func test_each_world_is_seen_alone() -> void:
	for k: int in 2:
		var viewport: SubViewport = SensorScene.world(self)
		SensorScene.box_2d(viewport, Vector2(55 + 50 * k, 0))
		_sensor(viewport)
	await wait_physics(2)
	for k: int in 2:
		var sensor: RaycastSensor2D = get_child(k).get_child(1) as RaycastSensor2D
		check_near(sensor.get_observation()[0], 0.75 - 0.25 * k, 1e-5, "world %d" % k)


func test_scale_and_mirroring_of_the_carrier() -> void:
	var carrier: Node2D = Node2D.new()
	carrier.scale = Vector2(-3, 3)
	add_child(carrier)
	var sensor: RaycastSensor2D = _sensor(carrier)
	SensorScene.box_2d(self, Vector2(-105, 0))
	await wait_physics(2)
	check_near(sensor.get_observation()[0], 0.5, 1e-5, "mirrored to the left, not scaled")


func test_the_carrier_is_left_out_when_asked() -> void:
	var carrier: StaticBody2D = SensorScene.box_2d(self, Vector2.ZERO)
	var sensor: RaycastSensor2D = _sensor(carrier)
	sensor.position.x = -55.0
	await wait_physics(2)
	check_near(sensor.get_observation()[0], 0.75, 1e-5, "carrier hit")
	sensor.exclude_carriers = true
	check_equal(sensor.get_observation(), [0.0], "carrier passed")


func test_scene_and_stored_nodes_of_the_stock_plugin() -> void:
	var path: String = "res://addons/godot_rl/sensors/sensors_2d/raycast_sensor_2d.tscn"
	check_equal(ResourceUID.path_to_uid(path), "uid://drvfihk5esgmv", "uid")
	var sensor: RaycastSensor2D = (load(path) as PackedScene).instantiate()
	var ray: RayCast2D = RayCast2D.new()
	ray.name = "node_3"
	sensor.add_child(ray)
	add_child(sensor)
	check_equal(sensor.get_child_count(), 0, "children")
	check_equal(sensor.observation_size(), 17, "size")
	SensorScene.check_contract(self, sensor)


func test_mistakes_are_told() -> void:
	var sensor: RaycastSensor2D = RaycastSensor2D.new()
	sensor.name = "Blind"
	sensor.collision_mask = 0
	sensor.n_rays = 0
	expect_error("Blind: collision_mask is 0")
	expect_error("Blind: n_rays must be at least 1")
	add_child(sensor)
	await wait_physics(1)
