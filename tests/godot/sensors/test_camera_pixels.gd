extends GodotTestCase
## What the camera sensors see, pixel by pixel. Needs a renderer: run it under Xvfb with
## `--rendering-driver opengl3 --audio-driver Dummy`; under --headless every test passes unseen.

const RLSensorView := preload("res://addons/godot_rl/sensors/sensor_view.gd")
const SensorScene: GDScript = preload("res://tests/godot/sensors/sensor_scene.gd")


func _no_screen() -> bool:
	return DisplayServer.get_name() == "headless"


func _color_box(parent: Node, at: Vector3, color: Color) -> MeshInstance3D:
	var box: MeshInstance3D = MeshInstance3D.new()
	var material: StandardMaterial3D = StandardMaterial3D.new()
	material.shading_mode = BaseMaterial3D.SHADING_MODE_UNSHADED
	material.albedo_color = color
	box.mesh = BoxMesh.new()
	box.material_override = material
	box.position = at
	parent.add_child(box)
	return box


func _camera_3d(parent: Node) -> RGBCameraSensor3D:
	var sensor: RGBCameraSensor3D = RGBCameraSensor3D.new()
	sensor.render_image_resolution = Vector2i(8, 6)
	parent.add_child(sensor)
	return sensor


func _byte(sensor: Node, channel: int, row: int, column: int) -> int:
	var shape: Array = sensor.call(&"get_camera_shape")
	var bytes: PackedByteArray = sensor.call(&"get_camera_bytes")
	check_equal(bytes.size(), int(shape[0]) * int(shape[1]) * int(shape[2]), "number of bytes")
	return bytes[(channel * int(shape[1]) + row) * int(shape[2]) + column]


func test_planes_and_pixels() -> void:
	if _no_screen():
		return
	var sensor: RGBCameraSensor3D = _camera_3d(self)
	sensor.transparent_background = true
	_color_box(self, Vector3(1.2, 0, -2.5), Color(1, 0, 1))
	await get_tree().process_frame
	check_equal(_byte(sensor, 0, 3, 6), 255, "red of the box, right of the middle")
	check_equal(_byte(sensor, 1, 3, 6), 0, "green")
	check_equal(_byte(sensor, 2, 3, 6), 255, "blue")
	check_equal(_byte(sensor, 3, 3, 6), 255, "alpha")
	check_equal(_byte(sensor, 3, 3, 1), 0, "alpha of the background, left of the middle")
	sensor.channels_first = false
	var bytes: PackedByteArray = sensor.get_camera_bytes()
	var at: int = (3 * 8 + 6) * 4
	check_equal(bytes.slice(at, at + 4), PackedByteArray([255, 0, 255, 255]), "one pixel")
	check_equal(sensor.get_camera_pixel_encoding(), bytes.hex_encode(), "encoding")
	SensorScene.check_contract(self, sensor)


func test_no_camera_sees_what_is_drawn_of_sensors() -> void:
	if _no_screen():
		return
	var cameras: Array[Node] = [_camera_3d(self), RGBCameraSensor2D.new()]
	add_child(cameras[1])
	var eye: Camera3D = Camera3D.new()
	add_child(eye)
	var rays: RayCastSensor3D = RayCastSensor3D.new()
	rays.rotation_degrees.y = 180.0
	var flat: RaycastSensor2D = RaycastSensor2D.new()
	add_child(rays)
	add_child(flat)
	await get_tree().process_frame
	for on_read: bool in [true, false]:
		var before: Array[PackedByteArray] = []
		for camera: Node in cameras:
			camera.set(&"render_on_read", on_read)
		for frame: int in 3:
			await get_tree().process_frame
		for camera: Node in cameras:
			before.append(camera.call(&"get_camera_bytes"))
		var screen: PackedByteArray = get_viewport().get_texture().get_image().get_data()
		RLSensorView.show_all(1, [rays, flat])
		for frame: int in 3:
			await get_tree().process_frame
		var drawn: PackedByteArray = get_viewport().get_texture().get_image().get_data()
		check(drawn != screen, "the lines are on the screen")
		for i: int in cameras.size():
			check_equal(cameras[i].call(&"get_camera_bytes"), before[i], "image %d" % i)
		RLSensorView.hide_all(1)
		for frame: int in 3:
			await get_tree().process_frame


