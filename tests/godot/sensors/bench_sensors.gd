extends SceneTree
## Measures what one read of each sensor costs, in microseconds, and prints a table:
## [code]godot --headless --fixed-fps 90 --path . --script
## res://tests/godot/sensors/bench_sensors.gd[/code]
##
## The best of ROUNDS rounds is printed: other load on the machine only ever adds. Camera sensors
## are measured only with a renderer (under Xvfb). It checks nothing: it is no test.

const SensorScene: GDScript = preload("res://tests/godot/sensors/sensor_scene.gd")
const ROUNDS: int = 5
const READS: int = 300

var _world: Node3D = Node3D.new()
var _flat: Node2D = Node2D.new()


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	root.add_child(_world)
	root.add_child(_flat)
	for k: int in 20:
		SensorScene.box_3d(_world, Vector3(5.0 * cos(k), 0, 5.0 * sin(k)))
		SensorScene.box_2d(_flat, Vector2(100.0 * cos(k), 100.0 * sin(k)))
	await physics_frame
	await physics_frame
	_bench_rays()
	_bench_positions()
	_bench_grids()
	if DisplayServer.get_name() != "headless":
		await _bench_cameras()
	quit(0)


func _print_cost(label: String, read: Callable, reads: int = READS) -> void:
	var best: float = INF
	for i: int in ROUNDS:
		var started: int = Time.get_ticks_usec()
		for k: int in reads:
			read.call()
		best = minf(best, (Time.get_ticks_usec() - started) / float(reads))
	print("%-58s %8.1f us" % [label, best])


func _bench_sensor(label: String, sensor: Node) -> void:
	var buffer: PackedFloat32Array = []
	buffer.resize(sensor.call(&"observation_size"))
	var write: Callable = Callable(sensor, &"write_observation").bind(buffer, 0)
	_print_cost(label + ", get_observation", Callable(sensor, &"get_observation"))
	_print_cost(label + ", write_observation", write)


func _bench_rays() -> void:
	for rows: int in [1, 4, 16]:
		var sensor: RayCastSensor3D = RayCastSensor3D.new()
		sensor.n_rays_width = 9
		sensor.n_rays_height = rows
		sensor.cone_width = 360.0
		sensor.cone_height = 20.0
		_world.add_child(sensor)
		_bench_sensor("RayCastSensor3D %d rays" % (9 * rows), sensor)
		_bench_ways_to_cast(sensor)
		sensor.free()
	var flat: RaycastSensor2D = RaycastSensor2D.new()
	_flat.add_child(flat)
	_bench_sensor("RaycastSensor2D 16 rays", flat)


## The two ways not taken: a direct space-state query a ray, and a RayCast3D node a ray.
func _bench_ways_to_cast(sensor: RayCastSensor3D) -> void:
	var targets: PackedVector3Array = sensor._make_directions()
	var space: PhysicsDirectSpaceState3D = _world.get_world_3d().direct_space_state
	var query: PhysicsRayQueryParameters3D = PhysicsRayQueryParameters3D.new()
	var values: PackedFloat32Array = []
	values.resize(targets.size())
	var by_query: Callable = func() -> void:
		query.from = sensor.global_position
		for k: int in targets.size():
			query.to = targets[k]
			var hit: Dictionary = space.intersect_ray(query)
			values[k] = query.from.distance_to(hit["position"]) if hit else 0.0
	_print_cost("  by %d space-state queries" % targets.size(), by_query)
	var rays: Array[RayCast3D] = []
	for target: Vector3 in targets:
		var ray: RayCast3D = RayCast3D.new()
		ray.enabled = false
		ray.target_position = target
		sensor.add_child(ray)
		rays.append(ray)
	var by_nodes: Callable = func() -> void:
		var from: Vector3 = sensor.global_position
		for k: int in rays.size():
			rays[k].force_raycast_update()
			var hit: bool = rays[k].is_colliding()
			values[k] = from.distance_to(rays[k].get_collision_point()) if hit else 0.0
	_print_cost("  by %d RayCast3D nodes" % rays.size(), by_nodes)
	var move: Callable = func() -> void:
		sensor.position.x = 0.001 if sensor.global_position.x == 0.0 else 0.0
	_print_cost("  moving the sensor once with those nodes", move)
	for ray: RayCast3D in rays:
		ray.free()
	_print_cost("  moving the sensor once without", move)


func _bench_positions() -> void:
	var sensor: PositionSensor3D = PositionSensor3D.new()
	var objects: Array[Node3D] = []
	for k: int in 4:
		objects.append(_world.get_child(k) as Node3D)
	sensor.objects_to_observe = objects
	sensor.max_distance = 10.0
	_world.add_child(sensor)
	_bench_sensor("PositionSensor3D 4 objects", sensor)
	var flat: PositionSensor2D = PositionSensor2D.new()
	var flat_objects: Array[Node2D] = []
	for k: int in 4:
		flat_objects.append(_flat.get_child(k) as Node2D)
	flat.objects_to_observe = flat_objects
	_flat.add_child(flat)
	_bench_sensor("PositionSensor2D 4 objects", flat)


func _bench_grids() -> void:
	for size: int in [3, 11, 21]:
		var sensor: GridSensor3D = GridSensor3D.new()
		sensor.detection_mask = 1
		sensor.collide_with_bodies = true
		sensor.grid_size_x = size
		sensor.grid_size_z = size
		_world.add_child(sensor)
		_bench_sensor("GridSensor3D %d x %d, 20 bodies 5 m away" % [size, size], sensor)
		sensor.position.y = 50.0
		_bench_sensor("GridSensor3D %d x %d, nothing near" % [size, size], sensor)
		sensor.free()
	var flat: GridSensor2D = GridSensor2D.new()
	flat.detection_mask = 1
	flat.grid_size_x = 11
	flat.grid_size_y = 11
	_flat.add_child(flat)
	_bench_sensor("GridSensor2D 11 x 11, 20 bodies", flat)


func _bench_cameras() -> void:
	root.disable_3d = true
	var sensor: RGBCameraSensor3D = RGBCameraSensor3D.new()
	_world.add_child(sensor)
	for k: int in 20:
		var box: MeshInstance3D = MeshInstance3D.new()
		box.mesh = BoxMesh.new()
		box.position = Vector3(5.0 * cos(k), 0, 5.0 * sin(k))
		_world.add_child(box)
	await process_frame
	var read: Callable = sensor.get_camera_pixel_encoding
	_print_cost("RGBCameraSensor3D 36 x 36, drawn on read", read, 50)
	var image: Image = sensor._reader.read_image()
	_print_cost("  of which the bytes", sensor._reader.bytes_of.bind(image), 50)
	sensor.render_on_read = false
	_print_cost("RGBCameraSensor3D 36 x 36, last frame", read, 50)
