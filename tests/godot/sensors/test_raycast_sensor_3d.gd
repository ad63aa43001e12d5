extends GodotTestCase
## RayCastSensor3D: exact values in small scenes.

const RLSensorTools := preload("res://addons/godot_rl/sensors/sensor_tools.gd")
const SensorScene: GDScript = preload("res://tests/godot/sensors/sensor_scene.gd")
const SENSOR_SCENE_PATH: String = "res://addons/godot_rl/sensors/sensors_3d/raycast_sensor_3d.tscn"

## As the stock plugin stores it: its path, its uid, a float, a stored ray.
const STOCK_LIKE_SCENE: String = """[gd_scene load_steps=2 format=3]

[ext_resource type="PackedScene" uid="uid://b803cbh1fmy66"
	path="res://addons/godot_rl_agents/sensors/sensors_3d/RaycastSensor3D.tscn" id="1"]

[node name="Player" type="Node3D"]

[node name="Sensor" parent="." instance=ExtResource("1")]
n_rays_width = 3.0
ray_length = 5.0

[node name="node_0 0" type="RayCast3D" parent="Sensor"]
target_position = Vector3(0, 0, 5)
"""


func _one_ray(parent: Node, length: float = 10.0) -> RayCastSensor3D:
	var sensor: RayCastSensor3D = RayCastSensor3D.new()
	sensor.n_rays_width = 1
	sensor.n_rays_height = 1
	sensor.ray_length = length
	parent.add_child(sensor)
	return sensor


func test_closeness_and_distance_of_a_wall() -> void:
	var sensor: RayCastSensor3D = _one_ray(self)
	SensorScene.box_3d(self, Vector3(0, 0, 5), Vector3(10, 10, 2))
	await wait_physics(2)
	check_near(sensor.get_observation()[0], 0.6, 1e-5, "closeness")
	sensor.ray_value = RLSensorTools.RLRayValue.DISTANCE
	check_near(sensor.get_observation()[0], 0.4, 1e-5, "distance")
	check_near(sensor.calculate_raycasts()[0], 0.4, 1e-5, "by the stock plugin's name")


func test_empty_space() -> void:
	var sensor: RayCastSensor3D = _one_ray(self)
	await wait_physics(2)
	check_equal(sensor.get_observation(), [0.0], "closeness")
	sensor.ray_value = RLSensorTools.RLRayValue.DISTANCE
	check_equal(sensor.get_observation(), [1.0], "distance")


func test_a_wall_beyond_the_ray_is_not_seen() -> void:
	var sensor: RayCastSensor3D = _one_ray(self, 3.9)
	SensorScene.box_3d(self, Vector3(0, 0, 5), Vector3(10, 10, 2))
	await wait_physics(2)
	check_equal(sensor.get_observation(), [0.0])
	sensor.ray_length = 8.0
	check_near(sensor.get_observation()[0], 0.5, 1e-5, "after a change at run time")


func test_order_of_the_rays() -> void:
	var sensor: RayCastSensor3D = RayCastSensor3D.new()
	sensor.name = "Eyes"
	sensor.n_rays_width = 4
	sensor.n_rays_height = 2
	sensor.cone_width = 80.0
	sensor.cone_height = 40.0
	add_child(sensor)
	# Column 3 of 4 in 80 degrees is at +30 degrees towards +X, row 1 of 2 at +10 degrees up.
	var yaw: float = deg_to_rad(30.0)
	var pitch: float = deg_to_rad(10.0)
	var to: Vector3 = Vector3(sin(yaw) * cos(pitch), sin(pitch), cos(yaw) * cos(pitch))
	SensorScene.box_3d(self, to * 6.0, Vector3.ONE * 0.5)
	await wait_physics(2)
	var values: Array = sensor.get_observation()
	var names: PackedStringArray = sensor.observation_names()
	for i: int in values.size():
		check_equal(values[i] > 0.0, names[i] == "eyes/ray_3_1", "hit of " + names[i])
	check_equal(names[0], "eyes/ray_0_0", "first name")
	check_equal(names[1], "eyes/ray_0_1", "second name")
	SensorScene.check_contract(self, sensor)