func test_the_image_is_of_this_moment() -> void:
	if _no_screen():
		return
	var sensor: RGBCameraSensor3D = _camera_3d(self)
	var box: MeshInstance3D = _color_box(self, Vector3(0, 0, -2.5), Color.GREEN)
	await get_tree().process_frame
	check_equal(_byte(sensor, 1, 3, 4), 255, "ahead")
	box.position.x = 9.0
	box.force_update_transform()
	check(_byte(sensor, 1, 3, 4) < 200, "moved away in the same tick")
	box.position = Vector3(0, 0, 2.5)
	box.force_update_transform()
	sensor.rotation.y = PI
	check_equal(_byte(sensor, 1, 3, 4), 255, "sensor turned in the same tick")


func test_each_world_is_seen_alone() -> void:
	if _no_screen():
		return
	var colors: Array[Color] = [Color.RED, Color.GREEN, Color.BLUE]
	for k: int in 3:
		var viewport: SubViewport = SensorScene.world(self)
		_color_box(viewport, Vector3(0, 0, -2.0), colors[k])
		_camera_3d(viewport)
	await get_tree().process_frame
	for k: int in 3:
		for channel: int in 3:
			var expected: int = 255 if channel == k else 0
			var seen: int = _byte(get_child(k).get_child(1), channel, 3, 4)
			check_equal(seen, expected, "world %d, channel %d" % [k, channel])


func test_the_last_frame_when_not_drawn_on_read() -> void:
	if _no_screen():
		return
	var sensor: RGBCameraSensor3D = _camera_3d(self)
	sensor.render_on_read = false
	var box: MeshInstance3D = _color_box(self, Vector3(0, 0, -2.5), Color.GREEN)
	for i: int in 3:
		await get_tree().process_frame
	check_equal(_byte(sensor, 1, 3, 4), 255, "drawn with the frame")
	box.position.x = 9.0
	box.force_update_transform()
	check_equal(_byte(sensor, 1, 3, 4), 255, "still the last frame")


func test_shrunk_images() -> void:
	if _no_screen():
		return
	var sensor: RGBCameraSensor3D = _camera_3d(self)
	sensor.render_image_resolution = Vector2i(80, 60)
	sensor.downscale_image = true
	sensor.resized_image_resolution = Vector2i(8, 6)
	_color_box(self, Vector3(1.2, 0, -2.5), Color.BLUE)
	await get_tree().process_frame
	check_equal(_byte(sensor, 2, 3, 6), 255, "blue of the box")
	check_equal(_byte(sensor, 0, 3, 6), 0, "red of the box")


func test_2d() -> void:
	if _no_screen():
		return
	for k: int in 2:
		var viewport: SubViewport = SensorScene.world(self)
		var square: Polygon2D = Polygon2D.new()
		square.polygon = PackedVector2Array(
			[Vector2(-10, -10), Vector2(10, -10), Vector2(10, 10), Vector2(-10, 10)]
		)
		square.color = Color.RED if k == 0 else Color.BLUE
		square.position = Vector2(520, 480)
		viewport.add_child(square)
		var sensor: RGBCameraSensor2D = RGBCameraSensor2D.new()
		sensor.render_image_resolution = Vector2i(8, 6)
		sensor.position = Vector2(500, 500)
		viewport.add_child(sensor)
	await get_tree().process_frame
	for k: int in 2:
		var camera: RGBCameraSensor2D = get_child(k).get_child(1) as RGBCameraSensor2D
		# 20 world pixels right and up of the sensor are 2 image pixels from the middle (4, 3).
		check_equal(_byte(camera, k * 2, 1, 6), 255, "colour of its own world %d" % k)
		check_equal(_byte(camera, 2 - k * 2, 1, 6), 0, "colour of the other world %d" % k)
		camera.position = Vector2(540, 460)
		check_equal(_byte(camera, k * 2, 4, 2), 255, "sensor moved in the same tick %d" % k)
