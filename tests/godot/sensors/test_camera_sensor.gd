extends GodotTestCase
## RGBCameraSensor3D and RGBCameraSensor2D without a screen: shapes, names, one error line.
## What they see with a renderer is in test_camera_pixels.gd.

const RLCameraReader := preload("res://addons/godot_rl/sensors/camera_reader.gd")
const SensorScene: GDScript = preload("res://tests/godot/sensors/sensor_scene.gd")
const FOLDER: String = "res://addons/godot_rl/sensors/"


func _camera_3d() -> RGBCameraSensor3D:
	var sensor: RGBCameraSensor3D = RGBCameraSensor3D.new()
	sensor.name = "Eye"
	sensor.render_image_resolution = Vector2i(6, 4)
	add_child(sensor)
	return sensor


func test_shape_and_names_need_no_picture() -> void:
	var sensor: RGBCameraSensor3D = RGBCameraSensor3D.new()
	sensor.name = "Eye"
	check_equal(sensor.get_camera_shape(), [3, 36, 36], "default")
	sensor.render_image_resolution = Vector2i(6, 4)
	check_equal(sensor.get_camera_shape(), [3, 4, 6], "channels, height, width")
	check_equal(sensor.observation_size(), 72, "size")
	check_equal(sensor.observation_names()[1], "eye/pixel_0_1_r", "second name, by planes")
	check_equal(sensor.observation_names()[71], "eye/pixel_3_5_b", "last name")
	sensor.channels_first = false
	check_equal(sensor.observation_names()[1], "eye/pixel_0_0_g", "second name, by pixels")
	sensor.transparent_background = true
	sensor.downscale_image = true
	sensor.resized_image_resolution = Vector2i(3, 2)
	check_equal(sensor.get_camera_shape(), [4, 2, 3], "RGBA, shrunk")
	sensor.free()


func test_headless_gives_no_image_and_one_error_a_sensor() -> void:
	if DisplayServer.get_name() != "headless":
		return
	var told: GodotTestErrorCatcher = GodotTestErrorCatcher.new()
	OS.add_logger(told)
	var flat: RGBCameraSensor2D = RGBCameraSensor2D.new()
	flat.name = "Above"
	flat.render_image_resolution = Vector2i(5, 4)
	add_child(flat)
	for sensor: Node in [_camera_3d(), flat]:
		var path: String = str(sensor.get_path())
		expect_error(
			"godot_rl: %s: no screen to draw on, so this camera sensor has no image" % path
		)
		for read: int in 3:
			check_equal(sensor.call(&"get_camera_pixel_encoding"), "", "encoding")
			check_equal(sensor.call(&"get_camera_bytes"), PackedByteArray(), "bytes")
			var values: Array = sensor.call(&"get_observation")
			check_equal(values.size(), sensor.call(&"observation_size"), "values")
			check(values.all(is_nan), "every value is refused wherever observations are checked")
	OS.remove_logger(told)
	check_equal(told.take().size(), 2, "errors of two sensors and many reads")


func test_bytes_of_an_image_by_planes_and_by_pixels() -> void:
	for channels: int in [3, 4]:
		var pixels: PackedByteArray = []
		var planes: PackedByteArray = []
		for pixel: int in 6:
			for channel: int in channels:
				pixels.append(10 * pixel + channel)
		for channel: int in channels:
			for pixel: int in 6:
				planes.append(10 * pixel + channel)
		var format: Image.Format = Image.FORMAT_RGBA8 if channels == 4 else Image.FORMAT_RGB8
		var image: Image = Image.create_from_data(3, 2, false, format, pixels)
		var reader: RLCameraReader = RLCameraReader.new(null)
		reader.sent_size = Vector2i(3, 2)
		reader.channels = channels
		check_equal(reader.bytes_of(image), planes, "planes of %d channels" % channels)
		reader.channels_first = false
		check_equal(reader.bytes_of(image), pixels, "pixels of %d channels" % channels)


func test_scenes_of_the_stock_plugin_are_found_by_their_uids() -> void:
	var uids: Dictionary[String, String] = {
		"sensors_3d/rgb_camera_sensor_3d.tscn": "uid://baaywi3arsl2m",
		"sensors_2d/rgb_camera_sensor_2d.tscn": "uid://bav1cl8uwc45c",
	}
	for path: String in uids:
		check_equal(ResourceUID.path_to_uid(FOLDER + path), uids[path], path)
		var sensor: Node = (load(FOLDER + path) as PackedScene).instantiate()
		# The stock scenes store the resolution as a Vector2.
		sensor.set(&"render_image_resolution", Vector2(40, 38))
		add_child(sensor)
		check_equal(sensor.call(&"get_camera_shape"), [3, 38, 40], "shape of " + path)
		var viewport: SubViewport = sensor.get_node("SubViewport") as SubViewport
		check_equal(viewport.size, Vector2i(40, 38), "viewport of " + path)
		check_equal(sensor.get(&"sub_viewport"), viewport, "viewport used by " + path)


func test_a_bare_node_makes_its_parts() -> void:
	var sensor: RGBCameraSensor3D = _camera_3d()
	check_equal(sensor.get_child_count(), 1, "children")
	check_equal(sensor.camera.get_parent(), sensor.sub_viewport, "parent of the camera")
	check_equal(
		sensor.sub_viewport.render_target_update_mode, SubViewport.UPDATE_DISABLED, "drawn on read"
	)
	sensor.render_on_read = false
	check_equal(
		sensor.sub_viewport.render_target_update_mode, SubViewport.UPDATE_ALWAYS, "drawn each frame"
	)


func test_a_camera_without_its_parts_stands_still() -> void:
	# As in the editor, where no viewport is made: the frame callback must not touch one.
	for sensor: Node in [RGBCameraSensor3D.new(), RGBCameraSensor2D.new()]:
		sensor._process(0.1)
		check(sensor.get(&"sub_viewport") == null, "no parts")
		sensor.free()


func test_no_size_is_told() -> void:
	var sensor: RGBCameraSensor3D = RGBCameraSensor3D.new()
	sensor.render_image_resolution = Vector2i(0, 36)
	expect_error("an image resolution is (0, 36); both sides must be at least 1")
	add_child(sensor)
	await wait_physics(1)