func test_class_values() -> void:
	var sensor: RayCastSensor3D = _one_ray(self)
	sensor.class_sensor = true
	sensor.collision_mask = 0b111
	sensor.boolean_class_mask = 0b100
	check_equal(sensor.observation_size(), 2, "size")
	var wall: StaticBody3D = SensorScene.box_3d(self, Vector3(0, 0, 5), Vector3(4, 4, 2), 0b010)
	await wait_physics(2)
	check_equal(sensor.get_observation()[1], 0.0, "other class")
	wall.collision_layer = 0b110
	check_equal(sensor.get_observation()[1], 1.0, "class")
	sensor.collision_mask = 0b010
	check_equal(sensor.get_observation()[1], 0.0, "layer outside of the collision mask")
	wall.free()
	check_equal(sensor.get_observation(), [0.0, 0.0], "nothing hit")
	sensor.collision_mask = 0b100
	sensor.collide_with_areas = true
	SensorScene.area_3d(self, Vector3(0, 0, 2.5), Vector3.ONE, 0b100)
	await wait_physics(2)
	check_near(sensor.get_observation()[0], 0.8, 1e-5, "closeness of an area")
	check_equal(sensor.get_observation()[1], 1.0, "class of an area")
	SensorScene.check_contract(self, sensor)


func test_areas_and_bodies_by_choice() -> void:
	var sensor: RayCastSensor3D = _one_ray(self)
	SensorScene.area_3d(self, Vector3(0, 0, 2.5))
	SensorScene.box_3d(self, Vector3(0, 0, 5.5))
	await wait_physics(2)
	check_near(sensor.get_observation()[0], 0.5, 1e-5, "bodies only")
	sensor.collide_with_areas = true
	check_near(sensor.get_observation()[0], 0.8, 1e-5, "both")
	sensor.collide_with_bodies = false
	check_near(sensor.get_observation()[0], 0.8, 1e-5, "areas only")


func test_bodies_moved_in_the_same_tick() -> void:
	var sensor: RayCastSensor3D = _one_ray(self)
	var wall: StaticBody3D = SensorScene.box_3d(self, Vector3(0, 0, 5), Vector3(4, 4, 2))
	await wait_physics(2)
	for z: float in [3.0, 8.0, 6.0]:
		wall.position.z = z
		wall.force_update_transform()
		check_near(sensor.get_observation()[0], 1.0 - (z - 1.0) / 10.0, 1e-5, "wall at %s" % z)
	sensor.position = Vector3(0, 0, 2)
	check_near(sensor.get_observation()[0], 0.7, 1e-5, "sensor moved")
	sensor.rotation.y = PI
	check_equal(sensor.get_observation()[0], 0.0, "sensor turned away")


func test_each_world_is_seen_alone() -> void:
	for k: int in 3:
		var viewport: SubViewport = SensorScene.world(self)
		SensorScene.box_3d(viewport, Vector3(0, 0, 3 + k), Vector3(4, 4, 2))
		_one_ray(viewport)
	await wait_physics(2)
	for k: int in 3:
		var sensor: RayCastSensor3D = get_child(k).get_child(1) as RayCastSensor3D
		check_near(sensor.get_observation()[0], 1.0 - (2.0 + k) / 10.0, 1e-5, "world %d" % k)


func test_arenas_side_by_side_give_the_same() -> void:
	for k: int in 3:
		var arena: Node3D = Node3D.new()
		arena.position.x = 100.0 * k
		add_child(arena)
		SensorScene.box_3d(arena, Vector3(0, 0, 5), Vector3(4, 4, 2))
		_one_ray(arena)
	await wait_physics(2)
	for k: int in 3:
		var sensor: RayCastSensor3D = get_child(k).get_child(1) as RayCastSensor3D
		check_near(sensor.get_observation()[0], 0.6, 1e-5, "arena %d" % k)


func test_the_scale_of_the_carrier_does_not_matter() -> void:
	SensorScene.box_3d(self, Vector3(0, 0, 9))
	for k: float in [0.5, 1.0, 3.0]:
		var carrier: Node3D = Node3D.new()
		carrier.scale = Vector3.ONE * k
		add_child(carrier)
		var sensor: RayCastSensor3D = _one_ray(carrier)
		await wait_physics(2)
		check_near(sensor.get_observation()[0], 0.15, 1e-5, "scale %s" % k)


func test_the_carrier_is_left_out_when_asked() -> void:
	var carrier: StaticBody3D = SensorScene.box_3d(self, Vector3.ZERO, Vector3.ONE)
	var sensor: RayCastSensor3D = _one_ray(carrier)
	sensor.position.z = -2.0
	SensorScene.box_3d(self, Vector3(0, 0, 5))
	await wait_physics(2)
	check_near(sensor.get_observation()[0], 0.85, 1e-5, "carrier hit")
	sensor.exclude_carriers = true
	check_near(sensor.get_observation()[0], 0.35, 1e-5, "carrier passed")
	sensor.exclude_carriers = false
	sensor.position.z = 0.0
	check_near(sensor.get_observation()[0], 0.55, 1e-5, "a ray that starts inside its carrier")


func test_nodes_stored_by_the_stock_plugin_go() -> void:
	var sensor: RayCastSensor3D = RayCastSensor3D.new()
	for name: String in ["node_0 0", "@node_0 1@18991"]:
		var ray: RayCast3D = RayCast3D.new()
		ray.name = name
		sensor.add_child(ray)
	var mine: RayCast3D = RayCast3D.new()
	mine.name = "MyOwnRay"
	sensor.add_child(mine)
	add_child(sensor)
	check_equal(sensor.get_children(), [mine] as Array[Node], "children left")


func test_scene_of_the_stock_plugin_is_found_by_its_uid() -> void:
	check_equal(ResourceUID.path_to_uid(SENSOR_SCENE_PATH), "uid://b803cbh1fmy66", "uid")
	var sensor: RayCastSensor3D = (load(SENSOR_SCENE_PATH) as PackedScene).instantiate()
	add_child(sensor)
	sensor.set(&"n_rays_width", 6.0)
	check_equal(sensor.observation_size(), 12, "size after a float was assigned, as stock stores")
	SensorScene.check_contract(self, sensor)


func test_a_scene_that_instances_the_stock_one_loads() -> void:
	var path: String = "user://stock_like_scene.tscn"
	var file: FileAccess = FileAccess.open(path, FileAccess.WRITE)
	file.store_string(STOCK_LIKE_SCENE)
	file.close()
	var scene: PackedScene = load(path) as PackedScene
	DirAccess.remove_absolute(path)
	check(scene != null, "loads")
	var player: Node = scene.instantiate()
	add_child(player)
	var sensor: RayCastSensor3D = player.get_node("Sensor") as RayCastSensor3D
	check_equal(sensor.observation_size(), 6, "size of 3 x 2 rays")
	check_equal(sensor.get_children().size(), 0, "stored rays")


func test_no_rays_and_no_length_are_told() -> void:
	var sensor: RayCastSensor3D = RayCastSensor3D.new()
	sensor.name = "Blind"
	sensor.collision_mask = 0
	sensor.n_rays_height = 0
	sensor.ray_length = 0.0
	sensor.collide_with_bodies = false
	check_equal(sensor.configuration_problems().size(), 4, "problems")
	expect_error("Blind: collision_mask is 0")
	expect_error("Blind: collide_with_bodies and collide_with_areas are both off")
	expect_error("Blind: n_rays_width and n_rays_height must be at least 1")
	expect_error("Blind: ray_length is 0.0 m")
	add_child(sensor)
	await wait_physics(1)
	check_equal(sensor.get_observation(), [], "observation of no rays")


func test_reading_before_ready_is_told() -> void:
	var sensor: RayCastSensor3D = RayCastSensor3D.new()
	sensor.name = "Early"
	expect_error("Early was read before it was ready")
	check_equal(sensor.get_observation().size(), 36, "size all the same")
	sensor.free()


func test_a_sensor_written_for_the_stock_plugin_works() -> void:
	var script: GDScript = GDScript.new()
	var body: String = "func get_observation() -> Array:\n\treturn [0.25, 1, 2.0]\n"
	script.source_code = "extends ISensor3D\n" + body
	check_equal(script.reload(), OK, "compiles")
	var sensor: ISensor3D = script.new()
	add_child(sensor)
	check_equal(sensor.get_packed_observation(), PackedFloat32Array([0.25, 1.0, 2.0]), "packed")
	check_equal(sensor.observation_names().size(), 3, "names")
	sensor.activate()
	sensor.deactivate()
	sensor.reset()


func test_a_sensor_without_get_observation_is_told() -> void:
	var script: GDScript = GDScript.new()
	script.source_code = "extends ISensor3D\n"
	script.reload()
	var sensor: ISensor3D = script.new()
	sensor.name = "Empty"
	add_child(sensor)
	expect_error("must override get_observation()")
	check_equal(sensor.get_observation(), [], "observation")
